//! Windows event logs: each record becomes one line of JSON, `{"Event": ...}`.
//!
//! The format is made of chunks that stand for themselves, and logs that were copied from a running
//! machine are rarely clean, so damage costs the records that it hit and no others.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use evtx::{EvtxParser, ParserSettings};

use super::InputError;

/// One record, or why it could not be read.
pub(super) type Record = Result<String, String>;

/// Calls `take` with each record of the log in its order, until it returns `false`.
pub(super) fn records_of_file(file: File, take: &mut dyn FnMut(Record) -> bool) -> Result<(), InputError> {
    records(EvtxParser::from_read_seek(file), take)
}

/// As [`records_of_file`], for a log in memory.
pub(super) fn records_of_bytes(
    bytes: Vec<u8>,
    take: &mut dyn FnMut(Record) -> bool,
) -> Result<(), InputError> {
    records(EvtxParser::from_read_seek(Cursor::new(bytes)), take)
}

fn records<R: Read + Seek>(
    parser: evtx::err::Result<EvtxParser<R>>,
    take: &mut dyn FnMut(Record) -> bool,
) -> Result<(), InputError> {
    let settings = ParserSettings::new().indent(false).num_threads(1);
    let mut parser = parser.map_err(|error| InputError::Evtx(causes(&error)))?.with_configuration(settings);
    let all = || {
        for record in parser.records_json() {
            let record = record.map(|r| one_line(r.data)).map_err(|error| causes(&error));
            if !take(record) {
                break;
            }
        }
    };
    // The parser is fuzzed by its authors; should a crafted file get through nevertheless, it costs
    // the rest of that file and not the job.
    catch_unwind(AssertUnwindSafe(all)).map_err(|_| InputError::Evtx("its parser gave up".into()))
}

/// JSON strings hold no raw newline, so one could only stand between tokens.
fn one_line(mut json: String) -> String {
    if json.contains(['\n', '\r']) {
        json = json.replace(['\n', '\r'], " ");
    }
    json
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text.replace(['\n', '\r'], " ")
}
