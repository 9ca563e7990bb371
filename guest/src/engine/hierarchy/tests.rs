//! The rules of the verdict, each with the source of its expectation.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;

const S32: &str = r"C:\Windows\System32";

/// A process start of which no more is known.
pub(super) fn start<'a>(image: &'a str, parent: Parent<'a>) -> Observation<'a> {
    Observation {
        image,
        pid: None,
        parent,
        parent_pid: None,
        command_line: None,
        parent_command_line: None,
        user: None,
    }
}

/// Outcome and reason by the modern profile, in the contract's words.
fn said(observation: &Observation<'_>) -> (&'static str, &'static str) {
    let verdict = Profile::modern().judge(observation);
    (verdict.outcome.as_str(), verdict.reason.map_or("", Reason::as_str))
}

fn under(image: &str, parent: &str) -> (&'static str, &'static str) {
    said(&start(image, Parent::Image(parent)))
}

// --- the tables

#[test]
fn the_embedded_tables_parse() {
    for text in [
        include_str!("../../../data/hierarchy/modern.json"),
        include_str!("../../../data/hierarchy/cybereason-2016.json"),
    ] {
        let parsed = Profile::parse(text).unwrap();
        let built_in = Profile::find(parsed.name()).unwrap();
        assert!(!built_in.rows().is_empty());
        assert_eq!(built_in.rows().len(), parsed.rows().len());
    }
    assert_eq!(Profile::modern().name(), "modern");
    assert!(Profile::find("other").is_none());
}

#[test]
fn every_row_stands_once_and_every_source_is_explained() {
    for profile in Profile::built_in() {
        let names: BTreeSet<_> = profile.rows().iter().map(|row| row.name().to_lowercase()).collect();
        assert_eq!(names.len(), profile.rows().len());
        for row in profile.rows() {
            assert_eq!(row.places.len(), row.directories().len(), "{}", row.name());
            for line in row.sources().iter().filter(|line| !line.starts_with("note: ")) {
                let codes = line.rsplit(": ").next().unwrap();
                for code in codes.split(", ").map(|code| code.split(' ').next().unwrap()) {
                    assert!(profile.sources().contains_key(code), "{}: {line}", row.name());
                }
            }
        }
    }
}

// Decision of the table: a parent known from general knowledge only is never enough for a violation.
#[test]
fn no_row_that_rests_on_general_knowledge_alone_gives_unexpected_parent() {
    for row in Profile::modern().rows() {
        if row.parents.source() == Some("K") {
            assert!(row.other_parents.is_some(), "{}", row.name());
        }
    }
}

// The document's example response: five processes, in this order, spelled like this.
#[test]
fn cybereason_2016_is_the_documents_example() {
    let profile = Profile::find("cybereason-2016").unwrap();
    let rows: Vec<_> = profile.rows().iter().map(|row| (row.name(), row.parents().to_vec())).collect();
    let expected = [
        ("lsass.exe", vec!["wininit.exe"]),
        ("svchost.exe", vec!["services.exe"]),
        ("smss.exe", vec!["system", "smss.exe"]),
        ("services.exe", vec!["wininit.exe"]),
        ("lsm.exe", vec!["wininit.exe"]),
    ];
    assert_eq!(rows, expected.map(|(name, parents)| (name, parents.into_iter().map(String::from).collect())));
    assert_eq!(profile.last_upload(), 1_476_350_910_397);
    let verdict = profile.judge(&start("smss.exe", Parent::Image("System")));
    assert_eq!(verdict.outcome, Outcome::Expected);
    let verdict = profile.judge(&start("winword.exe", Parent::Image("explorer.exe")));
    assert_eq!(verdict.reason, Some(Reason::NotListed));
}

// --- parents

