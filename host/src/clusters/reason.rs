//! Why alerts are together, in sentences.

use crate::runtime::bindings::correlation::{Hub, Link};
use crate::scoring::time;

/// `A1 and A2 share address 10.0.0.5, 12 min apart`.
#[must_use]
pub fn of_link(link: &Link) -> String {
    let Link { left, right, kind, value, .. } = link;
    let mut said = match kind.as_str() {
        "causality-group" => format!("{left} and {right} belong to causality group {value}"),
        _ => format!("{left} and {right} share {kind} {value}"),
    };
    if let Some(agreeing) = &link.agreeing {
        said += &format!(" and {agreeing}");
    }
    said + ", " + &apart(link.apart)
}

/// `address 10.0.0.1 on 2026-03-01: more than 100 alerts`.
#[must_use]
pub fn of_hub(hub: &Hub) -> String {
    let day: String = time(hub.day).chars().take(10).collect();
    format!("{} {} on {day}: {}", hub.kind, hub.value, hub.reason)
}

/// A distance in its two largest units, cut below them.
fn apart(milliseconds: u64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let Some(first) = units.iter().position(|(length, _)| milliseconds >= *length) else {
        return "at the same time".into();
    };
    let mut rest = milliseconds;
    let mut said = Vec::new();
    for (length, unit) in units.iter().skip(first).take(2) {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            said.push(format!("{count} {unit}"));
        }
    }
    said.join(" ") + " apart"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn a_link_says_what_is_shared_and_what_agrees() {
        let mut link = samples::held().cluster.links.remove(0);
        assert_eq!(of_link(&link), "A1 and A2 share address 10.0.0.23, 12 min apart");
        link.kind = "host".into();
        link.value = "ws-anna".into();
        link.agreeing = Some("tactic TA0006".into());
        link.apart = 999;
        assert_eq!(of_link(&link), "A1 and A2 share host ws-anna and tactic TA0006, at the same time");
        link.kind = "causality-group".into();
        link.agreeing = None;
        link.apart = 3_723_000;
        assert_eq!(of_link(&link), "A1 and A2 belong to causality group ws-anna, 1 h 2 min apart");
    }

    #[test]
    fn distances_have_two_units() {
        assert_eq!(apart(86_400_000), "1 d apart");
        assert_eq!(apart(90_061_000), "1 d 1 h apart");
        assert_eq!(apart(61_000), "1 min 1 s apart");
        assert_eq!(apart(3_601_000), "1 h apart");
    }

    #[test]
    fn a_hub_names_its_day() {
        assert_eq!(
            of_hub(&samples::held().cluster.hubs[0]),
            "address 203.0.113.7 on 2026-03-01: more than 100 alerts"
        );
    }
}
