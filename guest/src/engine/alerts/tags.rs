//! Which tags sit on which entities.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use regex::Regex;

use super::config::Tag;
use super::pattern::expression;
use crate::engine::hashing::{Map, Seed};
use crate::error::Error;
use crate::model::{Observable, ObservableKind, Role};

/// The most tags that one alert is multiplied by.
pub const MOST: usize = 64;

/// By a network's first address.
type Networks = Map<IpAddr, Vec<usize>>;

/// Tags by what they look for, so that ten thousand texts and ranges cost an alert no more than ten; expressions
/// are tried one by one.
#[derive(Debug, Default)]
pub struct Tags {
    texts: Map<String, Vec<usize>>,
    /// By family and length of the prefix.
    ranges: Vec<((bool, u8), Networks)>,
    expressions: Vec<(Regex, usize)>,
    seed: Seed,
}

impl Tags {
    /// Makes tags ready; the error names the entry.
    pub fn new(tags: &[Tag], seed: Seed) -> Result<Self, Error> {
        let mut ready = Self { texts: Map::with_hasher(seed), seed, ..Self::default() };
        for (place, tag) in tags.iter().enumerate() {
            let entry = |field: &str| format!("tags[{place}].{field}");
            if tag.name.trim().is_empty() {
                return Err(Error::invalid(entry("name"), "must not be empty"));
            }
            if tag.identifiers.is_empty() {
                return Err(Error::invalid(entry("identifiers"), "must name something"));
            }
            for (at, identifier) in tag.identifiers.iter().enumerate() {
                let field = || format!("tags[{place}].identifiers[{at}]");
                ready.add(identifier.trim(), place).map_err(|message| Error::invalid(field(), message))?;
            }
        }
        Ok(ready)
    }

    fn add(&mut self, identifier: &str, tag: usize) -> Result<(), String> {
        if identifier.is_empty() {
            return Err("must not be empty: it would match everything".into());
        }
        if let Some(built) = expression(identifier) {
            self.expressions.push((built?, tag));
        } else if let Some(range) = range(identifier)? {
            let key = (range.addr().is_ipv4(), range.prefix_len());
            let place = match self.ranges.iter().position(|(of, _)| *of == key) {
                Some(place) => place,
                None => {
                    self.ranges.push((key, Map::with_hasher(self.seed)));
                    self.ranges.len() - 1
                }
            };
            if let Some((_, networks)) = self.ranges.get_mut(place) {
                networks.entry(range.network()).or_default().push(tag);
            }
        } else {
            // In every form that an observable of it can have.
            let forms = ObservableKind::ALL.into_iter();
            let forms = forms.filter_map(|kind| Observable::new(kind, identifier, Role::Related));
            let forms: BTreeSet<String> =
                forms.map(|observable| observable.value).chain([identifier.to_lowercase()]).collect();
            for form in forms {
                self.texts.entry(form).or_default().push(tag);
            }
        }
        Ok(())
    }

    /// The tags on an observable, by place in the configuration, in any order and perhaps twice.
    pub fn on(&self, observable: &Observable, found: &mut Vec<usize>) {
        let value = observable.value.as_str();
        let mut text = |text: &str| {
            if let Some(tags) = self.texts.get(text) {
                found.extend(tags);
            }
        };
        text(value);
        let short = observable.short();
        short.into_iter().for_each(text);
        if observable.kind == ObservableKind::Address
            && let Ok(address) = value.parse::<IpAddr>()
        {
            for ((is_v4, length), networks) in &self.ranges {
                if *is_v4 == address.is_ipv4()
                    && let Ok(network) = IpNet::new(address, *length)
                    && let Some(tags) = networks.get(&network.network())
                {
                    found.extend(tags);
                }
            }
        }
        let fits = |expression: &Regex| {
            expression.is_match(value) || short.is_some_and(|short| expression.is_match(short))
        };
        found.extend(self.expressions.iter().filter(|(expression, _)| fits(expression)).map(|(_, tag)| *tag));
    }
}

/// A range of addresses; `None` for what is not written like one.
pub fn range(text: &str) -> Result<Option<IpNet>, String> {
    let Some((address, length)) = text.split_once('/') else { return Ok(None) };
    let Ok(address) = address.parse::<IpAddr>() else {
        // A path has slashes too; four numbers or colons before one are meant as an address.
        let meant = address.bytes().all(|b| b.is_ascii_hexdigit() || b == b'.' || b == b':')
            && address.contains(['.', ':']);
        return if meant { Err(format!("{text:?} is no range of addresses")) } else { Ok(None) };
    };
    let range = length.parse().ok().and_then(|length: u8| IpNet::new(address, length).ok());
    let range = range.ok_or_else(|| format!("{text:?} is no range of addresses"))?;
    Ok(Some(range.trunc()))
}
