//! A chain as a tree of lines for people, none wider than 100 columns. What is cut stands whole in the JSON.

use super::fold::{Branch, Fold, Picture};
use super::{Traced, touched, words};
use crate::runtime::bindings::causality::{Chain, Edge, Node, Process};
use crate::runtime::bindings::hierarchy::Outcome;
use crate::text::{cut, harmless};

/// Lines are no wider than this.
pub const WIDTH: usize = 100;

/// So many processes and folds have a line.
const LINES: usize = 300;

/// Of each list so much is shown.
pub(super) const LISTED: usize = 8;

/// The first levels are indented by three columns, further ones by one, those below by nothing.
const STEEP: usize = 8;
const DEEPEST: usize = 28;

/// The tree, what the chain touched, and how far clocks were apart.
#[must_use]
pub fn of(traced: &Traced) -> String {
    let picture = Picture::of(&traced.chain, LINES);
    let mut tree = Tree { traced, clock: Clock::of(&picture), out: head(traced, &picture) };
    for top in &picture.tops {
        tree.branch(top, None, &mut Vec::new(), "");
    }
    for fold in &picture.folded {
        let text = folded(fold);
        tree.line(None, &text);
    }
    let Chain { damage, possible, skews, .. } = &traced.chain;
    tree.out + &touched::damage(damage) + &touched::possible(possible) + &touched::skews(skews)
}

fn head(traced: &Traced, picture: &Picture<'_>) -> String {
    let chain = &traced.chain;
    let mut line = format!("chain of {}", words::named(chain, &chain.subject));
    if chain.root != chain.subject {
        line += &format!(", root {}{}", words::named(chain, &chain.root), sure(chain, &chain.root));
    }
    let times = || chain.nodes.iter().filter_map(|node| node.process.started);
    let dates = match (times().min().map(words::date), times().max().map(words::date)) {
        (Some(first), Some(last)) if first == last => format!("{first} UTC, "),
        (Some(first), Some(last)) => format!("{first} to {last} UTC, "),
        _ => String::new(),
    };
    let mut lines = vec![line, format!("  {dates}{}", counts(traced))];
    lines.extend(led(chain));
    lines.extend(beyond(chain).into_iter().chain(unfollowed(chain)).map(|line| format!("  {line}")));
    let left = picture.hidden + chain.truncated;
    if left > 0 {
        lines.push(format!("  {} not shown each, counted at ⋯", words::count(left, "process")));
    }
    lines.push(String::new());
    lines.iter().map(|line| cut(line, WIDTH) + "\n").collect()
}

/// ` (50 %)` of a process that is not surely of one chain with the subject.
fn sure(chain: &Chain, id: &str) -> String {
    let confidence =
        chain.nodes.iter().find(|node| node.process.id == id).map_or(100, |node| node.confidence);
    if confidence < 100 { format!(" ({confidence} %)") } else { String::new() }
}

/// What led to the root from outside, and how to go on from there.
fn led(chain: &Chain) -> Vec<String> {
    let Some(lead) = &chain.led_by else { return Vec::new() };
    let may = if lead.confidence < 100 { "may have led" } else { "led" };
    let (what, host) = (words::name_and_pid(&lead.process), at(&lead.process));
    vec![
        format!("  what {may} here from outside: {what}{host}, {} %", lead.confidence),
        format!("    follow with: begat chain {} …", argument(&lead.process.id)),
    ]
}

/// An id as a shell takes it: whoever names a host chooses what stands in it.
fn argument(id: &str) -> String {
    let id = harmless(id);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':');
    if id.chars().all(is_plain) { id } else { format!("'{}'", id.replace('\'', r"'\''")) }
}

/// Whether the line goes on above the root, and was not followed further: who stands there is held by its id.
fn is_cut(chain: &Chain) -> bool {
    chain.partial && chain.above.as_ref().is_some_and(|above| !above.id.is_empty())
}

/// What is known of who started the root.
pub(super) fn beyond(chain: &Chain) -> Option<String> {
    let above = chain.above.as_ref().map(words::name_and_pid);
    match (chain.partial, above) {
        (true, None) => Some("partial: what is above the root is not known".into()),
        (true, Some(name)) if is_cut(chain) => {
            Some(format!("partial: the root was started by {name}; no more than 128 ancestors are followed"))
        }
        (true, Some(name)) => {
            Some(format!("partial: the root was started by {name}, of which no more is known"))
        }
        (false, Some(name)) => {
            Some(format!("the root was started by {name}, as the operating system starts programs"))
        }
        (false, None) => None,
    }
}

/// Where the chain is larger than what is followed of it.
pub(super) fn unfollowed(chain: &Chain) -> Option<String> {
    let count = words::count(chain.unfollowed, "process");
    (chain.unfollowed > 0)
        .then(|| format!("too large to be followed whole: {count} reached and not followed"))
}

