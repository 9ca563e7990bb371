//! Sysmon for Linux: users without a domain, and jobs of one daemon.

use super::lines::{after, id, ids, start};

/// A start by root, at the second of its number.
fn by_root(process: u32, parent: (u32, &str), image: &str) -> String {
    let line = start(process, parent.0, image, parent.1, image);
    line.replace("\"EventID\":1", "\"User\":\"root\",\"EventID\":1")
}

#[test]
fn two_jobs_of_crond_are_two_chains() {
    for daemon in ["/usr/sbin/crond", "/usr/bin/containerd-shim-runc-v2"] {
        let lines = [
            by_root(10, (1, "/usr/lib/systemd/systemd"), daemon),
            by_root(20, (10, daemon), "/usr/bin/backup"),
            by_root(30, (10, daemon), "/tmp/.x/miner"),
            by_root(31, (30, "/tmp/.x/miner"), "/bin/sh"),
        ];
        let mut engine = after(&lines);
        let chain = engine.chain(&id(31), 0).unwrap();
        assert_eq!((chain.root.as_str(), chain.partial), (id(30).as_str(), false), "{daemon}");
        assert_eq!(ids(&chain), [id(30), id(31)], "{daemon}");
    }
}

#[test]
fn a_user_without_a_domain_is_shown_and_found() {
    let mut engine = after(&[by_root(20, (1, "/usr/lib/systemd/systemd"), "/usr/bin/backup")]);
    assert_eq!(engine.chain(&id(20), 0).unwrap().nodes[0].process.user.as_deref(), Some("root"));
    let rows = engine.query("entity=process&action=run&attr=username:root", 0, 0).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].columns.contains(&("username".to_owned(), "root".to_owned())), "{:?}", rows[0].columns);
}
