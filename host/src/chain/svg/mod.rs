//! A chain as a picture: time from left to right, a row for each process under what led to it, a band for each
//! host. Kinds are told apart by shape and dash, so that a print in black says the same.
//!
//! [`layout`] finds the places, [`boxes`] and [`edges`] draw what stands there, [`axis`] the times, [`legend`] what
//! signs mean; [`pen`] writes SVG. The picture stands by itself: no script, no style sheet, no font, no id that
//! could meet another's on a page.

mod axis;
mod boxes;
mod edges;
mod layout;
mod legend;
mod pen;

use super::fold::Picture;
use super::{Traced, text, words};
use crate::text::{cut, harmless};
use layout::Layout;
use pen::{INK, PALE, Pen, SANS};

/// So many processes and folds are drawn, if they are readable then: the first number of which they are, or the last.
const BOXES: [usize; 17] = [72, 60, 50, 46, 44, 42, 40, 38, 36, 34, 32, 30, 27, 24, 21, 18, 14];

/// A sheet of A3 (297 mm by 420 mm) with margins of 10 mm, where the smallest text, of size 10, has 6 points: 0.6
/// points are a unit.
const SHEET: (i64, i64) = (1308, 1889);

/// Lines of the title.
const FIRST: i64 = 30;
const LINE: i64 = 18;

/// The picture as an SVG document.
#[must_use]
pub fn of(traced: &Traced) -> String {
    let mut pen = None;
    for boxes in BOXES {
        let picture = Picture::of(&traced.chain, boxes);
        for room in layout::ROOMS {
            let drawn = draw(traced, &picture, room);
            if fits(drawn.size()) {
                return drawn.end();
            }
            pen = Some(drawn);
        }
    }
    pen.map_or_else(String::new, Pen::end)
}

/// Whether a picture is readable on a sheet that lies or stands.
fn fits((width, height): (i64, i64)) -> bool {
    width.min(height) <= SHEET.0 && width.max(height) <= SHEET.1
}

fn draw(traced: &Traced, picture: &Picture<'_>, room: i64) -> Pen {
    let lines = head(traced, picture);
    let below = FIRST + LINE * i64::try_from(lines.len()).unwrap_or(0);
    let layout = Layout::of(traced, picture, below, room);
    let title = lines.first().map_or("", String::as_str);
    let longest = lines.iter().map(|line| pen::sans_width(line, 17)).max().unwrap_or(0);
    let legend = legend::of(&layout, layout.width.max(longest + 2 * layout::MARGIN), layout.bottom + 16);
    let mut pen = Pen::new(legend.width, legend.bottom + layout::MARGIN, title);
    let mut y = FIRST;
    for (index, line) in lines.iter().enumerate() {
        let size = if index == 0 { 17 } else { 12 };
        let weight = if index == 0 { "bold" } else { "normal" };
        pen.text(
            layout::MARGIN,
            y,
            line,
            &format!("{SANS} font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{INK}\""),
        );
        y += LINE;
    }
    for (index, band) in layout.bands.iter().enumerate() {
        let fill = if index % 2 == 0 { PALE } else { "#ffffff" };
        let look = format!("fill=\"{fill}\" stroke=\"#bbbbbb\"");
        pen.rect(layout::MARGIN / 2, band.top, legend.width - layout::MARGIN, band.height, 4, &look);
    }
    axis::draw(&mut pen, &layout);
    // Edges lie under boxes and the names of hosts, what stands at edges above.
    edges::draw(&mut pen, &layout);
    for (index, band) in layout.bands.iter().enumerate() {
        let name = cut(&harmless(band.host), 80);
        let fill = if index % 2 == 0 { PALE } else { "#ffffff" };
        let back = format!("fill=\"{fill}\" fill-opacity=\"0.9\"");
        pen.rect(layout::MARGIN - 3, band.top + 5, pen::sans_width(&name, 14) + 6, 18, 2, &back);
        let look = format!("{SANS} font-size=\"13\" font-weight=\"bold\" fill=\"{INK}\"");
        pen.text(layout::MARGIN, band.top + 18, &name, &look);
    }
    for slot in &layout.slots {
        boxes::draw(&mut pen, slot);
    }
    edges::label(&mut pen, &layout);
    legend.draw(&mut pen);
    pen
}

