//! ECS documents with `event.kind: alert`, and the detections of Kibana (`event.kind: signal`,
//! `kibana.alert.*`): Elastic Common Schema, field sets event, rule, observer, threat; Elastic Security,
//! "Alert schema". Names may be nested, flattened, or both.
//!
//! The source system is the observer: its vendor and product. Kibana's own detections have none.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{each, first, has, is, text, texts};
use crate::model::{ActionCategory, Alert, ObservableKind, Role};

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let is_kibanas = has(document, "kibana.alert.rule.name") || is(document, "event.kind", "signal");
    if !is_kibanas && !is(document, "event.kind", "alert") {
        return None;
    }
    let mut draft = source(document, is_kibanas);
    let get = |paths: &[&str]| first(document, paths);
    draft.kind(
        get(&["rule.name", "kibana.alert.rule.name", "event.action", "event.code"]).unwrap_or_default(),
    );
    draft.id(get(&["kibana.alert.uuid", "event.id"]));
    draft.message(get(&["kibana.alert.reason", "message", "rule.description", "event.reason"]));
    draft.severity(get(&["event.severity", "kibana.alert.severity", "event.severity_name", "log.level"]));
    action(document, &mut draft);
    let times =
        ["event.start", "kibana.alert.original_time", "@timestamp", "event.created", "event.ingested"];
    // The time of the event is `@timestamp`; in Kibana's alerts that is when the rule ran.
    let times = if is_kibanas { times.get(..) } else { times.get(2..) };
    for path in times.into_iter().flatten() {
        draft.time(clock, text(document, path));
    }
    entities(document, &mut draft);
    threat(document, &mut draft);
    Some(draft.finish())
}

/// Who saw it: `observer`, else the module that shipped it.
fn source(document: &Value, is_kibanas: bool) -> Draft {
    let vendor = text(document, "observer.vendor");
    let product = text(document, "observer.product").unwrap_or_default();
    if let Some(vendor) = vendor {
        return Draft::new(&vendor, &product);
    }
    if is_kibanas {
        return Draft::new("Elastic", "Security");
    }
    let named = [
        ("event.module", "event.module"),
        ("event.provider", "event.provider"),
        ("event.dataset", "event.dataset"),
    ];
    let by = named.into_iter().find_map(|(path, name)| Some((text(document, path)?, name)));
    match (by, product.is_empty()) {
        (_, false) => Draft::new(&product, ""),
        (Some((name, path)), true) => {
            let mut draft = Draft::new(&name, "");
            draft.assumed(format!("no observer.vendor: {path} names the source"));
            draft
        }
        (None, true) => {
            let mut draft = Draft::new("ECS", "");
            draft.assumed("no observer.vendor: the source is not known".to_owned());
            draft
        }
    }
}

/// SPEC section 2: a denial or a remedy is one unless its outcome is a failure.
fn action(document: &Value, draft: &mut Draft) {
    let failed = is(document, "event.outcome", "failure");
    let by_type = if is(document, "event.type", "denied") {
        Some(ActionCategory::Actioned)
    } else {
        super::action::category(&text(document, "event.action").unwrap_or_default())
            .or_else(|| is(document, "event.type", "allowed").then_some(ActionCategory::Unactioned))
    };
    match by_type {
        Some(ActionCategory::Actioned) if failed => draft.acted(ActionCategory::Unactioned),
        Some(category) => draft.acted(category),
        // The action of an event that is no remedy (`exec`, `logged-in`) is nothing that a table lacks.
        None => {}
    }
}

