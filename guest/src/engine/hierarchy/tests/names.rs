//! Names that resemble a system process.

use super::*;

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
