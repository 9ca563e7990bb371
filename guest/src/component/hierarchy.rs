//! `begat:siem/hierarchy`.

use super::begat::siem::types::{Error, Origin, Page};
use super::exports::begat::siem::hierarchy;
use super::{Component, ask};
use crate::engine::hierarchy::{Observation, Outcome, Parent, Profile, Row, Verdict};

impl hierarchy::Guest for Component {
    fn profiles() -> Result<Vec<hierarchy::ProfileInfo>, Error> {
        ask(|engine| {
            let active = engine.profile();
            let info = |profile: &Profile| hierarchy::ProfileInfo {
                name: profile.name().into(),
                description: profile.description().into(),
                last_upload: profile.last_upload(),
                active: profile.name() == active.name(),
                sources: profile.sources().iter().map(|(code, text)| (code.clone(), text.clone())).collect(),
            };
            let of = Profile::built_in().iter();
            Ok(of.map(|own| info(if own.name() == active.name() { active } else { own })).collect())
        })
    }

    fn expectations(profile: Option<String>) -> Result<Vec<hierarchy::Expectation>, Error> {
        let expectation = |row: &Row| hierarchy::Expectation {
            name: row.name().into(),
            parents: row.parents().to_vec(),
            tolerated: row.tolerated().to_vec(),
            unusual: row.unusual().to_vec(),
            children: row.children().to_vec(),
            directories: row.directories().to_vec(),
            users: row.users().to_vec(),
            sources: row.sources().to_vec(),
        };
        ask(|engine| Ok(engine.profile_named(profile.as_deref())?.rows().iter().map(expectation).collect()))
    }

    fn violations(page: Page) -> Result<Vec<hierarchy::Finding>, Error> {
        let found = ask(|engine| Ok(engine.violations(page.offset, page.limit)))?;
        Ok(found
            .into_iter()
            .map(|f| hierarchy::Finding {
                process: f.process,
                image: f.image,
                started: f.started,
                verdict: hierarchy::Verdict {
                    outcome: hierarchy::Outcome::Violation,
                    reason: f.reason.map(str::to_owned),
                    observed: f.observed,
                    expected: f.expected,
                    source: f.source,
                },
                grade: match f.corroborated_by.is_empty() {
                    true => hierarchy::Grade::Evidence,
                    false => hierarchy::Grade::Suspicion,
                },
                corroborated_by: f.corroborated_by.into_iter().map(str::to_owned).collect(),
                origin: Origin { source: f.origin.0, line: f.origin.1 },
            })
            .collect())
    }

    fn check(
        profile: Option<String>,
        observation: hierarchy::Observation,
    ) -> Result<hierarchy::Verdict, Error> {
        let observation = Observation {
            image: &observation.image,
            pid: observation.pid,
            parent: observation.parent.as_deref().map_or(Parent::Missing, Parent::Image),
            parent_pid: observation.parent_pid,
            command_line: observation.command_line.as_deref(),
            parent_command_line: observation.parent_command_line.as_deref(),
            user: observation.user.as_deref(),
        };
        let said = |verdict: Verdict<'_>| hierarchy::Verdict {
            outcome: outcome(verdict.outcome),
            reason: verdict.reason.map(|reason| reason.as_str().into()),
            observed: verdict.observed.map(str::to_owned),
            expected: verdict.expected.to_vec(),
            source: verdict.source.map(str::to_owned),
        };
        ask(|engine| Ok(said(engine.profile_named(profile.as_deref())?.judge(&observation))))
    }
}

/// An outcome of the contract.
pub(super) fn outcome(outcome: Outcome) -> hierarchy::Outcome {
    match outcome {
        Outcome::Expected => hierarchy::Outcome::Expected,
        Outcome::Violation => hierarchy::Outcome::Violation,
        Outcome::Unknown => hierarchy::Outcome::Unknown,
    }
}
