//! Linux and macOS.

use super::*;

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
