//! What the signs of a picture mean: those that it has, and no others.

use super::boxes;
use super::edges::{self, Style};
use super::layout::{Layout, MARGIN, Role, What};
use super::pen::{INK, Pen, SANS, sans_width};
use crate::runtime::bindings::hierarchy::Outcome;

const SIZE: i64 = 11;
const LINE: i64 = 26;
/// A sign, and the blank behind it.
const SIGN: i64 = 60;

/// Signs with their places.
pub(super) struct Legend {
    items: Vec<(i64, i64, Sign, &'static str)>,
    pub(super) width: i64,
    pub(super) bottom: i64,
}

enum Sign {
    Box(Role),
    Fold,
    Line(Style),
    Alert,
    Violation,
}

pub(super) fn of(layout: &Layout<'_>, width: i64, top: i64) -> Legend {
    let width = width.max(460);
    let (mut x, mut y) = (MARGIN, top + LINE);
    let mut items = Vec::new();
    for (sign, text) in signs(layout) {
        let wide = SIGN + sans_width(text, SIZE) + 24;
        if x > MARGIN && x + wide > width {
            (x, y) = (MARGIN, y + LINE);
        }
        items.push((x, y, sign, text));
        x += wide;
    }
    Legend { items, width, bottom: y + LINE / 2 }
}

fn signs(layout: &Layout<'_>) -> Vec<(Sign, &'static str)> {
    let mut signs = Vec::new();
    let roles = || layout.slots.iter().map(|slot| slot.role);
    let nodes = || layout.slots.iter().filter_map(|slot| slot.process()).map(|branch| branch.node);
    let one = Role::default();
    for (there, role, text) in [
        (roles().any(|r| r.root), Role { root: true, ..one }, "root of the chain"),
        (roles().any(|r| r.subject), Role { subject: true, ..one }, "what was asked for"),
        (roles().any(|r| r.injected), Role { injected: true, ..one }, "another began a thread in it"),
        (roles().any(|r| r.unrecorded), Role { unrecorded: true, ..one }, "its start was not recorded"),
    ] {
        if there {
            signs.push((Sign::Box(role), text));
        }
    }
    if layout.slots.iter().any(|slot| matches!(slot.what, What::Fold(_))) {
        signs.push((Sign::Fold, "several processes"));
    }
    if nodes().any(|node| !node.alerts.is_empty()) {
        signs.push((Sign::Alert, "alert and its score"));
    }
    if nodes().any(|node| node.verdict.outcome == Outcome::Violation) {
        signs.push((Sign::Violation, "not expected there"));
    }
    let across = |link| layout.ends(link).is_some_and(|(from, to)| from.host != to.host);
    let mut styles: Vec<Style> = layout.links.iter().map(|link| Style::of(link, across(link))).collect();
    styles.sort_unstable();
    styles.dedup();
    signs.extend(styles.into_iter().filter_map(|style| {
        let text = match style {
            Style::Started => "started",
            Style::Probable => "started, in between or not for sure",
            Style::Folded => return None,
            Style::Injected => "began a thread in",
            Style::Dropped => "wrote the file that runs",
            Style::Asked => "asked for by service, task or WMI",
            Style::Connected => "led to by a connection, how surely",
        };
        Some((Sign::Line(style), text))
    }));
    signs
}

impl Legend {
    pub(super) fn draw(&self, pen: &mut Pen) {
        for (x, y, sign, text) in &self.items {
            let small = (*x, y - 8, 44, 16);
            match sign {
                Sign::Box(role) => boxes::sized_frame(pen, small, false, *role),
                Sign::Fold => boxes::sized_frame(pen, (*x, y - 8, 44, 18), true, Role::default()),
                Sign::Line(style) => edges::sample(pen, *x, *y, *style),
                Sign::Alert => boxes::sample(pen, *x, *y, true),
                Sign::Violation => boxes::sample(pen, *x, *y, false),
            }
            pen.text(x + SIGN, y + 4, text, &format!("{SANS} font-size=\"{SIZE}\" fill=\"{INK}\""));
        }
    }
}
