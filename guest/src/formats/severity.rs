//! The base score of a vendor's severity (SPEC section 2): tables in `data/severities`, a source in every row.
//!
//! A table belongs to source systems by the beginning of their names, in whole words, and the longest
//! wins: `fortinet fortianalyzer` before `fortinet`. Where it has no words, or no numbers, the general
//! tables are asked. Only the rows that name the SOC.OS document are that vendor's; the others are assumed.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::Multiplier;

/// A base score and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// 0.1 to 10.
    pub value: Multiplier,
    /// `darktrace severity 7`, or why another value was taken.
    pub from: String,
    /// The severity is not on the vendor's scale, or there is none: the value is a default.
    pub is_default: bool,
}

#[derive(Deserialize)]
struct Table {
    /// Source systems in lower case; none for the general tables.
    systems: Vec<String>,
    /// Words, the least first.
    #[serde(default)]
    texts: Vec<Text>,
    /// Numbers, each row from its own to the next row's, the last to `highest_number`.
    #[serde(default)]
    numbers: Vec<Number>,
    highest_number: Option<f64>,
    /// What a vendor without severities gets.
    missing: Option<Missing>,
}

#[derive(Deserialize)]
struct Text {
    severity: String,
    base: Multiplier,
}

#[derive(Deserialize)]
struct Number {
    from: f64,
    base: Multiplier,
}

#[derive(Deserialize)]
struct Missing {
    base: Multiplier,
}

/// The files, general ones last.
const FILES: [&str; 18] = [
    include_str!("../../data/severities/canary.json"),
    include_str!("../../data/severities/check-point.json"),
    include_str!("../../data/severities/crowdstrike.json"),
    include_str!("../../data/severities/darktrace.json"),
    include_str!("../../data/severities/defender.json"),
    include_str!("../../data/severities/epo.json"),
    include_str!("../../data/severities/fortianalyzer.json"),
    include_str!("../../data/severities/fortigate.json"),
    include_str!("../../data/severities/guardduty.json"),
    include_str!("../../data/severities/network-security-platform.json"),
    include_str!("../../data/severities/palo-alto.json"),
    include_str!("../../data/severities/proofpoint.json"),
    include_str!("../../data/severities/suricata.json"),
    include_str!("../../data/severities/vectra.json"),
    include_str!("../../data/severities/wazuh.json"),
    include_str!("../../data/severities/web-gateway.json"),
    include_str!("../../data/severities/general.json"),
    include_str!("../../data/severities/general-hundred.json"),
];

// A file that does not parse would be left out; a test holds that none does.
static TABLES: LazyLock<Vec<Table>> =
    LazyLock::new(|| FILES.iter().filter_map(|file| serde_json::from_str(file).ok()).collect());

/// The base score of a severity; `system` is a source system in lower case: `darktrace`, `fortinet
/// fortigate`.
#[must_use]
pub fn base(system: &str, severity: Option<&str>) -> Base {
    let table = of_system(system);
    let Some(severity) = severity.map(str::trim).filter(|s| !s.is_empty()) else {
        return match table.and_then(|t| t.missing.as_ref()) {
            Some(Missing { base }) => default(*base, format!("{system} has no severities: {base} for each")),
            None => default(Multiplier::ONE, format!("{system} without severity: 1 is taken")),
        };
    };
    let shown: String = severity.chars().take(64).collect();
    if let Some(value) = table.and_then(|t| t.find(severity)) {
        return Base { value, from: format!("{system} severity {shown}"), is_default: false };
    }
    let general = TABLES.iter().filter(|t| t.systems.is_empty()).find_map(|t| t.find(severity));
    let has_own = table.is_some_and(|t| t.has_form_of(severity));
    match general {
        Some(value) if !has_own => Base {
            value,
            from: format!("{system} severity {shown}, by the general scale"),
            is_default: false,
        },
        // A word keeps its meaning off its vendor's scale; a number has none there.
        Some(value) if number(severity).is_none() => {
            default(value, format!("{system} severity {shown} is not on its scale: the general one is taken"))
        }
        _ => default(Multiplier::ONE, format!("{system} severity {shown} is not on its scale: 1 is taken")),
    }
}

fn default(value: Multiplier, from: String) -> Base {
    Base { value, from, is_default: true }
}

/// The table whose name is the longest beginning of the system's.
fn of_system(system: &str) -> Option<&'static Table> {
    let names = TABLES.iter().flat_map(|table| table.systems.iter().map(move |name| (name, table)));
    let is_of =
        |name: &str| system.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    names.filter(|(name, _)| is_of(name)).max_by_key(|(name, _)| name.len()).map(|(_, table)| table)
}

fn number(severity: &str) -> Option<f64> {
    severity.parse().ok().filter(|n: &f64| n.is_finite())
}

impl Table {
    fn find(&self, severity: &str) -> Option<Multiplier> {
        if let Some(number) = number(severity) {
            let highest = self.highest_number.filter(|&highest| number <= highest);
            let row = self.numbers.iter().take_while(|row| row.from <= number).last();
            return highest.and(row).map(|row| row.base);
        }
        let word = severity.to_lowercase().replace(['_', ' '], "-");
        self.texts.iter().find(|row| row.severity == word).map(|row| row.base)
    }

