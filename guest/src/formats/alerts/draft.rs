//! An alert in the making: every format fills one, and this holds what is the same for all of them: the
//! bounds, the placeholders that are no values, and what is said of what is missing.

use crate::formats::severity;
use crate::model::{ActionCategory, Alert, AlertProcess, Observable, ObservableKind, Role, Transport};
use crate::text::{address, digest, domain};

use super::action;
use super::attack;
use super::clock::{Clock, Moment};

/// An alert with more is cut, and says so: nobody reads further, and correlation looks at every pair.
const OBSERVABLES: usize = 64;
const TECHNIQUES: usize = 64;
const NOTES: usize = 16;
/// Names, ids, types.
const NAME: usize = 256;
/// What an alert says, and values such as paths and URLs: a longer one is left out, since half a path is
/// another path.
const TEXT: usize = 2048;

/// Said where a year was taken from the arrival (SPEC section 0).
pub const YEAR_ASSUMED: &str = "the time has no year: that of its arrival is assumed";
/// Said where there is no time.
const NO_TIME: &str = "no time: that of its arrival is taken";

/// An alert in the making.
#[derive(Debug)]
pub struct Draft {
    alert: Alert,
    cut: bool,
}

impl Draft {
    /// An alert of a product; the product may be empty.
    pub fn new(vendor: &str, product: &str) -> Self {
        let (vendor, product) = (short(vendor, NAME), short(product, NAME));
        Self { alert: Alert { vendor, product, ..Alert::default() }, cut: false }
    }

    /// What kind it is; the first that says something stays.
    pub fn kind(&mut self, text: impl AsRef<str>) {
        if self.alert.alert_type.is_empty() {
            self.alert.alert_type = short(text.as_ref(), NAME);
        }
    }

    /// The vendor's own id.
    pub fn id(&mut self, text: Option<impl AsRef<str>>) {
        let id = text
            .map(|text| short(text.as_ref(), NAME))
            .filter(|id| says_something(id) && !id.starts_with('$'));
        self.alert.id = self.alert.id.take().or(id);
    }

    /// What it says, for people.
    pub fn message(&mut self, text: Option<impl AsRef<str>>) {
        if let Some(text) = text.filter(|_| self.alert.message.is_empty()) {
            self.alert.message = short(text.as_ref(), TEXT);
        }
    }

    /// The severity as it is written.
    pub fn severity(&mut self, text: Option<impl AsRef<str>>) {
        let severity = text.map(|text| short(text.as_ref(), NAME)).filter(|text| !text.is_empty());
        self.alert.severity = self.alert.severity.take().or(severity);
    }

    /// What was done, in the vendor's words; words that no table has are remembered.
    pub fn action(&mut self, text: Option<impl AsRef<str>>) {
        let Some(text) = text.map(|text| short(text.as_ref(), NAME)).filter(|text| says_something(text))
        else {
            return;
        };
        match action::category(&text) {
            Some(category) => self.acted(category),
            None => self.unmapped("action", text),
        }
    }

    /// What was done, where the format knows it.
    pub fn acted(&mut self, category: ActionCategory) {
        if self.alert.action == ActionCategory::Unknown {
            self.alert.action = category;
        }
    }

    /// When it happened: the first that can be read.
    pub fn time(&mut self, clock: &Clock, text: Option<impl AsRef<str>>) {
        let Some(text) = text.filter(|text| says_something(text.as_ref().trim())) else { return };
        match clock.read(text.as_ref()) {
            Some(moment) => self.at(moment),
            None => self.assumed(format!("the time {:?} cannot be read", short(text.as_ref(), 64))),
        }
    }

    /// When it happened, where the format reads it.
    pub fn at(&mut self, moment: Moment) {
        if self.alert.time.is_none() {
            self.alert.time = Some(moment.millis);
            if moment.year_assumed {
                self.assumed(YEAR_ASSUMED.to_owned());
            }
        }
    }

