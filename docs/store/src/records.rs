//! What is journaled: batches of lines as Sysmon's shippers write them, the same for the same seed.
//!
//! A record is a line that names it, then whole lines until its size is reached. The texts come from a pool
//! that is made once, because making them costs more than most candidates take to keep them.

use std::fmt::Write;

/// Tenants, in every measurement.
pub const TENANTS: u32 = 8;

/// What every record of the measurement begins with; no other line has it.
pub const MARK: &str = "begat-mark-";

/// Distinct texts, from which records are taken in turn.
pub struct Pool {
    texts: Vec<String>,
}

impl Pool {
    /// At most eight megabytes of texts of nearly `size` bytes.
    pub fn new(size: usize) -> Self {
        let mut random = Random(0x5EED);
        let count = (8 * 1024 * 1024 / size).clamp(16, 512);
        let room = size.saturating_sub(name_of(0, 0).len());
        Self { texts: (0..count).map(|_| text(room, &mut random)).collect() }
    }

    /// Writes a tenant's record of that number.
    pub fn write(&self, tenant: u32, seq: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(name_of(tenant, seq).as_bytes());
        let turn = seq.wrapping_mul(7) + u64::from(tenant);
        into.extend_from_slice(self.texts[turn as usize % self.texts.len()].as_bytes());
    }
}

/// The line that names a record. Its second half cannot be guessed by a compressor, so that it stands in a
/// file as it is here, or not at all.
fn name_of(tenant: u32, seq: u64) -> String {
    let secret = Random(u64::from(tenant) << 32 ^ seq).next();
    format!("{{\"Record\":\"{MARK}{tenant}-{seq:08}-{secret:016x}\"}}\n")
}

/// Which records some bytes still hold, by their names: tenant and number of each.
pub fn named_in(bytes: &[u8]) -> Vec<(u32, u64)> {
    let name = |at: usize| {
        let text = std::str::from_utf8(bytes.get(at + MARK.len()..at + MARK.len() + 10)?).ok()?;
        let (tenant, seq) = text.split_once('-')?;
        Some((tenant.parse().ok()?, seq.parse().ok()?))
    };
    let begins = |at: &usize| bytes[*at..].starts_with(MARK.as_bytes());
    let hyphens = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'-').map(|(at, _)| at);
    // The mark ends with a hyphen, which is rarer than its first letter.
    hyphens.filter_map(|at| (at + 1).checked_sub(MARK.len())).filter(begins).filter_map(name).collect()
}

/// Whole lines, of a little less than `room` bytes together.
fn text(room: usize, random: &mut Random) -> String {
    let (mut text, mut line) = (String::with_capacity(room), String::new());
    loop {
        line.clear();
        write_line(random, &mut line);
        if text.len() + line.len() > room {
            return text;
        }
        text.push_str(&line);
    }
}

const IMAGES: [(&str, &str); 12] = [
    ("C:\\\\Windows\\\\System32\\\\svchost.exe", "Host Process for Windows Services"),
    ("C:\\\\Windows\\\\System32\\\\services.exe", "Services and Controller app"),
    ("C:\\\\Windows\\\\explorer.exe", "Windows Explorer"),
    ("C:\\\\Windows\\\\System32\\\\cmd.exe", "Windows Command Processor"),
    ("C:\\\\Windows\\\\System32\\\\WindowsPowerShell\\\\v1.0\\\\powershell.exe", "Windows PowerShell"),
    ("C:\\\\Windows\\\\System32\\\\RuntimeBroker.exe", "Runtime Broker"),
    ("C:\\\\Windows\\\\System32\\\\taskhostw.exe", "Host Process for Windows Tasks"),
    ("C:\\\\Windows\\\\System32\\\\conhost.exe", "Console Window Host"),
    ("C:\\\\Program Files\\\\Microsoft Office\\\\root\\\\Office16\\\\OUTLOOK.EXE", "Microsoft Outlook"),
    ("C:\\\\Program Files\\\\Google\\\\Chrome\\\\Application\\\\chrome.exe", "Google Chrome"),
    ("C:\\\\Program Files\\\\Inventory\\\\agent.exe", "Inventory agent"),
    ("C:\\\\ProgramData\\\\Updater\\\\update.exe", "Updater"),
];

