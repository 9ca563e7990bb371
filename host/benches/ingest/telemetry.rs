//! Generated Sysmon telemetry, flat JSON as NXLog ships it: the same bytes for the same seed.
//!
//! Images follow a Zipf law, hosts are uniform, every start's parent is a process that is running. Half
//! of the records are starts, a quarter ends, a quarter connections: far more starts than a real
//! sensor's stream has, because they cost the most.

use std::fmt::Write as _;

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Records.
    pub events: usize,
    /// Distinct images.
    pub images: usize,
    /// Distinct hosts.
    pub hosts: usize,
}

/// The lines, each ended by a newline.
pub fn generate(shape: Shape, seed: u64) -> String {
    let mut out = String::with_capacity(shape.events * 900);
    let mut telemetry = Telemetry::new(shape, seed);
    (0..shape.events).for_each(|_| telemetry.event(&mut out));
    out
}

/// Telemetry that goes on for as long as it is asked.
pub struct Telemetry {
    random: Random,
    weights: Vec<f64>,
    hosts: Vec<Host>,
    millis: u64,
}

impl Telemetry {
    /// From the beginning.
    pub fn new(shape: Shape, seed: u64) -> Self {
        Self {
            random: Random(seed | 1),
            weights: zipf(shape.images),
            hosts: (0..shape.hosts).map(Host::new).collect(),
            millis: 1_790_000_000_000,
        }
    }

    /// One more event.
    pub fn event(&mut self, out: &mut String) {
        let host = self.pick();
        match self.random.below(4) {
            0 if self.hosts[host].running.len() > 40 => {
                self.hosts[host].end(out, self.millis, &mut self.random)
            }
            1 => self.hosts[host].connect(out, self.millis, &mut self.random),
            _ => self.start_on(host, out),
        }
    }

    /// One more start.
    #[allow(dead_code, reason = "another benchmark wants nothing else")]
    pub fn start(&mut self, out: &mut String) {
        let host = self.pick();
        self.start_on(host, out);
    }

    fn pick(&mut self) -> usize {
        self.millis += self.random.below(20);
        self.random.below(self.hosts.len() as u64) as usize
    }

    fn start_on(&mut self, host: usize, out: &mut String) {
        let unit = self.random.unit();
        let image = self.weights.partition_point(|&w| w < unit).min(self.weights.len() - 1);
        self.hosts[host].start(out, self.millis, image, &mut self.random);
    }
}

struct Host {
    name: String,
    number: usize,
    next: u64,
    running: Vec<Running>,
}

#[derive(Clone)]
struct Running {
    guid: u64,
    image: usize,
}

impl Host {
    fn new(number: usize) -> Self {
        let running = vec![Running { guid: 1, image: 0 }];
        Self { name: format!("WS-{number:04}.corp.example"), number, next: 2, running }
    }

    fn guid(&self, guid: u64) -> String {
        format!("{{{:08X}-4300-5F91-{:04X}-{:012X}}}", self.number + 0x3000_0000, guid >> 16 & 0xffff, guid)
    }