    /// Whether anything of a kind is known.
    pub fn has(&self, kind: ObservableKind) -> bool {
        self.alert.observables.iter().any(|observable| observable.kind == kind)
    }

    /// Something that it is about; what names nothing is passed over.
    pub fn observe(&mut self, kind: ObservableKind, text: Option<impl AsRef<str>>, role: Role) {
        let Some(text) = text.as_ref().map(|text| text.as_ref().trim()) else { return };
        // A template that nobody filled in has `$name` there.
        if text.len() > TEXT || text.starts_with('$') || !says_something(text) {
            return;
        }
        let Some(found) = Observable::new(kind, text, role) else { return };
        let list = &mut self.alert.observables;
        if let Some(known) = list.iter_mut().find(|known| known.kind == kind && known.value == found.value) {
            // What stands at one end is told more of than what is related.
            if known.role == Role::Related {
                known.role = role;
            }
        } else if list.len() < OBSERVABLES {
            list.push(found);
        } else {
            self.cut = true;
        }
    }

    /// A machine: its name, or its address where vendors write one there.
    pub fn host(&mut self, text: Option<impl AsRef<str>>, role: Role) {
        let Some(text) = text.as_ref().map(|text| text.as_ref().trim()) else { return };
        if address::parse(text).is_some() {
            self.address(Some(text), role);
        } else {
            self.observe(ObservableKind::Host, Some(text), role);
        }
    }

    /// A user; a placeholder is none.
    pub fn user(&mut self, text: Option<impl AsRef<str>>, role: Role) {
        self.observe(ObservableKind::User, text, role);
    }

    /// An address, also with a port: `192.0.2.1:80`, `[::1]:80`, `192.0.2.1/80`.
    pub fn address(&mut self, text: Option<impl AsRef<str>>, role: Role) {
        let Some(text) = text.as_ref().map(|text| text.as_ref().trim()) else { return };
        self.observe(ObservableKind::Address, Some(without_port(text)), role);
    }

