//! The configuration of alerts, checked and made ready.

use std::net::IpAddr;

use ipnet::IpNet;

use super::config::{Correlation, Filter, FilterAction, Source, Suppression};
use super::pattern::Pattern;
use super::tags::{self, Tags};
use crate::engine::config::Config;
use crate::engine::hashing::Map;
use crate::error::Error;
use crate::model::{Observable, ObservableKind};
use crate::text::{glob, time};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The longest window: a year.
const LONGEST: i64 = 366 * DAY;

/// What is asked of a configuration for each alert.
#[derive(Debug)]
pub struct Rules {
    /// By folded name.
    pub sources: Map<String, Source>,
    pub tags: Tags,
    pub filters: Vec<(Pattern, FilterAction)>,
    pub suppressions: Vec<Suppress>,
    pub windows: Windows,
    internal: Vec<IpNet>,
    /// How long an alert counts towards its entities' risk, in milliseconds.
    pub risk_window: i64,
}

/// How far apart two alerts may be to be linked, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Windows {
    /// For hosts, users and internal addresses.
    near: i64,
    /// For all else.
    far: i64,
}

/// A suppression, folded.
#[derive(Debug)]
pub struct Suppress {
    /// As it is configured.
    pub entry: Suppression,
    ends: i64,
}

/// What a suppression is asked about.
#[derive(Debug)]
pub struct Subject<'a> {
    pub what: &'a str,
    pub source: &'a str,
    /// Path of the process.
    pub image: Option<&'a str>,
    pub observables: &'a [Observable],
    pub received_at: i64,
}

impl Rules {
    /// Checks a configuration; the error names the entry.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let mut sources = Map::with_hasher(config.seed());
        for (name, source) in &config.sources {
            let folded = name.trim().to_lowercase();
            let field = || format!("sources.{name}");
            if folded.is_empty() {
                return Err(Error::invalid("sources", "a source system has no name"));
            }
            if sources.insert(folded, source.clone()).is_some() {
                return Err(Error::invalid(field(), "is configured twice, in two spellings"));
            }
        }
        let filter = |(place, filter): (usize, &Filter)| {
            let pattern = Pattern::parse(&filter.pattern);
            let pattern = pattern.map_err(|m| Error::invalid(format!("filters[{place}].match"), m))?;
            Ok((pattern, filter.action))
        };
        let suppression = |(place, entry): (usize, &Suppression)| {
            Suppress::new(entry)
                .map_err(|(field, message)| Error::invalid(format!("suppressions[{place}].{field}"), message))
        };
        let Correlation { window, internal, risk_window, .. } = &config.correlation;
        let internal = internal.iter().enumerate().map(|(place, text)| {
            let field = || format!("correlation.internal[{place}]");
            let range = tags::range(text).map_err(|message| Error::invalid(field(), message))?;
            range.ok_or_else(|| Error::invalid(field(), format!("{text:?} is no range of addresses")))
        });
        for (name, limit) in [
            ("hub_alerts", config.correlation.hub_alerts),
            ("hub_peers", config.correlation.hub_peers),
            ("hub_hosts", config.correlation.hub_hosts),
            ("hub_percent", config.correlation.hub_percent),
        ] {
            if limit == 0 {
                return Err(Error::invalid(format!("correlation.{name}"), "must be at least 1"));
            }
        }
        if config.correlation.hub_percent > 100 {
            return Err(Error::invalid("correlation.hub_percent", "must be at most 100"));
        }
        Ok(Self {
            sources,
            tags: Tags::new(&config.tags, config.seed())?,
            filters: config.filters.iter().enumerate().map(filter).collect::<Result<_, Error>>()?,
            suppressions: config
                .suppressions
                .iter()
                .enumerate()
                .map(suppression)
                .collect::<Result<_, _>>()?,
            windows: match window {
                None => Windows { near: HOUR, far: DAY },
                Some(text) => {
                    let window = span("correlation.window", text)?;
                    Windows { near: window, far: window }
                }
            },
            internal: internal.collect::<Result<_, _>>()?,
            risk_window: span("correlation.risk_window", risk_window)?,
        })
    }

    /// Whether an address is internal.
    pub fn is_internal(&self, address: &str) -> bool {
        address
            .parse::<IpAddr>()
            .is_ok_and(|address| self.internal.iter().any(|range| range.contains(&address)))
    }
}

