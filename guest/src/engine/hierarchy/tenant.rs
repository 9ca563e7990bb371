//! A tenant's own rows, `[[hierarchy.rows]]`, on top of a profile's: their lists extend the profile's row of that
//! name, or with `replace` stand in its place.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::account;
use super::directory::Expected;
use super::name;
use super::profile::Profile;
use super::table::{RowFile, System, Table};
use crate::error::Error;
use crate::text::path::fold;

/// The source of what a tenant says.
const TENANT: &str = "tenant";

/// One entry of `[[hierarchy.rows]]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantRow {
    /// The process's file name.
    pub name: String,
    /// Whether the profile's own row of that name is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
    /// Expected parents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    /// Parents that are no violation either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<String>,
    /// Parents that deserve a look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusual: Vec<String>,
    /// Expected children.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<String>,
    /// Expected directories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<String>,
    /// Expected users: SIDs, or names of Windows' own accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who says so: a ticket, a vendor's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The expectations that a tenant judges by.
#[derive(Debug)]
pub enum InForce {
    /// A profile as it is compiled in.
    BuiltIn(&'static Profile),
    /// One with rows of the tenant's own.
    Own(Box<Profile>),
}

impl Deref for InForce {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        match self {
            Self::BuiltIn(profile) => profile,
            Self::Own(profile) => profile,
        }
    }
}

impl InForce {
    /// A built-in profile with a tenant's rows; `None` if there is none of that name.
    ///
    /// # Errors
    /// A row cannot be used; the error has its path.
    pub fn of(profile: &str, rows: &[TenantRow]) -> Result<Option<Self>, Error> {
        let Some(built_in) = Profile::find(profile) else { return Ok(None) };
        if rows.is_empty() {
            return Ok(Some(Self::BuiltIn(built_in)));
        }
        let broken = |e: serde_json::Error| Error::invalid("hierarchy.profile", e.to_string());
        let mut table = Profile::table(profile).map_err(broken)?;
        for (index, row) in rows.iter().enumerate() {
            let place = format!("hierarchy.rows[{index}]");
            row.check(&place)?;
            let is_same = |other: &TenantRow| fold(other.name.trim()) == fold(row.name.trim());
            if rows.iter().take(index).any(is_same) {
                return Err(Error::invalid(
                    format!("{place}.name"),
                    "stands twice: one row has all of its lists",
                ));
            }
            row.merge(&mut table, &place)?;
        }
        table.sources.insert(TENANT.into(), "this tenant's own rows, [[hierarchy.rows]]".into());
        Ok(Some(Self::Own(Box::new(Profile::of(table)))))
    }
}

impl TenantRow {
    fn check(&self, place: &str) -> Result<(), Error> {
        let lists = [
            ("parents", &self.parents),
            ("tolerated", &self.tolerated),
            ("unusual", &self.unusual),
            ("children", &self.children),
        ];
        check_name(&format!("{place}.name"), &self.name)?;
        for (list, names) in lists {
            for (index, name) in names.iter().enumerate() {
                check_name(&format!("{place}.{list}[{index}]"), name)?;
            }
        }
        for (index, directory) in self.directories.iter().enumerate() {
            if Expected::parse(directory).is_none() {
                return Err(Error::invalid(
                    format!("{place}.directories[{index}]"),
                    format!("{directory:?} begins neither with a drive nor with /"),
                ));
            }
        }
        let is_empty = lists.iter().all(|(_, list)| list.is_empty())
            && self.directories.is_empty()
            && self.users.is_empty();
        match is_empty && !self.replace {
            true => Err(Error::invalid(place, "expects nothing: give it a list, or `replace = true`")),
            false => Ok(()),
        }
    }

    fn merge(&self, table: &mut Table, place: &str) -> Result<(), Error> {
        let users = self.users.iter().enumerate().map(|(index, user)| {
            sid(user).ok_or_else(|| {
                let message = format!("{user:?} is neither a SID nor one of Windows' own accounts");
                Error::invalid(format!("{place}.users[{index}]"), message)
            })
        });
        let users = users.collect::<Result<Vec<String>, Error>>()?;
        let name = self.name.trim();
        let is_own =
            |row: &RowFile| std::iter::once(&row.name).chain(&row.also).any(|own| fold(own) == fold(name));
        let row = match table.rows.iter_mut().position(|row| is_own(row)) {
            Some(at) => table.rows.get_mut(at),
            None => {
                table.rows.push(RowFile { name: name.into(), system: System::Any, ..RowFile::default() });
                table.rows.last_mut()
            }
        };
        let Some(row) = row else { return Ok(()) };
        if self.replace {
            let RowFile { name, also, system, .. } = std::mem::take(row);
            *row = RowFile { name, also, system, ..RowFile::default() };
        }
        row.parents.add(TENANT, &self.parents);
        row.tolerated.add(TENANT, &self.tolerated);
        row.unusual.add(TENANT, &self.unusual);
        row.children.add(TENANT, &self.children);
        row.directories.add(TENANT, &self.directories);
        row.users.add(TENANT, &users);
        let said = [self.reason.clone(), self.source.as_ref().map(|source| format!("[{source}]"))];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if !said.is_empty() {
            let own = row.note.take().into_iter().chain([format!("{TENANT}: {}", said.join(" "))]);
            row.note = Some(own.collect::<Vec<String>>().join("; "));
        }
        Ok(())
    }
}

fn check_name(field: &str, text: &str) -> Result<(), Error> {
    let is_name = !name::is_placeholder(text)
        && !name::is_sid(text)
        && !text.contains(['\\', '/'])
        && !text.contains(char::is_control);
    match is_name {
        true => Ok(()),
        false => Err(Error::invalid(field, format!("{text:?} is no file name"))),
    }
}

