//! Lines from box to box, told apart by their dash, weight and arrow; all but plain starts have their word.

use super::layout::{HEIGHT, Layout, Link, Slot, WIDTH};
use super::pen::{INK, MONO, Pen, RED, mono_width};
use crate::chain::words;
use crate::runtime::bindings::causality::EdgeKind;
use crate::text::cut;

const SIZE: i64 = 10;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    Started,
    /// A start that is only a candidate, or one with others between.
    Probable,
    Folded,
    Injected,
    Dropped,
    /// A service, a task, WMI.
    Asked,
    Connected,
}

impl Style {
    pub(super) fn of(link: &Link<'_>, across: bool) -> Self {
        let Some(edge) = link.edge else { return Self::Folded };
        match edge.kind {
            _ if across => Self::Connected,
            EdgeKind::Connected => Self::Connected,
            EdgeKind::Started if edge.confidence >= 100 && link.between == 0 => Self::Started,
            EdgeKind::Started => Self::Probable,
            EdgeKind::Injected => Self::Injected,
            EdgeKind::Dropped => Self::Dropped,
            EdgeKind::Service | EdgeKind::Task | EdgeKind::Wmi | EdgeKind::Other(_) => Self::Asked,
        }
    }

    fn color(self) -> &'static str {
        if self == Self::Injected { RED } else { INK }
    }

    fn look(self) -> String {
        let (wide, dash) = match self {
            Self::Started => ("1.2", ""),
            Self::Probable => ("1.2", "6 4"),
            Self::Folded => ("1", "1 3"),
            Self::Injected => ("3", "9 4"),
            Self::Dropped => ("1.8", "2 4"),
            Self::Asked => ("1.6", "10 3 2 3"),
            Self::Connected => ("4", ""),
        };
        let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        format!("fill=\"none\" stroke=\"{}\" stroke-width=\"{wide}\"{dash}", self.color())
    }

    /// Starts are drawn with corners, all else as curves.
    fn has_corners(self) -> bool {
        matches!(self, Self::Started | Self::Probable | Self::Folded)
    }
}

pub(super) fn draw(pen: &mut Pen, layout: &Layout<'_>) {
    for (index, link) in layout.links.iter().enumerate() {
        let Some((from, to)) = layout.ends(link) else { continue };
        let line = Line::of(link, from, to, index);
        if let Some(edge) = link.edge {
            let (cause, effect) = (named(from), named(to));
            pen.begin(&format!("{cause} {} {effect}: {}", words::edge(edge), cut(&edge.reason, 300)));
        }
        line.draw(pen);
        if link.edge.is_some() {
            pen.done();
        }
    }
}

/// Moves tags out of the way of lines.
pub(super) fn clear(slots: &mut [Slot<'_>], links: &[Link<'_>]) {
    for (index, link) in links.iter().enumerate() {
        let (Some(from), Some(to)) = (slots.get(link.from), slots.get(link.to)) else { continue };
        let Some(reach) = Line::of(link, from, to, index).right else { continue };
        let leaves = reach.leaves.then_some(link.from);
        for place in leaves.into_iter().chain([link.to]) {
            if let Some(slot) = slots.get_mut(place) {
                slot.tags_at = slot.tags_at.max(reach.x + 10);
            }
        }
    }
}

fn named(slot: &Slot<'_>) -> String {
    slot.process().map_or_else(String::new, |branch| words::name_and_pid(&branch.node.process))
}

/// The words of all lines: above the boxes, so that none is hidden.
pub(super) fn label(pen: &mut Pen, layout: &Layout<'_>) {
    for (index, link) in layout.links.iter().enumerate() {
        let Some((from, to)) = layout.ends(link) else { continue };
        let line = Line::of(link, from, to, index);
        let mut text = match (link.edge, line.style) {
            (Some(edge), style)
                if style != Style::Started && !(link.between > 0 && words::is_start(edge)) =>
            {
                cut(&words::edge(edge), 30)
            }
            _ => String::new(),
        };
        if link.between > 0 {
            text = format!("{text} … {} between", link.between).trim_start().to_owned();
        }
        if text.is_empty() {
            continue;
        }
        let wide = mono_width(&text, SIZE) + 6;
        let (x, y) = line.label;
        let x = if line.ends_left { x - wide } else { x };
        pen.rect(x, y - 7, wide, 13, 2, "fill=\"#ffffff\" fill-opacity=\"0.9\"");
        let look =
            format!("{MONO} font-size=\"{SIZE}\" font-weight=\"bold\" fill=\"{}\"", line.style.color());
        pen.text(x + 3, y + 3, &text, &look);
    }
}

