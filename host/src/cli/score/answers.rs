//! Answers go out in their order, each once what it recorded is on the disk.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::anyhow;

use crate::store::JournalError;
use crate::tenants::Keeper;

/// So many answers wait for the disk.
const WAITING: usize = 1024;

/// What an answer waits for.
pub(super) type OnDisk = Receiver<Result<(), JournalError>>;

/// See above.
pub(super) struct Answers {
    send: SyncSender<(String, Option<OnDisk>)>,
    writer: JoinHandle<anyhow::Result<()>>,
}

impl Answers {
    /// Starts the thread that writes them.
    pub(super) fn start() -> io::Result<Self> {
        let (send, lines) = sync_channel(WAITING);
        let writer = thread::Builder::new().name("begat-answers".into()).spawn(move || write(&lines))?;
        Ok(Self { send, writer })
    }

    /// The next one. False where none is written any more: [`Self::end`] says why.
    pub(super) fn push(&self, text: String, on_disk: Option<OnDisk>) -> bool {
        self.send.send((text, on_disk)).is_ok()
    }

    /// Waits until all are written.
    pub(super) fn end(self) -> anyhow::Result<()> {
        drop(self.send);
        self.writer.join().unwrap_or_else(|_| Err(anyhow!("the thread that writes answers has ended")))
    }
}

/// When all that a tenant has changed until now is on the disk.
pub(super) fn on_disk(keeper: &Keeper) -> OnDisk {
    let (send, receive) = channel();
    keeper.when_durable(keeper.sequence(), Box::new(move |written| drop(send.send(written))));
    receive
}

fn write(lines: &Receiver<(String, Option<OnDisk>)>) -> anyhow::Result<()> {
    for (text, on_disk) in lines {
        if let Some(on_disk) = on_disk {
            on_disk.recv().map_err(|_| anyhow!("the journal has ended"))??;
        }
        // Each at once: who asks may wait for it before the next question.
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}")?;
        stdout.flush()?;
    }
    Ok(())
}
