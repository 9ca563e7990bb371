//! Boxes, and the tags to their right.

use super::layout::{HEIGHT, Role, Slot, WIDTH, What};
use super::pen::{INK, MONO, Pen, RED, SANS, mono_width};
use crate::chain::fold::{Branch, Fold};
use crate::chain::{Traced, words};
use crate::text::{cut, harmless};

/// Alerts that have a tag of their own; the others are counted.
const ALERTS: usize = 2;
/// Between a box and its first tag: room for an arrow.
pub(super) const OFF: i64 = 16;
const BETWEEN: i64 = 6;
const SIZE: i64 = 11;

/// A short text beside a box.
pub(super) struct Tag {
    text: String,
    look: Look,
}

enum Look {
    /// White on dark.
    Alert,
    /// A frame.
    Violation,
    Plain,
}

impl Tag {
    fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look }
    }

    fn width(&self) -> i64 {
        mono_width(&self.text, SIZE) + 10
    }
}

pub(super) fn tags(traced: &Traced, branch: &Branch<'_>, role: Role) -> Vec<Tag> {
    let node = branch.node;
    let mut tags = Vec::new();
    for (is, name) in [(role.root, "root"), (role.subject, "asked for")] {
        if is {
            tags.push(Tag::new(name, Look::Plain));
        }
    }
    for id in node.alerts.iter().take(ALERTS) {
        let (score, _) = words::alert(traced, id);
        tags.push(Tag::new(format!("! {}", cut(&score, 20)), Look::Alert));
    }
    if node.alerts.len() > ALERTS {
        tags.push(Tag::new(format!("! +{}", node.alerts.len() - ALERTS), Look::Alert));
    }
    if words::violation(&node.verdict).is_some() {
        let reason = node.verdict.reason.as_deref().unwrap_or("violation");
        tags.push(Tag::new(format!("▲ {}", cut(&harmless(reason), 24)), Look::Violation));
    }
    if words::rarity(node).is_some() {
        tags.push(Tag::new("rare", Look::Plain));
    }
    if let Some(known) = words::knowledge(&node.process) {
        tags.push(Tag::new(known, Look::Plain));
    }
    tags
}

pub(super) fn fold_tags(fold: &Fold) -> Vec<Tag> {
    if fold.below > 0 { vec![Tag::new(format!("{} below", fold.below), Look::Plain)] } else { Vec::new() }
}

/// How much room tags take.
pub(super) fn tags_width(tags: &[Tag]) -> i64 {
    tags.iter().map(|tag| tag.width() + BETWEEN).sum()
}

pub(super) fn draw(pen: &mut Pen, slot: &Slot<'_>) {
    pen.begin(&said(slot));
    frame(pen, slot.x, slot.y, matches!(slot.what, What::Fold(_)), slot.role);
    let (first, second) = lines(slot);
    let up = if matches!(slot.what, What::Fold(_)) { 1 } else { 0 };
    pen.text(
        slot.x + 10,
        slot.y + 13 - up,
        &first,
        &format!("{MONO} font-size=\"12\" font-weight=\"bold\" fill=\"{INK}\""),
    );
    pen.text(slot.x + 10, slot.y + 24 - 2 * up, &second, &format!("{MONO} font-size=\"10\" fill=\"{INK}\""));
    let mut x = slot.tags_at;
    for each in &slot.tags {
        tag(pen, x, slot.middle(), each);
        x += each.width() + BETWEEN;
    }
    pen.done();
}

/// A box without what stands in it.
pub(super) fn frame(pen: &mut Pen, x: i64, y: i64, fold: bool, role: Role) {
    let (width, height) = (WIDTH, HEIGHT);
    sized_frame(pen, (x, y, width, height), fold, role);
}

pub(super) fn sized_frame(
    pen: &mut Pen,
    (x, y, width, height): (i64, i64, i64, i64),
    fold: bool,
    role: Role,
) {
    let stroke = if role.subject { 3 } else { 1 };
    let dash = if role.unrecorded { " stroke-dasharray=\"5 3\"" } else { "" };
    let look = format!("fill=\"#ffffff\" stroke=\"{INK}\" stroke-width=\"{stroke}\"{dash}");
    if fold {
        for off in [6, 3] {
            pen.rect(x + off, y + off, width - 6, height - 6, 3, &look);
        }
        pen.rect(x, y, width - 6, height - 6, 3, &look);
        return;
    }
    if role.injected {
        let cut = height / 4;
        let (right, bottom) = (x + width, y + height);
        let d = format!(
            "M{} {y}H{}L{right} {}V{}L{} {bottom}H{}L{x} {}V{}Z",
            x + cut,
            right - cut,
            y + cut,
            bottom - cut,
            right - cut,
            x + cut,
            bottom - cut,
            y + cut
        );
        pen.path(&d, &look);
    } else {
        pen.rect(x, y, width, height, 3, &look);
    }
    if role.root {
        let look = format!("fill=\"none\" stroke=\"{INK}\"");
        pen.rect(x + 2, y + 2, width - 4, height - 4, 2, &look);
    }
}

/// What stands in a box.
fn lines(slot: &Slot<'_>) -> (String, String) {
    match &slot.what {
        What::Process(branch) => {
            let process = &branch.node.process;
            let pid = process.pid.map_or_else(|| "pid ?".into(), |pid| pid.to_string());
            let started = process.started.map_or_else(|| "start not known".into(), words::clock);
            (cut(&words::name(process), 23), format!("{pid} · {started}"))
        }
        What::Fold(fold) => {
            let first = fold.first.map_or_else(String::new, |time| format!("from {}", words::clock(time)));
            match &fold.name {
                Some(name) if fold.count == 1 => (cut(name, 21), first),
                Some(name) => (format!("{} x {}", cut(name, 15), fold.count), first),
                None => (format!("{} more", fold.count), first),
            }
        }
    }
}

/// What is said where somebody points at it.
fn said(slot: &Slot<'_>) -> String {
    let What::Process(branch) = &slot.what else { return "several processes that are not drawn".into() };
    let node = branch.node;
    let mut said = vec![words::name_and_pid(&node.process), node.process.id.clone()];
    said.extend(node.process.image.clone());
    said.extend(node.command_line.clone());
    said.extend(node.process.user.clone());
    said.extend(words::violation(&node.verdict));
    said.extend(words::rarity(node));
    said.iter().map(|text| cut(&harmless(text), 300)).collect::<Vec<_>>().join(" | ")
}

fn tag(pen: &mut Pen, x: i64, middle: i64, tag: &Tag) {
    let (fill, stroke, ink, wide) = match tag.look {
        Look::Alert => (RED, RED, "#ffffff", 1),
        Look::Violation => ("#ffffff", INK, INK, 2),
        Look::Plain => ("#ffffff", "#bbbbbb", INK, 1),
    };
    let look = format!("fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{wide}\"");
    pen.rect(x, middle - 9, tag.width(), 18, 3, &look);
    let font = if matches!(tag.look, Look::Plain) { SANS } else { MONO };
    let weight = if matches!(tag.look, Look::Alert) { " font-weight=\"bold\"" } else { "" };
    pen.text(x + 5, middle + 4, &tag.text, &format!("{font} font-size=\"{SIZE}\" fill=\"{ink}\"{weight}"));
}

/// An alert's tag and a violation's, for the legend.
pub(super) fn sample(pen: &mut Pen, x: i64, middle: i64, alert: bool) {
    let (text, look) = if alert { ("! A1", Look::Alert) } else { ("▲", Look::Violation) };
    tag(pen, x, middle, &Tag::new(text, look));
}