// Cybereason, Elastic: services.exe is the parent; what Elastic tolerates is not offered as expected.
#[test]
fn svchost_under_explorer_is_a_violation_that_names_both() {
    let image = r"C:\Windows\System32\svchost.exe";
    let verdict = Profile::modern().judge(&start(image, Parent::Image(r"C:\Windows\explorer.exe")));
    assert_eq!(verdict.outcome, Outcome::Violation);
    assert_eq!(verdict.reason, Some(Reason::UnexpectedParent));
    assert_eq!(verdict.observed, Some("explorer.exe"));
    assert_eq!(verdict.expected, ["services.exe"]);
    assert_eq!(verdict.source, Some("CR"));
}

#[test]
fn the_right_parent_is_expected_without_a_reason() {
    let image = r"C:\Windows\System32\lsass.exe";
    let verdict = Profile::modern().judge(&start(image, Parent::Image(r"C:\Windows\System32\WININIT.EXE")));
    assert_eq!((verdict.outcome, verdict.reason), (Outcome::Expected, None));
    assert_eq!(verdict.observed, Some("WININIT.EXE"));
    assert_eq!(verdict.source, Some("CR, EL, CAR, VR"));
    // A bare name has no directory to be judged.
    assert_eq!(under("lsass.exe", "wininit.exe"), ("expected", ""));
}

// CAR-2020-11-004, Elastic, SigmaHQ: each tolerated extra keeps its own source.
#[test]
fn a_tolerated_parent_is_expected_and_says_whose_word_it_is() {
    let source = |image, parent| {
        let verdict = Profile::modern().judge(&start(image, Parent::Image(parent)));
        assert_eq!((verdict.outcome, verdict.reason), (Outcome::Expected, Some(Reason::Tolerated)));
        verdict.source.unwrap()
    };
    assert_eq!(source("lsass.exe", "winlogon.exe"), "CAR");
    assert_eq!(source("svchost.exe", "MsMpEng.exe"), "EL");
    assert_eq!(source("svchost.exe", "TiWorker.exe"), "SG");
}

// Complaint 11 of the specification.
#[test]
fn a_process_that_starts_itself_again_is_tolerated() {
    for name in [
        "taskhostw.exe",
        "dllhost.exe",
        "wmiprvse.exe",
        "wsmprovhost.exe",
        "winrshost.exe",
        "spoolsv.exe",
        "svchost.exe",
    ] {
        assert_eq!(under(name, name), ("expected", "tolerated"), "{name}");
    }
}

// Specification, section 3: explorer.exe tolerates any parent.
#[test]
fn explorer_tolerates_any_parent() {
    assert_eq!(under("explorer.exe", "userinit.exe"), ("expected", ""));
    for parent in ["winlogon.exe", "cmd.exe", "setup.exe", "csrss.exe"] {
        assert_eq!(under("explorer.exe", parent), ("expected", "tolerated"), "{parent}");
    }
}

// Specification, section 3: System = system = pid 4. Defender for Endpoint says ntoskrnl.exe.
#[test]
fn system_has_several_names() {
    for parent in ["System", "system", "SYSTEM", "ntoskrnl.exe", r"C:\Windows\System32\ntoskrnl.exe"] {
        assert_eq!(under("smss.exe", parent), ("expected", ""), "{parent}");
    }
    for parent in [Parent::Missing, Parent::Unknown, Parent::Image("-")] {
        let by_pid = Observation { parent_pid: Some(4), ..start("smss.exe", parent) };
        assert_eq!(said(&by_pid), ("expected", ""));
    }
    let by_own_pid = Observation { pid: Some(4), ..start("", Parent::Image("System Idle Process")) };
    assert_eq!(said(&by_own_pid), ("expected", ""));
    // In a container pid 4 is anybody.
    let elsewhere = Observation { parent_pid: Some(4), ..start("nginx", Parent::Missing) };
    assert_eq!(said(&elsewhere), ("unknown", "parent-name-missing"));
}