/// Where a line goes.
pub(super) struct Line {
    style: Style,
    d: String,
    /// The point of the arrow, and whether it comes from the left.
    tip: (i64, i64),
    from_left: bool,
    label: (i64, i64),
    /// Whether the label ends at its place.
    ends_left: bool,
    /// How far it reaches where it comes to its end from the right.
    right: Option<Reach>,
}

#[derive(Debug, Clone, Copy)]
struct Reach {
    x: i64,
    /// It leaves its beginning at the right too.
    leaves: bool,
}

impl Line {
    fn of(link: &Link<'_>, from: &Slot<'_>, to: &Slot<'_>, index: usize) -> Self {
        let style = Style::of(link, from.host != to.host);
        let (y, down) = (to.middle(), to.y > from.y);
        // Lines that run beside each other stand apart.
        let apart = i64::try_from(index % 5).unwrap_or(0);
        if style.has_corners() && down && to.x > from.x + 8 {
            let x = from.x + 8;
            let d = format!("M{x} {}V{y}H{}", from.y + HEIGHT, to.x);
            return Self {
                style,
                d,
                tip: (to.x, y),
                from_left: true,
                label: (to.x - 10, y - 9),
                ends_left: true,
                right: None,
            };
        }
        let start = from.x + WIDTH - 24 - 8 * apart;
        if to.x > start + 40 {
            let edge = if down { from.y + HEIGHT } else { from.y };
            let d = format!("M{start} {edge}C{start} {y} {start} {y} {} {y}", to.x - 4);
            return Self {
                style,
                d,
                tip: (to.x, y),
                from_left: true,
                label: (to.x - 12, y - 11),
                ends_left: true,
                right: None,
            };
        }
        // Beside the arrow, above what stands beside the box.
        let label = (to.x + WIDTH + 14, y - 17);
        if start > to.x + WIDTH + 24 {
            let edge = if down { from.y + HEIGHT } else { from.y };
            let right = to.x + WIDTH;
            let d = format!("M{start} {edge}C{start} {y} {start} {y} {} {y}", right + 4);
            let reach = Some(Reach { x: start, leaves: false });
            return Self {
                style,
                d,
                tip: (right, y),
                from_left: false,
                label,
                ends_left: false,
                right: reach,
            };
        }
        let (left, right, middle) = (from.x + WIDTH, to.x + WIDTH, from.middle());
        let out = left.max(right) + 60 + 14 * apart;
        let d = format!("M{left} {middle}C{out} {middle} {out} {y} {} {y}", right + 4);
        // The farthest point of such a curve.
        let reach = Some(Reach { x: (left + right + 6 * out) / 8, leaves: true });
        Self { style, d, tip: (right, y), from_left: false, label, ends_left: false, right: reach }
    }

    fn draw(&self, pen: &mut Pen) {
        pen.path(&self.d, &self.style.look());
        arrow(pen, self.tip, self.from_left, self.style);
    }
}

fn arrow(pen: &mut Pen, (x, y): (i64, i64), from_left: bool, style: Style) {
    let (long, half) = if matches!(style, Style::Injected | Style::Connected) { (12, 6) } else { (7, 3) };
    let back = if from_left { x - long } else { x + long };
    let d = format!("M{x} {y}L{back} {}L{back} {}Z", y - half, y + half);
    pen.path(&d, &format!("fill=\"{}\"", style.color()));
}

/// A short line, for the legend.
pub(super) fn sample(pen: &mut Pen, x: i64, y: i64, style: Style) {
    pen.path(&format!("M{x} {y}H{}", x + 44), &style.look());
    arrow(pen, (x + 50, y), true, style);
}
