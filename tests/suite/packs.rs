//! Packs natively and in the component: the same bytes, the same scores, the same refusals.

use begat::runtime::bindings::baseline::Share;
use begat::runtime::{Failure, Refusal};
use begat_guest::engine::{Pack, PackKey};
use serde_json::{Value, json};

use crate::batches::{Cut, feed};
use crate::component::InComponent;
use crate::data::example;
use crate::native::Native;
use crate::subject::{Batch, Subject};

const KEY: &[u8] = b"a key for tests!";

fn key() -> PackKey {
    PackKey::new(KEY).unwrap()
}

/// The pack of a text, made natively.
fn native_pack(text: &str) -> Pack {
    let mut native = Native::new();
    feed(&mut native, text, Cut::Whole);
    native.0.pack(&key()).unwrap()
}

/// The pack that a component makes of a text, and keeps.
fn packed(text: &str) -> (InComponent, Vec<u8>) {
    let mut component = InComponent::new();
    component.ingest(&Batch::of(text));
    let info = component.0.build_pack(KEY).unwrap();
    let pack = component.0.pack(&info).unwrap();
    assert_eq!(info.size, pack.len() as u64);
    (component, pack)
}

/// The example's lines of each of its hosts.
fn by_host(text: &str) -> [String; 3] {
    ["WS-ANNA", "WS-BEN", ""].map(|host| {
        let of_host = |line: &&str| {
            let named = ["WS-ANNA", "WS-BEN"].into_iter().find(|name| line.contains(name)).unwrap_or("");
            named == host
        };
        text.lines().filter(of_host).map(|line| format!("{line}\n")).collect()
    })
}

#[test]
fn the_component_makes_the_same_packs() {
    let text = example();
    let whole = native_pack(&text).to_bytes();
    assert!(packed(&text).1 == whole, "built");

    let parts = by_host(&text);
    let [a, b, c] = parts.each_ref().map(|part| native_pack(part));
    let natively = c.merge(a).unwrap().merge(b).unwrap().to_bytes();
    let (mut component, _) = packed(&parts[2]);
    let mut info = None;
    for part in &parts[..2] {
        info = Some(component.0.merge_pack(&native_pack(part).to_bytes()).unwrap());
    }
    assert!(component.0.pack(&info.unwrap()).unwrap() == natively, "merged");

    let mut stripped = Pack::read(&natively).unwrap();
    let dropped = stripped.strip(2);
    let (info, of_component) = component.0.strip_pack(Share { min_hosts: 2 }).unwrap();
    assert_eq!(of_component, dropped);
    assert!(dropped > 0 && component.0.pack(&info).unwrap() == stripped.to_bytes(), "stripped");
}

#[test]
fn a_pack_of_several_chunks_is_whole() {
    // Each of 3,000 directories has 400 letters and stands in the pack once: more than one chunk of 1 MiB.
    let start = |n: u32| {
        format!(
            r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws","UtcTime":"2026-03-01 09:00:00.000","ProcessGuid":"{{00000000-0000-0000-0000-{n:012x}}}","Image":"C:\\{}\\{n}\\x.exe"}}"#,
            "x".repeat(400)
        )
    };
    let text: String = (1..=3000).map(|n| start(n) + "\n").collect();
    let (mut component, pack) = packed(&text);
    assert!(pack.len() > 1 << 20 && pack == native_pack(&text).to_bytes(), "{} bytes", pack.len());
    let info = component.0.load_baseline(&pack).unwrap();
    assert_eq!((info.executions, info.images, info.rows), (3000, 1, 3001));
}

#[test]
fn what_is_scored_against_a_baseline_is_the_same() {
    let text = example();
    let pack = native_pack(&text).to_bytes();
    let execution = json!({
        "image": r"C:\Windows\System32\svchost.exe", "parent_image": "services.exe", "hostname": "nowhere",
    });
    let said = |subject: &mut dyn Subject| -> (String, Value, Value) {
        let score = subject.score(&execution).unwrap();
        (feed(subject, &text, Cut::Lines(7)).annotated, score, subject.score(&execution).unwrap())
    };
    let mut native = Native::new();
    native.0.load_baseline(&pack).unwrap();
    let mut component = InComponent::new();
    component.0.load_baseline(&pack).unwrap();
    let expected = said(&mut native);
    assert!(said(&mut component) == expected);

    // Before a line was read only the baseline knows svchost.exe: 91 starts on 3 of 3 hosts (README), rank 1.
    let (annotated, before, after) = expected;
    assert_eq!((&before["global"]["executions"], &before["customer"]["executions"]), (&91.into(), &0.into()));
    // And afterwards the tenant has seen exactly what is in the baseline.
    for member in ["rank", "host_prev", "overall_score", "executions", "hosts", "images", "path", "parent"] {
        assert_eq!(after["global"][member], after["customer"][member], "{member}");
    }
    assert_eq!(annotated.matches("\"global\":{").count(), annotated.matches("\"customer\":{").count());
}

