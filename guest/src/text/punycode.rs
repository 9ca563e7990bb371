//! Punycode (RFC 3492), one way: a label of a domain as the name system has it.
//!
//! A crate for all of IDNA brings tables of Unicode that are larger than this component; what is left out
//! is their mapping beyond lower case.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;

/// The label in ASCII: `xn--...` where it has other letters. `None` when it is too long to be a label.
#[must_use]
pub fn label(text: &str) -> Option<String> {
    if text.is_ascii() {
        return Some(text.to_owned());
    }
    // A label has at most 63 bytes; the cost below is quadratic, and no longer one can fit.
    if text.chars().nth(63).is_some() {
        return None;
    }
    Some(format!("xn--{}", encode(text)?))
}

/// Section 6.3 of the RFC; `None` on overflow.
fn encode(text: &str) -> Option<String> {
    let mut out: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    let total = u32::try_from(text.chars().count()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut done) = (128_u32, 0_u32, 72_u32, basic);
    while done < total {
        let next = text.chars().map(u32::from).filter(|&c| c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(done + 1)?)?;
        n = next;
        for c in text.chars().map(u32::from) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c == n {
                push_integer(&mut out, delta, bias)?;
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(out)
}

/// A number in digits whose weights depend on the bias.
fn push_integer(out: &mut String, delta: u32, bias: u32) -> Option<()> {
    let mut rest = delta;
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            out.push(digit(rest)?);
            return Some(());
        }
        out.push(digit(threshold + (rest - threshold) % (BASE - threshold))?);
        rest = (rest - threshold) / (BASE - threshold);
        k += BASE;
    }
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + 38)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value + 10, 36)
        .filter(|_| value < 26)
        .or_else(|| char::from_digit(value.checked_sub(26)?, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Section 7.1 of the RFC; case is kept there, and folded before it comes here.
    #[test]
    fn the_samples_of_the_rfc_are_encoded() {
        for (text, encoded) in [
            (
                "\u{644}\u{64a}\u{647}\u{645}\u{627}\u{628}\u{62a}\u{643}\u{644}\u{645}\u{648}\u{634}\u{639}\u{631}\u{628}\u{64a}\u{61f}",
                "egbpdaj6bu4bxfgehfvwxn",
            ),
            (
                "\u{4ed6}\u{4eec}\u{4e3a}\u{4ec0}\u{4e48}\u{4e0d}\u{8bf4}\u{4e2d}\u{6587}",
                "ihqwcrb4cv8a8dqg056pqjye",
            ),
            (
                "\u{5dc}\u{5de}\u{5d4}\u{5d4}\u{5dd}\u{5e4}\u{5e9}\u{5d5}\u{5d8}\u{5dc}\u{5d0}\u{5de}\u{5d3}\u{5d1}\u{5e8}\u{5d9}\u{5dd}\u{5e2}\u{5d1}\u{5e8}\u{5d9}\u{5ea}",
                "4dbcagdahymbxekheh6e0a7fei0b",
            ),
            ("3\u{5e74}b\u{7d44}\u{91d1}\u{516b}\u{5148}\u{751f}", "3b-ww4c5e180e575a65lsy2b"),
            ("\u{305d}\u{306e}\u{30b9}\u{30d4}\u{30fc}\u{30c9}\u{3067}", "d9juau41awczczp"),
            ("\u{30d1}\u{30d5}\u{30a3}\u{30fc}de\u{30eb}\u{30f3}\u{30d0}", "de-jg4avhby1noc0d"),
        ] {
            assert_eq!(encode(text).as_deref(), Some(encoded), "{text}");
        }
    }

    #[test]
    fn only_other_letters_change_a_label() {
        assert_eq!(label("mail").as_deref(), Some("mail"));
        assert_eq!(label("bücher").as_deref(), Some("xn--bcher-kva"));
        assert_eq!(label(&"ü".repeat(100)), None);
        assert_eq!(label("\u{10ffff}a\u{80}").map(|l| l.is_ascii()), Some(true));
    }
}