fn entities(document: &Value, draft: &mut Draft) {
    use ObservableKind::{Domain, File};
    for path in ["host.name", "host.hostname"] {
        draft.host(text(document, path), Role::Related);
    }
    let ends = [(["source", "client"], Role::Source), (["destination", "server"], Role::Destination)];
    for (names, role) in ends {
        for name in names {
            for member in ["ip", "address"] {
                draft.address(text(document, &format!("{name}.{member}")), role);
            }
            draft.observe(Domain, text(document, &format!("{name}.domain")), role);
            user(document, &format!("{name}.user"), role, draft);
        }
    }
    for [source, destination] in [["source", "destination"], ["client", "server"]] {
        let port = |end: &str| text(document, &format!("{end}.port"));
        draft.ports(port(source), port(destination));
    }
    for path in ["network.transport", "network.iana_number"] {
        draft.transport(text(document, path));
    }
    // An address of the host itself counts only where no end of a connection is known.
    if !draft.has(ObservableKind::Address) {
        for address in texts(document, "host.ip") {
            draft.address(Some(address), Role::Related);
        }
    }
    // What no field of its own told.
    for (path, kind) in [("related.ip", ObservableKind::Address), ("related.hosts", ObservableKind::Host)] {
        if !draft.has(kind) {
            for value in texts(document, path) {
                match kind {
                    ObservableKind::Address => draft.address(Some(value), Role::Related),
                    _ => draft.host(Some(value), Role::Related),
                };
            }
        }
    }
    for value in texts(document, "related.hash") {
        draft.hash(Some(value));
    }
    user(document, "user", Role::Related, draft);
    for path in ["url.full", "url.original"] {
        draft.url(text(document, path), Role::Destination);
    }
    for path in ["url.domain", "dns.question.name"] {
        draft.domain(text(document, path), Role::Destination);
    }
    for path in ["file.hash", "process.hash", "dll.hash", "email.attachments.file.hash"] {
        for algorithm in ["sha256", "sha1", "md5"] {
            draft.hash(text(document, &format!("{path}.{algorithm}")));
        }
    }
    for path in ["file.path", "process.executable", "dll.path"] {
        draft.observe(File, text(document, path), Role::Related);
    }
    for (path, role) in [
        ("email.from.address", Role::Source),
        ("email.sender.address", Role::Source),
        ("email.to.address", Role::Destination),
        ("user.email", Role::Related),
    ] {
        for mailbox in texts(document, path) {
            draft.email(Some(mailbox), role);
        }
    }
    let get = |path: &str| text(document, path);
    let image = get("process.executable").or_else(|| get("process.name"));
    draft.process(get("process.entity_id"), get("process.pid"), image);
}

/// The SID where there is one, else domain and name.
fn user(document: &Value, path: &str, role: Role, draft: &mut Draft) {
    let get = |member: &str| text(document, &format!("{path}.{member}"));
    let sid = get("id").filter(|id| id.starts_with("S-1-"));
    let named = || match (get("name")?, get("domain")) {
        (name, Some(domain)) if !name.contains(['\\', '@']) => Some(format!("{domain}\\{name}")),
        (name, _) => Some(name),
    };
    draft.user(sid.or_else(named), role);
}

