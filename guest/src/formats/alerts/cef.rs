//! The Common Event Format of any vendor ("Implementing ArcSight Common Event Format"): eight fields
//! between bars, then pairs. Vendors that need more than the format says have a hook here.
//!
//! Products write their whole log in it. Traffic, audit and health are told by what the header says, and
//! severity 0 and `None` are no alert.

use std::borrow::Cow;

use super::clock::Clock;
use super::draft::Draft;
use super::pairs::Pairs;
use super::{fortigate, mcafee, palo_alto, trend, vectra};
use crate::model::{Alert, Role};

/// A message, its fields as they are written.
#[derive(Debug)]
pub struct Cef<'a> {
    pub vendor: Cow<'a, str>,
    pub product: Cow<'a, str>,
    /// The vendor's id of this kind of event.
    pub signature: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub severity: Cow<'a, str>,
    pub pairs: Pairs<'a>,
}

/// Where a message may begin: after a header, which is short.
const HEADER: usize = 512;

/// The alert that a line with a CEF message is.
pub fn read(line: &str, clock: &Clock) -> Option<Alert> {
    let mut cef = parse(line)?;
    let vendor = cef.vendor.to_lowercase();
    let is = |name: &str| vendor.starts_with(name);
    let mut draft = Draft::new(&cef.vendor, &cef.product);
    let hook = if is("trend") {
        trend::hook
    } else if is("vectra") {
        vectra::hook
    } else if is("fortinet") {
        fortigate::hook
    } else if is("palo alto") {
        palo_alto::hook
    } else if is("trellix") || is("mcafee") || is("fireeye") {
        mcafee::hook
    } else {
        hook
    };
    if !hook(&mut cef, &mut draft) {
        return None;
    }
    fill(&cef, clock, &mut draft);
    Some(draft.finish())
}

/// Whether it is an alert, by the header alone; vendors' hooks also fill what they know better.
pub fn hook(cef: &mut Cef<'_>, _: &mut Draft) -> bool {
    let says = |texts: &[&str], word: &str| {
        texts
            .iter()
            .any(|text| text.split(|c: char| !c.is_alphanumeric()).any(|w| w.eq_ignore_ascii_case(word)))
    };
    let category = cef.pairs.get("cat").unwrap_or_default();
    let heads = [&*cef.name, &*cef.signature, category];
    let is_news =
        ["audit", "traffic", "health", "heartbeat", "statistics"].iter().any(|word| says(&heads, word));
    let is_passed = cef.severity.eq_ignore_ascii_case("unknown")
        && says(&[cef.pairs.get("act").unwrap_or_default()], "accept");
    let is_nothing = matches!(cef.severity.to_ascii_lowercase().as_str(), "" | "0" | "none");
    !is_news && !is_passed && !is_nothing
}

fn fill(cef: &Cef<'_>, clock: &Clock, draft: &mut Draft) {
    let pairs = &cef.pairs;
    draft.kind(if cef.name.is_empty() { &cef.signature } else { &cef.name });
    draft.severity(Some(&cef.severity));
    draft.id(pairs.get("externalId"));
    draft.message(pairs.first(&["msg", "reason"]));
    draft.action(pairs.get("act"));
    for key in ["rt", "start", "deviceReceiptTime", "end"] {
        draft.time(clock, pairs.get(key));
    }
    for (side, role) in [("s", Role::Source), ("d", Role::Destination)] {
        let get = |rest: &str| pairs.get(&format!("{side}{rest}"));
        draft.host(get("host"), role);
        draft.address(get(if side == "s" { "rc" } else { "st" }), role);
        let user = match (get("ntdom"), get("user")) {
            (Some(domain), Some(name)) if !name.contains(['\\', '@']) => Some(format!("{domain}\\{name}")),
            (_, name) => name.map(str::to_owned),
        };
        if user.as_deref().is_some_and(|user| user.contains('@')) && is_mail(pairs) {
            draft.email(user.as_deref(), role);
        } else {
            draft.user(user, role);
        }
    }
    draft.ports(pairs.get("spt"), pairs.get("dpt"));
    draft.transport(pairs.get("proto"));
    draft.domain(pairs.get("sourceDnsDomain"), Role::Source);
    draft.domain(pairs.first(&["destinationDnsDomain", "sourceServiceName"]), Role::Destination);
    let request = pairs.first(&["request", "requestUrl"]);
    draft.url(request, Role::Destination);
    draft.domain(request.filter(|request| !request.contains('/')), Role::Destination);
    for key in ["filePath", "fname", "oldFilePath"] {
        draft.file(pairs.get(key));
    }
    for key in ["fileHash", "oldFileHash"] {
        draft.hash(pairs.get(key));
    }
    let image = pairs.first(&["sproc", "dproc", "deviceProcessName"]).map(str::to_owned);
    draft.process(None, pairs.first(&["spid", "dpid"]).map(str::to_owned), image);
    labelled(pairs, draft);
}

