//! Expectations that hold only with a certain command line.

use serde::Deserialize;

/// What a command line says about a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// The record does not tell.
    CannotTell,
}

/// A child that is expected only with certain fragments in its command line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChildCondition {
    /// The child's file name.
    pub(super) name: String,
    /// All of these, in any case.
    contains: Vec<String>,
    /// Where it comes from.
    pub(super) source: String,
}

impl ChildCondition {
    pub(super) fn holds(&self, command_line: Option<&str>) -> Answer {
        let Some(line) = known(command_line) else {
            return Answer::CannotTell;
        };
        let line = line.to_ascii_lowercase();
        match self.contains.iter().all(|one| line.contains(&one.to_ascii_lowercase())) {
            true => Answer::Yes,
            false => Answer::No,
        }
    }
}

/// Services that start nothing, by the `-s` of their own svchost.exe's command line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChildlessServices {
    services: Vec<String>,
    /// What even they start.
    pub(super) but: Vec<String>,
    /// The same, with a certain command line.
    pub(super) but_by_command_line: Vec<ChildCondition>,
    /// Where it comes from.
    pub(super) source: String,
}

impl ChildlessServices {
    /// Whether the parent runs one of them, and nothing else: without `-s` it runs all of a group.
    pub(super) fn runs_one(&self, parent_command_line: Option<&str>) -> bool {
        let service = known(parent_command_line).and_then(|line| option(line, "-s"));
        service.is_some_and(|service| self.services.iter().any(|own| own.eq_ignore_ascii_case(service)))
    }
}

/// A parent that is unusual unless it runs one of these services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceCondition {
    /// The parent's file name: svchost.exe.
    pub(super) parent: String,
    /// Group (`-k`) and service (`-s`); a group alone means all its services.
    services: Vec<Vec<String>>,
    /// Where it comes from.
    pub(super) source: String,
}

impl ServiceCondition {
    /// The source compares text such as `-k netsvcs -p -s wlidsvc`; here the two names are read,
    /// because `-p` and the blanks differ between versions of Windows.
    ///
    /// Without `-s` the process is the group's shared one (Windows before 10 1703, or little memory):
    /// which service acted cannot be told. Without `-k` it is not how Windows starts svchost.exe, so
    /// nothing excuses it.
    pub(super) fn holds(&self, parent_command_line: Option<&str>) -> Answer {
        let Some(line) = known(parent_command_line) else {
            return Answer::CannotTell;
        };
        let Some(group) = option(line, "-k") else {
            return Answer::No;
        };
        let service = option(line, "-s");
        let mut answer = Answer::No;
        for listed in &self.services {
            match (listed.as_slice(), service) {
                ([g], _) if g.eq_ignore_ascii_case(group) => return Answer::Yes,
                ([g, s], Some(service))
                    if g.eq_ignore_ascii_case(group) && s.eq_ignore_ascii_case(service) =>
                {
                    return Answer::Yes;
                }
                ([g, _], None) if g.eq_ignore_ascii_case(group) => answer = Answer::CannotTell,
                _ => {}
            }
        }
        answer
    }
}

fn known(line: Option<&str>) -> Option<&str> {
    line.filter(|line| !super::name::is_placeholder(line))
}

/// The word after `flag`.
fn option<'a>(line: &'a str, flag: &str) -> Option<&'a str> {
    let mut words = line.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case(flag))?;
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(line: Option<&str>) -> Answer {
        let services = [vec!["imgsvc"], vec!["netsvcs", "wlidsvc"]];
        let condition = ServiceCondition {
            parent: "svchost.exe".into(),
            services: services.map(|s| s.into_iter().map(str::to_owned).collect()).into(),
            source: "SG".into(),
        };
        condition.holds(line)
    }

    // SigmaHQ cbb9e3d1 names the services.
    #[test]
    fn a_named_service_is_told_by_group_and_service() {
        assert_eq!(service(Some("svchost.exe -k NETSVCS -p -s wlidsvc")), Answer::Yes);
        assert_eq!(service(Some("svchost.exe -k netsvcs -s wlidsvc")), Answer::Yes);
        assert_eq!(service(Some("svchost.exe -k imgsvc")), Answer::Yes);
        assert_eq!(service(Some("svchost.exe -k netsvcs -p -s BITS")), Answer::No);
        assert_eq!(service(Some("svchost.exe -k LocalService -p -s wlidsvc")), Answer::No);
        assert_eq!(service(Some("svchost.exe")), Answer::No);
    }

    #[test]
    fn a_shared_svchost_and_a_missing_line_tell_nothing() {
        assert_eq!(service(Some("svchost.exe -k netsvcs")), Answer::CannotTell);
        assert_eq!(service(Some("-")), Answer::CannotTell);
        assert_eq!(service(None), Answer::CannotTell);
    }
}