fn threat(document: &Value, draft: &mut Draft) {
    for threat in ["threat", "kibana.alert.rule.threat", "kibana.alert.rule.parameters.threat"] {
        for path in ["technique.id", "technique.subtechnique.id"] {
            for id in texts(document, &format!("{threat}.{path}")) {
                draft.techniques(&id);
            }
        }
        for tactic in each(document, &format!("{threat}.tactic.id")).into_iter().filter_map(Value::as_str) {
            draft.tactic(tactic);
        }
        for tactic in texts(document, &format!("{threat}.tactic.name")) {
            draft.tactic(&tactic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    fn darktrace() -> Value {
        json!({
            "@timestamp": "2026-03-01T10:00:00.000Z",
            "event": {"kind": "alert", "id": "b-1", "severity": 7},
            "observer": {"vendor": "Darktrace", "product": "Threat Visualizer"},
            "rule": {"name": "Device/New or Unusual Remote Command Execution"},
            "source": {"ip": "10.1.1.7"},
            "destination": {"ip": "10.1.1.5", "domain": "files.corp.example"},
            "user": {"name": "anna", "domain": "CORP"},
            "threat": {"tactic": {"name": ["Lateral Movement"]}, "technique": {"id": ["T1021", "T1021.002"]}}
        })
    }

    #[test]
    fn the_observer_is_the_source_and_the_rule_the_type() {
        let alert = read(&darktrace(), &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Darktrace", "Threat Visualizer"));
        assert_eq!(alert.alert_type, "Device/New or Unusual Remote Command Execution");
        assert_eq!(alert.severity.as_deref(), Some("7"));
        assert_eq!(alert.id.as_deref(), Some("b-1"));
        assert_eq!(alert.time, Some(1_772_359_200_000));
        assert_eq!(alert.action, ActionCategory::Unknown);
        assert_eq!(alert.techniques, ["T1021", "T1021.002"]);
        assert_eq!(alert.tactics, ["TA0008"]);
        let of = |role| alert.observables.iter().filter(move |o| o.role == role).map(|o| o.value.as_str());
        assert_eq!(of(Role::Source).collect::<Vec<_>>(), ["10.1.1.7"]);
        assert_eq!(of(Role::Destination).collect::<Vec<_>>(), ["10.1.1.5", "files.corp.example"]);
        assert_eq!(of(Role::Related).collect::<Vec<_>>(), [r"corp\anna"]);
        assert_eq!((alert.unmapped.len(), alert.assumed.len()), (0, 0));
    }

    #[test]
    fn flattened_documents_say_the_same() {
        let mut flat = serde_json::Map::new();
        fn flatten(prefix: &str, value: &Value, out: &mut serde_json::Map<String, Value>) {
            match value {
                Value::Object(members) => members.iter().for_each(|(k, v)| {
                    flatten(&if prefix.is_empty() { k.clone() } else { format!("{prefix}.{k}") }, v, out)
                }),
                other => drop(out.insert(prefix.to_owned(), other.clone())),
            }
        }
        flatten("", &darktrace(), &mut flat);
        assert_eq!(read(&Value::Object(flat), &CLOCK), read(&darktrace(), &CLOCK));
    }

    #[test]
    fn an_action_counts_unless_it_failed() {
        use ActionCategory::{Actioned, Unactioned, Unknown};
        for (event, is) in [
            (json!({"type": ["denied"]}), Actioned),
            (json!({"type": ["denied"], "outcome": "failure"}), Unactioned),
            (json!({"action": "quarantined"}), Actioned),
            (json!({"action": "quarantined", "outcome": "failure"}), Unactioned),
            (json!({"type": ["info", "allowed"]}), Unactioned),
            (json!({"action": "detected", "outcome": "success"}), Unactioned),
            (json!({"action": "exec", "outcome": "failure"}), Unknown),
            (json!({}), Unknown),
        ] {
            let mut event = event;
            event["kind"] = json!("alert");
            let alert = read(&json!({"event": event, "rule": {"name": "x"}}), &CLOCK).unwrap();
            assert_eq!(alert.action, is, "{event}");
        }
    }

    #[test]
    fn a_detection_of_kibana_has_its_rule_and_severity() {
        let alert = read(
            &json!({
                "kibana.alert.rule.name": "LSASS Memory Dump",
                "kibana.alert.severity": "critical",
                "kibana.alert.uuid": "9f3c",
                "kibana.alert.original_time": "2026-03-01T09:00:00Z",
                "@timestamp": "2026-03-01T10:00:00Z",
                "kibana.alert.rule.threat": [{"tactic": {"id": "TA0006"}, "technique": [{"id": "T1003", "subtechnique": [{"id": "T1003.001"}]}]}],
                "host": {"name": "WS7"}, "process": {"entity_id": "e1", "pid": 7, "executable": r"C:\Tools\p.exe", "hash": {"sha256": "ab".repeat(32)}},
                "user": {"id": "S-1-5-21-1-2-3-500", "name": "anna"}
            }),
            &CLOCK,
        );
        let alert = alert.unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Elastic", "Security"));
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("LSASS Memory Dump", Some("critical"))
        );
        assert_eq!(alert.time, Some(1_772_355_600_000));
        assert_eq!(alert.techniques, ["T1003", "T1003.001"]);
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, ["ws7", "S-1-5-21-1-2-3-500", &"ab".repeat(32), r"c:\tools\p.exe"]);
        assert_eq!(alert.process.unwrap().pid, Some(7));
    }

    #[test]
    fn an_event_is_no_alert() {
        assert_eq!(read(&json!({"event": {"kind": "event"}, "rule": {"name": "x"}}), &CLOCK), None);
        assert_eq!(read(&json!({"kind": "alert"}), &CLOCK), None);
    }
}
