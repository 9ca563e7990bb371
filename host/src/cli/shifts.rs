//! Two rankings side by side, as a table.

use super::columns::{Column, columns};
use super::summary::count;
use super::terminal::harmless;
use crate::clusters::compare::{Change, Shift, Stand};

/// How many change, and then those that do.
pub(super) fn text(shifts: &[Shift]) -> String {
    let moved: Vec<&Shift> = shifts.iter().filter(|shift| shift.change != Change::Same).collect();
    let all = count(u64::try_from(shifts.len()).unwrap_or(u64::MAX), "cluster");
    match moved.len() {
        0 => format!("{all}, none changes its rank or score\n"),
        1 => format!("{all}, 1 changes\n{}", table(&moved)),
        n => format!("{all}, {n} change\n{}", table(&moved)),
    }
}

fn table(shifts: &[&Shift]) -> String {
    let both = |shift: &Shift, of: fn(&Stand) -> String| {
        let side = |stand: &Option<Stand>| stand.as_ref().map_or("-".to_owned(), of);
        let (before, after) = (side(&shift.before), side(&shift.after));
        if before == after { before } else { format!("{before} -> {after}") }
    };
    let column = |title, of: fn(&Stand) -> String| Column::text(title, shifts.iter().map(|s| both(s, of)));
    let mut all =
        vec![column("rank", |stand| stand.rank.to_string()), column("score", |stand| stand.score.clone())];
    let stands = shifts.iter().flat_map(|shift| shift.before.iter().chain(&shift.after));
    if stands.into_iter().any(|stand| stand.alerts.is_some()) {
        all.push(column("alerts", |stand| stand.alerts.unwrap_or(0).to_string()));
    }
    all.push(column("cluster", |stand| harmless(&stand.cluster)));
    all.push(Column::text("title", shifts.iter().map(|shift| harmless(&shift.title))));
    if shifts.iter().any(|shift| !shift.said().is_empty()) {
        all.push(Column::text("", shifts.iter().map(|shift| harmless(&shift.said()))));
    }
    columns(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::compare::rescored;
    use crate::clusters::samples::summary;

    #[test]
    fn moves_are_shown_and_the_rest_is_counted() {
        let of = |id: &str, score: &str| {
            let mut summary = summary(id, score);
            summary.title = format!("title of {id}");
            summary
        };
        let before = [of("C1", "19.8"), of("C2", "10"), of("C3", "1")];
        let after = [of("C2", "10"), of("C1", "3"), of("C3", "1")];
        assert_eq!(
            text(&rescored(&before, &after)),
            concat!(
                "3 clusters, 2 change\n",
                "rank    score      cluster  title\n",
                "2 -> 1  10         C2       title of C2\n",
                "1 -> 2  19.8 -> 3  C1       title of C1\n",
            )
        );
        assert_eq!(text(&rescored(&before, &before)), "3 clusters, none changes its rank or score\n");
        assert_eq!(text(&[]), "0 clusters, none changes its rank or score\n");
    }
}
