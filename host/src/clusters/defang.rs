//! Takes the bite out of indicators, so that nothing in a ticket can be followed by a click: `hxxp://` for
//! `http://`, `[.]` for the dots of addresses, domains, hosts of URLs, and e-mails.
//!
//! What is an indicator by its kind is changed as such. In texts URLs, e-mails and addresses are found by
//! their looks, domains only where the cluster's alerts name them: `outlook.exe` looks like one too.

use std::net::{IpAddr, SocketAddr};

use super::Held;

/// Changes all that a cluster shows.
pub fn held(held: &mut Held) {
    let known = Known::of(held);
    let cluster = &mut held.cluster;
    cluster.summary.title = known.text(&cluster.summary.title);
    for link in &mut cluster.links {
        link.value = known.value(&link.kind, &link.value);
        link.agreeing = link.agreeing.take().map(|text| known.text(&text));
    }
    for hub in &mut cluster.hubs {
        hub.value = known.value(&hub.kind, &hub.value);
    }
    for event in &mut cluster.timeline {
        event.text = known.text(&event.text);
    }
    for alert in &mut held.alerts {
        for text in [&mut alert.alert_type, &mut alert.message]
            .into_iter()
            .chain(&mut alert.vendor_id)
            .chain(&mut alert.suppressed)
            .chain(&mut alert.assumed)
            .chain(alert.factors.iter_mut().map(|factor| &mut factor.source))
        {
            *text = known.text(text);
        }
        for observable in &mut alert.observables {
            observable.value = known.value(&observable.kind, &observable.value);
        }
    }
}

/// The domains that alerts name, in lower case.
#[derive(Debug, Default)]
pub struct Known {
    domains: Vec<String>,
}

impl Known {
    fn of(held: &Held) -> Self {
        let mut domains: Vec<String> = Vec::new();
        for observable in held.alerts.iter().flat_map(|alert| &alert.observables) {
            let value = observable.value.to_lowercase();
            let domain = match observable.kind.as_str() {
                "domain" => Some(value.as_str()),
                "email" => value.rsplit_once('@').map(|(_, domain)| domain),
                "url" => value.split_once("://").map(|(_, rest)| host(authority(rest))),
                _ => None,
            };
            domains.extend(domain.map(str::to_owned));
        }
        Self::names_of(domains)
    }

    /// These domains.
    #[must_use]
    pub fn names_of(domains: impl IntoIterator<Item = String>) -> Self {
        let mut domains: Vec<String> =
            domains.into_iter().map(|name| name.to_lowercase()).filter(|name| name.contains('.')).collect();
        domains.sort_unstable();
        domains.dedup();
        Self { domains }
    }

    /// An observable's value.
    #[must_use]
    pub fn value(&self, kind: &str, value: &str) -> String {
        match kind {
            "address" => dots(value).replace(':', "[:]"),
            "domain" | "email" => dots(value),
            "url" => urls(value),
            _ => self.text(value),
        }
    }

    /// A text for people.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let ends = |c: char| c.is_whitespace() || "\"'`<>(),;|".contains(c);
        text.split_inclusive(ends)
            .map(|word| {
                let bare = word.trim_end_matches(ends);
                let end = word.strip_prefix(bare).unwrap_or_default();
                self.word(bare) + end
            })
            .collect()
    }

    fn word(&self, word: &str) -> String {
        if word.contains("://") {
            return urls(word);
        }
        let ends = |c: char| "=[]{}".contains(c);
        word.split_inclusive(ends)
            .map(|part| {
                let bare = part.trim_end_matches(ends).trim_end_matches('.');
                let end = part.strip_prefix(bare).unwrap_or_default();
                self.part(bare) + end
            })
            .collect()
    }

    fn part(&self, part: &str) -> String {
        let address = part.split('/').next().unwrap_or(part);
        if address.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()) {
            return part.replace(':', "[:]");
        }
        if address.parse::<IpAddr>().is_ok() || address.parse::<SocketAddr>().is_ok() {
            return dots(part);
        }
        if let Some((user, domain)) = part.rsplit_once('@')
            && !user.is_empty()
            && domain.contains('.')
        {
            return dots(part);
        }
        let (name, rest) = part.split_at(part.find([':', '/', '?', '#']).unwrap_or(part.len()));
        if self.names(&name.to_lowercase()) { dots(name) + rest } else { part.to_owned() }
    }

    /// Whether it is one of the domains, or below one.
    fn names(&self, name: &str) -> bool {
        self.domains.iter().any(|domain| {
            name.strip_suffix(domain.as_str()).is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
    }
}

/// Every URL of a word that holds some.
fn urls(word: &str) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("://") {
        let scheme_at = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| {
            at + before.get(at..).and_then(|text| text.chars().next()).map_or(1, char::len_utf8)
        });
        let (lead, scheme) = before.split_at(scheme_at);
        let authority = authority(after);
        out += lead;
        out += &harmless_scheme(scheme);
        out += "://";
        out += &dots(authority);
        rest = after.strip_prefix(authority).unwrap_or_default();
    }
    out + rest
}

