//! `begat:siem/hierarchy`.

use super::begat::siem::types::{Error, Origin, Page};
use super::exports::begat::siem::hierarchy;
use super::{Component, ask, not_found};
use crate::engine::hierarchy::{Observation, Outcome, Parent, Profile};

impl hierarchy::Guest for Component {
    fn profiles() -> Result<Vec<hierarchy::ProfileInfo>, Error> {
        let active = ask(|engine| Ok(engine.profile().name()))?;
        let info = |profile: &Profile| hierarchy::ProfileInfo {
            name: profile.name().into(),
            description: profile.description().into(),
            last_upload: profile.last_upload(),
            active: profile.name() == active,
            sources: profile.sources().iter().map(|(code, text)| (code.clone(), text.clone())).collect(),
        };
        Ok(Profile::built_in().iter().map(info).collect())
    }

    fn expectations(profile: Option<String>) -> Result<Vec<hierarchy::Expectation>, Error> {
        let rows = find_profile(profile.as_deref())?.rows();
        Ok(rows
            .iter()
            .map(|row| hierarchy::Expectation {
                name: row.name().into(),
                parents: row.parents().to_vec(),
                tolerated: row.tolerated().to_vec(),
                unusual: row.unusual().to_vec(),
                children: row.children().to_vec(),
                directories: row.directories().to_vec(),
                users: row.users().to_vec(),
                sources: row.sources().to_vec(),
            })
            .collect())
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
                origin: Origin { source: f.origin.0, line: f.origin.1 },
            })
            .collect())
    }

    fn check(
        profile: Option<String>,
        observation: hierarchy::Observation,
    ) -> Result<hierarchy::Verdict, Error> {
        let verdict = find_profile(profile.as_deref())?.judge(&Observation {
            image: &observation.image,
            pid: observation.pid,
            parent: observation.parent.as_deref().map_or(Parent::Missing, Parent::Image),
            parent_pid: observation.parent_pid,
            command_line: observation.command_line.as_deref(),
            parent_command_line: observation.parent_command_line.as_deref(),
            user: observation.user.as_deref(),
        });
        Ok(hierarchy::Verdict {
            outcome: match verdict.outcome {
                Outcome::Expected => hierarchy::Outcome::Expected,
                Outcome::Violation => hierarchy::Outcome::Violation,
                Outcome::Unknown => hierarchy::Outcome::Unknown,
            },
            reason: verdict.reason.map(|reason| reason.as_str().into()),
            observed: verdict.observed.map(str::to_owned),
            expected: verdict.expected.to_vec(),
            source: verdict.source.map(str::to_owned),
        })
    }
}

fn find_profile(name: Option<&str>) -> Result<&'static Profile, Error> {
    match name {
        None => ask(|engine| Ok(engine.profile())),
        Some(name) => Profile::find(name).ok_or_else(|| not_found("profile", name)),
    }
}
