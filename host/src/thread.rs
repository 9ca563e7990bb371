//! A thread's share of the machine: how long it has worked, its priority, its cores, and whom it lets pass.
//!
//! Linux is asked for the first three. Elsewhere work is what the clock on the wall says, and the rest stays as it is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

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

/// What a thread does when it is asked to let others pass, and when it was asked last.
#[derive(Clone)]
struct Pass(Rc<dyn Fn()>, Rc<Cell<Instant>>);

/// It need not do it more often than that.
const OFTEN: Duration = Duration::from_millis(5);

thread_local! {
    static PASS: RefCell<Option<Pass>> = const { RefCell::new(None) };
}

/// Lets others pass, where this thread does something for which it has to. Calls of guests come here when they begin, and
/// at every tick.
pub(crate) fn let_pass() {
    // It may take long, and ask for something in between.
    let pass =
        PASS.with_borrow(|pass| pass.as_ref().filter(|Pass(_, last)| last.get().elapsed() >= OFTEN).cloned());
    if let Some(Pass(pass, last)) = pass {
        pass();
        last.set(Instant::now());
    }
}

/// Does something during which [`let_pass`] does `pass`.
pub(crate) fn letting_pass<T>(pass: impl Fn() + 'static, what: impl FnOnce() -> T) -> T {
    struct Until(Option<Pass>);
    impl Drop for Until {
        fn drop(&mut self) {
            PASS.set(self.0.take());
        }
    }
    let _until = Until(PASS.replace(Some(Pass(Rc::new(pass), Rc::new(Cell::new(Instant::now()))))));
    what()
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
/// them). It is never without any, as at the lowest priority it nearly would be.
#[cfg(target_os = "linux")]
const LOWERED: i32 = 10;

/// And so long it would like to run at once, more than the usual 3 ms at most: one that wakes and would like to run for
/// less goes before it. Of threads that would like the same, the kernel (6.6 and later) lets one that runs go on until
/// its time is over, which it only looks at every tick, 4 ms.
#[cfg(target_os = "linux")]
const SLICE: Duration = Duration::from_millis(10);

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
        // A kernel that does not count says 0.
        let counted =
            self.told("schedstat")?.split_whitespace().next()?.parse().ok().filter(|counted| *counted > 0);
        counted.map(Duration::from_nanos)
    }

    /// Whether it waits for something, a disk or another thread, and would not run on a free core; yes, where the system
    /// does not tell.
    pub(crate) fn waits(self) -> bool {
        #[cfg(target_os = "linux")]
        {
            // The state stands behind the name, which may hold anything.
            let stat = self.told("stat").unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| !rest.starts_with('R'))
        }
        #[cfg(not(target_os = "linux"))]
        true
    }

    #[cfg(target_os = "linux")]
    fn told(self, what: &str) -> Option<String> {
        std::fs::read_to_string(format!("/proc/self/task/{}/{what}", self.id.as_raw_nonzero())).ok()
    }

    /// Lowers it for good: raising one again takes a privilege. It must be there.
    pub(crate) fn lower(self) {
        #[cfg(target_os = "linux")]
        {
            let nice = (self.nice + LOWERED).min(19);
            // Where the system does not allow that either, it stays as it was.
            if !set_attributes(self.id, nice, SLICE) {
                let _ = rustix::process::setpriority_process(Some(self.id), nice);
            }
        }
    }
}

/// The cores that this process may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    /// All of them, and all but the first.
    #[cfg(target_os = "linux")]
    sets: Option<[rustix::thread::CpuSet; 2]>,
}

impl Cores {
    /// As the calling thread may.
    pub(crate) fn of_this_thread() -> Self {
        #[cfg(target_os = "linux")]
        return Self { sets: rustix::thread::sched_getaffinity(None).ok().and_then(less_one) };
        #[cfg(not(target_os = "linux"))]
        Self {}
    }

    /// The calling thread runs on any from now on, or leaves the first to others. Where there is but one, or the system
    /// does not allow it, it stays where it was.
    pub(crate) fn leave_one(self, leave: bool) {
        #[cfg(target_os = "linux")]
        if let Some([all, but_the_first]) = &self.sets {
            let _ = rustix::thread::sched_setaffinity(None, if leave { but_the_first } else { all });
        }
        #[cfg(not(target_os = "linux"))]
        let _ = leave;
    }
}

#[cfg(target_os = "linux")]
fn less_one(all: rustix::thread::CpuSet) -> Option<[rustix::thread::CpuSet; 2]> {
    let first = (0..rustix::thread::CpuSet::MAX_CPU).find(|core| all.is_set(*core))?;
    let mut others = all;
    others.unset(first);
    (others.count() > 0).then_some([all, others])
}

/// Sets a thread's niceness and how long it would like to run at once, which kernels before 6.12 do not look at; its
/// policy stays. Says whether the system did. No library that is used here offers it.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a system call")]
fn set_attributes(id: rustix::thread::Pid, nice: i32, slice: Duration) -> bool {
    const KEEP_POLICY: u64 = 0x08;
    let size = u32::try_from(size_of::<libc::sched_attr>()).unwrap_or_default();
    let attributes = libc::sched_attr {
        size,
        sched_policy: 0,
        sched_flags: KEEP_POLICY,
        sched_nice: nice,
        sched_priority: 0,
        sched_runtime: u64::try_from(slice.as_nanos()).unwrap_or_default(),
        sched_deadline: 0,
        sched_period: 0,
    };
    let id = id.as_raw_nonzero().get();
    // SAFETY: the kernel reads `size` bytes from the pointer, which is to a struct of that size that outlives the call,
    // and writes to them only where it refuses the size. Nothing else of this process is touched.
    unsafe { libc::syscall(libc::SYS_sched_setattr, id, &raw const attributes, 0) == 0 }
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
    fn a_thread_leaves_the_first_core_to_others_and_takes_it_again() {
        let cores = |all: [usize; 3]| {
            let mut set = rustix::thread::CpuSet::new();
            all.into_iter().for_each(|core| set.set(core));
            set
        };
        assert_eq!(less_one(cores([2, 5, 9])), Some([cores([2, 5, 9]), cores([5, 5, 9])]));
        assert_eq!(less_one(cores([7; 3])), None, "there is no other");
        let usual = || rustix::thread::sched_getaffinity(None).unwrap();
        let (all, own) = (usual(), Cores::of_this_thread());
        own.leave_one(true);
        assert_eq!(usual().count(), (all.count() - 1).max(1));
        own.leave_one(false);
        assert_eq!(usual(), all);
    }

    #[test]
    fn who_waits_does_not_run() {
        let ((tell, told), (send, receive)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
        let waits = std::thread::spawn(move || {
            tell.send(Thread::own()).unwrap();
            receive.recv()
        });
        let thread = told.recv().unwrap();
        while !thread.waits() {}
        assert!(!Thread::own().waits());
        send.send(()).unwrap();
        waits.join().unwrap().unwrap();
    }

    #[test]
    fn others_are_let_pass_while_something_is_done_and_not_behind_it() {
        let passed = Rc::new(Cell::new(0));
        let count = |by: u32| {
            let passed = Rc::clone(&passed);
            move || passed.set(passed.get() + by)
        };
        let let_pass = || {
            std::thread::sleep(OFTEN);
            let_pass();
        };
        let_pass();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            letting_pass(count(1), || {
                let_pass();
                letting_pass(count(10), let_pass);
                let_pass();
                panic!("it ends");
            })
        }));
        result.unwrap_err();
        let_pass();
        assert_eq!(passed.get(), 12);
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
