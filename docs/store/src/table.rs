//! Numbers from rounds, and markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Samples of one number, one of each round.
#[derive(Default, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// One more round's.
    pub fn push(&mut self, sample: f64) {
        self.0.push(sample);
        self.0.sort_by(f64::total_cmp);
    }

    /// The one in the middle; of an even number the lower of the two.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
    }

    /// The greatest.
    pub fn worst(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }

    /// The median, and from where to where the rounds went.
    pub fn shown(&self, show: impl Fn(f64) -> String) -> String {
        let least = self.0.first().copied().unwrap_or(f64::NAN);
        let (median, least, most) = (show(self.median()), show(least), show(self.worst()));
        if least == most { median } else { format!("{median} ({least}-{most})") }
    }
}

/// Named numbers, as a child reports them and as rounds collect them.
#[derive(Default, Clone)]
pub struct Numbers(pub BTreeMap<String, Samples>);

impl Numbers {
    /// Takes in a child's report: a name and a number on each line.
    pub fn take(&mut self, report: &str) {
        for line in report.lines() {
            if let Some((name, number)) = line.rsplit_once(' ')
                && let Ok(number) = number.parse()
            {
                self.0.entry(name.into()).or_default().push(number);
            }
        }
    }

    /// What is called so; nothing, if it was never reported.
    pub fn of(&self, name: &str) -> Samples {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

/// A number as short as it stays meaningful.
pub fn short(number: f64) -> String {
    match number.abs() {
        _ if number.is_nan() => "-".into(),
        size if size >= 1000.0 => {
            let (mut text, digits) = (String::new(), format!("{number:.0}"));
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// A table of markdown.
pub fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}