fn is_mail(pairs: &Pairs<'_>) -> bool {
    ["app", "proto", "cat"]
        .iter()
        .filter_map(|key| pairs.get(key))
        .any(|v| v.to_ascii_lowercase().contains("mail") || v.eq_ignore_ascii_case("smtp"))
}

/// Custom fields say what they are in a label: `cs2Label=sha1 cs2=...`.
fn labelled(pairs: &Pairs<'_>, draft: &mut Draft) {
    for (key, label) in pairs.iter() {
        let Some(value) = key.strip_suffix("Label").and_then(|name| pairs.get(name)) else { continue };
        let label = label.to_ascii_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| label.contains(word));
        if names(&["mitre", "att&ck", "attack technique", "technique"]) {
            draft.techniques(value);
        }
        if names(&["tactic", "mitre"]) {
            value.split([',', ';']).for_each(|tactic| draft.tactic(tactic));
        }
        if names(&["md5", "sha1", "sha-1", "sha256", "sha-256", "file hash", "filehash"]) {
            draft.hash(Some(value));
        }
        if key.starts_with("c6a") && names(&["ipv6 address"]) {
            let role = if names(&["source"]) { Role::Source } else { Role::Destination };
            draft.address(Some(value), if names(&["device"]) { Role::Related } else { role });
        }
    }
}

/// The message in a line.
pub fn parse(line: &str) -> Option<Cef<'_>> {
    let start = line.get(..line.floor_char_boundary(HEADER))?.find("CEF:")?;
    let mut rest = line.get(start + 4..)?.trim_start();
    let mut fields = Vec::with_capacity(7);
    for _ in 0..7 {
        let (field, after) = field(rest)?;
        fields.push(field);
        rest = after;
    }
    let [version, vendor, product, _, signature, name, severity] = <[_; 7]>::try_from(fields).ok()?;
    let is_version =
        (1..=3).contains(&version.len()) && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_version.then(|| Cef { vendor, product, signature, name, severity, pairs: extension(rest) })
}

/// Up to the next bar without a backslash.
fn field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == '|' && !escaped {
            let (field, rest) = text.split_at_checked(at)?;
            return Some((unescape(field.trim(), "|\\"), rest.get(1..)?));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// `key=value key=value`, values with blanks: a value ends before the last word in front of the next `=`.
fn extension(text: &str) -> Pairs<'_> {
    let mut pairs = Pairs::default();
    let mut escaped = false;
    // Where the current value begins, and its key.
    let mut current: Option<(&str, usize)> = None;
    for (at, c) in text.char_indices() {
        let is_equal = c == '=' && !escaped;
        escaped = c == '\\' && !escaped;
        if !is_equal {
            continue;
        }
        let from = current.map_or(0, |(_, start)| start);
        let before = text.get(from..at).unwrap_or_default();
        let key = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let is_key =
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-[]".contains(&b));
        // The first word after a `=` belongs to its value.
        if !is_key || (current.is_some() && key.len() == before.len()) {
            continue;
        }
        if let Some((name, _)) = current {
            let value = before.get(..before.len() - key.len()).unwrap_or_default();
            pairs.push(Cow::Borrowed(name), unescape(value.trim(), "=\\|"));
        }
        current = Some((key, at + 1));
    }
    if let Some((name, start)) = current {
        pairs.push(Cow::Borrowed(name), unescape(text.get(start..).unwrap_or_default().trim(), "=\\|"));
    }
    pairs
}