fn harmless_scheme(scheme: &str) -> String {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => "hxxp".into(),
        "https" => "hxxps".into(),
        "ftp" => "fxp".into(),
        "" => String::new(),
        other => format!("{other}[]"),
    }
}

/// Of a URL behind its scheme.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// Of an authority: without user and port.
fn host(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

fn dots(text: &str) -> String {
    text.replace('.', "[.]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    fn known() -> Known {
        Known { domains: vec!["evil.example".into()] }
    }

    #[test]
    fn observables_are_changed_by_their_kinds() {
        for (kind, value, expected) in [
            ("address", "203.0.113.7", "203[.]0[.]113[.]7"),
            ("address", "2001:db8::1", "2001[:]db8[:][:]1"),
            ("domain", "www.evil.example", "www[.]evil[.]example"),
            ("email", "a.b@evil.example", "a[.]b@evil[.]example"),
            ("url", "http://evil.example/a.php?b=c.d", "hxxp://evil[.]example/a.php?b=c.d"),
            ("url", "https://user@evil.example:8443", "hxxps://user@evil[.]example:8443"),
            ("url", "ftp://10.0.0.5/x", "fxp://10[.]0[.]0[.]5/x"),
            ("url", "http://a.example/?to=http://b.example/", "hxxp://a[.]example/?to=hxxp://b[.]example/"),
            ("hash", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
            ("file", "c:\\temp\\a.exe", "c:\\temp\\a.exe"),
            ("host", "ws-anna.hazel.example", "ws-anna.hazel.example"),
        ] {
            assert_eq!(known().value(kind, value), expected);
        }
    }

    #[test]
    fn texts_lose_what_can_be_clicked_and_keep_the_rest() {
        for (text, expected) in [
            ("outlook.exe opened HTTP://x.test/a.b.", "outlook.exe opened hxxp://x[.]test/a.b."),
            ("from 10.0.0.23 to 10.0.0.5:443, ok.", "from 10[.]0[.]0[.]23 to 10[.]0[.]0[.]5:443, ok."),
            ("dst=203.0.113.7;net=10.1.0.0/16", "dst=203[.]0[.]113[.]7;net=10[.]1[.]0[.]0/16"),
            ("cdn.EVIL.example:443 and evil.example.", "cdn[.]EVIL[.]example:443 and evil[.]example."),
            ("notevil.example and vBulletin.Code.Execution", "notevil.example and vBulletin.Code.Execution"),
            ("mail <anna@corp.example>", "mail <anna@corp[.]example>"),
            ("2001:db8::1 at 09:12:00", "2001[:]db8[:][:]1 at 09:12:00"),
            ("smb://x.test/ä://y.test", "smb[]://x[.]test/ä://y[.]test"),
            ("", ""),
            ("...", "..."),
        ] {
            assert_eq!(known().text(text), expected);
        }
    }

    #[test]
    fn a_cluster_is_changed_wherever_it_names_an_indicator() {
        let mut cluster = samples::held();
        held(&mut cluster);
        let all = format!("{cluster:?}");
        for left in ["10.0.0", "203.0.113", "http://", "evil.example"] {
            assert!(!all.contains(left), "{left} is left in {all}");
        }
        assert!(all.contains("hxxp://evil[.]example/x?a=1"), "{all}");
    }
}