    fn start(&mut self, out: &mut String, millis: u64, image: usize, random: &mut Random) {
        // Half of all processes hang below one long-lived root, so that lines stay as short as real ones.
        let parent = match random.below(2) {
            0 => 0,
            _ => random.below(self.running.len() as u64) as usize,
        };
        let parent = self.running[parent].clone();
        let guid = self.next;
        self.next += 1;
        let path = path(image, random.below(50) == 0);
        let hash = (image as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.open(out, 1, millis, guid, &path);
        let _ = writeln!(
            out,
            ",\"CommandLine\":\"\\\"{path}\\\" --run {guid} --profile default\",\"CurrentDirectory\":\"C:\\\\Windows\\\\system32\\\\\",\
             \"User\":\"CORP\\\\user{}\",\"LogonId\":\"0x3e7\",\"IntegrityLevel\":\"Medium\",\
             \"Hashes\":\"MD5={hash:032X},SHA256={hash:064X}\",\"ParentProcessGuid\":\"{}\",\
             \"ParentProcessId\":\"{}\",\"ParentImage\":\"{}\",\"ParentCommandLine\":\"{} -k run\"}}",
            self.number % 90,
            self.guid(parent.guid),
            parent.guid * 4 % 60000,
            self::path(parent.image, false),
            self::path(parent.image, false),
        );
        self.running.push(Running { guid, image });
        if self.running.len() > 60 {
            self.running.swap_remove(1);
        }
    }

    fn end(&mut self, out: &mut String, millis: u64, random: &mut Random) {
        let place = 1 + random.below(self.running.len() as u64 - 1) as usize;
        let process = self.running.swap_remove(place);
        self.open(out, 5, millis, process.guid, &path(process.image, false));
        let _ = write!(out, ",\"User\":\"CORP\\\\user{}\"", self.number % 90);
        pad(out);
        out.push_str("}\n");
    }

    fn connect(&mut self, out: &mut String, millis: u64, random: &mut Random) {
        let process = self.running[random.below(self.running.len() as u64) as usize].clone();
        self.open(out, 3, millis, process.guid, &path(process.image, false));
        let _ = write!(
            out,
            ",\"User\":\"CORP\\\\user{}\",\"Protocol\":\"tcp\",\"Initiated\":\"true\",\"SourceIp\":\"10.1.{}.{}\",\
             \"SourceHostname\":\"{}\",\"SourcePort\":\"{}\",\"DestinationIp\":\"203.0.113.{}\",\"DestinationPort\":\"443\"",
            self.number % 90,
            self.number / 250,
            self.number % 250,
            self.name,
            49_152 + random.below(16_000),
            random.below(250),
        );
        pad(out);
        out.push_str("}\n");
    }

    /// The envelope and the members that every event has.
    fn open(&self, out: &mut String, id: u32, millis: u64, guid: u64, path: &str) {
        let (day, clock) = (millis / 86_400_000 - 20_717, millis % 86_400_000);
        let time = |sep| {
            let (h, m, s) = (clock / 3_600_000, clock / 60_000 % 60, clock / 1000 % 60);
            format!("2026-09-{:02}{sep}{h:02}:{m:02}:{s:02}.{:03}", day % 30 + 1, clock % 1000)
        };
        let _ = write!(
            out,
            "{{\"@timestamp\":\"{}Z\",\"EventTime\":\"{}\",\"Hostname\":\"{}\",\"Keywords\":-9223372036854775808,\
             \"EventID\":{id},\"SourceName\":\"Microsoft-Windows-Sysmon\",\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\
             \"RuleName\":\"-\",\"UtcTime\":\"{}\",\"ProcessGuid\":\"{}\",\"ProcessId\":\"{}\",\"Image\":\"{path}\"",
            time('T'),
            time(' '),
            self.name,
            time(' '),
            self.guid(guid),
            guid * 4 % 60000,
        );
    }
}

/// What shippers add and nobody reads.
fn pad(out: &mut String) {
    out.push_str(
        ",\"ProviderGuid\":\"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}\",\"SourceModuleName\":\"eventlog\",\
         \"SourceModuleType\":\"im_msvistalog\",\"AccountName\":\"SYSTEM\",\"Severity\":\"INFO\",\"tags\":[\"endpoint\"]",
    );
}

/// An image's path, escaped for JSON: the first are the system's own.
fn path(image: usize, elsewhere: bool) -> String {
    const SYSTEM: [&str; 8] =
        ["svchost", "conhost", "cmd", "powershell", "wmiprvse", "dllhost", "taskhostw", "RuntimeBroker"];
    match SYSTEM.get(image) {
        Some(name) if !elsewhere => format!("C:\\\\Windows\\\\System32\\\\{name}.exe"),
        Some(name) => format!("C:\\\\Users\\\\u{image}\\\\AppData\\\\Local\\\\Temp\\\\{name}.exe"),
        None => format!("C:\\\\Program Files\\\\Vendor {}\\\\app-{image:04}.exe", image % 40),
    }
}

/// Cumulated shares of a Zipf law with exponent 1.
fn zipf(n: usize) -> Vec<f64> {
    let total: f64 = (1..=n).map(|k| 1.0 / k as f64).sum();
    (1..=n)
        .scan(0.0, |sum, k| {
            *sum += 1.0 / k as f64 / total;
            Some(*sum)
        })
        .collect()
}

/// xorshift64*: enough for a benchmark, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
