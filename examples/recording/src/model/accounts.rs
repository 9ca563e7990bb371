//! The accounts that every Windows has.

use std::rc::Rc;

use super::process::Logon;
use super::time::Time;

/// A well-known account of Windows.
pub(crate) fn built_in(at: Time, domain: &'static str, name: &'static str, sid: &str, id: u64) -> Rc<Logon> {
    let (sid, since) = (sid.to_owned(), at);
    Rc::new(Logon { domain, name, sid, id, since, integrity: "System" })
}

/// SYSTEM.
pub(crate) fn system(at: Time) -> Rc<Logon> {
    built_in(at, "NT AUTHORITY", "SYSTEM", "S-1-5-18", 0x3e7)
}
