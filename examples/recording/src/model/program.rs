//! What Sysmon reads from a program's file: hashes, version details, signature. Hashes are invented,
//! seeded by the path, and the same on every host and for every user.

use super::random::Random;

/// Version details and signature of a file.
pub(crate) struct Details {
    /// `FileVersion`.
    pub(crate) version: &'static str,
    /// `Product`.
    pub(crate) product: &'static str,
    /// `Company`.
    pub(crate) company: &'static str,
    /// The signer; empty if the file is not signed.
    pub(crate) signature: &'static str,
}

const WINDOWS: Details = Details {
    version: "10.0.19045.4412 (WinBuild.160101.0800)",
    product: "Microsoft® Windows® Operating System",
    company: "Microsoft Corporation",
    signature: "Microsoft Windows",
};
const MICROSOFT: Details = Details {
    version: "16.0.17531.20140",
    product: "Microsoft Desktop Programs",
    company: "Microsoft Corporation",
    signature: "Microsoft Corporation",
};
const LARCH: Details = Details {
    version: "3.8.1.0",
    product: "Larch Backup",
    company: "Larch Works e.K.",
    signature: "Larch Works e.K.",
};
const NXLOG: Details = Details { version: "-", product: "-", company: "-", signature: "NXLog Ltd" };
const UNSIGNED: Details = Details { version: "-", product: "-", company: "-", signature: "" };

/// The path without the user's name and in lower case: what makes two files the same file.
fn key(path: &str) -> String {
    let lower = path.to_lowercase();
    let Some(rest) = lower.strip_prefix(r"c:\users\") else {
        return lower;
    };
    rest.split_once('\\').map_or_else(|| rest.to_owned(), |(_, inside)| format!(r"~\{inside}"))
}

/// `SHA1=...,MD5=...,SHA256=...,IMPHASH=...` of the file at that path.
pub(crate) fn hashes(path: &str) -> String {
    let mut random = Random::seeded(&key(path));
    let (sha1, md5) = (random.hex(40), random.hex(32));
    let (sha256, imphash) = (random.hex(64), random.hex(32));
    format!("SHA1={sha1},MD5={md5},SHA256={sha256},IMPHASH={imphash}")
}

/// Version details of the file at that path, by its directory.
pub(crate) fn details(path: &str) -> Details {
    let key = key(path);
    let starts = |prefix: &str| key.starts_with(prefix);
    if starts(r"~\appdata\local\temp") {
        UNSIGNED
    } else if starts(r"c:\windows\") {
        WINDOWS
    } else if starts(r"c:\program files\larch") {
        LARCH
    } else if starts(r"c:\program files\nxlog") {
        NXLOG
    } else {
        MICROSOFT
    }
}
