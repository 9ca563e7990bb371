//! What can be wrong with a query, and where.

use thiserror::Error;

use super::names::{Action, AttributeName, Entity};
use super::{MAX_BYTES, MAX_VALUES};

/// Why a text is no query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub struct QueryError {
    /// Where, in characters of the text as it was given, from 1; one past the text's end where something
    /// is missing there.
    pub column: usize,
    /// What, and what would be right.
    pub problem: Problem,
}

/// What is wrong at one place. Texts of the query are cut after [`SHOWN`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text is longer than [`MAX_BYTES`].
    #[error("the query has {0} bytes, {MAX_BYTES} are allowed: ask in several queries")]
    TooLong(usize),
    /// More than [`MAX_VALUES`] values.
    #[error("the query names more than {MAX_VALUES} values: ask in several queries")]
    TooManyValues,
    /// A quotation mark opens the text and none closes it.
    #[error("the quotation mark is not closed at the end")]
    OpenQuotation,
    /// A URL without `#...?`.
    #[error("the URL holds no query: it should be https://server/#/investigationNG/builder?entity=E")]
    NoQueryInUrl,
    /// Something between `&` without `=`.
    #[error(
        "{0:?} is no parameter: a query is entity=E&action=a1,a2&attr=name:value|value2,name2:value3; \
         write %26 for & inside a value"
    )]
    NoParameter(String),
    /// Another parameter than the three.
    #[error("there is no parameter {0:?}: write entity, action or attr; write %26 for & inside a value")]
    UnknownParameter(String),
    /// A parameter for the second time.
    #[error("{0} is there twice: put all into one, with commas; write %26 for & inside a value")]
    Repeated(&'static str),
    /// Nothing says what is asked for.
    #[error("there is no entity: write entity= and one of {legal}", legal = list(&Entity::ALL))]
    MissingEntity,
    /// Another entity than the five.
    #[error("there is no entity {0:?}: write one of {legal}", legal = list(&Entity::ALL))]
    UnknownEntity(String),
    /// What this entity does not do.
    #[error("{0} has no action {1:?}: {legal}", legal = legal_actions(.0.actions()))]
    UnknownAction(Entity, String),
    /// What this entity does not have.
    #[error(
        "{0} has no attribute {1:?}: write one of {legal}; write %2C for a comma inside a value",
        legal = list(.0.attributes())
    )]
    UnknownAttribute(Entity, String),
    /// An attribute without `:`.
    #[error("{0:?} is no attribute with a value: write name:value; write %2C for a comma inside a value")]
    NoValue(String),
    /// Nothing between two commas of a parameter.
    #[error("{0} has a comma too many: nothing stands here")]
    EmptyElement(&'static str),
    /// An attribute without any text for a value.
    #[error("{0} has an empty value: write * for any")]
    EmptyValue(AttributeName),
    /// A value that an attribute with few values never has.
    #[error("{0} is never {1:?}: write one of {legal}", legal = choices(*.0))]
    UnknownValue(AttributeName, String),
    /// A value that is no number of an attribute that is one.
    #[error("{0} is never {1:?}: write a number from 0 to {2}, or * for a part of it")]
    NoNumber(AttributeName, String, u32),
    /// A value that is no address of an attribute that is one.
    #[error("{0} is never {1:?}: write an IP address, or * for a part of it, as in 10.0.0.*")]
    NoAddress(AttributeName, String),
    /// `%` that begins no `%XX`.
    #[error("% must be followed by two hexadecimal digits: write %25 for a percent sign")]
    Escape,
    /// `%XX` that make no text.
    #[error("the escaped bytes from here on are not UTF-8")]
    NotUtf8,
}

/// How much of the query a message repeats, in characters.
const SHOWN: usize = 60;

/// As much of a text as a message repeats.
pub(super) fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

fn list(names: &[impl ToString]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn legal_actions(actions: &[Action]) -> String {
    if actions.is_empty() {
        "it has none, leave action out".into()
    } else {
        format!("write one of {}", list(actions))
    }
}

fn choices(name: AttributeName) -> String {
    let shown: Vec<_> =
        name.choices().iter().map(|(value, meaning)| format!("{value} ({meaning})")).collect();
    list(&shown)
}