    /// The ports of a connection's source and destination: the first that are given stay.
    pub fn ports(&mut self, source: Option<impl AsRef<str>>, destination: Option<impl AsRef<str>>) {
        let read = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u16>().ok()).unwrap_or(0);
        let given = [read(source.as_ref().map(AsRef::as_ref)), read(destination.as_ref().map(AsRef::as_ref))];
        for (port, given) in self.alert.ports.iter_mut().zip(given).filter(|(port, _)| **port == 0) {
            *port = given;
        }
    }

    /// TCP or UDP, by name or number: the first that is one stays.
    pub fn transport(&mut self, text: Option<impl AsRef<str>>) {
        let given = text.and_then(|text| Transport::parse(text.as_ref().trim()));
        self.alert.transport = self.alert.transport.or(given);
    }

    /// A URL, and the domain or address in it.
    pub fn url(&mut self, text: Option<impl AsRef<str>>, role: Role) {
        let Some(text) = text.as_ref().map(|text| text.as_ref().trim()) else { return };
        self.observe(ObservableKind::Url, Some(text), role);
        let unfanged = text.replace("[.]", ".").replace("[:]", ":");
        let host = domain::of_url(&unfanged).unwrap_or_default();
        if address::parse(host).is_none() {
            self.observe(ObservableKind::Domain, Some(host), role);
        }
    }

    /// A domain, also with a port.
    pub fn domain(&mut self, text: Option<impl AsRef<str>>, role: Role) {
        let Some(text) = text.as_ref().map(|text| text.as_ref().trim()) else { return };
        let name = text.rsplit_once(':').map_or(text, |(name, _)| name);
        self.observe(ObservableKind::Domain, Some(name), role);
    }

    /// A hash of a file, also `sha256:...` and `SHA256=...`; an IMPHASH is none.
    pub fn hash(&mut self, text: Option<impl AsRef<str>>) {
        let Some(text) = text.as_ref().map(|text| text.as_ref().trim()) else { return };
        let (name, value) = text.split_once([':', '=']).unwrap_or(("", text));
        let is_files =
            ["", "md5", "sha1", "sha-1", "sha256", "sha-256"].iter().any(|n| name.eq_ignore_ascii_case(n));
        if is_files && digest::canonical(value).is_some() {
            self.observe(ObservableKind::Hash, Some(value), Role::Related);
        }
    }

    /// A file's path; a bare name is none.
    pub fn file(&mut self, text: Option<impl AsRef<str>>) {
        self.observe(ObservableKind::File, text, Role::Related);
    }

    /// A mailbox.
    pub fn email(&mut self, text: Option<impl AsRef<str>>, role: Role) {
        self.observe(ObservableKind::Email, text, role);
    }

    /// The process that it names; what is known of it already stays.
    pub fn process(&mut self, entity: Option<String>, pid: Option<String>, image: Option<String>) {
        let image = image.filter(|image| image.len() <= TEXT && says_something(image));
        let entity = entity.filter(|entity| entity.len() <= NAME && says_something(entity));
        let pid = pid.and_then(|pid| pid.parse().ok());
        if entity.is_none() && pid.is_none() && image.is_none() {
            return;
        }
        let process = self.alert.process.get_or_insert_with(AlertProcess::default);
        process.entity = process.entity.take().or(entity);
        process.pid = process.pid.or(pid);
        process.image = process.image.take().or(image);
    }

    /// Every technique id in a text.
    pub fn techniques(&mut self, text: &str) {
        for technique in attack::techniques(text) {
            if self.alert.techniques.len() < TECHNIQUES && !self.alert.techniques.contains(&technique) {
                self.alert.techniques.push(technique);
            }
        }
    }

    /// A tactic by id or name; other words are none.
    pub fn tactic(&mut self, text: &str) {
        if let Some(tactic) = attack::tactic(text).filter(|t| !self.alert.tactics.contains(t))
            && self.alert.tactics.len() < TECHNIQUES
        {
            self.alert.tactics.push(tactic);
        }
    }

    /// A sentence on what was assumed.
    pub fn assumed(&mut self, sentence: String) {
        if self.alert.assumed.len() < NOTES && !self.alert.assumed.contains(&sentence) {
            self.alert.assumed.push(sentence);
        }
    }

    /// A value that no table has.
    pub fn unmapped(&mut self, field: &'static str, value: String) {
        if self.alert.unmapped.len() < NOTES {
            self.alert.unmapped.push((field, short(&value, 64)));
        }
    }

    /// The alert, in order, with what is missing said. An alert without a type is named by its product.
    pub fn finish(mut self) -> Alert {
        if self.alert.alert_type.is_empty() {
            let name = if self.alert.product.is_empty() { &self.alert.vendor } else { &self.alert.product };
            self.alert.alert_type = format!("{name} alert");
            self.assumed("no type: it is named after its product".to_owned());
        }
        let system = format!("{} {}", self.alert.vendor, self.alert.product).trim().to_lowercase();
        let base = severity::base(&system, self.alert.severity.as_deref());
        if base.is_default {
            match self.alert.severity.clone() {
                Some(severity) => self.unmapped("severity", severity),
                None => self.assumed("no severity: a default is taken".to_owned()),
            }
        }
        if self.alert.observables.is_empty() {
            self.assumed("it names nothing that other alerts could share".to_owned());
        }
        if self.cut {
            self.assumed(format!("it names more than {OBSERVABLES} things: the rest is left out"));
        }
        self.alert.sorted()
    }
}

/// Completes the time of an alert: the header's, or what is said of none.
pub fn with_time(mut alert: Alert, header: Option<Moment>) -> Alert {
    if alert.time.is_none() {
        let note = match header {
            Some(moment) if moment.year_assumed => YEAR_ASSUMED,
            Some(_) => "",
            None => NO_TIME,
        };
        alert.time = header.map(|moment| moment.millis);
        if !note.is_empty() && !alert.assumed.iter().any(|a| a == note) {
            alert.assumed.push(note.to_owned());
        }
    }
    alert
}

