//! What a chain touched and how far clocks were apart, as bounded lists for people.

use super::text::{LISTED, WIDTH};
use super::words;
use crate::runtime::bindings::causality::{Damage, PossibleDamage, Skew};
use crate::text::{cut, cut_middle, harmless};

/// Lists of what the chain touched, each bounded.
pub(super) fn damage(damage: &Damage) -> String {
    titled("touched", damage)
}

/// The same of what it may have touched, by how sure that is.
pub(super) fn possible(possible: &[PossibleDamage]) -> String {
    let one = |of: &PossibleDamage| titled(&format!("may have touched ({} %)", of.confidence), &of.damage);
    possible.iter().map(one).collect()
}

fn titled(title: &str, damage: &Damage) -> String {
    let lists = [
        ("hosts", &damage.hosts),
        ("users", &damage.users),
        ("files", &damage.files),
        ("registry", &damage.registry),
        ("addresses", &damage.addresses),
        ("domains", &damage.domains),
    ];
    let mut out = String::new();
    for (name, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
        let mut label = name;
        for value in values.iter().take(LISTED) {
            out += &format!("  {label:<9}  {}\n", cut_middle(&harmless(value), WIDTH - 13));
            label = "";
        }
        let cut = damage.truncated.iter().filter(|(list, _)| list == name).map(|(_, left)| left).sum::<u64>();
        let left = u64::try_from(values.len().saturating_sub(LISTED)).unwrap_or(u64::MAX).saturating_add(cut);
        if left > 0 {
            out += &format!("  {:<9}  and {left} more\n", "");
        }
    }
    if out.is_empty() { out } else { format!("\n{title}\n{out}") }
}

/// `srv-files runs 350 ms ahead of ws-anna, by 7 connections`
pub(super) fn skews(skews: &[Skew]) -> String {
    let line = |skew: &Skew| {
        let (host, behind) = (cut(&harmless(&skew.host), 24), cut(&harmless(&skew.behind), 24));
        let connections = words::count(skew.connections.into(), "connection");
        let way = if skew.milliseconds < 0 { "behind" } else { "ahead of" };
        format!("  {host} runs {} ms {way} {behind}, by {connections}\n", skew.milliseconds.unsigned_abs())
    };
    let mut out: String = skews.iter().take(LISTED).map(line).collect();
    if skews.len() > LISTED {
        out += &format!("  and {} more\n", skews.len() - LISTED);
    }
    if out.is_empty() { out } else { format!("\nclocks\n{out}") }
}