/// `6 processes on 2 hosts, 2 alerts, 1 violation`
pub(super) fn counts(traced: &Traced) -> String {
    let nodes = &traced.chain.nodes;
    let some = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let distinct = |mut all: Vec<&str>| {
        all.sort_unstable();
        all.dedup();
        some(all.len())
    };
    let mut text = format!(
        "{} on {}",
        words::count(some(nodes.len()).saturating_add(traced.chain.truncated), "process"),
        words::count(distinct(nodes.iter().map(|node| node.process.host.as_str()).collect()), "host")
    );
    let alerts = distinct(nodes.iter().flat_map(|node| node.alerts.iter().map(String::as_str)).collect());
    let violations = some(nodes.iter().filter(|node| node.verdict.outcome == Outcome::Violation).count());
    for (count, noun) in [(alerts, "alert"), (violations, "violation")] {
        if count > 0 {
            text += &format!(", {}", words::count(count, noun));
        }
    }
    text
}

/// How times are written: the date stands in the header, and again at each line only where there are several.
struct Clock {
    dates: bool,
}

impl Clock {
    fn of(picture: &Picture<'_>) -> Self {
        let mut dates = Vec::new();
        picture.each(&mut |branch| dates.extend(branch.time.map(words::date)));
        dates.dedup();
        Self { dates: dates.len() > 1 }
    }

    fn write(&self, time: Option<i64>) -> String {
        let Some(time) = time else { return " ".repeat(self.columns()) };
        let clock = words::clock(time);
        if self.dates { format!("{} {clock}", words::date(time)) } else { clock }
    }

    fn columns(&self) -> usize {
        if self.dates { 23 } else { 12 }
    }
}

struct Tree<'a> {
    traced: &'a Traced,
    clock: Clock,
    out: String,
}

/// What stands below a process.
enum Entry<'a> {
    Branch(&'a Branch<'a>),
    Crossing(&'a Edge, &'a Node),
    More(usize),
    Fold(&'a Fold),
}

impl Entry<'_> {
    fn time(&self) -> i64 {
        match self {
            Self::Branch(branch) => branch.time.unwrap_or(i64::MAX),
            Self::Crossing(edge, _) => edge.time.unwrap_or(i64::MAX),
            Self::More(_) | Self::Fold(_) => i64::MAX,
        }
    }
}

impl Tree<'_> {
    fn line(&mut self, time: Option<i64>, text: &str) {
        let line = format!("{}  {text}", self.clock.write(time));
        self.out += cut(&line, WIDTH).trim_end();
        self.out.push('\n');
    }

    fn branch(&mut self, branch: &Branch<'_>, above: Option<&Node>, guides: &mut Vec<bool>, joint: &str) {
        let process = format!(
            "{}{joint}{}",
            bars(guides, guides.len().saturating_sub(1)),
            self.process(branch.node, above)
        );
        self.line(branch.node.process.started, &process);
        let entries = entries(branch);
        for mark in self.marks(branch.node) {
            let bar = if entries.is_empty() { "   " } else { "│  " };
            let text = format!("{}{bar}{mark}", bars(guides, guides.len()));
            self.line(None, &text);
        }
        let last = entries.len().saturating_sub(1);
        for (index, entry) in entries.iter().enumerate() {
            guides.push(index < last);
            self.entry(entry, branch.node, guides);
            guides.pop();
        }
    }

    fn entry(&mut self, entry: &Entry<'_>, cause: &Node, guides: &mut Vec<bool>) {
        let lead = bars(guides, guides.len().saturating_sub(1));
        let joint = joint(guides);
        match entry {
            Entry::Branch(branch) if plain(branch) => self.branch(branch, Some(cause), guides, &joint),
            Entry::Branch(branch) => {
                match branch.by {
                    Some(edge) if !words::is_start(edge) => {
                        self.line(edge.time, &format!("{lead}{joint}{}", led_to(edge, branch.node, cause)));
                    }
                    _ => {}
                }
                if branch.between > 0 {
                    self.line(None, &format!("{lead}{joint}⋯ {} between", branch.between));
                }
                guides.push(false);
                let joint = self::joint(guides);
                self.branch(branch, Some(cause), guides, &joint);
                guides.pop();
            }
            Entry::Crossing(edge, effect) => {
                self.line(edge.time, &format!("{lead}{joint}{}", led_to(edge, effect, cause)));
            }
            Entry::More(count) => self.line(None, &format!("{lead}{joint}~> ⋯ {count} more")),
            Entry::Fold(fold) => self.line(fold.first, &format!("{lead}{joint}{}", folded(fold))),
        }
    }

    /// `cmd.exe 4200 [root] @srv-files HAZEL\anna  cmd /c whoami`
    fn process(&self, node: &Node, above: Option<&Node>) -> String {
        let process = &node.process;
        let mut text = words::name_and_pid(process);
        let chain = &self.traced.chain;
        match (process.id == chain.root, process.id == chain.subject) {
            (true, true) => text += " [root, asked for]",
            (true, false) => text += " [root]",
            (false, true) => text += " [asked for]",
            (false, false) => {}
        }
        if above.is_none_or(|above| above.process.host != process.host) {
            text += &at(process);
        }
        if let Some(user) = &process.user
            && above.is_none_or(|above| above.process.user.as_ref() != Some(user))
        {
            text += &format!(" {}", cut(&harmless(user), 24));
        }
        match &node.command_line {
            Some(command_line) => format!("{text}  {}", harmless(command_line)),
            None => text,
        }
    }

    fn marks(&self, node: &Node) -> Vec<String> {
        let mut marks: Vec<String> = node
            .alerts
            .iter()
            .take(LISTED)
            .map(|id| {
                let (score, kind) = words::alert(self.traced, id);
                format!("! {score}  {kind}").trim_end().to_owned()
            })
            .collect();
        if node.alerts.len() > LISTED {
            marks.push(format!("! and {} more alerts", node.alerts.len() - LISTED));
        }
        marks.extend(words::violation(&node.verdict).map(|text| format!("! violation: {text}")));
        marks.extend(words::rarity(node).map(|text| format!("? {text}")));
        marks.extend(words::knowledge(&node.process).map(|text| format!("? {text}")));
        let chain = &self.traced.chain;
        if chain.partial && node.process.id == chain.root {
            let why =
                if is_cut(chain) { "what is above is not followed" } else { "what is above is not known" };
            marks.push(format!("? partial: {why}"));
        }
        marks
    }
}

