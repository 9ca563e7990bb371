//! Packs to share.

use super::*;

#[test]
fn what_few_hosts_did_is_dropped_and_counted() {
    let mut pack = pack_of(&STARTS);
    // agent.exe was on one host: it goes, with its path; so does the parent agent.exe of cmd.exe.
    assert_eq!(pack.strip(2), 3);
    let (bytes, info) = pack.write();
    assert_eq!((info.executions, info.hosts, info.images, info.rows), (4, 2, 1, 3));
    assert_eq!(info.key_id, "");
    assert!(!String::from_utf8_lossy(&bytes).contains("agent.exe"));
    assert_eq!(Pack::read(&bytes).unwrap(), pack);
}

#[test]
fn it_keeps_counts_of_hosts_and_merges_no_more() {
    let mut pack = pack_of(&STARTS);
    let counts = rows(&pack);
    assert_eq!(pack.strip(1), 0);
    assert_eq!(rows(&pack), counts);
    for (a, b) in [(pack.clone(), pack_of(&STARTS)), (pack_of(&STARTS), pack.clone())] {
        assert_eq!(
            a.merge(b).unwrap_err().to_string(),
            "pack: a stripped pack has no hosts, and merges no more"
        );
    }
    // Once more, and more strictly.
    assert_eq!(pack.strip(2), 3);
}

#[test]
fn estimates_are_still_said_to_be_estimates() {
    let lines: String = (0..300)
        .map(|host| line((1, 1, CMD, EXPLORER), 0).replace("WS1", &format!("ws{host}")) + "\n")
        .collect();
    let mut pack = engine_of(&lines).pack(&key()).unwrap();
    assert_eq!(pack.write().1.hosts, 300, "exact up to 4096");
    pack.strip(3);
    let read = Pack::read(&pack.to_bytes()).unwrap();
    assert!(read.write().1.estimated, "more than 256 hosts ran cmd.exe");
    let counts = rows(&read);
    assert!(
        counts.iter().all(|row| row.4 <= row.3 && row.4 > 256),
        "never more hosts than executions: {counts:?}"
    );
}
