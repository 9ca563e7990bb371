//! The rules of the verdict, each with the source of its expectation.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;

mod children;
mod names;
mod parents;
mod places;
mod unix;

const S32: &str = r"C:\Windows\System32";

/// A process start of which no more is known.
pub(super) fn start<'a>(image: &'a str, parent: Parent<'a>) -> Observation<'a> {
    Observation {
        image,
        pid: None,
        parent,
        parent_pid: None,
        command_line: None,
        parent_command_line: None,
        user: None,
    }
}

/// Outcome and reason by the modern profile, in the contract's words.
fn said(observation: &Observation<'_>) -> (&'static str, &'static str) {
    let verdict = Profile::modern().judge(observation);
    (verdict.outcome.as_str(), verdict.reason.map_or("", Reason::as_str))
}

fn under(image: &str, parent: &str) -> (&'static str, &'static str) {
    said(&start(image, Parent::Image(parent)))
}

#[test]
fn the_embedded_tables_parse() {
    for text in [
        include_str!("../../../../data/hierarchy/modern.json"),
        include_str!("../../../../data/hierarchy/cybereason-2016.json"),
    ] {
        let parsed = Profile::parse(text).unwrap();
        let built_in = Profile::find(parsed.name()).unwrap();
        assert!(!built_in.rows().is_empty());
        assert_eq!(built_in.rows().len(), parsed.rows().len());
    }
    assert_eq!(Profile::modern().name(), "modern");
    assert!(Profile::find("other").is_none());
}

#[test]
fn every_row_stands_once_and_every_source_is_explained() {
    for profile in Profile::built_in() {
        let names: BTreeSet<_> = profile.rows().iter().map(|row| row.name().to_lowercase()).collect();
        assert_eq!(names.len(), profile.rows().len());
        for row in profile.rows() {
            assert_eq!(row.places.len(), row.directories().len(), "{}", row.name());
            for line in row.sources().iter().filter(|line| !line.starts_with("note: ")) {
                let codes = line.rsplit(": ").next().unwrap();
                for code in codes.split(", ").map(|code| code.split(' ').next().unwrap()) {
                    assert!(profile.sources().contains_key(code), "{}: {line}", row.name());
                }
            }
        }
    }
}

// Decision of the table: a parent known from general knowledge only is never enough for a violation.
#[test]
fn no_row_that_rests_on_general_knowledge_alone_gives_unexpected_parent() {
    for row in Profile::modern().rows() {
        if row.parents.source() == Some("K") {
            assert!(row.other_parents.is_some(), "{}", row.name());
        }
    }
}

// The document's example response: five processes, in this order, spelled like this.
#[test]
fn cybereason_2016_is_the_documents_example() {
    let profile = Profile::find("cybereason-2016").unwrap();
    let rows: Vec<_> = profile.rows().iter().map(|row| (row.name(), row.parents().to_vec())).collect();
    let expected = [
        ("lsass.exe", vec!["wininit.exe"]),
        ("svchost.exe", vec!["services.exe"]),
        ("smss.exe", vec!["system", "smss.exe"]),
        ("services.exe", vec!["wininit.exe"]),
        ("lsm.exe", vec!["wininit.exe"]),
    ];
    assert_eq!(rows, expected.map(|(name, parents)| (name, parents.into_iter().map(String::from).collect())));
    assert_eq!(profile.last_upload(), 1_476_350_910_397);
    let verdict = profile.judge(&start("smss.exe", Parent::Image("System")));
    assert_eq!(verdict.outcome, Outcome::Expected);
    let verdict = profile.judge(&start("winword.exe", Parent::Image("explorer.exe")));
    assert_eq!(verdict.reason, Some(Reason::NotListed));
}
