//! What is known of an image or a hash (EchoTrail's `GET /insights`).

use super::answers::{About, Insight, Insights};
use super::hashing::Map;
use super::hosts::HostId;
use super::prevalence::found::Found;
use super::prevalence::scope::{Count, Scope};
use super::prevalence::score::Block;
use super::prevalence::{FIELDS, Field};
use super::state::State;
use super::strings::{Strings, Sym};
use crate::error::Error;
use crate::text::glob;
use crate::text::path::{file_name, fold};

/// As many values of a field are shown.
const TOP: usize = 20;

/// The fields of an image, by the document's names.
const OF_IMAGE: [(&str, &[Field]); 6] = [
    ("paths", &[Field::Path]),
    ("parents", &[Field::Parent]),
    ("children", &[Field::Children]),
    ("grandparents", &[Field::Grandparent]),
    // Of several algorithms the strongest that is known.
    ("hashes", &[Field::Sha256, Field::Sha1, Field::Md5]),
    ("network", &[Field::NetworkPorts]),
];

/// The fields of a hash: what can be told of it alone.
const OF_HASH: [&str; 4] = ["filenames", "paths", "parents", "grandparents"];

/// What is asked of the fields.
struct Asked<'a> {
    field: Option<&'a str>,
    value: Option<String>,
}

impl Asked<'_> {
    fn wants(&self, field: &str) -> bool {
        self.field.is_none_or(|asked| asked == field)
    }
}

impl State {
    /// Answers a question for insights.
    pub(super) fn insights(
        &self,
        subject: &str,
        field: Option<&str>,
        value: Option<&str>,
    ) -> Result<About, Error> {
        // A directory of Unix is one in its own case alone.
        let form =
            |value: &str| if value.starts_with('/') { value.to_owned() } else { fold(value).into_owned() };
        let asked = Asked { field, value: value.map(form) };
        let name = fold(file_name(subject.trim()));
        if name.is_empty() {
            return Err(Error::invalid("subject", "must be a file name or a hash"));
        }
        let hash = match name.len() {
            64 => Some(Field::Sha256),
            40 => Some(Field::Sha1),
            32 => Some(Field::Md5),
            _ => None,
        };
        let hash = hash.filter(|_| name.bytes().all(|b| b.is_ascii_hexdigit()));
        let of_image = OF_IMAGE.map(|(name, _)| name);
        let legal: &[&str] = if hash.is_some() { &OF_HASH } else { &of_image };
        if let Some(field) = field.filter(|field| !legal.contains(field)) {
            return Err(Error::invalid("field", format!("{field:?} is none of {}", legal.join(", "))));
        }
        let known = match &self.global {
            Some(global) => Known { scope: global.baseline().scope(), strings: global.baseline().strings() },
            None => Known { scope: self.counters.customer(), strings: &self.strings },
        };
        let found = known.strings.find(&name).and_then(|name| match (hash, &self.global) {
            (None, _) => known.about_image(name, &asked, |found| self.block(found)),
            (Some(algorithm), Some(_)) => known.about_hash(algorithm, name, &asked),
            (Some(algorithm), None) => self.about_hash(algorithm, name, &asked),
        });
        let never = || format!("EchoTrail has never observed {} execute in the wild", subject.trim());
        Ok(found.map_or_else(|| About::NeverSeen(never()), About::Seen))
    }

    /// Of the customer's own counts a hash's paths and parents are known too: it is looked for in what was
    /// counted on each host.
    fn about_hash(&self, algorithm: Field, hash: Sym, asked: &Asked<'_>) -> Option<Insights> {
        let mut tables: [Map<Sym, u64>; 4] = Default::default();
        let mut hosts: Map<HostId, ()> = Map::default();
        for counted in self.counters.hosts().counted() {
            let shape = self.counters.shape_of(counted.shape);
            if shape.value(algorithm) != hash {
                continue;
            }
            let times: u64 = counted.executions.iter().map(|&count| u64::from(count)).sum();
            hosts.insert(counted.host, ());
            let values = [Field::Path, Field::Parent, Field::Grandparent].map(|field| shape.value(field));
            let [path, parent, grandparent] = values;
            for (table, value) in tables.iter_mut().zip([shape.image, path, parent, grandparent]) {
                if !value.is_empty() {
                    *table.entry(value).or_default() += times;
                }
            }
        }
        let known = Known { scope: self.counters.customer(), strings: &self.strings };
        let hosts = u64::try_from(hosts.len()).unwrap_or(u64::MAX);
        known.of_hash(tables.map(|table| table.into_iter().collect()), hosts, asked)
    }
}

/// The counts that a question is answered from, and the texts that they are of.
struct Known<'s> {
    scope: &'s Scope,
    strings: &'s Strings,
}