/// A user as rows have it.
fn sid(user: &str) -> Option<String> {
    let user = user.trim();
    if name::is_sid(user.strip_suffix("-*").unwrap_or(user)) {
        return Some(user.to_ascii_uppercase());
    }
    account::resolve(user).map(|sid| sid.into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::start;
    use super::super::{Observation, Parent, Reason};
    use super::*;

    fn own(rows: &[TenantRow]) -> InForce {
        InForce::of("modern", rows).unwrap().unwrap()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn reason(profile: &Profile, o: &Observation<'_>) -> &'static str {
        let verdict = profile.judge(o);
        verdict.reason.map_or(verdict.outcome.as_str(), Reason::as_str)
    }

    #[test]
    fn lists_extend_the_profiles_row() {
        let profile = own(&[TenantRow {
            name: "SVCHOST.exe".into(),
            parents: names(&["agent.exe"]),
            tolerated: names(&["old-agent.exe"]),
            directories: names(&[r"D:\Image\*"]),
            reason: Some("our agent restarts services".into()),
            source: Some("T-17".into()),
            ..TenantRow::default()
        }]);
        let under = |image: &str, parent| reason(&profile, &start(image, Parent::Image(parent)));
        assert_eq!(under("svchost.exe", "agent.exe"), "expected");
        assert_eq!(under("svchost.exe", "services.exe"), "expected");
        assert_eq!(under("svchost.exe", "old-agent.exe"), "tolerated");
        assert_eq!(under("svchost.exe", "explorer.exe"), "unexpected-parent");
        assert_eq!(under(r"D:\Image\x\svchost.exe", "services.exe"), "expected");
        let verdict = profile.judge(&start("svchost.exe", Parent::Image("agent.exe")));
        assert_eq!(verdict.source, Some("tenant"));
        let row = profile.rows().iter().find(|row| row.name() == "svchost.exe").unwrap();
        assert_eq!(row.parents(), ["services.exe", "agent.exe"]);
        assert!(row.sources().contains(&"parents (agent.exe): tenant".to_owned()), "{:?}", row.sources());
        assert!(
            row.sources().iter().any(|line| line.ends_with("tenant: our agent restarts services [T-17]"))
        );
        assert!(profile.sources().contains_key("tenant"));
        // What is compiled in stays as it is.
        let built_in = Profile::modern().judge(&start("svchost.exe", Parent::Image("agent.exe")));
        assert_eq!(built_in.reason, Some(Reason::UnexpectedParent));
    }

    #[test]
    fn a_row_replaces_or_is_new() {
        let profile = own(&[
            TenantRow {
                name: "svchost.exe".into(),
                replace: true,
                parents: names(&["agent.exe"]),
                ..TenantRow::default()
            },
            TenantRow {
                name: "own.exe".into(),
                parents: names(&["agent.exe"]),
                users: names(&["S-1-5-21-1-2-3-1105", r"NT AUTHORITY\LOCAL SERVICE"]),
                ..TenantRow::default()
            },
            TenantRow { name: "lsm.exe".into(), replace: true, ..TenantRow::default() },
        ]);
        let under = |image: &str, parent| reason(&profile, &start(image, Parent::Image(parent)));
        assert_eq!(under("svchost.exe", "services.exe"), "unexpected-parent");
        assert_eq!(under(r"C:\Temp\svchost.exe", "agent.exe"), "expected", "its directories are gone");
        assert_eq!(under("own.exe", "cmd.exe"), "unexpected-parent");
        assert_eq!(under("/opt/own.exe", "/opt/agent.exe"), "expected", "a new row is of any system");
        assert_eq!(under("lsm.exe", "cmd.exe"), "not-listed");
        let by = |user| {
            let o = Observation { user: Some(user), ..start("own.exe", Parent::Image("agent.exe")) };
            reason(&profile, &o)
        };
        assert_eq!(by("S-1-5-19"), "expected");
        assert_eq!(by("S-1-5-21-1-2-3-1106"), "wrong-user");
        // Of a pseudonym only the kind is known.
        assert_eq!(by("S-1-5-21"), "expected");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_path() {
        let row = || TenantRow { name: "own.exe".into(), ..TenantRow::default() };
        for (bad, path) in [
            (TenantRow { name: " ".into(), ..row() }, "hierarchy.rows[1].name"),
            (TenantRow { name: r"C:\own.exe".into(), ..row() }, "hierarchy.rows[1].name"),
            (TenantRow { parents: names(&["a.exe", "S-1-5-18"]), ..row() }, "hierarchy.rows[1].parents[1]"),
            (TenantRow { tolerated: names(&["-"]), ..row() }, "hierarchy.rows[1].tolerated[0]"),
            (TenantRow { children: names(&[""]), ..row() }, "hierarchy.rows[1].children[0]"),
            (TenantRow { directories: names(&["System32"]), ..row() }, "hierarchy.rows[1].directories[0]"),
            (TenantRow { users: names(&[r"CORP\anna"]), ..row() }, "hierarchy.rows[1].users[0]"),
            (row(), "hierarchy.rows[1]"),
            (TenantRow { name: "FIRST.exe".into(), replace: true, ..row() }, "hierarchy.rows[1].name"),
        ] {
            let first = TenantRow { name: "first.exe".into(), replace: true, ..TenantRow::default() };
            match InForce::of("modern", &[first, bad.clone()]) {
                Err(Error::Invalid { field, .. }) => assert_eq!(field, path),
                other => panic!("{bad:?}: {other:?}"),
            }
        }
        assert!(InForce::of("future", &[]).unwrap().is_none());
    }
}
