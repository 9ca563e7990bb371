//! Exact decimals: scores are products and sums of decimals, and never rounded (SPEC section 2).
//!
//! 64 tags of three decimals each give products of two hundred digits, so digits are kept nine to a limb,
//! as many as there are. Scales go by whole limbs, which makes aligning two numbers a matter of places.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Multiplier;

/// What a limb holds.
const LIMB: u64 = 1_000_000_000;

/// A decimal number from zero up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decimal {
    /// Nine digits each, the lowest first; no zero at either end but where `fraction` needs it.
    limbs: Vec<u32>,
    /// How many limbs stand behind the point.
    fraction: u16,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { limbs: Vec::new(), fraction: 0 };

    /// The value of a multiplier.
    #[must_use]
    pub fn of(multiplier: Multiplier) -> Self {
        Self { limbs: vec![1], fraction: 0 }.times(multiplier)
    }

    /// The product.
    #[must_use]
    pub fn times(mut self, factor: Multiplier) -> Self {
        // m thousandths are m * 10^6 of a limb's worth further down.
        let factor = u64::from(factor.thousandths()) * 1_000_000;
        let mut carry = 0;
        for limb in &mut self.limbs {
            let product = u64::from(*limb) * factor + carry;
            *limb = low(product);
            carry = product / LIMB;
        }
        while carry > 0 {
            self.limbs.push(low(carry));
            carry /= LIMB;
        }
        self.fraction += 1;
        self.trimmed()
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let fraction = self.fraction.max(other.fraction);
        let mut limbs = Vec::with_capacity(self.limbs.len().max(other.limbs.len()) + 1);
        let mut carry = 0;
        for place in -i32::from(fraction)..self.top().max(other.top()) {
            let sum = u64::from(self.at(place)) + u64::from(other.at(place)) + carry;
            limbs.push(low(sum));
            carry = sum / LIMB;
        }
        if carry > 0 {
            limbs.push(low(carry));
        }
        Self { limbs, fraction }.trimmed()
    }

    /// The difference; zero where `other` is more.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        if *self <= *other {
            return Self::ZERO;
        }
        let fraction = self.fraction.max(other.fraction);
        let mut limbs = Vec::with_capacity(self.limbs.len() + 1);
        let mut borrow = 0;
        for place in -i32::from(fraction)..self.top() {
            let (of, take) = (u64::from(self.at(place)), u64::from(other.at(place)) + borrow);
            borrow = u64::from(of < take);
            limbs.push(low(of + borrow * LIMB - take));
        }
        Self { limbs, fraction }.trimmed()
    }

    /// A decimal in plain notation.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + decimals.len() > 1000 || (whole.is_empty() && decimals.is_empty()) {
            return None;
        }
        if !digits(whole) || !digits(decimals) {
            return None;
        }
        let behind = decimals.len().div_ceil(9);
        let all = format!("{whole}{decimals:0<width$}", width = behind * 9);
        let limbs = all
            .as_bytes()
            .rchunks(9)
            .map(|chunk| chunk.iter().fold(0_u32, |limb, digit| limb * 10 + u32::from(digit - b'0')));
        let fraction = u16::try_from(behind).ok()?;
        Some(Self { limbs: limbs.collect(), fraction }.trimmed())
    }

    /// As near as a float comes.
    #[must_use]
    pub fn approximately(&self) -> f64 {
        let places = (-i32::from(self.fraction)..self.top()).rev();
        places.fold(0.0, |sum, place| sum + f64::from(self.at(place)) * 1e9_f64.powi(place))
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    /// One past the place of the highest limb; limb 0 stands before the point.
    fn top(&self) -> i32 {
        i32::try_from(self.limbs.len()).unwrap_or(i32::MAX) - i32::from(self.fraction)
    }

    fn at(&self, place: i32) -> u32 {
        let index = usize::try_from(place + i32::from(self.fraction)).ok();
        index.and_then(|index| self.limbs.get(index)).copied().unwrap_or(0)
    }

    fn trimmed(mut self) -> Self {
        while self.limbs.last() == Some(&0) {
            self.limbs.pop();
        }
        let zeros = self.limbs.iter().take(self.fraction.into()).take_while(|&&limb| limb == 0).count();
        self.limbs.drain(..zeros);
        self.fraction -= u16::try_from(zeros).unwrap_or(self.fraction);
        if self.limbs.is_empty() {
            self.fraction = 0;
        }
        self
    }
}

