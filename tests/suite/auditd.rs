//! A real recording of the Linux audit system (`baseline_msticpy/auditd_log.txt`: an Ubuntu server of March 2019),
//! through the component and natively, in batches of all sizes.
//!
//! The numbers are not begat's: a script of thirty lines counted them in the text, with regular expressions alone.
//! Starts are lines with `type=SYSCALL` and `syscall=59 success=yes`; their EXECVE and PROCTITLE are those of the
//! same `msg=audit(...)`; a start's parent is the last such line before it whose ` pid=` is its ` ppid=`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::batches::{Cut, feed};
use crate::component::InComponent;
use crate::data::real;
use crate::native::Native;
use crate::subject::Subject;

/// Parents by file name, and their starts.
const CHILDREN: [(&str, &str, usize); 21] = [
    ("dash", "OMSConsistencyInvoker", 1),
    ("dash", "cat", 1),
    ("dash", "dash", 3),
    ("dash", "date", 1),
    ("dash", "gawk", 2),
    ("dash", "grep", 1),
    ("dash", "hostname", 1),
    ("dash", "ip", 6),
    ("dash", "logrotate", 2),
    ("dash", "python2.7", 1),
    ("dash", "top", 1),
    ("dash", "tr", 1),
    ("dash", "xtables-multi", 44),
    ("omiagent", "dash", 2),
    ("omiagent", "python2.7", 2),
    ("omsconsistencyinvoker", "dash", 1),
    ("python2.7", "dash", 2),
    ("python2.7", "file", 1),
    ("python2.7", "omicli", 1),
    ("sudo", "auditctl", 1),
    ("sudo", "tail", 3),
];

/// Command lines, and how many starts have them.
const COMMANDS: [(&str, usize); 4] = [
    ("/bin/sh -c iptables --version", 22),
    (
        "iptables -w -t security -C OUTPUT -d 168.63.129.16 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP",
        21,
    ),
    ("sudo tail /var/log/audit/audit.log", 2),
    ("/opt/omi/bin/omiagent 9 10 --destdir / --providerdir /opt/omi/lib --loglevel WARNING", 1),
];

#[test]
fn a_real_audit_log_is_read_as_a_script_counts_it() {
    let Some(folder) = real() else { return };
    let Ok(text) = fs::read_to_string(folder.join("baseline_msticpy/auditd_log.txt")) else {
        eprintln!("SKIPPED: no baseline_msticpy/auditd_log.txt in {}", folder.display());
        return;
    };
    let mut native = Native::new();
    let outcome = feed(&mut native, &text, Cut::Whole);
    // 146 starts, each of three records that are read.
    assert_eq!((outcome.lines, outcome.recognised, outcome.passed), (1708, 3 * 146, 1708 - 3 * 146));
    let (mut kinds, mut children) = (BTreeMap::new(), BTreeMap::new());
    for (line, annotated) in text.lines().zip(outcome.annotated.lines()) {
        if annotated == line {
            continue;
        }
        let value: Value = serde_json::from_str(annotated).unwrap();
        assert_eq!(value["message"], line);
        let kind = value["begat"]["kind"].as_str().unwrap().to_owned();
        let record = line.split(' ').next().unwrap().to_owned();
        if kind == "process-start"
            && let Some(parent) = value["begat"]["causality"]["ancestors"][0].as_str()
        {
            let (_, child) = line.split_once("exe=\"").unwrap();
            let child = child.split('"').next().unwrap().rsplit('/').next().unwrap().to_owned();
            *children.entry((parent.to_owned(), child)).or_insert(0) += 1;
        }
        *kinds.entry((kind, record)).or_insert(0) += 1;
    }
    let count = |kind: &str, record: &str| ((kind.to_owned(), format!("type={record}")), 146);
    let expected = [count("other", "EXECVE"), count("other", "PROCTITLE"), count("process-start", "SYSCALL")];
    assert_eq!(kinds, BTreeMap::from(expected));
    let expected = CHILDREN.map(|(parent, child, starts)| ((parent.to_owned(), child.to_owned()), starts));
    assert_eq!(children, BTreeMap::from(expected));

    let rows = native.0.query("entity=process&action=run&attr=file_name:*", 0, 0).unwrap();
    assert_eq!(rows.len(), 146);
    let having = |column: &str, value: &str| {
        let has = |(name, text): &(String, String)| name == column && text == value;
        rows.iter().filter(|row| row.columns.iter().any(has)).count()
    };
    for (command, starts) in COMMANDS {
        assert_eq!(having("cmd", command), starts, "{command}");
    }
    // 114 of uid 0; 27 and 5 of two others, of whom the log has no names.
    assert_eq!(having("username", "root"), 114);

    for cut in Cut::ALL {
        let mut component = InComponent::new();
        let other = feed(&mut component, &text, cut);
        assert_eq!(other.annotated, outcome.annotated, "{cut:?}");
        assert_eq!(component.snapshot(), native.snapshot(), "{cut:?}");
    }
}
