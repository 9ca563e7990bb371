//! The WASI that a component gets: as much as Rust's standard library needs to start and to say why
//! it panics, and nothing to escape to.
//!
//! Not the `wasmtime-wasi` crate: it can open files and sockets, so that safety would rest on how it
//! is configured. Here the calls that act on anything do not exist. There is an empty environment, a
//! stdin at its end, a stdout that goes nowhere, a bounded stderr, no terminal, and an exit that is a
//! trap. What a component imports beyond [`OFFERED`] is refused by name before it runs.
//!
//! The host keeps nothing for a guest but that stderr: a handle is one of four numbers.

use std::time::Duration;

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, LinkerInstance, Lower, Resource, ResourceType};

use super::limits::Limiter;

/// What a component may import: interface, and its functions. A `@0.2.N` of any N fits. Resources are
/// not listed: without functions they do nothing.
pub(super) const OFFERED: [(&str, &[&str]); 13] = [
    ("wasi:cli/environment", &["get-environment", "get-arguments", "initial-cwd"]),
    ("wasi:cli/exit", &["exit"]),
    ("wasi:cli/stdin", &["get-stdin"]),
    ("wasi:cli/stdout", &["get-stdout"]),
    ("wasi:cli/stderr", &["get-stderr"]),
    ("wasi:cli/terminal-stdin", &["get-terminal-stdin"]),
    ("wasi:cli/terminal-stdout", &["get-terminal-stdout"]),
    ("wasi:cli/terminal-stderr", &["get-terminal-stderr"]),
    ("wasi:cli/terminal-input", &[]),
    ("wasi:cli/terminal-output", &[]),
    ("wasi:io/error", &[]),
    // Everything is ready at once, so that nothing can wait.
    ("wasi:io/poll", &["[method]pollable.block", "[method]pollable.ready"]),
    (
        "wasi:io/streams",
        &[
            "[method]input-stream.read",
            "[method]input-stream.blocking-read",
            "[method]input-stream.subscribe",
            "[method]output-stream.check-write",
            "[method]output-stream.write",
            "[method]output-stream.flush",
            "[method]output-stream.blocking-flush",
            "[method]output-stream.blocking-write-and-flush",
            "[method]output-stream.subscribe",
        ],
    ),
];

/// The newest version that the linker names; it answers for every other of the 0.2 line.
const VERSION: &str = "@0.2.6";

/// How much of what a guest writes to stderr in one call is kept: a panic's message and then some.
const STDERR: usize = 16 << 10;

/// What a stream says that it takes at once. The standard library splits longer writes.
const PERMIT: u64 = 64 << 10;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR_HANDLE: u32 = 2;
const READY: u32 = 3;

/// What a store holds for its guest.
#[derive(Debug)]
pub(super) struct HostState {
    pub(super) limiter: Limiter,
    /// What the thread of the current call had worked before it.
    pub(super) begun: Duration,
    stderr: Vec<u8>,
}

impl HostState {
    pub(super) fn new(limiter: Limiter) -> Self {
        Self { limiter, begun: Duration::ZERO, stderr: Vec::new() }
    }

    /// What the guest wrote to stderr since the last [`HostState::forget_stderr`].
    pub(super) fn stderr(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.stderr)
    }

    pub(super) fn forget_stderr(&mut self) {
        self.stderr.clear();
    }

    fn write(&mut self, stream: u32, bytes: &[u8]) {
        if stream == STDERR_HANDLE {
            let room = STDERR.saturating_sub(self.stderr.len());
            self.stderr.extend(bytes.iter().take(room));
        }
    }
}

/// The guest called `exit`, whatever the status: it has given no answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("exit called")]
pub(super) struct Exit;

enum InputStream {}
enum OutputStream {}
enum IoError {}
enum Pollable {}
enum TerminalInput {}
enum TerminalOutput {}

#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[allow(dead_code, reason = "the shape is the contract's; nothing fails here")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

type Context<'a> = StoreContextMut<'a, HostState>;
type Answer<T> = wasmtime::Result<(Result<T, StreamError>,)>;

