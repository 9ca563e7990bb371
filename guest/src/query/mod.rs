//! Questions about what processes, files, registry keys, connections and hosts did (SPEC section 4; the
//! language is that of SECDO Integrations v1.1, "Querying SECDO via URL").
//!
//! ```text
//! entity=process&action=run,parent&attr=file_name:powershell.exe,cmd:*download*|*encoded*
//! https://server/#/investigationNG/builder?entity=network&attr=remote_ip:8.8.8.8|8.8.4.4
//! ```
//!
//! | written | means |
//! |---|---|
//! | `&` | between parameters, in any order; each stands once, so that none is overlooked |
//! | `,` | between actions: or; between attributes: and, also where a name stands twice |
//! | `:` | the first one ends an attribute's name, so that `c:\` and IPv6 are values |
//! | `\|` | between values: or |
//! | `*` | in a value: any text; alone: any value that is known |
//! | `%XX` | a byte of UTF-8, decoded after splitting: inside a value, `%2C` is `,` and `%25` is `%` |
//!
//! No `action`, or an empty one, means all; no `attr`, or an empty one, asks for no attribute. Blanks around
//! all of these are legal and case means nothing. Quotation marks around the whole are legal.
//!
//! An encoded blank at a value's end belongs to the value in a bare query; in a URL it does not, since a
//! browser's address bar writes `%20` for the blanks of `file_name: powershell.exe`.
//!
//! This module knows no engine: it reads and prints questions, and tells whether a text answers one.

mod error;
mod names;
mod parse;
mod pattern;
mod piece;
mod print;
#[cfg(test)]
mod tests;
mod value;
mod wild;

pub use error::{Problem, QueryError};
pub use names::{Action, AttributeName, Entity};
pub use parse::parse;
pub use pattern::Pattern;
pub use value::Value;

/// The longest text of a query, in bytes: a thousand alternatives of sixty characters.
pub const MAX_BYTES: usize = 64 * 1024;

/// The most values that a query may name, over all its attributes.
pub const MAX_VALUES: usize = 10_000;

/// A question. [`parse`] makes only such as its entity allows; printed ([`Display`](std::fmt::Display)) and
/// parsed again it is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What is asked for.
    pub entity: Entity,
    /// What it did, one of these, each once, in the order written; empty for anything.
    pub actions: Vec<Action>,
    /// What it was like, all of these.
    pub attributes: Vec<Attribute>,
}

/// A condition on one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Which attribute.
    pub name: AttributeName,
    /// What it is, one of these; at least one.
    pub values: Vec<Value>,
}