// Complaint 1 of the specification.
#[test]
fn a_parent_field_without_a_name_is_unknown() {
    let image = r"C:\Windows\System32\svchost.exe";
    for parent in ["-", "", " ", "N/A", "<unknown process>", "0x1f4"] {
        assert_eq!(under(image, parent), ("unknown", "parent-name-missing"), "{parent}");
    }
    assert_eq!(under(image, "S-1-5-18"), ("unknown", "parent-is-sid"));
    assert_eq!(said(&start(image, Parent::Missing)), ("unknown", "parent-name-missing"));
    assert_eq!(said(&start(image, Parent::Unknown)), ("unknown", "parent-unknown"));
    // Complaint 2: a reused pid names a stranger.
    assert_eq!(said(&start(image, Parent::PidReused)), ("unknown", "pid-reused"));
}

#[test]
fn what_no_row_knows_is_not_listed() {
    assert_eq!(under("winword.exe", "explorer.exe"), ("unknown", "not-listed"));
    // Rows of which the table knows some parents only.
    assert_eq!(under("cmd.exe", "make.exe"), ("unknown", "not-listed"));
    assert_eq!(under("powershell.exe", "code.exe"), ("unknown", "not-listed"));
    // A row with directories only.
    assert_eq!(under(r"C:\Windows\System32\rundll32.exe", "a.exe"), ("unknown", "not-listed"));
}

#[test]
fn a_start_without_an_image_is_nobody_to_look_for() {
    for image in ["", " ", "-", "N/A", "<unknown process>"] {
        for parent in ["explorer.exe", r"C:\Windows\System32\csrss.exe", "-", "/usr/bin/wine"] {
            let verdict = Profile::modern().judge(&start(image, Parent::Image(parent)));
            assert_eq!((verdict.outcome, verdict.reason), (Outcome::Unknown, Some(Reason::ImageMissing)));
            assert_eq!(verdict.observed, None, "{image:?} under {parent}");
        }
    }
    // Pid 4 names System, but not below Unix.
    let pid_4 = |parent| said(&Observation { pid: Some(4), ..start("", Parent::Image(parent)) });
    assert_eq!(pid_4("System Idle Process"), ("expected", ""));
    assert_eq!(pid_4("/usr/bin/containerd-shim"), ("unknown", "image-missing"));
}

// The tables describe Windows: Wine's services.exe is none of their business.
#[test]
fn other_systems_paths_are_not_judged() {
    assert_eq!(under("/usr/lib/wine/services.exe", "/usr/bin/wine"), ("unknown", "not-listed"));
    assert_eq!(under(r"C:\windows\temp\services.exe", "/usr/bin/wine"), ("unknown", "not-listed"));
    assert_eq!(under("/opt/svchost.exe", "explorer.exe"), ("unknown", "not-listed"));
}

#[test]
fn a_short_parent_name_is_not_compared() {
    let image = r"C:\Windows\WinSxS\x\TiWorker.exe";
    assert_eq!(under(image, r"C:\Windows\servicing\TRUSTE~1.EXE"), ("unknown", "short-name"));
    // Only the file name matters for a parent.
    assert_eq!(under("svchost.exe", r"C:\PROGRA~1\MsMpEng.exe"), ("expected", "tolerated"));
}

// --- unusual parents

// Elastic and SigmaHQ 4b991083.
#[test]
fn cmd_under_an_unusual_parent() {
    let image = r"C:\Windows\System32\cmd.exe";
    let verdict = Profile::modern().judge(&start(image, Parent::Image(r"C:\Windows\System32\spoolsv.exe")));
    assert_eq!((verdict.outcome, verdict.reason), (Outcome::Violation, Some(Reason::UnusualParent)));
    assert_eq!(verdict.observed, Some("spoolsv.exe"));
    assert_eq!(verdict.expected, ["explorer.exe"]);
    assert_eq!(under(image, "explorer.exe"), ("expected", ""));
}