#[test]
fn a_pack_that_is_refused_changes_nothing() {
    let text = example();
    let (mut component, pack) = packed(&text);
    component.0.load_baseline(&pack).unwrap();
    let images = component.images();
    let of_other_key = {
        let mut native = Native::new();
        feed(&mut native, &text, Cut::Whole);
        native.0.pack(&PackKey::new(&[9; 16]).unwrap()).unwrap().to_bytes()
    };
    let mut newer = pack.clone();
    newer[8] = 9;
    let mut flipped = pack.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cut = &pack[..pack.len() - 1];
    let (end, checksum) = (format!("offset {}", cut.len()), format!("offset {}", pack.len() - 32));
    let refusal = |result: Result<_, Failure>| match result {
        Err(Failure::Refused(Refusal::Invalid(field, _))) => field,
        other => panic!("{other:?}"),
    };
    for (bytes, field) in
        [(&newer[..], "offset 8"), (&flipped, &checksum), (cut, &end), (b"", "offset 0"), (b"{}", "offset 0")]
    {
        assert_eq!(refusal(component.0.load_baseline(bytes)), field);
        assert_eq!(refusal(component.0.merge_pack(bytes)), field);
    }
    assert_eq!(refusal(component.0.merge_pack(&of_other_key)), "key-id");
    assert_eq!(refusal(component.0.build_pack(b"short")), "key");
    assert_eq!(component.images(), images);
    // What is kept is still the pack: merged with nothing more it is itself.
    let nothing = InComponent::new().0.build_pack(KEY).map(|info| info.executions).unwrap();
    assert_eq!(nothing, 0);
    let info = component.0.merge_pack(&native_pack("").to_bytes()).unwrap();
    assert!(component.0.pack(&info).unwrap() == pack);
}

#[test]
fn a_component_without_a_pack_says_so() {
    let mut component = InComponent::new();
    match component.0.strip_pack(Share { min_hosts: 3 }) {
        Err(Failure::Refused(Refusal::NotFound(kind, _))) => assert_eq!(kind, "pack"),
        other => panic!("{other:?}"),
    }
}

/// 200,000 starts of 20,000 images on 500 hosts, each start with a directory and hashes of its own: a million
/// rows. Prints how long they take: `cargo test --release -p begat-tests -- --ignored --nocapture million`.
#[test]
#[ignore = "prints times"]
fn a_million_rows() {
    let starts = 200_000_u64;
    let start = |n: u64| {
        let (host, image, parent) = (n % 500, n % 20_000, n / 20_000 % 10);
        let hash = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws{host}","UtcTime":"2026-03-01 09:00:00.000","ProcessGuid":"{{00000000-0000-0000-0000-{n:012x}}}","Image":"C:\\Program Files\\Vendor {n}\\program{image}.exe","ParentImage":"C:\\parent{parent}.exe","Hashes":"SHA256={hash:064x},SHA1={hash:040x},MD5={hash:032x}"}}"#
        )
    };
    let text: String = (0..starts).map(|n| start(n) + "\n").collect();
    let mut native = Native::new();
    native.configure(r#"{"limits": {"processes": 1000000}}"#);
    feed(&mut native, &text, Cut::Bytes(256 << 10));
    let timed = |what: &str, work: &mut dyn FnMut()| {
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                let start = std::time::Instant::now();
                work();
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        eprintln!("{what:<24} median of 5: {:.3} s", times[2].as_secs_f64());
    };
    let mut pack = None;
    timed("native build", &mut || pack = Some(native.0.pack(&key()).unwrap()));
    let pack = pack.unwrap();
    let (bytes, info) = pack.write();
    eprintln!("{} rows, {} bytes", info.rows, bytes.len());
    timed("native load", &mut || drop(Native::new().0.load_baseline(&bytes).unwrap()));
    timed("native read", &mut || drop(Pack::read(&bytes).unwrap()));
    timed("native write", &mut || drop(pack.to_bytes()));
    timed("component load", &mut || drop(InComponent::new().0.load_baseline(&bytes).unwrap()));
    let mut component = InComponent::new();
    component.0.merge_pack(&bytes).unwrap();
    timed("component merge", &mut || drop(component.0.merge_pack(&bytes).unwrap()));
}