/// Takes the backslash from the characters that need one; in paths it stays.
fn unescape<'a>(text: &'a str, special: &str) -> Cow<'a, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && special.contains(*next) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: Some(1_795_316_400_000) };

    #[test]
    fn header_and_extension_are_taken_apart() {
        let line = r"CEF:0|Ac\|me|Wa\\ll|1|42|A name|7|src=192.0.2.7 msg=a b \= c request=http://x.test/?a=b&c=d fname= act=x\y";
        let cef = parse(line).unwrap();
        assert_eq!((&*cef.vendor, &*cef.product, &*cef.severity), ("Ac|me", r"Wa\ll", "7"));
        let pairs: Vec<_> = cef.pairs.iter().collect();
        assert_eq!(
            pairs,
            [
                ("src", "192.0.2.7"),
                ("msg", "a b = c"),
                ("request", "http://x.test/?a=b&c=d"),
                ("fname", ""),
                ("act", r"x\y")
            ]
        );
    }

    #[test]
    fn any_vendors_alert_is_read() {
        let line = "<13>Nov 22 03:00:00 fw CEF: 0|Acme|Wall|1|42|Exploit seen|High|rt=1795316400123 externalId=e7 act=blocked \
                    src=192.0.2.7 shost=ws7 sntdom=CORP suser=Anna dst=10.1.1.5 filePath=C:\\\\Tools\\\\x.exe \
                    cs1Label=MITRE technique cs1=T1059.001 cs2Label=sha1 cs2=abababababababababababababababababababab";
        let alert = read(line, &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Acme", "Wall"));
        assert_eq!((alert.alert_type.as_str(), alert.severity.as_deref()), ("Exploit seen", Some("High")));
        assert_eq!((alert.id.as_deref(), alert.time), (Some("e7"), Some(1_795_316_400_123)));
        assert_eq!((alert.action.as_str(), alert.techniques), ("actioned", vec!["T1059.001".to_owned()]));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            values,
            ["ws7", r"corp\anna", "10.1.1.5", "192.0.2.7", &"ab".repeat(20), r"c:\tools\x.exe"]
        );
    }

    #[test]
    fn traffic_audit_and_health_are_no_alerts() {
        for head in [
            "Acme|Wall|1|7|User audit|5",
            "Acme|Wall|1|traffic|end|3",
            "Acme|Wall|1|7|Connection|0",
            "Acme|Wall|1|7|Network Log|None",
            "Acme|Wall|1|health|Disk|4",
        ] {
            assert!(read(&format!("CEF:0|{head}|src=192.0.2.7"), &CLOCK).is_none(), "{head}");
        }
        assert!(
            read("CEF:0|Check Point|VPN-1 & FireWall-1|1|Log|https|Unknown|act=Accept", &CLOCK).is_none()
        );
        for line in ["CEF:", "CEF:0|a|b|c", "CEF:x|a|b|c|d|e|5|", "no CEF"] {
            assert!(read(line, &CLOCK).is_none(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-c=|\\\\ ü]{0,120}") {
            let _ = read(&format!("CEF:0|{text}"), &CLOCK);
            let _ = read(&format!("CEF:0|a|b|c|d|e|5|{text}"), &CLOCK);
        }
    }
}
