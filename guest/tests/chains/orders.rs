//! Services and tasks that a record says the system was asked for (4697, 4698, 4702, 7045).

use begat_guest::engine::{Chain, EdgeKind};
use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

use super::lines::{EXPLORER, SERVICES, after, edges, id, moment, moved, start};

const SVCHOST: &str = r"C:\Windows\System32\svchost.exe";

/// A record of the Security or the System log on ws1, in milliseconds after 9 o'clock.
fn logged(log: &str, event: u32, at: u32, rest: &str) -> String {
    let provider = if log == "System" { r#""SourceName":"Service Control Manager","# } else { "" };
    format!(
        r#"{{"Channel":"{log}",{provider}"EventID":{event},"Hostname":"ws1","TimeCreated":"{}Z",{rest}}}"#,
        moment(at).replace(' ', "T")
    )
}

/// 4697: who asked is a process id.
fn service(at: u32, name: &str, command: &str, client: u32) -> String {
    let command = command.replace('\\', "\\\\").replace('"', "\\\"");
    let rest = format!(
        r#""ServiceName":"{name}","ServiceFileName":"{command}","SubjectLogonId":"0x3e7","ClientProcessId":"{client}""#
    );
    logged("Security", 4697, at, &rest)
}

/// 7045: nobody asked.
fn installed(at: u32, name: &str, command: &str) -> String {
    let command = command.replace('\\', "\\\\");
    logged("System", 7045, at, &format!(r#""ServiceName":"{name}","ImagePath":"{command}""#))
}

/// 4698 or 4702.
fn task(event: u32, at: u32, name: &str, (command, arguments): (&str, &str), client: u32) -> String {
    let content = if event == 4702 { "TaskContentNew" } else { "TaskContent" };
    let xml = format!(
        "<Task><Actions><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions></Task>"
    );
    let rest = format!(
        r#""TaskName":"\\{name}","{content}":"{}","SubjectLogonId":"0x5555","ClientProcessId":"{client}""#,
        xml.replace('\\', "\\\\")
    );
    logged("Security", event, at, &rest)
}

/// What services.exe starts, in the second of its number.
fn served(process: u32, command: &str) -> String {
    start(process, 2, r"C:\p\upd.exe", SERVICES, command)
}

/// What the task scheduler starts.
fn scheduled(process: u32, command: &str) -> String {
    start(process, 3, r"C:\p\job.exe", SVCHOST, command)
}

fn tool(process: u32) -> String {
    start(process, 1, r"C:\t\tool.exe", EXPLORER, "tool")
}

/// What asks by its command line.
fn sc(process: u32) -> String {
    let command = r#"sc create upd binPath= "C:\p\upd.exe -k""#;
    start(process, 1, r"C:\Windows\System32\sc.exe", EXPLORER, command)
}

/// The edges to a process that are none of starting, each with its reason, whatever the order of the records; its
/// cause tells the same.
fn led_to(lines: &[String], effect: u32) -> Vec<(EdgeKind, String, u8, String)> {
    let mut backward = lines.to_vec();
    backward.reverse();
    let told = |chain: &Chain| {
        let edges =
            chain.edges.iter().filter(|edge| edge.kind != EdgeKind::Started && edge.effect == id(effect));
        let edges = edges.map(|edge| (edge.kind, edge.cause.clone(), edge.confidence, edge.reason.clone()));
        edges.collect::<Vec<_>>()
    };
    let mut engine = after(lines);
    let found = told(&engine.chain(&id(effect), 0).unwrap());
    assert_eq!(told(&after(&backward).chain(&id(effect), 0).unwrap()), found);
    for (_, cause, ..) in &found {
        assert_eq!(told(&engine.chain(cause, 0).unwrap()), found, "forward");
    }
    found
}

fn one(kind: EdgeKind, cause: u32, confidence: u8, reason: &str) -> Vec<(EdgeKind, String, u8, String)> {
    vec![(kind, id(cause), confidence, reason.to_owned())]
}

#[test]
fn a_service_is_that_of_the_process_which_its_record_names() {
    let findstr = r"findstr foo C:\p\upd.exe -k";
    let lines = [
        tool(10),
        sc(20),
        service(40_000, "upd", r"C:\p\upd.exe -k", 10),
        start(45, 1, r"C:\Windows\System32\findstr.exe", EXPLORER, findstr),
        served(50, r"C:\p\upd.exe -k"),
    ];
    // Sysmon's record has no time of the log.
    let reason = "asked for service upd (4697), which the service manager started 10.000 s later, by the sensor's clock";
    assert_eq!(led_to(&lines, 50), one(EdgeKind::Service, 10, 95, reason));
    let chain = after(&lines).chain(&id(50), 0).unwrap();
    let edge = chain.edges.iter().find(|edge| edge.kind == EdgeKind::Service).unwrap();
    assert_eq!(edge.origin, Some(("t".to_owned(), 3)));
}

/// Command lines are as Windows makes them of what was asked for: variables are put in, quotes added.
#[test]
fn a_command_line_is_the_orders_however_it_is_written() {
    for (ordered, image, command, confidence) in [
        (
            r"%COMSPEC% /c echo x",
            r"C:\Windows\System32\cmd.exe",
            r"C:\Windows\system32\cmd.exe /c echo x",
            95,
        ),
        (r"C:\Program Files\A\a.exe -k", r"C:\Program Files\A\a.exe", r#""C:\Program Files\A\a.exe" -k"#, 95),
        (r"%TEMP%\a.exe -o %TEMP%\b.log", r"C:\T\a.exe", r"C:\T\a.exe -o C:\T\b.log", 95),
        (
            r"C:\t\run.bat 1",
            r"C:\Windows\System32\cmd.exe",
            r#"C:\Windows\system32\cmd.exe /c ""C:\t\run.bat" 1""#,
            95,
        ),
        (r"C:\p\a.exe -k", r"C:\p\a.exe", "", 80),
        (r"svchost.exe -k netsvcs -s upd", SVCHOST, r"C:\Windows\System32\svchost.exe -k netsvcs -s upd", 95),
        // It may serve any service of its group.
        (r"svchost.exe -k netsvcs", SVCHOST, r"C:\Windows\System32\svchost.exe -k netsvcs", 50),
    ] {
        let lines = [tool(10), service(40_000, "upd", ordered, 10), start(50, 2, image, SERVICES, command)];
        let found: Vec<_> = led_to(&lines, 50).into_iter().map(|(_, cause, of, _)| (cause, of)).collect();
        assert_eq!(found, [(id(10), confidence)], "{ordered}");
    }
    for (ordered, image, command) in [
        (r"C:\p\a.exe -k", r"C:\p\a.exe", r"C:\p\a.exe -j"),
        (r"C:\p\a.exe -k", r"C:\q\a.exe", r"C:\q\a.exe -k"),
        (r"C:\p\a.exe -k", r"C:\p\b.exe", r"C:\p\b.exe -k"),
        (r"C:\p\a.exe", r"C:\q\a.exe", ""),
    ] {
        let lines = [tool(10), service(40_000, "upd", ordered, 10), start(50, 2, image, SERVICES, command)];
        assert_eq!(led_to(&lines, 50), [], "{ordered}");
    }
}

#[test]
fn of_a_service_that_is_renewed_the_last_record_before_the_start_counts() {
    let lines = [
        tool(10),
        tool(11),
        service(20_000, "upd", r"C:\p\upd.exe -k", 10),
        served(30, r"C:\p\upd.exe -k"),
        service(40_000, "upd", r"C:\p\upd.exe -k", 11),
        served(50, r"C:\p\upd.exe -k"),
        service(60_000, "upd", r"C:\p\other.exe", 10),
        served(70, r"C:\p\upd.exe -k"),
    ];
    let causes = |effect| led_to(&lines, effect).into_iter().map(|(_, cause, ..)| cause).collect::<Vec<_>>();
    assert_eq!(causes(30), [id(10)]);
    assert_eq!(causes(50), [id(11)]);
    // It runs something else by then.
    assert_eq!(causes(70), [""; 0]);
}

#[test]
fn where_nothing_is_known_of_who_asked_it_was_nobody_else() {
    let mut lines =
        vec![sc(20), service(40_000, "upd", r"C:\p\upd.exe -k", 99), served(50, r"C:\p\upd.exe -k")];
    assert_eq!(led_to(&lines, 50), []);
    // Process 99 of before had ended.
    lines.push(moved(&tool(99), "ws1", 1_000));
    lines.push(logged("Security", 4689, 2_000, r#""ProcessId":"0x63","ProcessName":"C:\\t\\tool.exe""#));
    assert_eq!(led_to(&lines, 50), []);
}

/// Two command lines hold the service's; the System log's record lies between them.
#[test]
fn a_record_that_names_nobody_says_until_when_command_lines_count() {
    let mut lines =
        vec![sc(20), installed(25_000, "upd", r"C:\p\upd.exe -k"), sc(30), served(50, r"C:\p\upd.exe -k")];
    let reason = "its command line holds this one's, 5.000 s before service upd (7045), which the service manager \
                  started 25.000 s later, by the sensor's clock";
    assert_eq!(led_to(&lines, 50), one(EdgeKind::Service, 20, 80, reason));
    // The Security log's record of the same order says who asked, whichever is the later.
    for at in [24_990, 25_010] {
        let mut lines = lines.clone();
        lines.extend([tool(10), service(at, "upd", r"C:\p\upd.exe -k", 10)]);
        assert_eq!(led_to(&lines, 50)[0].1, id(10));
    }
    lines.remove(1);
    assert_eq!(led_to(&lines, 50)[0].1, id(30));
}

/// Without a record the one that asked comes before the many that only mention a path, however late.
#[test]
fn who_asks_by_its_command_line_comes_before_whoever_mentions_it() {
    let findstr = r"findstr foo C:\p\upd.exe -k";
    let mentions = start(30, 1, r"C:\Windows\System32\findstr.exe", EXPLORER, findstr);
    let runs = served(50, r"C:\p\upd.exe -k");
    let reason = "its command line holds this one's, which the service manager started 30.000 s later";
    let expected = one(EdgeKind::Service, 20, 80, reason);
    assert_eq!(led_to(&[sc(20), mentions.clone(), runs.clone()], 50), expected);
    let reason = "its command line mentions this one's, which the service manager started 20.000 s later";
    assert_eq!(led_to(&[mentions.clone(), runs.clone()], 50), one(EdgeKind::Service, 30, 50, reason));
    // sc.exe asks for services, and starts them, which names no file.
    let starts = start(31, 1, r"C:\Windows\System32\sc.exe", EXPLORER, "sc start upd.exe");
    assert_eq!(led_to(&[sc(20), mentions, starts, runs], 50), expected);
    let task = scheduled(51, r"C:\p\job.exe -q");
    let asks = |name: &str, command: &str| start(20, 1, &format!(r"C:\t\{name}"), EXPLORER, command);
    let of =
        |line: String| led_to(&[line, task.clone()], 51).into_iter().map(|edge| edge.2).collect::<Vec<_>>();
    assert_eq!(of(asks("sc.exe", r"sc create job binPath= C:\p\job.exe -q")), [50]);
    assert_eq!(of(asks("at.exe", r"at 9:30 C:\p\job.exe -q")), [80]);
}

/// An hour lies between order and start: no command line would count any more.
#[test]
fn a_task_that_runs_later_is_that_of_the_process_which_its_record_names() {
    let schtasks = r#"schtasks /create /tn job /sc hourly /tr "C:\p\job.exe -q""#;
    let asks = start(20, 1, r"C:\Windows\System32\schtasks.exe", EXPLORER, schtasks);
    let runs = scheduled(21, r"C:\p\job.exe -q").replace("2026-03-01 09:", "2026-03-01 10:");
    let created = |client| task(4698, 20_500, "job", (r"C:\p\job.exe", "-q"), client);
    let lines = [asks.clone(), created(20), runs.clone()];
    let reason = r"asked for task \job (4698), which the task scheduler started 3600.500 s later, by the sensor's clock";
    assert_eq!(led_to(&lines, 21), one(EdgeKind::Task, 20, 95, reason));
    // Where it names nobody, command lines before it count.
    let reason = r"its command line holds this one's, 0.500 s before task \job (4698), which the task scheduler started 3600.500 s later, by the sensor's clock";
    assert_eq!(led_to(&[asks.clone(), created(0), runs.clone()], 21), one(EdgeKind::Task, 20, 80, reason));
    assert_eq!(led_to(&[asks, runs], 21), []);
}

#[test]
fn a_task_that_is_changed_runs_what_the_change_says() {
    let lines = [
        tool(10),
        tool(11),
        task(4698, 20_000, "job", (r"C:\p\job.exe", "-q"), 10),
        scheduled(25, r"C:\p\job.exe -q"),
        task(4702, 30_000, "job", (r"C:\p\job.exe", "-r"), 11),
        scheduled(40, r"C:\p\job.exe -r"),
        scheduled(41, r"C:\p\job.exe -q"),
    ];
    assert_eq!(led_to(&lines, 25)[0].1, id(10));
    let reason =
        r"asked for task \job (4702), which the task scheduler started 10.000 s later, by the sensor's clock";
    assert_eq!(led_to(&lines, 40), one(EdgeKind::Task, 11, 95, reason));
    assert_eq!(led_to(&lines, 41), []);
}

/// Sysmon's clock is seven hours ahead of the Security log's: 09:00:50 is 02:00:50 there.
#[test]
fn an_order_and_a_start_are_compared_on_the_logs_clock() {
    let early = |line: String| line.replace("2026-03-01T09:", "2026-03-01T02:");
    let with_log_time = |line: String, at: u32| {
        let time = moment(at).replace("2026-03-01 09:", "2026-03-01T02:");
        line.replace("\"EventID\":1", &format!("\"TimeCreated\":\"{time}Z\",\"EventID\":1"))
    };
    let order = early(service(50_000, "upd", r"C:\p\upd.exe -k", 10));
    let starts =
        [with_log_time(tool(10), 10_020), with_log_time(served(50, r"C:\p\upd.exe -k"), 50_300), order];
    let reason = "asked for service upd (4697), which the service manager started 0.300 s later, by the log's clock; \
                  the sensor's is 25199.700 s ahead";
    assert_eq!(led_to(&starts, 50), one(EdgeKind::Service, 10, 95, reason));
    // The Security log's own records of the two starts tell it to the millisecond.
    let twin = |at, pid: u32, image: &str| {
        let image = image.replace('\\', "\\\\");
        early(logged(
            "Security",
            4688,
            at,
            &format!(r#""NewProcessId":"{pid:#x}","NewProcessName":"{image}""#),
        ))
    };
    let twins = [twin(10_001, 10, r"C:\t\tool.exe"), twin(50_003, 50, r"C:\p\upd.exe")];
    let reason = "asked for service upd (4697), which the service manager started 0.003 s later, by the log's clock; \
                  the sensor's is 25199.997 s ahead";
    assert_eq!(
        led_to(&[starts.to_vec(), twins.to_vec()].concat(), 50),
        one(EdgeKind::Service, 10, 95, reason)
    );
}

const IMAGES: [&str; 3] = [r"C:\p\upd.exe", r"C:\p\job.exe", r"C:\Windows\System32\sc.exe"];
const COMMANDS: [&str; 3] = [r"C:\p\upd.exe -k", r"C:\p\job.exe", r"sc create upd binPath= C:\p\upd.exe -k"];
const PARENTS: [&str; 3] = [SERVICES, SVCHOST, EXPLORER];

/// A record of few processes, ids, programs and moments, so that records meet; Sysmon's starts are 7 s ahead of the log.
fn record() -> impl Strategy<Value = String> {
    let (at, pid, of) = (0..30_u32, 10..14_u32, 0..3_usize);
    let sysmon = (at.clone(), pid.clone(), of.clone(), of.clone(), of.clone(), any::<bool>());
    let sysmon = sysmon.prop_map(|(at, pid, image, command, parent, is_logged)| {
        let above = [2, 3, 1][parent];
        let line = start(pid + at % 2 * 10, above, IMAGES[image], PARENTS[parent], COMMANDS[command]);
        let line = moved(&line, "ws1", (at + 7) * 1000).replace("\"ProcessId\":2", "\"ProcessId\":1");
        let time = moment(at * 1000 + 50).replace(' ', "T");
        let logged = format!("\"TimeCreated\":\"{time}Z\",\"EventID\":1");
        if is_logged { line.replace("\"EventID\":1", &logged) } else { line }
    });
    let security = (at.clone(), pid.clone(), of.clone(), of.clone(), of.clone(), any::<bool>());
    let security = security.prop_map(|(at, pid, image, command, parent, is_told)| {
        let number = (100..).step_by(100).nth(image).unwrap_or_default();
        let [image, parent, command] =
            [IMAGES[image], PARENTS[parent], COMMANDS[command]].map(|text| text.replace('\\', "\\\\"));
        let command = if is_told { format!(r#","CommandLine":"{command}""#) } else { String::new() };
        let rest = format!(
            r#""NewProcessId":"{pid:#x}","NewProcessName":"{image}","ProcessId":"0x2","ParentProcessName":"{parent}"{command}"#
        );
        // Two of one id and moment would be asked for by one name.
        logged("Security", 4688, at * 1000 + number, &rest)
    });
    let order = (at.clone(), of.clone(), of.clone(), 9..14_u32, 0..4_u32);
    let order = order.prop_map(|(at, name, command, client, kind)| {
        let (client, command) = (if client == 9 { 0 } else { client }, COMMANDS[command]);
        let name = ["upd", "UPD", "job"][name];
        match kind {
            0 => service(at * 1000, name, command, client),
            1 => installed(at * 1000, name, command),
            2 => task(4698, at * 1000, name, (command, ""), client),
            _ => task(4702, at * 1000, name, (command, ""), client),
        }
    });
    let end = (at, pid)
        .prop_map(|(at, pid)| logged("Security", 4689, at * 1000, &format!(r#""ProcessId":"{pid:#x}""#)));
    prop_oneof![3 => sysmon, 2 => security, 3 => order, 1 => end]
}

fn take(engine: &mut Engine, number: u64, text: &str) {
    let (source, emit) = ("t", Emit::Nothing);
    let batch =
        Batch { source, first_line: number, received_at: 1_800_000_000_000, environment: None, emit, text };
    assert!(engine.ingest(&batch).rejected.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_asked_does_not_depend_on_the_order_of_records(
        (lines, other) in prop::collection::vec(record(), 2..16).prop_flat_map(|lines| {
            let lines: Vec<(u64, String)> = (1..).zip(lines).collect();
            (Just(lines.clone()), Just(lines).prop_shuffle())
        })
    ) {
        let (mut one, mut two) = (Engine::new().unwrap(), Engine::new().unwrap());
        lines.iter().for_each(|(number, line)| take(&mut one, *number, line));
        for (number, line) in &other {
            take(&mut two, *number, line);
            // Asked in between or not.
            for process in two.processes(None, None, 0, 0).iter().take(1) {
                two.chain(&process.id, 0).unwrap();
            }
        }
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
        let mut restarted = Engine::new().unwrap();
        restarted.restore(&one.snapshot()).unwrap();
        for process in one.processes(None, None, 0, 0) {
            let tell = |engine: &mut Engine| {
                let mut chain = engine.chain(&process.id, 0).unwrap();
                // begat's own alerts say what was known when they were raised.
                chain.nodes.iter_mut().for_each(|node| node.alerts.clear());
                chain.edges.sort_by(|a, b| (&a.cause, &a.effect, a.kind).cmp(&(&b.cause, &b.effect, b.kind)));
                chain
            };
            let expected = tell(&mut one);
            prop_assert_eq!(&tell(&mut two), &expected);
            prop_assert_eq!(&tell(&mut restarted), &expected);
            // What led to a process leads from there to it.
            for (kind, cause, effect, _) in edges(&expected) {
                let forward = one.chain(&cause, 0).unwrap();
                prop_assert!(edges(&forward).iter().any(|edge| (edge.0, &edge.2) == (kind, &effect)));
            }
        }
    }
}
