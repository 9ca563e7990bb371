//! An alert's score: base, source system, action category, alert type and tags multiplied, with what gave
//! each factor (SPEC section 2).

use super::config::{Tag, default_action};
use super::decimal::Decimal;
use super::rules::{Rules, Subject};
use super::tags::MOST;
use crate::model::{ActionCategory, Multiplier, Observable};

/// What a score is made from.
#[derive(Debug)]
pub struct Scorable<'a> {
    /// The names that the source system may be configured by, the most specific first.
    pub systems: [&'a str; 2],
    pub alert_type: &'a str,
    pub action: ActionCategory,
    /// The severity's base, and where it comes from.
    pub base: (Multiplier, &'a str),
    pub observables: &'a [Observable],
    /// Path of the process that it is about.
    pub image: Option<&'a str>,
    pub received_at: i64,
}

/// One factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: PartName,
    pub value: Multiplier,
    /// The configuration's entry, `default`, or the severity's row.
    pub source: String,
}

/// Which factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum PartName {
    Base,
    Source,
    Action,
    Type,
    Tag,
}

impl PartName {
    /// The name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Source => "source",
            Self::Action => "action",
            Self::Type => "type",
            Self::Tag => "tag",
        }
    }
}

/// A score with its trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    pub parts: Vec<Part>,
    /// Their product; zero where it is suppressed.
    pub score: Decimal,
    /// The suppression's reason and author.
    pub suppressed: Option<String>,
    /// More tags than are multiplied matched.
    pub tags_left_out: bool,
}

impl Rules {
    /// Scores an alert; `tags` is the configuration's list, which [`super::tags::Tags`] numbers.
    pub fn score(&self, alert: &Scorable<'_>, tags: &[Tag]) -> Scored {
        let part = |name, value, source: String| Part { name, value, source };
        let default = || "default".to_owned();
        let mut parts = vec![part(PartName::Base, alert.base.0, alert.base.1.to_owned())];
        let configured = alert.systems.iter().find_map(|name| Some((*name, self.sources.get(*name)?)));
        let entry = |name: &str, rest: &str| format!("sources.{name}.{rest}");
        parts.push(match configured.and_then(|(name, source)| Some((name, source.multiplier?))) {
            Some((name, value)) => part(PartName::Source, value, entry(name, "multiplier")),
            None => part(PartName::Source, Multiplier::ONE, default()),
        });
        let category = alert.action.as_str();
        parts.push(
            match configured.and_then(|(name, source)| Some((name, source.action.of(alert.action)?))) {
                Some((name, value)) => {
                    part(PartName::Action, value, entry(name, &format!("action.{category}")))
                }
                None => {
                    part(PartName::Action, default_action(alert.action), format!("default for {category}"))
                }
            },
        );
        let of_type =
            configured.and_then(|(name, source)| Some((name, *source.alert_types.get(alert.alert_type)?)));
        parts.push(match of_type {
            Some((name, value)) => {
                part(PartName::Type, value, entry(name, &format!("alert_types.{:?}", alert.alert_type)))
            }
            None => part(PartName::Type, Multiplier::ONE, default()),
        });
        let mut matched = self.tags_on(alert.observables);
        let tags_left_out = matched.len() > MOST;
        matched.truncate(MOST);
        for tag in matched.iter().filter_map(|&place| tags.get(place)) {
            parts.push(part(PartName::Tag, tag.multiplier, format!("tags.{}", tag.name)));
        }
        let subject = Subject {
            what: alert.alert_type,
            source: alert.systems[0],
            image: alert.image,
            observables: alert.observables,
            received_at: alert.received_at,
        };
        let suppression = self.suppressions.iter().find(|suppression| suppression.holds(&subject));
        let suppressed = suppression.map(|s| format!("{} ({})", s.entry.reason, s.entry.author));
        let score = match suppressed {
            Some(_) => Decimal::ZERO,
            None => product(parts.iter().map(|part| part.value)),
        };
        Scored { parts, score, suppressed, tags_left_out }
    }

    /// The places of all tags on any of the observables, each once, in the configuration's order.
    pub fn tags_on(&self, observables: &[Observable]) -> Vec<usize> {
        let mut matched = Vec::new();
        observables.iter().for_each(|observable| self.tags.on(observable, &mut matched));
        matched.sort_unstable();
        matched.dedup();
        matched
    }
}

/// The product of factors.
pub fn product(factors: impl Iterator<Item = Multiplier>) -> Decimal {
    factors.fold(Decimal::of(Multiplier::ONE), Decimal::times)
}