// SigmaHQ cbb9e3d1.
#[test]
fn conhost_under_svchost_depends_on_the_service() {
    let with = |line| {
        said(&Observation {
            parent_command_line: line,
            ..start("conhost.exe", Parent::Image(r"C:\Windows\System32\svchost.exe"))
        })
    };
    assert_eq!(with(None), ("unknown", "depends-on-command-line"));
    assert_eq!(with(Some("svchost.exe -k wsappx -p -s AppXSvc")), ("expected", "tolerated"));
    assert_eq!(with(Some("svchost.exe -k netsvcs")), ("unknown", "depends-on-command-line"));
    assert_eq!(with(Some("svchost.exe -k DcomLaunch -p")), ("violation", "unusual-parent"));
    assert_eq!(under("conhost.exe", "lsass.exe"), ("violation", "unusual-parent"));
    assert_eq!(under("conhost.exe", "cmd.exe"), ("expected", ""));
    assert_eq!(under("conhost.exe", "git.exe"), ("unknown", "not-listed"));
}

// --- children

// Elastic: csrss.exe starts error reporting, conhost.exe and little else.
#[test]
fn a_parent_with_listed_children_has_no_others() {
    let verdict = Profile::modern().judge(&start(r"C:\a\evil.exe", Parent::Image("csrss.exe")));
    assert_eq!((verdict.outcome, verdict.reason), (Outcome::Violation, Some(Reason::UnexpectedChild)));
    assert_eq!(verdict.observed, Some("evil.exe"));
    assert!(verdict.expected.contains(&"conhost.exe".to_owned()));
    assert_eq!(verdict.source, Some("EL"));
    // Listed by the parent, without a row of its own.
    assert_eq!(under("WerFault.exe", "csrss.exe"), ("expected", ""));
    // 8.3 names could be any.
    assert_eq!(under(r"C:\WINDOWS\WERFAU~1.EXE", "csrss.exe"), ("unknown", "short-name"));
}

#[test]
fn rows_that_disagree_give_no_violation() {
    // The child's row expects the parent: virtualisation-based security is no surprise.
    assert_eq!(under("Secure System", "System"), ("expected", ""));
    // The parent's row expects the child: Elastic lists it among the children of csrss.exe.
    assert_eq!(under("SearchProtocolHost.exe", "csrss.exe"), ("expected", "tolerated"));
    // SigmaHQ cbb9e3d1 saw conhost.exe under wermgr.exe on clean systems.
    assert_eq!(under("conhost.exe", "wermgr.exe"), ("expected", "tolerated"));
}

// Elastic, SigmaHQ 396f6630.
#[test]
fn wermgr_opens_the_error_reporting_panel_only() {
    let with = |line| {
        let parent = Parent::Image("wermgr.exe");
        said(&Observation { command_line: line, ..start("rundll32.exe", parent) })
    };
    let panel = r#""rundll32.exe" "C:\Windows\system32\WerConCpl.dll", LaunchErcApp -queuereporting"#;
    assert_eq!(with(Some(panel)), ("expected", ""));
    assert_eq!(with(Some("rundll32.exe evil.dll,Start")), ("violation", "unexpected-child"));
    assert_eq!(with(None), ("unknown", "depends-on-command-line"));
}

// --- directories