impl Windows {
    /// The window of a kind of entity.
    pub fn of(&self, kind: ObservableKind, internal: bool) -> i64 {
        match kind {
            ObservableKind::Host | ObservableKind::User => self.near,
            ObservableKind::Address if internal => self.near,
            _ => self.far,
        }
    }

    /// The window of a causality group: always a day, unless one window is set for all.
    pub fn of_group(&self) -> i64 {
        self.far
    }
}

impl Suppress {
    fn new(entry: &Suppression) -> Result<Self, (&'static str, String)> {
        let empty = |field, text: &str| {
            if text.trim().is_empty() { Err((field, "must not be empty".into())) } else { Ok(()) }
        };
        empty("what", &entry.what)?;
        empty("reason", &entry.reason)?;
        empty("author", &entry.author)?;
        if let Some(address) = &entry.address {
            tags::range(address).map_err(|message| ("address", message))?;
        }
        let ends = match &entry.expires {
            None => i64::MAX,
            Some(text) => ends(text).ok_or_else(|| {
                ("expires", format!("{text:?} is neither a day (2027-01-31) nor a time with a zone"))
            })?,
        };
        let fold = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        let entry = Suppression {
            what: entry.what.to_lowercase(),
            source: fold(&entry.source),
            image: fold(&entry.image),
            host: fold(&entry.host),
            user: fold(&entry.user),
            address: fold(&entry.address),
            hash: fold(&entry.hash),
            ..entry.clone()
        };
        Ok(Self { entry, ends })
    }

    /// Whether it holds for an alert.
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        let Suppression { what, source, image, host, user, address, hash, .. } = &self.entry;
        let fits = |pattern: &str, text: &str| glob::matches(pattern, &text.to_lowercase());
        let in_range = |pattern: &str, o: &Observable| match tags::range(pattern) {
            Ok(Some(range)) => o.value.parse::<IpAddr>().is_ok_and(|address| range.contains(&address)),
            _ => false,
        };
        let any = |pattern: &Option<String>, kind: ObservableKind| {
            pattern.as_ref().is_none_or(|pattern| {
                let mut of_kind = subject.observables.iter().filter(|o| o.kind == kind);
                of_kind.any(|o| {
                    fits(pattern, &o.value)
                        || o.short().is_some_and(|short| fits(pattern, short))
                        || in_range(pattern, o)
                })
            })
        };
        let image_fits = image.as_ref().is_none_or(|pattern| {
            subject.image.is_some_and(|image| fits(pattern, image)) || any(image, ObservableKind::File)
        });
        subject.received_at < self.ends
            && fits(what, subject.what)
            && source.as_ref().is_none_or(|source| fits(source, subject.source))
            && image_fits
            && any(host, ObservableKind::Host)
            && any(user, ObservableKind::User)
            && any(address, ObservableKind::Address)
            && any(hash, ObservableKind::Hash)
    }
}

/// The end of a day, or a moment.
fn ends(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() == 10 {
        return Some(time::parse(&format!("{text}T00:00:00Z"))?.millis + DAY);
    }
    time::parse(text).filter(|read| read.zoned).map(|read| read.millis)
}

/// A span such as `90s`, `6m`, `24h`, `7d`, in milliseconds.
pub(in crate::engine) fn span(field: &str, text: &str) -> Result<i64, Error> {
    let text = text.trim();
    let units = [("s", 1000), ("m", MINUTE), ("h", HOUR), ("d", DAY)];
    let read = units.iter().find_map(|(unit, millis)| {
        let number: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(*millis)
    });
    match read {
        Some(span) if (1..=LONGEST).contains(&span) => Ok(span),
        Some(_) => Err(Error::invalid(field, format!("{text:?} is not within 1s to 366d"))),
        None => Err(Error::invalid(field, format!("{text:?} is no span such as 90s, 6m, 24h or 7d"))),
    }
}
