//! Who works at Hazel, and which names and addresses they visit. Addresses are of the documentation
//! prefixes (outside) and of 10.20.0.0/16 (inside).

/// A person with an account in the domain HAZEL.
pub(crate) struct Person {
    /// The account.
    pub(crate) name: &'static str,
    /// Its last part in the domain.
    pub(crate) rid: u64,
    /// The id of the logon of that day.
    pub(crate) logon: u64,
}

impl Person {
    /// The security identifier.
    pub(crate) fn sid(&self) -> String {
        format!("S-1-5-21-1804289383-846930886-1681692777-{}", self.rid)
    }

    /// `C:\Users\anna.voss`.
    pub(crate) fn home(&self) -> String {
        format!(r"C:\Users\{}", self.name)
    }
}

/// Accounting; opens the letter.
pub(crate) const ANNA: Person = Person { name: "anna.voss", rid: 1131, logon: 0x4_b7c2e };
/// Engineering.
pub(crate) const BEN: Person = Person { name: "ben.ode", rid: 1132, logon: 0x5_19d04 };
/// Runs the file server.
pub(crate) const CORA: Person = Person { name: "cora.lind", rid: 1118, logon: 0xa_44f90 };

/// Sites of a usual day: name and address.
pub(crate) const SITES: [(&str, &str); 8] = [
    ("www.juniper-news.example", "198.51.100.14"),
    ("cdn.juniper-news.example", "198.51.100.15"),
    ("search.rowan.example", "198.51.100.40"),
    ("static.rowan.example", "198.51.100.41"),
    ("timetable.alder-rail.example", "192.0.2.61"),
    ("shop.birch-office.example", "192.0.2.88"),
    ("docs.hazel.example", "10.20.0.31"),
    ("tickets.hazel.example", "10.20.0.32"),
];
/// The company's mail.
pub(crate) const MAIL: (&str, &str) = ("mail.hazel.example", "10.20.0.10");
/// The domain controller, which has no sensor.
pub(crate) const DC: (&str, &str) = ("dc-1.hazel.example", "10.20.0.5");
/// Where the programs of the desktop synchronise.
pub(crate) const CLOUD: [(&str, &str); 3] = [
    ("sync.maple-cloud.example", "198.51.100.70"),
    ("chat.maple-cloud.example", "198.51.100.71"),
    ("update.maple-cloud.example", "198.51.100.72"),
];
/// Where the attack fetches its tool.
pub(crate) const FILES: (&str, &str) = ("files.larkspur.example", "203.0.113.77");
/// Whom the tool calls.
pub(crate) const CALLS: (&str, &str) = ("node4.larkspur.example", "203.0.113.78");
/// Whom the injected thread calls.
pub(crate) const RELAY: (&str, &str) = ("relay.monkshood.example", "203.0.113.129");
