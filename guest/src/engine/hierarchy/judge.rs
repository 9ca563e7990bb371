//! The verdict on one process start.
//!
//! Several findings may be true of one start; one is reported, the first in this order:
//!
//! 1. `unexpected-parent`: the row names this process's parents, and this is none of them;
//! 2. `unexpected-child`: the parent's row names its children, and this is none of them;
//! 3. `wrong-directory`;
//! 4. `wrong-user`, where the user is known surely (`account`);
//! 5. `look-alike`;
//! 6. `unusual-parent`, `unusual-child`;
//! 7. unknown for a reason that a fuller record would remove: the parent's, then the directory's;
//! 8. expected.
//!
//! Where the rows of parent and child disagree, the one that knows the other decides: no violation.
//! A process whose directory is listed but could not be compared is not called expected, except a bare
//! file name, of which nothing more can be known.

use super::account;
use super::directory::{self, Place};
use super::relation::{Process, judge_parent};
use super::table::System;
use super::{Observation, Outcome, Parent, Profile, Reason, Row, Verdict, name};

/// The pid of `System` on every Windows.
const SYSTEM_PID: u32 = 4;
const SYSTEM: &str = "System";

/// What starts the first processes of Linux and macOS, and the name that the table has for it.
const KERNEL_PID: u32 = 0;
const KERNEL: &str = "kernel_task";

impl Profile {
    /// Judges a process start. Allocates only for names that are long or not ASCII, and for the few rows
    /// that depend on a command line.
    #[must_use]
    pub fn judge<'a>(&'a self, o: &Observation<'a>) -> Verdict<'a> {
        let (directory, file) = name::split(o.image);
        let system = system(o, directory.is_some());
        let is_nameless = is_placeholder(o.image, file);
        if is_nameless && (o.pid != Some(SYSTEM_PID) || system == Some(System::Unix)) {
            return Verdict::unknown(Reason::ImageMissing, None);
        }
        // Wine: a path of the one system under a path of the other.
        if system == Some(System::Unix) && directory.is_some() && !name::is_unix_path(o.image) {
            return Verdict::unknown(Reason::NotListed, Some(file));
        }
        if let Some(thread) = self.judge_thread(o.image, file) {
            return thread;
        }
        let child = if is_nameless { self.system() } else { self.process(file, system) };
        let by_parent = match self.parent(o, &child, system) {
            Ok(parent) => judge_parent(o, &child, &parent),
            // Of what no row knows a better record would say no more.
            Err(_) if system == Some(System::Unix) && child.row.is_none() => {
                Verdict::unknown(Reason::NotListed, Some(file))
            }
            Err(unknown) => unknown,
        };
        if matches!(by_parent.reason, Some(Reason::UnexpectedParent | Reason::UnexpectedChild)) {
            return by_parent;
        }
        let by_directory = child.row.and_then(|row| self.judge_directory(row, o.image, directory));
        if let Some(wrong) = by_directory.as_ref().filter(|verdict| verdict.outcome == Outcome::Violation) {
            return wrong.clone();
        }
        if let Some(wrong) = child.row.and_then(|row| judge_user(row, o.user?)) {
            return wrong;
        }
        if system != Some(System::Unix)
            && let Some(alike) = self.judge_name(&child)
        {
            return alike;
        }
        let Some(by_directory) = by_directory else { return by_parent };
        // What is left to say of the directory is that it could not be compared.
        match by_parent.outcome {
            Outcome::Expected => by_directory,
            _ if by_parent.reason == Some(Reason::NotListed) => by_directory,
            _ => by_parent,
        }
    }

    /// A name that the table does not have, and that resembles one it has.
    fn judge_name<'a>(&'a self, child: &Process<'a>) -> Option<Verdict<'a>> {
        let name = child.name.filter(|_| child.id.is_none() && !child.short)?;
        let (expected, source) = self.look_alikes.of(name)?;
        Some(look_alike(name, expected, source))
    }

    /// Whether a process runs from a directory that is not its own, whatever else its verdict rests on.
    pub(in crate::engine) fn is_misplaced(&self, image: &str) -> bool {
        let (directory, file) = name::split(image);
        let system = if name::is_unix_path(image) { System::Unix } else { System::Windows };
        let verdict =
            self.process(file, Some(system)).row.and_then(|row| self.judge_directory(row, image, directory));
        verdict.is_some_and(|verdict| verdict.outcome == Outcome::Violation)
    }

    /// `system` is where it runs, if that is known.
    fn process<'a>(&'a self, file: &'a str, system: Option<System>) -> Process<'a> {
        let id = self.id(file);
        let is_there = |row: &&Row| match (row.system, system) {
            (System::Unix, Some(System::Windows)) | (System::Windows, Some(System::Unix)) => false,
            // Another file than the one in small letters.
            (System::Unix, _) => !file.bytes().any(|b| b.is_ascii_uppercase()),
            _ => true,
        };
        let short = id.is_none() && name::is_short(file);
        Process { name: Some(file), id, row: self.row(id).filter(is_there), short }
    }

