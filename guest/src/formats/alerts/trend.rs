//! Trend Micro Deep Security's CEF ("Syslog message formats", Deep Security Help Center).
//!
//! The manager reports the system; the agent's events are known by their number: below 100 rules of the
//! customer's own, then the firewall, from 1,000,000 the modules. The agent's host is the one attacked.

use super::cef::Cef;
use super::draft::Draft;
use crate::model::{ActionCategory, Role};

pub fn hook(cef: &mut Cef<'_>, draft: &mut Draft) -> bool {
    let product = cef.product.to_ascii_lowercase();
    if !product.starts_with("deep security") {
        return super::cef::hook(cef, draft);
    }
    let number: u32 = cef.signature.parse().unwrap_or(0);
    // 20 to 29 and 100 to 199 are the firewall's, 200 to 999 the agent's own.
    let is_finding = matches!(number, 10 | 30 | 40 | 1_000_000..=7_999_999);
    if product.ends_with("manager") || !is_finding || cef.severity == "0" {
        return false;
    }
    let pairs = &cef.pairs;
    draft.host(pairs.get("dvchost"), Role::Related);
    draft.address(pairs.get("dvc"), Role::Related);
    for (key, value) in pairs.iter().filter(|(key, _)| key.starts_with("TrendMicroDsFile")) {
        let is_hash = ["MD5", "SHA1", "SHA256"].iter().any(|name| key.ends_with(name));
        draft.hash(is_hash.then_some(value));
    }
    draft.techniques(pairs.get("TrendMicroDsMitre").unwrap_or_default());
    let act = pairs.get("act").unwrap_or_default();
    // In detect mode the action is what would have been done: `IDS:Reset`.
    if act.starts_with("IDS:") || act.eq_ignore_ascii_case("detectOnly") {
        draft.acted(ActionCategory::Unactioned);
    }
    // Web reputation has no action: its message is the reason of the block.
    let blocked = pairs.get("msg").is_some_and(|msg| msg.to_ascii_lowercase().starts_with("blocked"));
    if (5_000_000..6_000_000).contains(&number) && blocked {
        draft.acted(ActionCategory::Actioned);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::cef;
    use super::super::clock::Clock;
    use crate::model::Alert;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    fn read(rest: &str) -> Option<Alert> {
        cef::read(&format!("CEF:0|Trend Micro|Deep Security {rest}"), &CLOCK)
    }

    #[test]
    fn the_agents_modules_alert_and_its_host_is_the_one() {
        let alert = read("Agent|1|4000007|Eicar|6|dvchost=ws7 act=Quarantine filePath=C:\\x\\e.exe").unwrap();
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!((alert.action.as_str(), values), ("actioned", vec!["ws7", r"c:\x\e.exe"]));
    }

    #[test]
    fn detect_mode_does_nothing() {
        assert_eq!(read("Agent|1|1001111|A rule|3|act=IDS:Reset").unwrap().action.as_str(), "unactioned");
        assert_eq!(read("Agent|1|1001111|A rule|3|act=Reset").unwrap().action.as_str(), "actioned");
        assert_eq!(
            read("Agent|1|5000000|WebReputation|5|msg=Blocked By Admin").unwrap().action.as_str(),
            "actioned"
        );
    }

    #[test]
    fn the_manager_and_the_firewall_are_no_alerts() {
        for rest in [
            "Manager|1|600|User Signed In|3|suser=a",
            "Agent|1|20|Log for TCP|0|act=Log",
            "Agent|1|123|Out Of Policy|5|",
        ] {
            assert!(read(rest).is_none(), "{rest}");
        }
    }
}
