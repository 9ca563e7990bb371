//! What the rows of a parent and its child say of each other.
//!
//! Where they disagree, the one that knows the other decides.

use super::condition::Answer;
use super::table::{Children, Others};
use super::{Observation, Outcome, Reason, Row, Verdict};

/// A process as the table sees it.
pub(super) struct Process<'a> {
    /// Its file name in the record; `None` if only its pid told what it is.
    pub(super) name: Option<&'a str>,
    pub(super) id: Option<usize>,
    pub(super) row: Option<&'a Row>,
    /// Its name is an 8.3 one, so no row can be found or ruled out.
    pub(super) short: bool,
}

/// What the parent says about the child, and the child about the parent.
pub(super) fn judge_parent<'a>(
    o: &Observation<'a>,
    child: &Process<'a>,
    parent: &Process<'a>,
) -> Verdict<'a> {
    let own = child.row.and_then(|row| by_child_row(o, row, parent));
    if let Some(verdict) = &own
        && verdict.outcome == Outcome::Expected
    {
        return verdict.clone();
    }
    let theirs = parent.row.and_then(|row| by_parent_row(o, row, child));
    match (own, theirs) {
        (Some(own), Some(theirs)) => match (own.reason, theirs.outcome) {
            // The parent's row vouches for a child whose own row does not know the parent.
            (Some(Reason::UnexpectedParent), Outcome::Expected) => {
                Verdict { reason: Some(Reason::Tolerated), ..theirs }
            }
            (Some(Reason::UnexpectedParent), Outcome::Unknown)
                if theirs.reason != Some(Reason::NotListed) =>
            {
                theirs
            }
            (Some(Reason::UnexpectedParent), _) => own,
            // Two mild words: the child's own row speaks of this very pair.
            (Some(Reason::UnusualParent), Outcome::Violation)
                if theirs.reason == Some(Reason::UnusualChild) =>
            {
                own
            }
            (_, Outcome::Violation | Outcome::Expected) => theirs,
            (Some(Reason::NotListed), Outcome::Unknown) => theirs,
            _ => own,
        },
        (Some(verdict), None) | (None, Some(verdict)) => verdict,
        (None, None) => Verdict::unknown(Reason::NotListed, child.name),
    }
}

/// By the row of the process that was started; `None` if it says nothing about parents.
fn by_child_row<'a>(o: &Observation<'a>, row: &'a Row, parent: &Process<'a>) -> Option<Verdict<'a>> {
    if row.parents.is_empty() {
        return None;
    }
    let verdict = |outcome, reason, source| {
        Some(Verdict { outcome, reason, observed: parent.name, expected: row.parents(), source })
    };
    if let Some(source) = row.parents.source_of(parent.id) {
        return verdict(Outcome::Expected, None, Some(source));
    }
    if let Some(source) = row.tolerated.source_of(parent.id) {
        return verdict(Outcome::Expected, Some(Reason::Tolerated), Some(source));
    }
    if let Some(source) = row.unusual.source_of(parent.id) {
        let excuse = row.unusual_unless_service.as_ref().filter(|(id, _)| parent.id == Some(*id));
        return match excuse.map(|(_, unless)| unless.holds(o.parent_command_line)) {
            Some(Answer::Yes) => verdict(Outcome::Expected, Some(Reason::Tolerated), Some(source)),
            Some(Answer::CannotTell) => {
                verdict(Outcome::Unknown, Some(Reason::DependsOnCommandLine), Some(source))
            }
            Some(Answer::No) | None => verdict(Outcome::Violation, Some(Reason::UnusualParent), Some(source)),
        };
    }
    let source = row.parents.source();
    match &row.other_parents {
        Some(others) if others.are == Others::Tolerated => {
            verdict(Outcome::Expected, Some(Reason::Tolerated), Some(&others.source))
        }
        _ if parent.short => verdict(Outcome::Unknown, Some(Reason::ShortName), source),
        Some(others) => verdict(Outcome::Unknown, Some(Reason::NotListed), Some(&others.source)),
        None => verdict(Outcome::Violation, Some(Reason::UnexpectedParent), source),
    }
}

/// By the row of the parent; `None` if it says nothing about children.
fn by_parent_row<'a>(o: &Observation<'a>, row: &'a Row, child: &Process<'a>) -> Option<Verdict<'a>> {
    if let Some(verdict) = by_service(o, row, child) {
        return Some(verdict);
    }
    if row.children.is_empty() && row.other_children.is_none() {
        return None;
    }
    let verdict = |outcome, reason, source| {
        Some(Verdict { outcome, reason, observed: child.name, expected: row.children(), source })
    };
    if let Some(source) = row.children.source_of(child.id) {
        return verdict(Outcome::Expected, None, Some(source));
    }
    let conditional = row.children_by_command_line.iter().find(|(id, _)| child.id == Some(*id));
    if let Some((_, condition)) = conditional {
        let source = Some(condition.source.as_str());
        return match condition.holds(o.command_line) {
            Answer::Yes => verdict(Outcome::Expected, None, source),
            Answer::No => verdict(Outcome::Violation, Some(Reason::UnexpectedChild), source),
            Answer::CannotTell => verdict(Outcome::Unknown, Some(Reason::DependsOnCommandLine), source),
        };
    }
    let source = row.children.source();
    if child.short {
        return verdict(Outcome::Unknown, Some(Reason::ShortName), source);
    }
    match &row.other_children {
        None => verdict(Outcome::Violation, Some(Reason::UnexpectedChild), source),
        Some(others) if others.are == Children::Unusual => {
            verdict(Outcome::Violation, Some(Reason::UnusualChild), Some(&others.source))
        }
        Some(others) => verdict(Outcome::Unknown, Some(Reason::NotListed), Some(&others.source)),
    }
}

/// By the service that the parent runs: `None` unless it is one that starts nothing.
fn by_service<'a>(o: &Observation<'a>, row: &'a Row, child: &Process<'a>) -> Option<Verdict<'a>> {
    let (but, childless) = row.childless_services.as_ref()?;
    let is_one = childless.runs_one(o.parent_command_line);
    if !is_one || child.short || child.id.is_some_and(|id| but.contains(&id)) {
        return None;
    }
    let conditional = childless.but_by_command_line.iter();
    let mut conditional =
        conditional.filter(|one| child.name.is_some_and(|n| n.eq_ignore_ascii_case(&one.name)));
    if conditional.any(|one| one.holds(o.command_line) != Answer::No) {
        return None;
    }
    Some(Verdict {
        outcome: Outcome::Violation,
        reason: Some(Reason::UnexpectedChild),
        observed: child.name,
        expected: &childless.but,
        source: Some(&childless.source),
    })
}
