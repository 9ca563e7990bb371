//! What is refused, where, and what the message says.

use super::*;

#[test]
fn what_is_wrong_has_its_column() {
    let shown = str::to_owned;
    for (text, column, problem) in [
        ("", 1, Problem::MissingEntity),
        ("  ", 3, Problem::MissingEntity),
        ("action=run", 1, Problem::MissingEntity),
        ("entity=", 8, Problem::UnknownEntity(String::new())),
        ("entity=hosts", 8, Problem::UnknownEntity(shown("hosts"))),
        ("entity=*", 8, Problem::UnknownEntity(shown("*"))),
        ("entity=process&action=run,fly", 27, Problem::UnknownAction(Entity::Process, shown("fly"))),
        (" entity = host & action = run", 27, Problem::UnknownAction(Entity::Host, shown("run"))),
        ("entity=process&action=,run", 23, Problem::EmptyElement("action")),
        ("entity=host&attr=pid:4", 18, Problem::UnknownAttribute(Entity::Host, shown("pid"))),
        ("entity=host&attr=host_name:a,b", 30, Problem::NoValue(shown("b"))),
        (r"entity=host&attr=host_name:a,c:\", 30, Problem::UnknownAttribute(Entity::Host, shown("c"))),
        ("entity=host&attr=host_name:a,", 30, Problem::EmptyElement("attr")),
        ("entity=host&attr=host_name:", 28, Problem::EmptyValue(AttributeName::HostName)),
        ("entity=host&attr=host_name:a||b", 30, Problem::EmptyValue(AttributeName::HostName)),
        ("entity=process&attr=signed:3", 28, Problem::UnknownValue(AttributeName::Signed, shown("3"))),
        ("entity=process&attr=pid:abc", 25, Problem::NoNumber(AttributeName::Pid, shown("abc"), u32::MAX)),
        ("entity=process&attr=pid:4|+5", 27, Problem::NoNumber(AttributeName::Pid, shown("+5"), u32::MAX)),
        (
            "entity=process&attr=pid:4294967296",
            25,
            Problem::NoNumber(AttributeName::Pid, shown("4294967296"), u32::MAX),
        ),
        (
            "entity=network&attr=remote_port:99999999",
            33,
            Problem::NoNumber(AttributeName::RemotePort, shown("99999999"), 65_535),
        ),
        (
            "entity=network&attr=local_port:65536",
            32,
            Problem::NoNumber(AttributeName::LocalPort, shown("65536"), 65_535),
        ),
        (
            "entity=network&attr=remote_port:4x*",
            33,
            Problem::NoNumber(AttributeName::RemotePort, shown("4x*"), 65_535),
        ),
        (
            "entity=file&attr=thread_id:-1",
            28,
            Problem::NoNumber(AttributeName::ThreadId, shown("-1"), u32::MAX),
        ),
        (
            "entity=network&attr=remote_ip:10.0.0",
            31,
            Problem::NoAddress(AttributeName::RemoteIp, shown("10.0.0")),
        ),
        (
            "entity=network&attr=local_ip:10.0.0.0/8",
            30,
            Problem::NoAddress(AttributeName::LocalIp, shown("10.0.0.0/8")),
        ),
        ("entity=host&attr=host_ip:ws1*", 26, Problem::NoAddress(AttributeName::HostIp, shown("ws1*"))),
        ("entity=host&color=red", 13, Problem::UnknownParameter(shown("color"))),
        ("entity=host&red", 13, Problem::NoParameter(shown("red"))),
        ("entity=host&Entity=file", 13, Problem::Repeated("entity")),
        ("\"entity=host", 1, Problem::OpenQuotation),
        ("https://server/", 16, Problem::NoQueryInUrl),
        ("https://server/?entity=host", 28, Problem::NoQueryInUrl),
        // Columns count characters.
        ("entity=hÖst", 8, Problem::UnknownEntity(shown("hÖst"))),
        ("entity=host&attr=host_name:ü%zz", 29, Problem::Escape),
    ] {
        assert_eq!(parse(text), Err(QueryError { column, problem }), "{text}");
    }
}

#[test]
fn a_percent_sign_begins_an_escape_or_is_wrong() {
    for (value, column, problem) in [
        ("a%", 29, Problem::Escape),
        ("a%4", 29, Problem::Escape),
        ("a%zz", 29, Problem::Escape),
        ("a%+1", 29, Problem::Escape),
        ("a%%20", 29, Problem::Escape),
        ("a%4|1", 29, Problem::Escape),
        ("fe80::1%eth0", 35, Problem::Escape),
        ("%41%ü", 31, Problem::Escape),
        ("%C3", 28, Problem::NotUtf8),
        ("%41%C3%41", 31, Problem::NotUtf8),
        ("a%C3é", 29, Problem::NotUtf8),
        // Neither half of a surrogate pair nor an overlong form is a character.
        ("%ED%A0%80", 28, Problem::NotUtf8),
        ("%C0%AF", 28, Problem::NotUtf8),
    ] {
        let text = format!("entity=host&attr=host_name:{value}");
        assert_eq!(parse(&text), Err(QueryError { column, problem }), "{text}");
    }
}

#[test]
fn messages_say_what_would_be_right() {
    for (text, message) in [
        (
            "entity=hosts",
            "column 8: there is no entity \"hosts\": write one of process, registry, file, network, host",
        ),
        (
            "entity=network&action=run",
            "column 23: network has no action \"run\": write one of outgoing_network, incoming_network, \
             failed_network",
        ),
        ("entity=host&action=run", "column 20: host has no action \"run\": it has none, leave action out"),
        (
            "entity=registry&attr=cmd:x",
            "column 22: registry has no attribute \"cmd\": write one of key_name, key_value, thread_id, \
             instanceId; write %2C for a comma inside a value",
        ),
        (
            "entity=process&attr=cmd:a,b",
            "column 27: \"b\" is no attribute with a value: write name:value; write %2C for a comma inside a \
             value",
        ),
        (
            "entity=process&attr=signed:no",
            "column 28: signed is never \"no\": write one of 0 (signed), 1 (unsigned), 2 (invalid signature)",
        ),
        (
            "entity=process&attr=pid:abc",
            "column 25: pid is never \"abc\": write a number from 0 to 4294967295, or * for a part of it",
        ),
        (
            "entity=network&attr=remote_ip:10.0.0",
            "column 31: remote_ip is never \"10.0.0\": write an IP address, or * for a part of it, as in 10.0.0.*",
        ),
        // What comes from outside is shown escaped.
        (
            "entity=\u{1b}[2J",
            "column 8: there is no entity \"\\u{1b}[2J\": write one of process, registry, file, network, host",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message);
    }
    let long = parse(&format!("entity={}", "x".repeat(1000))).unwrap_err();
    assert_eq!(long.problem, Problem::UnknownEntity(format!("{}…", "x".repeat(60))));
}

#[test]
fn numbers_and_addresses_may_have_stars() {
    for text in [
        "entity=process&attr=pid:0|4294967295|12*|*",
        "entity=network&attr=remote_port:443|65535|4*3,local_port:0",
        "entity=network&attr=remote_ip:10.0.0.*|::ffff:10.0.0.5|2001:DB8::*|fe80::1%25eth0",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn limits_are_named() {
    let of = |count: usize| format!("entity=host&attr=host_name:{}", vec!["a"; count].join("|"));
    assert!(parse(&of(10_000)).is_ok());
    let error = parse(&of(10_001)).unwrap_err();
    // The first value is at column 28, each takes two.
    assert_eq!(error, QueryError { column: 20_028, problem: Problem::TooManyValues });
    assert_eq!(
        error.to_string(),
        "column 20028: the query names more than 10000 values: ask in several queries"
    );

    let start = "entity=host&attr=host_name:";
    let of = |bytes: usize| format!("{start}{}", "a".repeat(bytes - start.len()));
    assert!(parse(&of(65_536)).is_ok());
    assert_eq!(
        parse(&of(65_537)).unwrap_err().to_string(),
        "column 65537: the query has 65537 bytes, 65536 are allowed: ask in several queries"
    );
}
