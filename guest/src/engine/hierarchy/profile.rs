//! A table with an index of its names, and the tables that are compiled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::directory::Expected;
use super::look_alike::LookAlikes;
use super::name;
use super::part::Part;
use super::row::Row;
use super::table::{RowFile, Table};

/// A table of expectations, ready to judge by.
#[derive(Debug, Default)]
pub struct Profile {
    name: String,
    description: String,
    last_upload: i64,
    sources: BTreeMap<String, String>,
    rows: Vec<Row>,
    /// Directories in which no process is misplaced, whatever its row says.
    pub(super) tolerated_places: Vec<Expected>,
    pub(super) look_alikes: LookAlikes,
    pub(super) kernel_threads: Part,
    names: Names,
    /// For each name's number the row of that process.
    row_of: Vec<Option<usize>>,
}

/// Numbers for the names of a table, so that a process start costs two look-ups and otherwise compares
/// numbers. The seed is fixed because keys are only ever the table's own.
#[derive(Debug, Default)]
struct Names(HashMap<Vec<u8>, usize, FixedState>);

impl Names {
    fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name::fold(name, &mut [0; 64]).as_ref()).copied()
    }

    fn get_or_add(&mut self, name: &str) -> usize {
        // Aliases share a number, so a length may skip one; it never repeats one.
        let next = self.0.len();
        *self.0.entry_ref(name::fold(name, &mut [0; 64]).as_ref()).or_insert(next)
    }
}

/// The tables, the default one first.
const TABLES: [(&str, &str); 2] = [
    ("modern", include_str!("../../../data/hierarchy/modern.json")),
    ("cybereason-2016", include_str!("../../../data/hierarchy/cybereason-2016.json")),
];

static BUILT_IN: LazyLock<[Profile; 2]> =
    LazyLock::new(|| TABLES.map(|(name, text)| Profile::embedded(name, text)));

impl Profile {
    /// The profiles that are compiled in; the default one first.
    #[must_use]
    pub fn built_in() -> &'static [Self] {
        BUILT_IN.as_slice()
    }

    /// The built-in profile of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::built_in().iter().find(|profile| profile.name == name)
    }

    /// The default profile.
    #[must_use]
    pub fn modern() -> &'static Self {
        let [modern, _] = &*BUILT_IN;
        modern
    }

    /// A table from this crate's own data. One that does not parse would be empty, and judge everything
    /// unknown; a test sees to it that this cannot be.
    fn embedded(name: &str, text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self { name: name.to_owned(), ..Self::default() })
    }

    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        Ok(Self::of(serde_json::from_str(text)?))
    }

    /// The table of a built-in profile.
    pub(super) fn table(name: &str) -> Result<Table, serde_json::Error> {
        let text = TABLES.iter().find(|(own, _)| *own == name).map_or("", |(_, text)| text);
        serde_json::from_str(text)
    }

    pub(super) fn of(table: Table) -> Self {
        let mut names = Names::default();
        let own: Vec<usize> = table.rows.iter().map(|row| number(&mut names, row)).collect();
        let mut id = |name: &str| names.get_or_add(name);
        let rows: Vec<Row> = table.rows.into_iter().map(|row| Row::new(row, &mut id)).collect();
        let mut row_of = vec![None; names.0.values().max().map_or(0, |last| last + 1)];
        for (row, id) in own.into_iter().enumerate() {
            if let Some(place) = row_of.get_mut(id) {
                *place = Some(row);
            }
        }
        Self {
            name: table.name,
            description: table.description,
            last_upload: table.last_upload,
            sources: table.sources,
            tolerated_places: table.tolerated_directories.iter().filter_map(Expected::parse).collect(),
            look_alikes: LookAlikes::new(table.look_alikes),
            kernel_threads: Part::new(table.kernel_threads, &mut |_| 0),
            rows,
            names,
            row_of,
        }
    }

    /// `modern` or `cybereason-2016`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// When the table was last changed, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn last_upload(&self) -> i64 {
        self.last_upload
    }

    /// What the codes of the rows' sources stand for.
    #[must_use]
    pub fn sources(&self) -> &BTreeMap<String, String> {
        &self.sources
    }

    /// The rows, in the table's order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The number of a file name, if the table has it anywhere.
    pub(super) fn id(&self, name: &str) -> Option<usize> {
        self.names.get(name)
    }

    /// The row of the process with that number.
    pub(super) fn row(&self, id: Option<usize>) -> Option<&Row> {
        self.rows.get((*self.row_of.get(id?)?)?)
    }
}

/// The number of a row's process, under all of its names.
fn number(names: &mut Names, row: &RowFile) -> usize {
    let id = names.get_or_add(&row.name);
    for alias in &row.also {
        names.0.insert(name::fold(alias, &mut [0; 64]).into_owned(), id);
    }
    id
}
