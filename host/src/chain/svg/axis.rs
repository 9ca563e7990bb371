//! The axis: real times where processes started, and a mark where much time passes.

use super::layout::Layout;
use super::pen::{INK, MONO, Pen, sans_width};
use crate::chain::words;

/// From one written time to the next.
const APART: i64 = 72;

/// Below so many pixels of rows the axis stands at their end too.
const TALL: i64 = 1100;

pub(super) fn draw(pen: &mut Pen, layout: &Layout<'_>) {
    let line = layout.top - 22;
    let mut written: Option<(i64, String)> = None;
    for (x, time) in &layout.ticks {
        pen.path(&format!("M{x} {line}v-5"), &format!("stroke=\"{INK}\""));
        if written.as_ref().is_some_and(|(before, _)| x - before < APART) {
            continue;
        }
        pen.path(&format!("M{x} {line}V{}", layout.bottom), "stroke=\"#d4d4d4\" stroke-dasharray=\"2 4\"");
        let date = words::date(*time);
        let new = written.as_ref().is_none_or(|(_, before)| *before != date);
        write(pen, *x, line - 9, *time, new.then_some(date.as_str()));
        if layout.bottom - layout.top > TALL {
            pen.path(&format!("M{x} {}v-5", layout.bottom), &format!("stroke=\"{INK}\""));
            pen.text(*x, layout.bottom + 12, &second(*time), &look());
        }
        written = Some((*x, date));
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
            x - sans_width(&text, 9) / 2,
            line + 15,
            &text,
            &format!("{MONO} font-size=\"9\" fill=\"#555555\""),
        );
    }
}

fn write(pen: &mut Pen, x: i64, y: i64, time: i64, date: Option<&str>) {
    pen.text(x, y, &second(time), &look());
    if let Some(date) = date {
        pen.text(x, y - 13, date, &look());
    }
}

fn look() -> String {
    format!("{MONO} font-size=\"10\" fill=\"{INK}\"")
}

/// `09:12:03`; the boxes have their milliseconds.
fn second(time: i64) -> String {
    words::clock(time).chars().take(8).collect()
}
