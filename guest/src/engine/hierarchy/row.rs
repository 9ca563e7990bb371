//! One row of a table, ready for use and for listing.

use super::condition::{ChildCondition, ChildlessServices, ServiceCondition};
use super::directory::Expected;
use super::part::Part;
use super::table::{Children, OtherChildren, OtherParents, Others, RowFile, System};

/// What a profile expects of one process.
#[derive(Debug, Clone)]
pub struct Row {
    name: String,
    pub(super) system: System,
    pub(super) parents: Part,
    pub(super) tolerated: Part,
    pub(super) unusual: Part,
    pub(super) children: Part,
    pub(super) directories: Part,
    pub(super) users: Part,
    pub(super) places: Vec<Expected>,
    pub(super) other_parents: Option<OtherParents>,
    pub(super) other_children: Option<OtherChildren>,
    /// With the numbers of what even those services start.
    pub(super) childless_services: Option<(Vec<usize>, ChildlessServices)>,
    pub(super) children_by_command_line: Vec<(usize, ChildCondition)>,
    pub(super) unusual_unless_service: Option<(usize, ServiceCondition)>,
    sources: Vec<String>,
}

impl Row {
    /// `id` numbers the names of the profile.
    pub(super) fn new(file: RowFile, id: &mut impl FnMut(&str) -> usize) -> Self {
        let mut row = Self {
            system: file.system,
            parents: Part::new(file.parents, id),
            tolerated: Part::new(file.tolerated, id),
            unusual: Part::new(file.unusual, id),
            children: Part::new(file.children, id),
            // Directories are compared by their parts and users by their SIDs, never looked up.
            directories: Part::new(file.directories, &mut |_| 0),
            users: Part::new(file.users, &mut |_| 0),
            places: Vec::new(),
            other_parents: file.other_parents,
            other_children: file.other_children,
            childless_services: file
                .childless_services
                .map(|one| (one.but.iter().map(|name| id(name)).collect(), one)),
            children_by_command_line: file
                .children_by_command_line
                .into_iter()
                .map(|one| (id(&one.name), one))
                .collect(),
            unusual_unless_service: file.unusual_unless_service.map(|one| (id(&one.parent), one)),
            sources: Vec::new(),
            name: file.name,
        };
        row.places = row.directories.names.iter().filter_map(|text| Expected::parse(text)).collect();
        row.sources = row.describe(file.note);
        row
    }

    fn describe(&self, note: Option<String>) -> Vec<String> {
        let mut lines = Vec::new();
        self.parents.describe("parents", &mut lines);
        self.tolerated.describe("tolerated", &mut lines);
        self.unusual.describe("unusual", &mut lines);
        if let Some((_, unless)) = &self.unusual_unless_service {
            lines.push(format!("unusual unless certain services: {}", unless.source));
        }
        if let Some(others) = &self.other_parents {
            let are = match others.are {
                Others::Tolerated => "tolerated",
                Others::Unknown => "unknown",
            };
            lines.push(format!("other parents {are}: {}", others.source));
        }
        self.children.describe("children", &mut lines);
        if let Some(others) = &self.other_children {
            let are = match others.are {
                Children::Unusual => "unusual",
                Children::Unknown => "unknown",
            };
            lines.push(format!("other children {are}: {}", others.source));
        }
        if let Some((_, childless)) = &self.childless_services {
            lines.push(format!("services without children: {}", childless.source));
        }
        for (_, child) in &self.children_by_command_line {
            lines.push(format!("child {} by command line: {}", child.name, child.source));
        }
        self.directories.describe("directories", &mut lines);
        self.users.describe("users", &mut lines);
        lines.extend(note.map(|note| format!("note: {note}")));
        lines
    }

    /// The process's file name, as the table writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Expected parents.
    #[must_use]
    pub fn parents(&self) -> &[String] {
        &self.parents.names
    }

    /// Parents that are known noise.
    #[must_use]
    pub fn tolerated(&self) -> &[String] {
        &self.tolerated.names
    }

    /// Parents that deserve a look.
    #[must_use]
    pub fn unusual(&self) -> &[String] {
        &self.unusual.names
    }

    /// Expected children; any other is unexpected or unusual, unless there are none here and the sources do
    /// not say so.
    #[must_use]
    pub fn children(&self) -> &[String] {
        &self.children.names
    }

    /// Expected directories; `\*` at the end means with all below.
    #[must_use]
    pub fn directories(&self) -> &[String] {
        &self.directories.names
    }

    /// The accounts that it runs as, by SID; `-*` at the end means all that begin so.
    #[must_use]
    pub fn users(&self) -> &[String] {
        &self.users.names
    }

    /// Where each part comes from, a line each (`parents: CR, EL`), with the profile's codes; then
    /// what else is to be known of the row.
    #[must_use]
    pub fn sources(&self) -> &[String] {
        &self.sources
    }
}
