use super::*;
use proptest::prelude::*;

const CALL: &str = "arch=c000003e syscall=59 success=yes exit=0 a0=7fdd a1=0 items=2 ppid=1305 pid=19197 auid=4294967295 uid=0 gid=0 tty=(none) ses=4294967295 comm=\"sh\" exe=\"/bin/dash\" subj==unconfined key=(null)";

fn doer(pid: u32, parent: u32, image: &'static str, user: Option<&'static str>) -> Doer<'static> {
    Doer { pid: Some(pid), parent: Some(parent), image: Some(image.into()), user: user.map(Into::into) }
}

fn part(line: &str) -> Option<Part<'_>> {
    read(line).map(|record| record.part)
}

/// A part that holds nothing of its line.
fn own(line: &str) -> Option<Part<'static>> {
    match part(line)? {
        Part::Arguments(text) => Some(Part::Arguments(text)),
        Part::Title(text) => Some(Part::Title(text)),
        Part::Address { address, port } => Some(Part::Address { address, port }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_is_found_wherever_it_is_shipped() {
    let start = Part::Start(doer(19_197, 1305, "/bin/dash", Some("root")));
    for (before, host) in [
        ("type=SYSCALL msg=audit(", ""),
        ("node=web1.corp.example type=SYSCALL msg=audit(", "web1.corp.example"),
        ("<13>Mar  4 14:14:30 relay audispd: node=web1 type=SYSCALL msg=audit(", "web1"),
        ("Feb 29 14:14:30 web1 audisp-syslog[7]: type=SYSCALL msg=audit(", "web1"),
        ("<13>1 2026-11-22T03:00:00Z web1 audispd 7 - - type=SYSCALL msg=audit(", "web1"),
        ("<5>Nov 22 03:00:00 web1 kernel: [ 12.345678] audit: type=1300 audit(", "web1"),
        ("audispd: type=SYSCALL msg=audit(", ""),
    ] {
        let line = format!("{before}1521757638.392:262332): {CALL}\r");
        let record = read(&line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((record.host, record.time, record.serial), (host, 1_521_757_638_392, 262_332), "{line}");
        assert_eq!(record.part, start, "{line}");
    }
}

#[test]
fn what_is_no_such_record_is_none() {
    for line in [
        "",
        "type=SYSCALL",
        "type=SYSCALL msg=audit(1.392:7): arch=c000003e syscall=2 success=yes",
        "type=SYSCALL msg=audit(1.392): arch=c000003e syscall=59 success=yes",
        "type=SYSCALL msg=audit(1.39:7): arch=c000003e syscall=59 success=yes",
        "type=SYSCALL msg=audit(99999999999999.392:7): arch=c000003e syscall=59 success=yes",
        "type=SYSCALL msg=audit(1.392:7): arch=c000003e syscall=59 success=no exit=-2",
        "type=SYSCALL msg=audit(1.392:7): arch=40000003 syscall=59 success=yes",
        "type=SYSCALL msg=audit(1.392:7): arch=40000003 syscall=102 success=yes a0=2",
        "type=CWD msg=audit(1.392:7): cwd=\"/\"",
        "type=SOCKADDR msg=audit(1.392:7): saddr=01002F746D702F78",
        "type=SOCKADDR msg=audit(1.392:7): saddr=020000",
        "a rule says: log: 'type=EOE msg=audit(1.392:7): '",
    ] {
        assert_eq!(read(line), None, "{line}");
    }
}

#[test]
fn calls_are_those_of_the_machine() {
    let line =
        |rest: &str| format!("type=SYSCALL msg=audit(1.000:7): {rest} pid=7 ppid=1 uid=1000 exe=\"/x\"");
    let doer = || doer(7, 1, "/x", None);
    let connected = |failed| Part::Connect { doer: doer(), failed };
    for (call, expected) in [
        ("arch=c000003e syscall=322 success=yes", Part::Start(doer())),
        ("arch=40000003 syscall=11 success=yes", Part::Start(doer())),
        ("arch=40000003 syscall=358 success=yes", Part::Start(doer())),
        ("arch=c00000b7 syscall=221 success=yes", Part::Start(doer())),
        ("arch=c00000b7 syscall=281 success=yes", Part::Start(doer())),
        ("arch=c000003e syscall=42 success=yes exit=0", connected(false)),
        ("arch=c000003e syscall=42 success=no exit=-115", connected(false)),
        ("arch=c000003e syscall=42 success=no exit=-111", connected(true)),
        ("arch=40000003 syscall=362 success=yes exit=0", connected(false)),
        ("arch=40000003 syscall=102 success=yes exit=0 a0=3", connected(false)),
        ("arch=c00000b7 syscall=203 success=yes exit=0", connected(false)),
        ("arch=c000003e syscall=231", Part::End(doer())),
        ("arch=40000003 syscall=252", Part::End(doer())),
        ("arch=c00000b7 syscall=94", Part::End(doer())),
    ] {
        assert_eq!(part(&line(call)), Some(expected), "{call}");
    }
}

#[test]
fn a_user_is_a_name_or_root() {
    let user = |fields: &str| {
        let line = format!("type=SYSCALL msg=audit(1.000:7): arch=c000003e syscall=231 pid=7 {fields}");
        match part(&line) {
            Some(Part::End(doer)) => doer.user.map(Cow::into_owned),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(user("auid=1000 uid=0").as_deref(), Some("root"));
    assert_eq!(user("auid=0 uid=1000"), None);
    assert_eq!(user("uid=1000 key=(null)\u{1d}AUID=\"ann\" UID=\"ann\"").as_deref(), Some("ann"));
    assert_eq!(user("uid=1001\u{1d}UID=\"unknown(1001)\""), None);
}

#[test]
fn hexadecimal_values_are_decoded_and_quoted_ones_are_not() {
    let image = |exe: &str| {
        let line = format!("type=SYSCALL msg=audit(1.000:7): arch=c000003e syscall=231 pid=7 exe={exe}");
        match part(&line) {
            Some(Part::End(doer)) => doer.image.map(Cow::into_owned),
            other => panic!("{other:?}"),
        }
    };
    // "/tmp/a b" in ASCII.
    assert_eq!(image("2F746D702F612062").as_deref(), Some("/tmp/a b"));
    assert_eq!(image("\"CAFE\"").as_deref(), Some("CAFE"));
    assert_eq!(image("(null)"), None);
    assert_eq!(image("FF").as_deref(), Some("\u{fffd}"));
}

#[test]
fn arguments_are_joined_by_blanks_over_fields_and_records() {
    let arguments = |body: &str| own(&format!("type=EXECVE msg=audit(1.000:7): {body}"));
    // "iptables --version" in ASCII.
    let said = arguments("argc=3 a0=\"/bin/sh\" a1=\"-c\" a2=69707461626C6573202D2D76657273696F6E");
    assert_eq!(said, Some(Part::Arguments("/bin/sh -c iptables --version".into())));
    let said = arguments("argc=3 a0=\"x\" a1_len=4 a1[0]=\"ab\" a1[1]=\"cd\"");
    assert_eq!(said, Some(Part::Arguments("x abcd".into())));
    assert_eq!(arguments("a1[2]=\"ef\" a2=\"g\""), Some(Part::Arguments("ef g".into())));
    let title = part("type=PROCTITLE msg=audit(1.000:7): proctitle=6C73002D6C00");
    assert_eq!(title, Some(Part::Title("ls -l".into())));
    let title = part("type=PROCTITLE msg=audit(1.000:7): proctitle=\"(sd-pam)\"");
    assert_eq!(title, Some(Part::Title("(sd-pam)".into())));
}

#[test]
fn an_address_is_read_from_memory() {
    let at = |saddr: &str| own(&format!("type=SOCKADDR msg=audit(1.000:7): saddr={saddr}"));
    let address = |address: &str, port| Some(Part::Address { address: address.into(), port });
    assert_eq!(at("020001BBCB0071070000000000000000"), address("203.0.113.7", 443));
    assert_eq!(at("0A0000350000000020010DB800000000000000000000000100000000"), address("2001:db8::1", 53));
    assert_eq!(at("0A000035000000000000000000000000000FFFFCB00710700000000"), None, "an odd digit");
    assert_eq!(at("0A00003500000000 SADDR={ fam=inet6 }"), None, "no address in it");
    assert_eq!(at("0A0000350000000000000000000000000000FFFFCB00710700000000"), address("203.0.113.7", 53));
    assert_eq!(at("100000000000000000000000"), None, "netlink");
}

proptest! {
    #[test]
    fn no_text_panics(text: String) {
        let _ = read(&text);
    }

    #[test]
    fn no_field_panics(name in "SYSCALL|EXECVE|SOCKADDR|PROCTITLE|EOE|1300", body in "[ a-z0-9=\"'\\[\\]_{}\u{1d}ÿ\u{0}]{0,80}", time in "[0-9]{0,20}\\.[0-9]{0,4}") {
        let _ = read(&format!("node=h type={name} msg=audit({time}:7): {body}"));
        let call = format!("type=SYSCALL msg=audit(1.000:7): arch=c000003e syscall=59 success=yes {body}");
        prop_assert!(read(&call).is_some());
    }
}
