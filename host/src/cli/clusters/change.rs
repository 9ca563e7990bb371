//! What a user does to a cluster.

use std::process::ExitCode;

use super::{Args, Format, print, told_if_merged};
use crate::cli::terminal::harmless;
use crate::clusters::summary::{SummaryView, work};
use crate::runtime::bindings::correlation::{self, Change, Summary};

/// Changes, made in this order.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Changes of one cluster")]
pub(super) struct Changes {
    /// Write something down
    #[arg(long, value_name = "TEXT", requires = "id", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    note: Option<String>,

    /// Give it to somebody; an empty name takes it back
    #[arg(long, value_name = "NAME", requires = "id")]
    assign: Option<String>,

    /// Take a cluster that was merged into this one out again; what linked them does not merge them anew
    #[arg(long, value_name = "ID2", requires = "id")]
    undo_merge: Option<String>,

    /// Take an alert out: it is a cluster of its own
    #[arg(long, value_name = "ALERT", requires = "id")]
    take_out: Option<String>,

    /// How far the work is
    #[arg(long, value_enum, requires = "id")]
    status: Option<Status>,

    /// What it turned out to be; without --status it is closed
    #[arg(long, value_enum, requires = "id")]
    disposition: Option<Disposition>,

    /// Put it away. It comes back when an alert joins
    #[arg(long, requires = "id", conflicts_with = "reopen")]
    archive: bool,

    /// Get it back
    #[arg(long, requires = "id")]
    reopen: bool,

    /// Who changes it, for its timeline
    #[arg(long, value_name = "NAME", requires = "id")]
    by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Status {
    New,
    InProgress,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Disposition {
    Undecided,
    TruePositive,
    BenignPositive,
    FalsePositive,
}

impl From<Status> for correlation::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::New => Self::New,
            Status::InProgress => Self::InProgress,
            Status::Closed => Self::Closed,
        }
    }
}

impl From<Disposition> for correlation::Disposition {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Undecided => Self::Undecided,
            Disposition::TruePositive => Self::TruePositive,
            Disposition::BenignPositive => Self::BenignPositive,
            Disposition::FalsePositive => Self::FalsePositive,
        }
    }
}

impl Changes {
    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.note.is_some()
            || self.assign.is_some()
            || self.undo_merge.is_some()
            || self.take_out.is_some()
            || self.status.is_some()
            || self.disposition.is_some()
            || self.archive
            || self.reopen
    }

    /// Whether somebody is named who changes nothing.
    pub(super) fn idle(&self) -> bool {
        self.by.is_some() && !self.any()
    }

    /// For the component; what is not said of a status stays as it is.
    fn wanted(&self, now: &Summary) -> Vec<Change> {
        let mut wanted = Vec::new();
        wanted.extend(self.note.clone().map(Change::Note));
        wanted.extend(self.assign.clone().map(Change::Assign));
        wanted.extend(self.undo_merge.clone().map(Change::UndoMerge));
        wanted.extend(self.take_out.clone().map(Change::TakeOut));
        if self.status.is_some() || self.disposition.is_some() {
            let status = self.status.map_or(correlation::Status::Closed, Into::into);
            let disposition = self.disposition.map_or(now.disposition, Into::into);
            wanted.push(Change::SetStatus((status, disposition)));
        }
        if self.archive {
            wanted.push(Change::Archive);
        }
        if self.reopen {
            wanted.push(Change::Reopen);
        }
        wanted
    }
}

/// Makes the changes and saves them, or none.
pub(super) fn run(args: &Args, id: &str) -> anyhow::Result<ExitCode> {
    if args.source.from.kept.state.is_none() {
        crate::cli::misused(&["clusters"], "a change needs --state DIR: nothing else would keep it");
    }
    if args.timeline.is_some() || matches!(args.format, Format::Csv | Format::Md) {
        crate::cli::misused(&["clusters"], "a change answers as --format text or json");
    }
    if let Some(kept) = args.source.from.kept.kept() {
        kept.must_be_there()?;
    }
    let mut asked = args.source.open(true)?;
    let at = args.source.from.clock();
    let before = asked.keeper.instance().cluster(id)?.summary;
    told_if_merged(id, &before);
    let wanted = args.changes.wanted(&before);
    let summary = asked.keeper.change_cluster(&before.id, at, args.changes.by.as_deref(), &wanted)?;
    if let Some(kept) = &asked.kept {
        kept.settle(&mut asked.keeper)?;
    }
    print(&match args.format {
        Format::Json => serde_json::to_string(&SummaryView::from(&summary))? + "\n",
        _ => {
            harmless(&format!(
                "{}: {}; score {}, {}",
                summary.id,
                work(&summary),
                summary.score,
                summary.title
            )) + "\n"
        }
    })?;
    Ok(asked.end())
}