fn low(value: u64) -> u32 {
    u32::try_from(value % LIMB).unwrap_or(0)
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let down_to = -i32::from(self.fraction.max(other.fraction));
        let mut places = (down_to..self.top().max(other.top())).rev();
        places
            .find_map(|place| Some(self.at(place).cmp(&other.at(place))).filter(|o| o.is_ne()))
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let top = self.top().max(1);
        write!(f, "{}", self.at(top - 1))?;
        for place in (0..top - 1).rev() {
            write!(f, "{:09}", self.at(place))?;
        }
        if self.fraction > 0 {
            let behind: String =
                (1..=i32::from(self.fraction)).map(|place| format!("{:09}", self.at(-place))).collect();
            write!(f, ".{}", behind.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn product(factors: &[&str]) -> String {
        let factors = factors.iter().map(|text| Multiplier::parse(text).unwrap());
        factors.fold(Decimal::of(Multiplier::ONE), Decimal::times).to_string()
    }

    // The document's worked example.
    #[test]
    fn the_worked_example_is_exact() {
        assert_eq!(product(&["4", "1", "1.4", "1", "3"]), "16.8");
        assert_eq!(product(&["0.5", "3", "1", "2", "1"]), "3");
        let sum = Decimal::parse("16.8").unwrap().plus(&Decimal::parse("3").unwrap());
        assert_eq!(sum.to_string(), "19.8");
    }

    // 9.999 ^ 2 = 99.980001; 0.1 ^ 64 has 63 zeros behind the point.
    #[test]
    fn no_digit_is_lost() {
        assert_eq!(product(&["9.999", "9.999"]), "99.980001");
        assert_eq!(product(&["0.1"; 64]), format!("0.{}1", "0".repeat(63)));
        assert_eq!(product(&["10"; 64]), format!("1{}", "0".repeat(64)));
        assert_eq!(product(&["0.125", "8"]), "1");
    }

    /// A number of at most four decimals, and the same in ten-thousandths.
    fn number() -> impl Strategy<Value = (Decimal, u128)> {
        (0..u64::MAX).prop_map(|n| {
            let text = format!("{}.{:04}", n / 10_000, n % 10_000);
            (Decimal::parse(&text).unwrap(), u128::from(n))
        })
    }

    fn shown(ten_thousandths: u128) -> String {
        let text = format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    proptest! {
        // Against the machine's own integers.
        #[test]
        fn sums_differences_and_order_are_those_of_integers((a, x) in number(), (b, y) in number()) {
            prop_assert_eq!(a.to_string(), shown(x));
            prop_assert_eq!(a.plus(&b).to_string(), shown(x + y));
            prop_assert_eq!(a.minus(&b).to_string(), shown(x.saturating_sub(y)));
            prop_assert_eq!(a.cmp(&b), x.cmp(&y));
            prop_assert_eq!(a.plus(&b).minus(&b), a.clone());
            prop_assert_eq!(Decimal::parse(&a.to_string()).unwrap(), a);
        }

        #[test]
        fn a_product_is_that_of_integers(n in 0..u64::MAX, m in 100_u128..=10_000) {
            let factor = Multiplier::parse(&shown(m * 10)).unwrap();
            let a = Decimal::parse(&n.to_string()).unwrap().times(factor);
            prop_assert_eq!(a.to_string(), shown(u128::from(n) * m * 10));
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_not_read() {
        for text in ["", ".", "-1", "1e3", "1,5", " 1", "+1", "0x1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse("007.50").unwrap().to_string(), "7.5");
        assert_eq!(Decimal::parse(".5").unwrap().to_string(), "0.5");
        assert_eq!(Decimal::ZERO.to_string(), "0");
    }

    #[test]
    fn a_float_is_near() {
        assert!((Decimal::parse("16.8").unwrap().approximately() - 16.8).abs() < 1e-12);
        assert!((Decimal::parse("123456789012.5").unwrap().approximately() - 123_456_789_012.5).abs() < 1e-3);
    }
}
