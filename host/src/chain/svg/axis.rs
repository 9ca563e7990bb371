//! The axis: real times where processes started, and a mark where much time passes.

use super::layout::Layout;
use super::pen::{INK, MONO, Pen, mono_width};
use crate::chain::words;

/// From one written time to the next, with milliseconds and without.
const FINE: i64 = 90;
const COARSE: i64 = 72;

/// Below so many pixels of rows the axis stands at their end too.
const TALL: i64 = 1100;

pub(super) fn draw(pen: &mut Pen, layout: &Layout<'_>) {
    let line = layout.top - 22;
    // Milliseconds where times would look alike without; the boxes have theirs anyway.
    let coarse: Vec<String> = spread(layout, COARSE).map(|(_, time)| clock(time, false)).collect();
    let is_fine = coarse.iter().zip(coarse.iter().skip(1)).any(|(one, next)| one == next);
    for (x, _) in &layout.ticks {
        pen.path(&format!("M{x} {line}v-5"), &format!("stroke=\"{INK}\""));
    }
    let mut day = None;
    for (x, time) in spread(layout, if is_fine { FINE } else { COARSE }) {
        pen.path(&format!("M{x} {line}V{}", layout.bottom), "stroke=\"#d4d4d4\" stroke-dasharray=\"2 4\"");
        let date = words::date(time);
        let text = clock(time, is_fine);
        pen.text(x, line - 9, &text, &look());
        if day.as_ref() != Some(&date) {
            pen.text(x, line - 22, &date, &look());
        }
        if layout.bottom - layout.top > TALL {
            pen.path(&format!("M{x} {}v-5", layout.bottom), &format!("stroke=\"{INK}\""));
            pen.text(x, layout.bottom + 12, &text, &look());
        }
        day = Some(date);
    }
    let (Some((first, _)), Some((last, _))) = (layout.ticks.first(), layout.ticks.last()) else { return };
    pen.path(&format!("M{first} {line}H{last}"), &format!("stroke=\"{INK}\""));
    for (x, passed) in &layout.gaps {
        pen.path(
            &format!("M{} {}l6 -10M{} {}l6 -10", x - 5, line + 5, x, line + 5),
            &format!("stroke=\"{INK}\" stroke-width=\"1.5\""),
        );
        let text = words::span(*passed);
        pen.text(
            x - mono_width(&text, 10) / 2,
            line + 15,
            &text,
            &format!("{MONO} font-size=\"10\" fill=\"#555555\""),
        );
    }
}

/// The times that are written, at least so far apart.
fn spread<'l>(layout: &'l Layout<'_>, apart: i64) -> impl Iterator<Item = (i64, i64)> + 'l {
    let mut last: Option<i64> = None;
    layout.ticks.iter().copied().filter(move |(x, _)| {
        let is_free = last.is_none_or(|last| x - last >= apart);
        if is_free {
            last = Some(*x);
        }
        is_free
    })
}

fn look() -> String {
    format!("{MONO} font-size=\"10\" fill=\"{INK}\"")
}

/// `09:12:03`, or with milliseconds.
fn clock(time: i64, is_fine: bool) -> String {
    let length = if is_fine { 12 } else { 8 };
    words::clock(time).chars().take(length).collect()
}
