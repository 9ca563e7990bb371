//! What has no children, or few.

use super::*;

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