impl Known<'_> {
    fn about_image(
        &self,
        image: Sym,
        asked: &Asked<'_>,
        score: impl Fn(&Found) -> Block,
    ) -> Option<Insights> {
        let scope = self.scope;
        let slots = scope.look_up(image, &[None; FIELDS])?;
        let block = score(&Found::in_scope(scope, Some(&slots), [false; FIELDS]));
        let rank = block.rank?;
        let fields = OF_IMAGE.iter().filter(|(name, _)| asked.wants(name)).map(|(name, fields)| {
            let values = |field: &Field| scope.values(slots.member, *field).collect::<Vec<_>>();
            let (known, values) = fields
                .iter()
                .map(|field| (scope.counts(slots.member).known(*field).executions, values(field)))
                .find(|(_, values)| !values.is_empty())
                .unwrap_or_default();
            let values = values.into_iter().map(|(value, count)| (value, count.executions)).collect();
            self.insight(name, values, known, asked)
        });
        Some(Insights {
            rank: Some(rank),
            host_prev: percent(block.host_prev.count, block.host_prev.known),
            eps: format!("{:.2}", block.prevalence),
            fields: fields.collect(),
        })
    }

    /// A baseline knows of a hash the files that had it, and of their hosts at least how many one of them had.
    fn about_hash(&self, algorithm: Field, hash: Sym, asked: &Asked<'_>) -> Option<Insights> {
        let counts = self.scope.all_members().filter_map(|member| {
            let count = self.scope.element(member, algorithm, hash);
            (count.executions > 0).then(|| (self.scope.counts(member).image, count))
        });
        let counts: Vec<(Sym, Count)> = counts.collect();
        let hosts = counts.iter().map(|(_, count)| u64::from(count.hosts)).max()?;
        let names = counts.into_iter().map(|(image, count)| (image, count.executions)).collect();
        self.of_hash([names, Vec::new(), Vec::new(), Vec::new()], hosts, asked)
    }

    /// Its prevalence takes the rank of the file name that it has most often.
    fn of_hash(&self, tables: [Vec<(Sym, u64)>; 4], hosts: u64, asked: &Asked<'_>) -> Option<Insights> {
        let [names, ..] = &tables;
        let by_name = |image: Sym| std::cmp::Reverse(self.strings.get(image));
        let &(name, _) = names.iter().max_by_key(|&&(image, times)| (times, by_name(image)))?;
        let prevalence = prevalence(self.scope, name, hosts);
        let fields = OF_HASH.iter().zip(tables).filter(|(name, _)| asked.wants(name)).map(|(name, table)| {
            let known = table.iter().map(|(_, times)| times).sum();
            self.insight(name, table, known, asked)
        });
        Some(Insights {
            rank: None,
            host_prev: percent(hosts, u64::from(self.scope.hosts())),
            eps: format!("{prevalence:.2}"),
            fields: fields.collect(),
        })
    }

    fn insight(
        &self,
        field: &'static str,
        mut values: Vec<(Sym, u64)>,
        known: u64,
        asked: &Asked<'_>,
    ) -> Insight {
        values.retain(|(value, _)| {
            asked.value.as_ref().is_none_or(|pattern| glob::matches(pattern, self.strings.get(*value)))
        });
        values.sort_unstable_by_key(|&(value, times)| (std::cmp::Reverse(times), self.strings.get(value)));
        let truncated = u64::try_from(values.len().saturating_sub(TOP)).unwrap_or(u64::MAX);
        let shown = values.into_iter().take(TOP);
        let shown = shown.map(|(value, times)| (self.strings.get(value).to_owned(), percent(times, known)));
        Insight { field, values: shown.collect(), truncated }
    }
}

/// `0.7 * host_prev + 0.3 * rank_score`, of something that ran on so many hosts under this name.
fn prevalence(scope: &Scope, name: Sym, hosts: u64) -> f64 {
    let mut found = Found::in_scope(scope, scope.look_up(name, &[None; FIELDS]).as_ref(), [false; FIELDS]);
    found.all.hosts = u32::try_from(hosts).unwrap_or(u32::MAX);
    Block::score(&found, &Default::default(), Default::default()).prevalence
}

/// With two decimals, rounded half up; 0 of nothing is 0.
fn percent(count: u64, known: u64) -> String {
    let (count, known) = (u128::from(count), u128::from(known));
    let hundredths = if known == 0 { 0 } else { (count * 20_000 + known) / (2 * known) };
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_have_two_decimals() {
        // 2/3 = 66.666..., 1/8 = 12.5, 1/20000 = 0.005 rounds up.
        for (count, known, text) in
            [(2, 3, "66.67"), (1, 8, "12.50"), (1, 20_000, "0.01"), (3, 3, "100.00"), (0, 0, "0.00")]
        {
            assert_eq!(percent(count, known), text);
        }
    }
}
