//! A thread's share of the machine: how long it has worked, and its priority.
//!
//! Linux is asked for both. Elsewhere work is what the clock on the wall says, and priorities stay as they are.

use std::time::Duration;

/// How long the calling thread has worked: the time that it was on a processor.
#[cfg(target_os = "linux")]
pub(crate) fn worked() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The same where nobody knows: since the first question.
#[cfg(not(target_os = "linux"))]
pub(crate) fn worked() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// A thread that can be lowered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thread {
    #[cfg(target_os = "linux")]
    id: rustix::thread::Pid,
    /// Its niceness as it began: who starts begat may have chosen one.
    #[cfg(target_os = "linux")]
    nice: i32,
}

/// Among threads of the usual priority one of these has a tenth of one's share (110 to 1024, as the kernel weighs
/// them), and gives way to one that wakes. It is never without any, as at the lowest priority it nearly would be.
#[cfg(target_os = "linux")]
const LOWERED: i32 = 10;

impl Thread {
    /// The calling one.
    pub(crate) fn own() -> Self {
        #[cfg(target_os = "linux")]
        return Self { id: rustix::thread::gettid(), nice: niceness() };
        #[cfg(not(target_os = "linux"))]
        Self {}
    }

    /// Whether it has worked longer than that, as far as the system has counted; yes, where it does not tell.
    pub(crate) fn has_worked(self, longer: Duration) -> bool {
        #[cfg(target_os = "linux")]
        if let Some(worked) = self.counted() {
            return worked > longer;
        }
        let _ = longer;
        true
    }

    /// As the system counts it: at its ticks, and when the thread stops running.
    #[cfg(target_os = "linux")]
    fn counted(self) -> Option<Duration> {
        let path = format!("/proc/self/task/{}/schedstat", self.id.as_raw_nonzero());
        let text = std::fs::read_to_string(path).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }

    /// Lowers it for good: raising one again takes a privilege. It must be running.
    pub(crate) fn lower(self) {
        // Where the system does not allow it, it stays as it was.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(Some(self.id), (self.nice + LOWERED).min(19));
    }
}

/// The calling thread's.
#[cfg(target_os = "linux")]
fn niceness() -> i32 {
    rustix::process::getpriority_process(None).unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_no_work() {
        let (start, (send, receive)) = (worked(), std::sync::mpsc::channel());
        let waits = std::thread::spawn(move || {
            let start = worked();
            receive.recv().unwrap();
            worked() - start
        });
        while worked() - start < Duration::from_millis(50) {}
        send.send(()).unwrap();
        assert!(waits.join().unwrap() < Duration::from_millis(50));
        // Those are many ticks: the system has counted most of them, and no minute.
        let own = Thread::own();
        assert!(own.has_worked(Duration::from_millis(25)) && !own.has_worked(Duration::from_secs(60)));
    }

    #[test]
    fn one_thread_is_lowered_and_no_other() {
        let usual = niceness();
        let lowered = std::thread::spawn(|| {
            Thread::own().lower();
            niceness()
        });
        assert_eq!(lowered.join().unwrap(), (usual + 10).min(19));
        assert_eq!(niceness(), usual);
    }
}