/// What it is, and what it leaves out.
fn head(traced: &Traced, picture: &Picture<'_>) -> Vec<String> {
    let chain = &traced.chain;
    let mut title = format!("Chain of {}", words::named(chain, &chain.subject));
    if chain.root != chain.subject {
        title += &format!(", root {}", words::named(chain, &chain.root));
    }
    let times = || chain.nodes.iter().filter_map(|node| node.process.started);
    let when = match (times().min(), times().max()) {
        (Some(first), Some(last)) if first == last => {
            format!("{} {} UTC, ", words::date(first), words::clock(first))
        }
        (Some(first), Some(last)) => {
            let (from, to) = (words::date(first), words::date(last));
            let to = if from == to { String::new() } else { format!("{to} ") };
            format!("{from} {} to {to}{} UTC, ", words::clock(first), words::clock(last))
        }
        _ => String::new(),
    };
    let mut lines = vec![title, when + &text::counts(traced)];
    lines.extend(text::beyond(chain).into_iter().chain(text::unfollowed(chain)));
    let left = picture.hidden + chain.truncated;
    if left > 0 {
        lines.push(format!("{} not drawn each", words::count(left, "process")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::{chain, deep, node, story, traced, wide};

    /// Every text of the picture.
    fn texts(svg: &str) -> Vec<String> {
        let document = roxmltree::Document::parse(svg).unwrap();
        let texts = document.descendants().filter(|node| node.has_tag_name("text"));
        texts.filter_map(|node| node.text().map(str::to_owned)).collect()
    }

    #[test]
    fn a_picture_says_what_the_chain_says() {
        let svg = of(&story());
        let texts = texts(&svg);
        for expected in [
            "Chain of powershell.exe 4200, root winword.exe 4100",
            "2026-03-01 08:59:00.000 to 09:01:35.000 UTC, 41 processes on 2 hosts, 1 alert, 1 violation",
            "37 processes not drawn each",
            "ws-anna",
            "srv-files",
            "winword.exe",
            "4100 · 09:00:00.000",
            "37 more",
            "! A1 16.8",
            "▲ unexpected-parent",
            "injected",
            "connected 85 %",
        ] {
            assert!(texts.iter().any(|text| text == expected), "{expected} is not in {texts:?}");
        }
        for never in ["<script", "<style", "href", "url(", " id="] {
            assert!(!svg.contains(never), "{never}");
        }
    }

    #[test]
    fn a_legend_explains_only_what_is_there() {
        let one = texts(&of(&traced(chain(vec![node("a", 0)], vec![])))).join("\n");
        assert!(one.contains("root of the chain") && !one.contains("injected"), "{one}");
        let all = texts(&of(&story())).join("\n");
        assert!(all.contains("began a thread in") && all.contains("several processes"), "{all}");
    }

    #[test]
    fn a_picture_has_an_end() {
        for chain in [
            wide(9_999),
            deep(10_000),
            chain((0..10_000).map(|n| node(&format!("n{n}"), n)).collect(), vec![]),
        ] {
            let svg = of(&traced(chain));
            assert!(svg.len() < 200_000, "{}", svg.len());
        }
    }

    /// Of A3 277 mm by 400 mm are printed on: 785 by 1134 points.
    #[test]
    fn no_text_is_smaller_than_six_points_on_a_sheet_of_a3() {
        let unlike = chain((0..10_000).map(|n| node(&format!("n{n}"), n)).collect(), vec![]);
        for traced in [story(), traced(wide(9_999)), traced(wide(90)), traced(deep(10_000)), traced(unlike)] {
            let svg = of(&traced);
            let document = roxmltree::Document::parse(&svg).unwrap();
            let size = |name| document.root_element().attribute(name).unwrap().parse::<f64>().unwrap();
            let (width, height) = (size("width"), size("height"));
            let scale = (785.0 / width.min(height)).min(1134.0 / width.max(height));
            let texts = document.descendants().filter_map(|node| node.attribute("font-size"));
            let smallest = texts.map(|size| size.parse::<f64>().unwrap()).fold(f64::MAX, f64::min);
            assert!(smallest * scale >= 6.0, "{width} x {height}: {}", smallest * scale);
        }
    }

    #[test]
    fn boxes_of_a_band_stand_in_time_and_never_on_each_other() {
        let traced = story();
        let picture = Picture::of(&traced.chain, BOXES[0]);
        let layout = Layout::of(&traced, &picture, 0, layout::ROOMS[0]);
        let mut by_time: Vec<_> = layout.slots.iter().filter(|slot| slot.process().is_some()).collect();
        by_time.sort_by_key(|slot| slot.time);
        assert!(by_time.windows(2).all(|pair| pair[0].x < pair[1].x));
        let mut rows: Vec<_> = layout.slots.iter().map(|slot| slot.y).collect();
        rows.sort_unstable();
        assert!(rows.windows(2).all(|pair| pair[1] - pair[0] >= layout::ROW));
    }
}