/// By time; what is folded at the end.
fn entries<'a>(branch: &'a Branch<'a>) -> Vec<Entry<'a>> {
    let shown = branch.crossings.iter().take(LISTED);
    let mut entries: Vec<Entry<'a>> = branch.below.iter().map(Entry::Branch).collect();
    entries.extend(shown.map(|(edge, effect, _)| Entry::Crossing(edge, effect)));
    entries.sort_by_key(Entry::time);
    if branch.crossings.len() > LISTED {
        entries.push(Entry::More(branch.crossings.len() - LISTED));
    }
    entries.extend(branch.folded.iter().map(Entry::Fold));
    entries
}

/// Whether one line is enough: it was started by what it stands under, and nothing is left out between.
fn plain(branch: &Branch<'_>) -> bool {
    branch.between == 0 && branch.by.is_none_or(words::is_start)
}

/// ` @srv-files`; nothing where no record names the host.
fn at(process: &Process) -> String {
    if process.host.is_empty() { String::new() } else { format!(" @{}", cut(&harmless(&process.host), 24)) }
}

/// `~> injected notepad.exe 4300, 100 %: remote thread`
fn led_to(edge: &Edge, effect: &Node, cause: &Node) -> String {
    let is_there = effect.process.host == cause.process.host;
    let host = if is_there { String::new() } else { at(&effect.process) };
    let what = words::name_and_pid(&effect.process);
    let reason = harmless(&edge.reason);
    format!("~> {} {}{host}, {} %: {reason}", words::kind(&edge.kind), what, edge.confidence)
}

/// `⋯ conhost.exe x 12, 3 below`
fn folded(fold: &Fold) -> String {
    let below = if fold.below > 0 { format!(", {} below", fold.below) } else { String::new() };
    match &fold.name {
        Some(name) if fold.count == 1 => format!("⋯ {}{below}", cut(name, 44)),
        Some(name) => format!("⋯ {} x {}{below}", cut(name, 44), fold.count),
        None => format!("⋯ {} more{below}", fold.count),
    }
}

/// The lines that come down from above through so many levels.
fn bars(guides: &[bool], levels: usize) -> String {
    let bar = |(level, more): (usize, &bool)| match (level, more) {
        (0..STEEP, true) => "│  ",
        (0..STEEP, false) => "   ",
        (STEEP..DEEPEST, true) => "│",
        (STEEP..DEEPEST, false) => " ",
        _ => "",
    };
    guides.iter().take(levels).enumerate().map(bar).collect()
}

/// The line that leads to what stands at the last level.
fn joint(guides: &[bool]) -> String {
    let level = guides.len().saturating_sub(1);
    let corner = if guides.last().copied().unwrap_or(false) { '├' } else { '└' };
    match level {
        0..STEEP => format!("{corner}─ "),
        STEEP..DEEPEST => format!("{corner} "),
        // Too deep to be drawn: the level is told instead.
        _ => format!("{corner}[{}] ", level + 1),
    }
}

#[cfg(test)]
mod tests;
