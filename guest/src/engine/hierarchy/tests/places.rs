//! The directory and the account of a system process.

use super::*;

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
