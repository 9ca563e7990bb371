//! What tenants are told in tests that kill, wake and restart them: an endless script, the same for the same tenant.

use begat::runtime::bindings::ingest::{Batch, Emit};
use begat::runtime::bindings::scoring::Execution;
use begat::runtime::bindings::tenant::Scope;
use begat::runtime::{Failure, Refusal};
use begat::tenants::{Fault, Keeper};

/// 2026-09-16, when the example was recorded.
const CLOCK: i64 = 1_789_516_800_000;

/// Lines in a batch, at most.
const LINES: usize = 40;

/// The example recording, cut into pieces that tenants take in turn.
pub struct Script {
    pieces: Vec<String>,
}

impl Script {
    pub fn new(recording: &str) -> Self {
        let lines: Vec<&str> = recording.split_inclusive('\n').collect();
        Self { pieces: lines.chunks(LINES).map(<[&str]>::concat).collect() }
    }

    /// Does what a tenant's command of a number is, from 1, and returns what came of it. Each takes one place in the
    /// tenant's journal, whatever the state.
    pub fn play(&self, tenant: u64, number: u64, keeper: &mut Keeper) -> Result<String, Fault> {
        let at = CLOCK + i64::try_from(number).unwrap_or(0) * 60_000;
        match number % 25 {
            7 => {
                let execution = Execution {
                    image: format!("tool{}.exe", number % 5),
                    hostname: Some(format!("ws-{tenant}")),
                    parent_image: Some("explorer.exe".into()),
                    grandparent_image: None,
                    hash: None,
                    children: Vec::new(),
                    network_ports: vec![443],
                    environment: None,
                };
                keeper.record(&execution, at, at).map(|answer| format!("{answer:?}"))
            }
            13 => keeper.rescore(at).map(|outcome| format!("{outcome:?}")),
            18 => keeper.configure(&configuration(number)).map(|version| format!("version {version}")),
            24 => match keeper.forget(&Scope::Host("ws-anna.hazel.example".into())) {
                // A host that is not there: another command takes the place.
                Err(Fault::Failure(Failure::Refused(Refusal::NotFound(..)))) => {
                    keeper.rescore(at).map(|outcome| format!("{outcome:?}"))
                }
                result => result.map(|()| "forgotten".into()),
            },
            _ => keeper.ingest(&self.batch(tenant, number, at)).map(|outcome| outcome.annotated),
        }
    }

    /// A batch of the script.
    pub fn batch(&self, tenant: u64, number: u64, received_at: i64) -> Batch {
        // Tenants begin at different places.
        let place = tenant.wrapping_mul(7).wrapping_add(number) % (self.pieces.len() as u64);
        let text = self.pieces.get(usize::try_from(place).unwrap_or(0)).cloned().unwrap_or_default();
        Batch {
            source: "script".into(),
            first_line: place * LINES as u64 + 1,
            received_at,
            environment: None,
            emit: Emit::All,
            text,
        }
    }
}

/// Two that differ: none changes nothing.
fn configuration(number: u64) -> String {
    let processes = 100_000 + number % 2;
    format!("{{\"limits\":{{\"processes\":{processes}}}}}")
}

#[allow(dead_code, reason = "the process that is killed draws none")]
/// What becomes of random numbers: the next, of the last (SplitMix64).
pub fn next(random: &mut u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