/// Puts everything of [`OFFERED`] into the linker.
pub(super) fn add_to(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    resource::<IoError>(&mut interface(linker, "wasi:io/error")?, "error")?;
    let mut poll = interface(linker, "wasi:io/poll")?;
    resource::<Pollable>(&mut poll, "pollable")?;
    poll.func_wrap("[method]pollable.block", |_: Context<'_>, _: (Resource<Pollable>,)| Ok(()))?;
    poll.func_wrap("[method]pollable.ready", |_: Context<'_>, _: (Resource<Pollable>,)| Ok((true,)))?;
    streams(&mut interface(linker, "wasi:io/streams")?)?;

    let mut environment = interface(linker, "wasi:cli/environment")?;
    environment
        .func_wrap("get-environment", |_: Context<'_>, (): ()| Ok((Vec::<(String, String)>::new(),)))?;
    environment.func_wrap("get-arguments", |_: Context<'_>, (): ()| Ok((Vec::<String>::new(),)))?;
    environment.func_wrap("initial-cwd", |_: Context<'_>, (): ()| Ok((None::<String>,)))?;
    interface(linker, "wasi:cli/exit")?
        .func_wrap("exit", |_: Context<'_>, (_status,): (Result<(), ()>,)| -> wasmtime::Result<()> {
            Err(Exit.into())
        })?;

    interface(linker, "wasi:cli/stdin")?
        .func_wrap("get-stdin", |_: Context<'_>, (): ()| Ok((Resource::<InputStream>::new_own(STDIN),)))?;
    interface(linker, "wasi:cli/stdout")?
        .func_wrap("get-stdout", |_: Context<'_>, (): ()| Ok((Resource::<OutputStream>::new_own(STDOUT),)))?;
    interface(linker, "wasi:cli/stderr")?.func_wrap("get-stderr", |_: Context<'_>, (): ()| {
        Ok((Resource::<OutputStream>::new_own(STDERR_HANDLE),))
    })?;

    resource::<TerminalInput>(&mut interface(linker, "wasi:cli/terminal-input")?, "terminal-input")?;
    resource::<TerminalOutput>(&mut interface(linker, "wasi:cli/terminal-output")?, "terminal-output")?;
    interface(linker, "wasi:cli/terminal-stdin")?
        .func_wrap("get-terminal-stdin", |_: Context<'_>, (): ()| Ok((None::<Resource<TerminalInput>>,)))?;
    interface(linker, "wasi:cli/terminal-stdout")?
        .func_wrap("get-terminal-stdout", |_: Context<'_>, (): ()| Ok((None::<Resource<TerminalOutput>>,)))?;
    interface(linker, "wasi:cli/terminal-stderr")?
        .func_wrap("get-terminal-stderr", |_: Context<'_>, (): ()| Ok((None::<Resource<TerminalOutput>>,)))?;
    Ok(())
}

fn streams(streams: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    resource::<InputStream>(streams, "input-stream")?;
    resource::<OutputStream>(streams, "output-stream")?;
    for read in ["[method]input-stream.read", "[method]input-stream.blocking-read"] {
        streams.func_wrap(read, |_: Context<'_>, _: (Resource<InputStream>, u64)| -> Answer<Vec<u8>> {
            Ok((Err(StreamError::Closed),))
        })?;
    }
    streams.func_wrap("[method]input-stream.subscribe", |_: Context<'_>, _: (Resource<InputStream>,)| {
        Ok((Resource::<Pollable>::new_own(READY),))
    })?;
    streams
        .func_wrap("[method]output-stream.subscribe", |_: Context<'_>, _: (Resource<OutputStream>,)| {
            Ok((Resource::<Pollable>::new_own(READY),))
        })?;
    streams.func_wrap(
        "[method]output-stream.check-write",
        |_: Context<'_>, _: (Resource<OutputStream>,)| -> Answer<u64> { Ok((Ok(PERMIT),)) },
    )?;
    for write in ["[method]output-stream.write", "[method]output-stream.blocking-write-and-flush"] {
        streams.func_wrap(
            write,
            |mut store: Context<'_>, (stream, bytes): (Resource<OutputStream>, Vec<u8>)| -> Answer<()> {
                store.data_mut().write(stream.rep(), &bytes);
                Ok((Ok(()),))
            },
        )?;
    }
    for flush in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        streams.func_wrap(flush, |_: Context<'_>, _: (Resource<OutputStream>,)| -> Answer<()> {
            Ok((Ok(()),))
        })?;
    }
    Ok(())
}

fn interface<'a>(
    linker: &'a mut Linker<HostState>,
    name: &str,
) -> wasmtime::Result<LinkerInstance<'a, HostState>> {
    linker.instance(&format!("{name}{VERSION}"))
}

fn resource<T: 'static>(instance: &mut LinkerInstance<'_, HostState>, name: &str) -> wasmtime::Result<()> {
    instance.resource(name, ResourceType::host::<T>(), |_, _| Ok(()))
}