/// One in four is a start, as long as Sysmon writes them; the rest are connections and written files.
fn write_line(random: &mut Random, line: &mut String) {
    let host = random.below(200);
    let ms = random.below(86_400_000);
    let clock = format!(
        "2026-09-15 {:02}:{:02}:{:02}.{:03}",
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000
    );
    let (image, product) = random.of(&IMAGES);
    let (id, task) = *random.of(&[
        (1, "Process Create"),
        (3, "Network connection"),
        (11, "File created"),
        (3, "Network connection"),
    ]);
    let guid = guid(random);
    let _ = write!(
        line,
        "{{\"EventTime\":\"{clock}\",\"Hostname\":\"WS-{host:04}.corp.example\",\"EventID\":{id},\"SourceName\":\
         \"Microsoft-Windows-Sysmon\",\"ProviderGuid\":\"{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}\",\"Channel\":\
         \"Microsoft-Windows-Sysmon/Operational\",\"UserID\":\"S-1-5-18\",\"Category\":\"{task} (rule: {task})\",\
         \"RecordNumber\":{},\"RuleName\":\"-\",\"UtcTime\":\"{clock}\",\"ProcessGuid\":\"{guid}\",\"ProcessId\":\
         \"{}\",\"Image\":\"{image}\",",
        random.below(9_000_000),
        random.below(30_000),
    );
    let user = random.below(300);
    let _ = match id {
        1 => write!(
            line,
            "\"FileVersion\":\"10.0.19045.{}\",\"Product\":\"{product}\",\"Company\":\"Microsoft Corporation\",\
             \"CommandLine\":\"{image} -k netsvcs -p -s {:06x} /session:{}\",\"CurrentDirectory\":\"C:\\\\Windows\\\\\
             system32\\\\\",\"User\":\"CORP\\\\user{user:03}\",\"LogonId\":\"0x{:x}\",\"IntegrityLevel\":\"Medium\",\
             \"Hashes\":\"SHA256={:016X}{:016X}{:016X}{:016X},IMPHASH={:016X}{:016X}\",\"ParentProcessGuid\":\"{}\",\
             \"ParentImage\":\"{}\",\"ParentUser\":\"NT AUTHORITY\\\\SYSTEM\"}}",
            random.below(5000),
            random.below(1 << 24),
            random.below(8),
            random.below(1 << 30),
            random.next(),
            random.next(),
            random.next(),
            random.next(),
            random.next(),
            random.next(),
            self::guid(random),
            random.of(&IMAGES).0,
        ),
        3 => write!(
            line,
            "\"User\":\"CORP\\\\user{user:03}\",\"Protocol\":\"tcp\",\"Initiated\":\"true\",\"SourceIp\":\"10.{}.{}.{}\",\
             \"SourcePort\":\"{}\",\"DestinationIp\":\"{}.{}.{}.{}\",\"DestinationPort\":\"443\",\
             \"DestinationPortName\":\"https\"}}",
            random.below(4),
            random.below(256),
            random.below(256),
            49_152 + random.below(16_384),
            random.below(223),
            random.below(256),
            random.below(256),
            random.below(256),
        ),
        _ => write!(
            line,
            "\"TargetFilename\":\"C:\\\\Users\\\\user{user:03}\\\\AppData\\\\Local\\\\Temp\\\\{:08x}.tmp\",\
             \"CreationUtcTime\":\"{clock}\",\"User\":\"CORP\\\\user{user:03}\"}}",
            random.below(1 << 32),
        ),
    };
    line.push('\n');
}

fn guid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{{A9B153E0-{:04X}-{:04X}-{:04X}-{:012X}}}",
        high >> 48,
        high >> 32 & 0xFFFF,
        high & 0xFFFF,
        low >> 16
    )
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `limit`, which is small enough for the remainder to be fair.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}