    /// Whether it has rows for numbers, or for words, as the severity is one or the other.
    fn has_form_of(&self, severity: &str) -> bool {
        if number(severity).is_some() { !self.numbers.is_empty() } else { !self.texts.is_empty() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn value(system: &str, severity: &str) -> String {
        let base = base(system, Some(severity));
        assert!(!base.is_default, "{system} {severity}: {}", base.from);
        base.value.to_string()
    }

    #[test]
    fn the_documented_cells_are_theirs() {
        assert_eq!(value("fortinet fortianalyzer", "low"), "0.1");
        assert_eq!(value("fortinet fortigate", "low"), "0.5");
        assert_eq!(value("fortinet fortigate", "LOW"), "0.5");
        assert_eq!(value("darktrace", "7"), "4");
        assert_eq!(base("darktrace", Some("7")).from, "darktrace severity 7");
    }

    // The vendors' own documents name the edges.
    #[test]
    fn a_number_belongs_to_the_row_that_begins_at_or_below_it() {
        let medium = value("aws guardduty", "medium");
        for number in ["4", "4.0", "5.5", "6.9", "6.95"] {
            assert_eq!(value("aws guardduty", number), medium, "{number}");
        }
        assert_ne!(value("aws guardduty", "7"), medium);
        assert!(base("suricata", Some("1")).value > base("suricata", Some("2")).value, "1 is the gravest");
        assert!(base("wazuh", Some("12")).value > base("wazuh", Some("3")).value);
    }

    #[test]
    fn what_is_off_the_scale_or_missing_is_a_default_that_says_so() {
        for (system, severity, is, why) in [
            ("darktrace", Some("11"), "1", "not on its scale"),
            ("darktrace", Some("-1"), "1", "not on its scale"),
            ("darktrace", Some("NaN"), "1", "not on its scale"),
            ("aws guardduty", Some("0.5"), "1", "not on its scale"),
            ("fortinet fortigate", Some("purple"), "1", "not on its scale"),
            ("fortinet fortigate", Some("fatal"), "10", "the general one"),
            ("fortinet fortigate", None, "1", "without severity"),
            ("fortinet fortigate", Some(" "), "1", "without severity"),
            ("thinkst canary", None, "6", "has no severities"),
            ("acme", Some("101"), "1", "not on its scale"),
        ] {
            let base = base(system, severity);
            assert!(base.is_default, "{system} {severity:?}");
            assert_eq!(base.value.to_string(), is, "{system} {severity:?}");
            assert!(base.from.contains(why), "{}", base.from);
        }
    }

    #[test]
    fn a_system_without_table_has_the_general_one() {
        assert_eq!(value("acme firewall", "High"), "6");
        assert_eq!(value("acme firewall", "Very High"), "9");
        assert_eq!(value("acme", "5"), "3");
        assert_eq!(value("acme", "50"), "3");
        // Names are compared in whole words: Darktraced is somebody else.
        assert_eq!(value("darktraced", "7"), "6");
        // Wazuh has numbers only.
        assert!(base("wazuh", Some("high")).from.contains("general"));
    }

    #[test]
    fn every_row_has_a_source_and_every_scale_rises_with_gravity() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/severities");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len(), "every file is included");
        assert_eq!(TABLES.len(), FILES.len(), "every file parses");
        for (text, table) in FILES.iter().zip(TABLES.iter()) {
            let json: Value = serde_json::from_str(text).unwrap();
            let name = &table.systems;
            assert!(!json["scale"].as_str().unwrap().is_empty(), "{name:?}");
            let rows = |key: &str| json[key].as_array().cloned().unwrap_or_default();
            for row in rows("texts").iter().chain(&rows("numbers")).chain(json.get("missing")) {
                assert!(!row["source"].as_str().unwrap().is_empty(), "{name:?} {row}");
                // `Multiplier` itself refuses what is not within 0.1 to 10 or has more than three decimals.
                assert!(serde_json::from_value::<Multiplier>(row["base"].clone()).is_ok(), "{name:?} {row}");
            }
            assert!(table.texts.windows(2).all(|w| w[0].base <= w[1].base), "words of {name:?}");
            assert!(table.texts.iter().all(|row| row.severity == row.severity.to_lowercase()), "{name:?}");
            let falls = json["falling"] == true;
            for pair in table.numbers.windows(2) {
                assert!(pair[0].from < pair[1].from, "numbers of {name:?} overlap");
                let (low, high) = if falls { (&pair[1], &pair[0]) } else { (&pair[0], &pair[1]) };
                assert!(low.base < high.base, "numbers of {name:?}");
            }
            let last = table.numbers.last().map(|row| row.from);
            assert_eq!(last.is_some(), table.highest_number.is_some(), "{name:?}");
            assert!(last <= table.highest_number, "{name:?}");
        }
        let mut names: Vec<&String> = TABLES.iter().flat_map(|t| &t.systems).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "a system has one table");
    }
}
