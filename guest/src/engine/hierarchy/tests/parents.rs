//! Who may start whom.

use super::*;

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