// Hunt Evil; SigmaHQ e4a6b256.
#[test]
fn a_system_process_from_another_directory() {
    let verdict =
        Profile::modern().judge(&start(r"C:\Users\Public\svchost.exe", Parent::Image("services.exe")));
    assert_eq!((verdict.outcome, verdict.reason), (Outcome::Violation, Some(Reason::WrongDirectory)));
    assert_eq!(verdict.observed, Some(r"C:\Users\Public"));
    assert_eq!(verdict.expected, [S32, r"C:\Windows\SysWOW64"]);
    let verdict = Profile::modern().judge(&start(r"C:\svchost.exe", Parent::Missing));
    assert_eq!(verdict.observed, Some(r"C:\"));
    assert_eq!(under(r"C:\Temp\rundll32.exe", "a.exe"), ("violation", "wrong-directory"));
    assert_eq!(under(r"C:\Windows\System32\wmiprvse.exe", "svchost.exe"), ("violation", "wrong-directory"));
}

// SigmaHQ e4a6b256: servicing and upgrade directories hold copies of everything.
#[test]
fn servicing_directories_are_right_for_every_row() {
    for directory in [r"C:\Windows\WinSxS\amd64_x", r"C:\$WINDOWS.~BT\NewOS", r"C:\Windows\SysWOW64"] {
        let image = format!(r"{directory}\spoolsv.exe");
        assert_eq!(under(&image, "services.exe"), ("expected", ""), "{directory}");
    }
}

#[test]
fn a_directory_that_cannot_be_compared_is_unknown() {
    let judged = |image| under(image, "services.exe");
    assert_eq!(judged(r"D:\Windows\System32\svchost.exe"), ("unknown", "system-drive-unknown"));
    assert_eq!(judged(r"C:\WINDOW~1\svchost.exe"), ("unknown", "short-name"));
    assert_eq!(judged(r"\Device\HarddiskVolume3\Windows\System32\svchost.exe"), ("expected", ""));
    assert_eq!(judged(r"\SystemRoot\System32\svchost.exe"), ("expected", ""));
}

#[test]
fn findings_are_reported_in_the_documented_order() {
    // Parent and directory are both wrong.
    assert_eq!(under(r"C:\Temp\svchost.exe", "explorer.exe"), ("violation", "unexpected-parent"));
    // An unexpected child from a wrong directory.
    assert_eq!(under(r"C:\Temp\cmd.exe", "autochk.exe"), ("violation", "unexpected-child"));
    // A wrong directory outranks a wrong user, which outranks an unusual parent.
    let lsass = r"C:\Temp\lsass.exe";
    assert_eq!(run_by(lsass, "wininit.exe", "S-1-5-19"), ("violation", "wrong-directory"));
    // An unusual parent and a wrong directory.
    assert_eq!(under(r"C:\Temp\cmd.exe", "spoolsv.exe"), ("violation", "wrong-directory"));
    // A violation outranks a doubtful directory; a missing parent does not hide a wrong one.
    assert_eq!(under(r"D:\Windows\System32\cmd.exe", "lsass.exe"), ("violation", "unusual-parent"));
    assert_eq!(under(r"C:\Temp\svchost.exe", "-"), ("violation", "wrong-directory"));
}

// --- users

fn run_by(image: &str, parent: &str, user: &str) -> (&'static str, &'static str) {
    said(&Observation { user: Some(user), ..start(image, Parent::Image(parent)) })
}

// Hunt Evil: lsass.exe runs as SYSTEM, whatever that is called; S-1-5-18 in Microsoft's list of SIDs.
#[test]
fn a_system_process_of_another_account() {
    let image = r"C:\Windows\System32\lsass.exe";
    for user in ["S-1-5-18", r"NT AUTHORITY\SYSTEM", r"NT-AUTORITÄT\SYSTEM", r"AUTORITE NT\Système"] {
        assert_eq!(run_by(image, "wininit.exe", user), ("expected", ""), "{user}");
    }
    for user in ["S-1-5-21-1-2-3-1001", "S-1-5-19", r"NT-AUTORITÄT\Lokaler Dienst"] {
        assert_eq!(run_by(image, "wininit.exe", user), ("violation", "wrong-user"), "{user}");
    }
    let by = Observation { user: Some("S-1-5-20"), ..start(image, Parent::Missing) };
    let verdict = Profile::modern().judge(&by);
    assert_eq!((verdict.outcome, verdict.observed), (Outcome::Violation, Some("S-1-5-20")));
    assert_eq!((verdict.expected, verdict.source), (&["S-1-5-18".to_owned()][..], Some("HE")));
}

// Specification, section 0: names are localised, and what is not known is not judged.
#[test]
fn a_user_that_is_only_a_name_is_not_judged() {
    for user in [r"CORP\anna", "SYSTEM", r"NT INTÉZMÉNY\RENDSZER", "-", ""] {
        assert_eq!(run_by("lsass.exe", "wininit.exe", user), ("expected", ""), "{user}");
    }
    // A row that says nothing of users.
    assert_eq!(run_by("svchost.exe", "services.exe", "S-1-5-21-1-2-3-1001"), ("expected", ""));
}

// Microsoft's list of SIDs: each session has its own window manager, S-1-5-90-0-n.
#[test]
fn window_managers_and_font_drivers_are_accounts_of_their_own() {
    assert_eq!(run_by("dwm.exe", "winlogon.exe", r"Window Manager\DWM-3"), ("expected", ""));
    assert_eq!(run_by("dwm.exe", "winlogon.exe", "S-1-5-18"), ("violation", "wrong-user"));
    assert_eq!(run_by("fontdrvhost.exe", "wininit.exe", "S-1-5-96-0-0"), ("expected", ""));
    assert_eq!(
        run_by("fontdrvhost.exe", "wininit.exe", r"Window Manager\DWM-3"),
        ("violation", "wrong-user")
    );
}

// --- processes that start nothing

// SigmaHQ: certutil.exe and the like are rarely parents; error reporting and the console's host do not count.
#[test]
fn a_child_of_what_rarely_starts_any_is_unusual() {
    for parent in ["certutil.exe", "bitsadmin.exe", "winver.exe", "notepad.exe", "calc.exe", "eventvwr.exe"] {
        assert_eq!(under("cmd.exe", parent), ("violation", "unusual-child"), "{parent}");
        assert_eq!(under("own.exe", parent), ("violation", "unusual-child"), "{parent}");
        assert_eq!(under("conhost.exe", parent), ("expected", ""), "{parent}");
        assert_eq!(under("WerFault.exe", parent), ("expected", ""), "{parent}");
    }
    assert_eq!(under("mmc.exe", "eventvwr.exe"), ("expected", ""));
    assert_eq!(under("win32calc.exe", "calc.exe"), ("expected", ""));
    let verdict = Profile::modern().judge(&start("own.exe", Parent::Image("certutil.exe")));
    assert_eq!((verdict.observed, verdict.source), (Some("own.exe"), Some("SG")));
    assert!(verdict.expected.contains(&"conhost.exe".to_owned()));
}

#[test]
fn lsass_starts_hardly_anything() {
    assert_eq!(under("own.exe", "lsass.exe"), ("violation", "unusual-child"));
    assert_eq!(under("powershell.exe", "lsass.exe"), ("violation", "unusual-child"));
    assert_eq!(under("efsui.exe", "lsass.exe"), ("expected", ""));
    // The child's own row speaks of this very pair.
    assert_eq!(under("cmd.exe", "lsass.exe"), ("violation", "unusual-parent"));
}

// Elastic 6a8ab9cc: what the service's own svchost.exe never starts.
#[test]
fn a_service_without_children_has_none() {
    let with = |image, line, own| {
        said(&Observation {
            command_line: own,
            parent_command_line: line,
            ..start(image, Parent::Image(r"C:\Windows\System32\svchost.exe"))
        })
    };
    let events = Some("C:\\Windows\\System32\\svchost.exe -k LocalServiceNetworkRestricted -p -s EventLog");
    assert_eq!(with("cmd.exe", events, None), ("violation", "unexpected-child"));
    assert_eq!(with("own.exe", events, None), ("violation", "unexpected-child"));
    assert_eq!(with("WerFault.exe", events, None), ("unknown", "not-listed"));
    // Its own row knows svchost.exe as a parent: the one that knows the other decides.
    assert_eq!(with("dllhost.exe", events, None), ("expected", ""));
    // Other services, a shared process, and no command line tell nothing.
    for line in [Some("svchost.exe -k netsvcs -p -s Schedule"), Some("svchost.exe -k netsvcs"), None] {
        assert_eq!(with("own.exe", line, None), ("unknown", "not-listed"), "{line:?}");
    }
    // Except the proxy's detection.
    let diagnosis = Some("svchost.exe -k LocalService -p -s WdiServiceHost");
    let proxy = Some(r"rundll32.exe C:\Windows\System32\winethc.dll,ForceProxyDetectionOnNextRun");
    assert_eq!(with("rundll32.exe", diagnosis, proxy), ("unknown", "not-listed"));
    assert_eq!(with("rundll32.exe", diagnosis, None), ("unknown", "not-listed"));
    assert_eq!(with("rundll32.exe", diagnosis, Some("rundll32 a.dll,B")), ("violation", "unexpected-child"));
}

// --- look-alikes

// Specification, section 3: edit distance 1 and homoglyphs.
#[test]
fn a_name_that_resembles_a_system_process() {
    for (name, resembles) in [
        ("scvhost.exe", "svchost.exe"),
        ("svchosts.exe", "svchost.exe"),
        ("SVHOST.EXE", "svchost.exe"),
        ("svchost .exe", "svchost.exe"),
        ("lsas.exe", "lsass.exe"),
        ("Isass.exe", "lsass.exe"),
        ("1sass.exe", "lsass.exe"),
        ("crsss.exe", "csrss.exe"),
        ("winIogin.exe", ""),
        ("w1n1ogon.exe", "winlogon.exe"),
        ("vvininit.exe", "wininit.exe"),
        ("cllhost.exe", "dllhost.exe"),
        ("exp1orer.exe", "explorer.exe"),
        ("sp00lsv.exe", "spoolsv.exe"),
        // Cyrillic dze, es and o; Greek omicron.
        ("ѕvсhоst.exe", "svchost.exe"),
        ("cοnhοst.exe", "conhost.exe"),
        ("useгιnit.exe", "userinit.exe"),
    ] {
        let path = format!(r"C:\Windows\System32\{name}");
        let verdict = Profile::modern().judge(&start(&path, Parent::Image("services.exe")));
        if resembles.is_empty() {
            assert_eq!(verdict.reason, Some(Reason::NotListed), "two edits: {name}");
            continue;
        }
        assert_eq!(
            (verdict.outcome, verdict.reason),
            (Outcome::Violation, Some(Reason::LookAlike)),
            "{name}"
        );
        assert_eq!((verdict.observed, verdict.expected), (Some(name), &[resembles.to_owned()][..]));
        assert_eq!(verdict.source, Some("SPEC"));
    }
}

#[test]
fn honest_names_resemble_nobody() {
    for name in [
        // The table's own.
        "smss.exe",
        "svchost.exe",
        "taskhost.exe",
        "dllhst3g.exe",
        "iexplore.exe",
        // Common programs' that it excepts.
        "service.exe",
        "sass.exe",
        "Service.exe",
        // Two edits away, another kind of file, a name made up by Windows, none at all.
        "explor2.exe",
        "svchost.dll",
        "scvhost",
        "SVCHOS~1.EXE",
        ".exe",
        "averyveryverylongname.exe",
    ] {
        let (_, reason) = under(name, "own.exe");
        assert_ne!(reason, "look-alike", "{name}");
    }
    assert_eq!(under("/usr/bin/scvhost.exe", "/usr/bin/wine"), ("unknown", "not-listed"));
    // The document's table knows none.
    let profile = Profile::find("cybereason-2016").unwrap();
    let verdict = profile.judge(&start("scvhost.exe", Parent::Image("services.exe")));
    assert_eq!(verdict.reason, Some(Reason::NotListed));
    let [of, except] = Profile::modern().look_alikes.parts();
    assert_eq!((of.names.len(), except.names.is_empty()), (11, false));
}

// --- Linux and macOS

// The facts: the kernel starts PID 1 and PID 2; sshd starts its sessions, cron a shell.
#[test]
fn the_first_processes_of_unix() {
    let pid = |image, pid, parent_pid| {
        said(&Observation { pid: Some(pid), parent_pid: Some(parent_pid), ..start(image, Parent::Missing) })
    };
    assert_eq!(pid("/usr/lib/systemd/systemd", 1, 0), ("expected", ""));
    assert_eq!(pid("/sbin/init", 1, 0), ("expected", ""));
    assert_eq!(pid("/sbin/launchd", 1, 0), ("expected", ""));
    assert_eq!(pid("kthreadd", 2, 0), ("expected", ""));
    assert_eq!(pid("/usr/sbin/sshd", 900, 1), ("unknown", "parent-name-missing"));
    // A container's first process, of which no row knows anything.
    assert_eq!(pid("/usr/sbin/nginx", 1, 0), ("unknown", "not-listed"));
    // Not Unix: pid 0 is Windows' idle process there.
    assert_eq!(pid(r"C:\Windows\System32\lsass.exe", 900, 0), ("unknown", "parent-name-missing"));
    assert_eq!(under("/usr/sbin/sshd", "/usr/lib/systemd/systemd"), ("expected", ""));
    assert_eq!(under("/usr/sbin/sshd", "/usr/sbin/sshd"), ("expected", ""));
    assert_eq!(under("sshd", "systemd"), ("expected", ""));
    assert_eq!(under("/usr/bin/bash", "/usr/sbin/sshd"), ("expected", ""));
    assert_eq!(under("/usr/sbin/exim4", "/usr/sbin/cron"), ("expected", ""));
    assert_eq!(under("/usr/sbin/modprobe", "kthreadd"), ("expected", ""));
}

// Specification, section 3: what the rows of Linux and macOS do not say is unknown.
#[test]
fn what_the_rows_of_unix_do_not_say_is_unknown() {
    assert_eq!(under("/usr/sbin/sshd", "/usr/bin/docker-init"), ("unknown", "not-listed"));
    assert_eq!(under("/usr/bin/python3", "/usr/sbin/sshd"), ("unknown", "not-listed"));
    assert_eq!(under("/usr/bin/ls", "/usr/bin/bash"), ("unknown", "not-listed"));
    // Capitals make another name, and rows of one system say nothing of the other.
    assert_eq!(under("/tmp/SSHD", "/usr/bin/bash"), ("unknown", "not-listed"));
    assert_eq!(under(r"C:\Tools\init", "explorer.exe"), ("unknown", "not-listed"));
}

#[test]
fn a_unix_daemon_from_another_directory() {
    assert_eq!(under("/tmp/sshd", "/usr/bin/bash"), ("violation", "wrong-directory"));
    assert_eq!(under("/dev/shm/systemd", "-"), ("violation", "wrong-directory"));
    for directory in ["/usr/sbin", "/opt/openssh/sbin", "/nix/store/abc-openssh/bin", "/usr/local/sbin"] {
        let image = format!("{directory}/sshd");
        assert_eq!(under(&image, "/usr/lib/systemd/systemd"), ("expected", ""), "{image}");
    }
}

// Elastic: kernel threads have no file, so that a program of that name pretends.
#[test]
fn a_program_named_like_a_kernel_thread() {
    for image in ["/tmp/kworkerds", "/usr/bin/kthreadd", "/var/tmp/kworker"] {
        assert_eq!(under(image, "/usr/bin/bash"), ("violation", "look-alike"), "{image}");
    }
    let verdict = Profile::modern().judge(&start("/tmp/kworkerds", Parent::Missing));
    assert_eq!((verdict.observed, verdict.source), (Some("/tmp/kworkerds"), Some("EL")));
    assert_eq!(under("kworker/0:1", "kthreadd"), ("unknown", "not-listed"));
    assert_eq!(under(r"C:\Tools\kworker.exe", "explorer.exe"), ("unknown", "not-listed"));
}
