//! What is tested: the component, or the same code natively. Both answer in the same words.

use serde_json::Value;

/// The host's clock where a test says nothing else: 2030-01-01T00:00:00Z.
pub const NOW: i64 = 1_893_456_000_000;

/// A batch, with every line asked back.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub source: &'a str,
    pub first_line: u64,
    pub received_at: i64,
    pub environment: Option<&'a str>,
    pub text: &'a str,
}

impl<'a> Batch<'a> {
    /// The whole of a source.
    pub fn of(text: &'a str) -> Self {
        Self { source: "test", first_line: 1, received_at: NOW, environment: None, text }
    }
}

/// What became of one batch, or of several: sums, and what came out one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub lines: u64,
    pub recognised: u64,
    pub passed: u64,
    /// Line, column, message.
    pub rejected: Vec<(u64, Option<u32>, String)>,
    pub annotated: String,
}

impl Outcome {
    pub fn append(&mut self, next: Self) {
        self.lines += next.lines;
        self.recognised += next.recognised;
        self.passed += next.passed;
        self.rejected.extend(next.rejected);
        self.annotated.push_str(&next.annotated);
    }
}

/// One tenant.
pub trait Subject {
    fn name(&self) -> &'static str;
    fn configure(&mut self, json: &str);
    fn ingest(&mut self, batch: &Batch<'_>) -> Outcome;
    /// `tenant.stats`, by the contract's names in snake case.
    fn stats(&mut self) -> Value;
    /// `scoring.images`, all of them.
    fn images(&mut self) -> Value;
    /// `scoring.score`: `execution` by the names of EchoTrail's request; `None` where it is refused.
    fn score(&mut self, execution: &Value) -> Option<Value>;
    /// `hierarchy.violations`, all of them.
    fn violations(&mut self) -> Vec<Value>;
    /// `causality.processes`, all of them.
    fn processes(&mut self) -> Vec<Value>;
    /// `causality.ancestry-of`; `None` where the process is not held.
    fn ancestry(&mut self, process: &str) -> Option<Value>;
    /// The state as bytes.
    fn snapshot(&mut self) -> Vec<u8>;
}

/// Rows of a question that is answered in pages.
pub fn pages(mut ask: impl FnMut(u64) -> Vec<Value>) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let page = ask(all.len() as u64);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// A text member of a request, where it is there.
pub fn text<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str)
}

/// The texts of a list; none where it is missing.
pub fn texts(object: &Value, name: &str) -> Vec<String> {
    let list = object.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `network_ports`; none where they are missing.
pub fn ports(object: &Value) -> Vec<u16> {
    let list = object.get("network_ports").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_u64).map(|port| u16::try_from(port).unwrap()).collect()
}

/// The file name in lower case: the form in which answers of other programs are compared.
pub fn folded_name(image: &str) -> String {
    image.rsplit(['\\', '/']).next().unwrap_or(image).to_lowercase()
}

/// An ancestry in three words: the file names above, the owner's, and whether it is partial.
pub fn lineage(ancestry: &Value) -> (Vec<String>, Option<String>, bool) {
    let name = |process: &Value| folded_name(process["image"].as_str().unwrap_or("?"));
    let ancestors = ancestry["ancestors"].as_array().unwrap();
    let owner = ancestry["owner"].as_u64().map(|place| match place {
        0 => name(&ancestry["process"]),
        place => name(&ancestors[usize::try_from(place).unwrap() - 1]),
    });
    (ancestors.iter().map(name).collect(), owner, ancestry["partial"].as_bool().unwrap())
}

/// Counts by kind, as an object.
pub fn kinds(kinds: Vec<(String, u64)>) -> Value {
    kinds
        .into_iter()
        .map(|(kind, count)| (kind, Value::from(count)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