    fn system(&self) -> Process<'_> {
        Process { name: None, ..self.process(SYSTEM, Some(System::Windows)) }
    }

    /// A program that bears the name of a kernel thread: threads have no file.
    fn judge_thread<'a>(&'a self, image: &'a str, file: &str) -> Option<Verdict<'a>> {
        let names = &self.kernel_threads.names;
        let is_one = name::is_unix_path(image) && names.iter().any(|begin| file.starts_with(begin.as_str()));
        is_one.then(|| look_alike(image.trim(), names, self.kernel_threads.source()))
    }

    /// The parent, or why nothing is known of it.
    fn parent<'a>(
        &'a self,
        o: &Observation<'a>,
        child: &Process<'a>,
        system: Option<System>,
    ) -> Result<Process<'a>, Verdict<'a>> {
        let (reason, observed) = match o.parent {
            Parent::PidReused => return Err(Verdict::unknown(Reason::PidReused, None)),
            Parent::Unknown => (Reason::ParentUnknown, None),
            Parent::Missing => (Reason::ParentNameMissing, None),
            Parent::Image(image) if name::is_sid(image) => {
                return Err(Verdict::unknown(Reason::ParentIsSid, Some(image)));
            }
            Parent::Image(image) => {
                let file = name::split(image).1;
                if !is_placeholder(image, file) {
                    return Ok(self.process(file, system));
                }
                (Reason::ParentNameMissing, Some(image))
            }
        };
        // Pids 4 and 0 of bare names may be anybody's: the other system's, or a container's.
        let on = child.row.map(|row| row.system).or(system);
        match o.parent_pid {
            Some(SYSTEM_PID) if on == Some(System::Windows) || (on.is_none() && child.id.is_some()) => {
                Ok(self.system())
            }
            Some(KERNEL_PID) if on == Some(System::Unix) => {
                Ok(Process { name: None, ..self.process(KERNEL, Some(System::Unix)) })
            }
            _ => Err(Verdict::unknown(reason, observed)),
        }
    }

    /// What the directory adds: `None` if it is right, or not there to be judged.
    fn judge_directory<'a>(
        &'a self,
        row: &'a Row,
        image: &'a str,
        directory: Option<&'a str>,
    ) -> Option<Verdict<'a>> {
        if row.places.is_empty() {
            return None;
        }
        let expected = row.places.iter().chain(&self.tolerated_places);
        let (outcome, reason) = match directory::place(directory, expected) {
            Place::Right | Place::NotGiven => return None,
            Place::Wrong => (Outcome::Violation, Reason::WrongDirectory),
            Place::OtherDrive => (Outcome::Unknown, Reason::SystemDriveUnknown),
            Place::Short => (Outcome::Unknown, Reason::ShortName),
        };
        // A drive's root keeps its separator: `C:\`, not `C:`.
        let observed = directory.and_then(|d| match d.ends_with(':') {
            true => image.trim().get(..d.len() + 1),
            false => Some(d),
        });
        Some(Verdict {
            outcome,
            reason: Some(reason),
            observed,
            expected: row.directories(),
            source: row.directories.source(),
        })
    }
}

/// A user that the row does not have.
fn judge_user<'a>(row: &'a Row, user: &'a str) -> Option<Verdict<'a>> {
    let expected = row.users();
    if expected.is_empty() || account::is_among(&account::resolve(user)?, expected)? {
        return None;
    }
    Some(Verdict {
        outcome: Outcome::Violation,
        reason: Some(Reason::WrongUser),
        observed: Some(user),
        expected,
        source: row.users.source(),
    })
}

fn look_alike<'a>(observed: &'a str, expected: &'a [String], source: Option<&'a str>) -> Verdict<'a> {
    Verdict {
        outcome: Outcome::Violation,
        reason: Some(Reason::LookAlike),
        observed: Some(observed),
        expected,
        source,
    }
}

/// Which system the record is of, if it has a path that tells.
fn system(o: &Observation<'_>, has_directory: bool) -> Option<System> {
    if name::is_unix_path(o.image) || is_unix(o.parent) {
        return Some(System::Unix);
    }
    has_directory.then_some(System::Windows)
}

fn is_unix(parent: Parent<'_>) -> bool {
    matches!(parent, Parent::Image(image) if name::is_unix_path(image))
}

/// `N/A` is a placeholder as a whole, `C:\x\-` by its file name.
fn is_placeholder(path: &str, file: &str) -> bool {
    name::is_placeholder(path) || name::is_placeholder(file)
}