/// The address in front of a port.
pub fn without_port(text: &str) -> &str {
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inner.0;
    }
    if text.matches(':').count() == 1 || text.contains('/') {
        return text.split([':', '/']).next().unwrap_or(text);
    }
    text
}

fn says_something(text: &str) -> bool {
    !matches!(text.to_ascii_lowercase().as_str(), "" | "-" | "n/a" | "none" | "null" | "(null)" | "unknown")
}

/// At most that many bytes of the text, its control characters as blanks.
fn short(text: &str, most: usize) -> String {
    let text = text.trim();
    let cut = text.get(..text.floor_char_boundary(most)).unwrap_or(text);
    cut.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(alert: &Alert) -> Vec<(&'static str, &str)> {
        alert.observables.iter().map(|o| (o.kind.as_str(), o.value.as_str())).collect()
    }

    #[test]
    fn what_is_missing_is_said() {
        let alert = with_time(Draft::new("Acme", "Wall").finish(), None);
        assert_eq!(alert.alert_type, "Wall alert");
        assert_eq!(alert.assumed.len(), 4);
        assert!(alert.unmapped.is_empty());
        let mut draft = Draft::new("Darktrace", "");
        draft.severity(Some("12"));
        draft.action(Some("frobnicated"));
        assert_eq!(
            draft.finish().unmapped,
            [("action", "frobnicated".to_owned()), ("severity", "12".to_owned())]
        );
    }

    #[test]
    fn an_alert_is_bounded() {
        let mut draft = Draft::new("Acme", "");
        for i in 0..1000 {
            draft.host(Some(format!("ws{i}")), Role::Related);
            draft.techniques(&format!("T{:04}", 1000 + i));
            draft.assumed(format!("note {i}"));
        }
        draft.kind("x".repeat(5000));
        draft.message(Some("ü".repeat(5000)));
        let alert = draft.finish();
        assert_eq!((alert.observables.len(), alert.techniques.len()), (OBSERVABLES, TECHNIQUES));
        assert!(
            alert.assumed.len() <= NOTES && alert.alert_type.len() <= NAME && alert.message.len() <= TEXT
        );
    }

    #[test]
    fn vendors_spellings_become_observables() {
        let mut draft = Draft::new("Acme", "");
        draft.address(Some("192.0.2.1:80"), Role::Source);
        draft.address(Some("[2001:db8::1]:80"), Role::Destination);
        draft.address(Some("127.0.0.1:80"), Role::Source);
        draft.host(Some("192.0.2.2"), Role::Related);
        draft.url(Some("hxxp://Evil[.]example/A"), Role::Destination);
        draft.domain(Some("Example.TEST:443"), Role::Destination);
        draft.hash(Some(format!("sha256:{}", "AB".repeat(32))));
        draft.hash(Some(format!("IMPHASH={}", "ab".repeat(16))));
        draft.file(Some("bare.exe"));
        draft.user(Some("$user"), Role::Related);
        assert_eq!(
            kinds(&draft.finish()),
            [
                ("address", "192.0.2.1"),
                ("address", "192.0.2.2"),
                ("address", "2001:db8::1"),
                ("domain", "evil.example"),
                ("domain", "example.test"),
                ("url", "http://evil.example/A"),
                ("hash", &"ab".repeat(32)),
            ]
        );
    }

    #[test]
    fn an_end_is_told_over_what_is_related() {
        let mut draft = Draft::new("Acme", "");
        draft.host(Some("ws7"), Role::Related);
        draft.host(Some("WS7"), Role::Source);
        let alert = draft.finish();
        assert_eq!((alert.observables.len(), alert.observables[0].role), (1, Role::Source));
    }
}
