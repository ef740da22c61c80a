//! Capabilities and seccomp of the children, and how they are scheduled.
//!
//! Everything here degrades: what cannot be done is returned, to be reported, and the rest
//! is done all the same. Without full root (in a container, in a user namespace) that is normal.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use caps::{CapSet, Capability, CapsHashSet};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use crate::Error;

/// A capability that a child may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// `CAP_NET_ADMIN`: addresses, large socket buffers.
    NetAdmin,
    /// `CAP_NET_RAW`: raw and packet sockets.
    NetRaw,
    /// `CAP_NET_BIND_SERVICE`: ports below 1024.
    NetBindService,
    /// `CAP_SYS_NICE`: changes of scheduling at a reload.
    SysNice,
}

impl Keep {
    fn capability(self) -> Capability {
        match self {
            Self::NetAdmin => Capability::CAP_NET_ADMIN,
            Self::NetRaw => Capability::CAP_NET_RAW,
            Self::NetBindService => Capability::CAP_NET_BIND_SERVICE,
            Self::SysNice => Capability::CAP_SYS_NICE,
        }
    }
}

/// How the process is scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scheduling {
    /// Nice value, -20 to 19.
    pub nice: i32,
    /// Nobody asked for the nice value: it is no trouble when it cannot be had.
    pub nice_is_optional: bool,
    /// `SCHED_RR` priority, 1 to 99; the ordinary scheduler when not given.
    pub real_time: Option<u8>,
    /// Longest time of computing in one go under real-time scheduling, microseconds: see
    /// [`overran`]. 0: no limit.
    pub real_time_micros: u32,
    /// Processors it may run on, a bit for each; none set: as it was started.
    pub processors: Processors,
    /// Lock all memory, now and later.
    pub lock_memory: bool,
}

/// Processors of a machine, a bit for each.
pub type Processors = [u64; 16];

/// A bit for each processor; numbers beyond those that fit are left out.
pub fn processors(numbers: &[u16]) -> Processors {
    let mut bits = Processors::default();
    for number in numbers {
        if let Some(word) = bits.get_mut(usize::from(number / 64)) {
            *word |= 1 << (number % 64);
        }
    }
    bits
}

/// The kernel has said that a limit of [`Scheduling::real_time_micros`] was passed.
static OVERRAN: AtomicBool = AtomicBool::new(false);

extern "C" fn note_overrun(_: libc::c_int) {
    OVERRAN.store(true, Ordering::Relaxed);
}

/// Whether this process has computed for too long in one go since the last call. It should give
/// up real-time scheduling then, so that a mistake cannot take a processor for ever.
pub fn overran() -> bool {
    OVERRAN.swap(false, Ordering::Relaxed)
}

/// Limits the time of computing in one go under real-time scheduling; passing it is noted for
/// [`overran`], and kills nothing.
fn limit_real_time(micros: u32) -> io::Result<()> {
    let limit = match micros {
        0 => libc::RLIM_INFINITY,
        micros => micros.into(),
    };
    let limits = libc::rlimit {
        rlim_cur: limit,
        rlim_max: libc::RLIM_INFINITY,
    };
    let handler: extern "C" fn(libc::c_int) = note_overrun;
    // SAFETY: the handler only stores to an atomic, which is allowed at any moment.
    unsafe { libc::signal(libc::SIGXCPU, handler as libc::sighandler_t) };
    // SAFETY: the structure outlives the call, which only reads it.
    match unsafe { libc::setrlimit(libc::RLIMIT_RTTIME, &raw const limits) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Has this process run on these processors only; with none set, on all there are.
fn run_on(processors: Processors) -> io::Result<()> {
    let wanted = if processors == Processors::default() {
        [u64::MAX; 16]
    } else {
        processors
    };
    // SAFETY: the array is as long as said, outlives the call and is only read.
    let result =
        unsafe { libc::sched_setaffinity(0, size_of_val(&wanted), wanted.as_ptr().cast()) };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether this process has a capability in effect.
pub fn has(keep: Keep) -> bool {
    caps::has_cap(None, CapSet::Effective, keep.capability()).unwrap_or(false)
}

/// Sets nice value, real-time priority and memory lock; returns what could not be done.
///
/// Only what differs from the ordinary is touched, and `before` is what an earlier call asked for.
pub fn schedule(before: Scheduling, wanted: Scheduling) -> Vec<Error> {
    let mut problems = Vec::new();
    let mut note = |doing, on: String, result: libc::c_int| {
        if result != 0 {
            problems.push(Error::new(doing, on, io::Error::last_os_error()));
        }
    };
    if wanted.nice != before.nice {
        // SAFETY: plain numbers.
        let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, wanted.nice) };
        if !wanted.nice_is_optional {
            note("set nice value", wanted.nice.to_string(), result);
        }
    }
    if wanted.real_time != before.real_time {
        let (policy, priority) = match wanted.real_time {
            Some(priority) => (libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, priority.into()),
            // Who has no privilege cannot take that flag back, and has no need to.
            None => (libc::SCHED_OTHER | libc::SCHED_RESET_ON_FORK, 0),
        };
        let parameters = libc::sched_param {
            sched_priority: priority,
        };
        // SAFETY: the structure outlives the call, which only reads it.
        let result = unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
        note("set real-time priority", priority.to_string(), result);
    }
    let mut tell = |doing, on: String, result: io::Result<()>| {
        problems.extend(result.err().map(|error| Error::new(doing, on, error)));
    };
    // Without real-time scheduling the limit means nothing, and may stay.
    if wanted.real_time.is_some() && wanted.real_time_micros != before.real_time_micros
        || wanted.real_time.is_some() && before.real_time.is_none()
    {
        let micros = wanted.real_time_micros;
        let result = limit_real_time(micros);
        tell(
            "limit real-time computing to",
            format!("{micros} us"),
            result,
        );
    }
    if wanted.processors != before.processors {
        tell(
            "run on",
            "chosen processors".into(),
            run_on(wanted.processors),
        );
    }
    if wanted.lock_memory != before.lock_memory {
        let result = if wanted.lock_memory && !allow_locking() {
            let why = io::Error::other("the limit of locked memory (memlock) is in the way");
            tell("lock", "memory".into(), Err(why));
            0
        } else if wanted.lock_memory {
            // SAFETY: plain numbers.
            unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) }
        } else {
            // SAFETY: no arguments.
            unsafe { libc::munlockall() }
        };
        if result != 0 {
            tell("lock", "memory".into(), Err(io::Error::last_os_error()));
        }
    }
    problems
}

/// Lifts the limit of locked memory, as far as that is allowed; whether there is none. With one,
/// memory that is taken later could not be had at all once all memory is locked.
fn allow_locking() -> bool {
    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
    let most = RLIM_INFINITY;
    // Without privilege it stays as it is.
    let _ = setrlimit(Resource::RLIMIT_MEMLOCK, most, most);
    getrlimit(Resource::RLIMIT_MEMLOCK).is_ok_and(|(now, _)| now == most)
}

/// Gives up everything but these capabilities, for ever; returns what could not be done.
///
/// Afterwards this process and its children gain no privileges from any program, run no
/// program, and look into no other process. Call it with one thread, after all that needs more.
pub fn confine(keep: &[Keep]) -> Vec<Error> {
    let mut problems = Vec::new();
    allow_locking();
    if let Err(e) = nix::sys::prctl::set_no_new_privs() {
        problems.push(Error::new("give up", "new privileges", e));
    }
    if let Err(e) = drop_capabilities(keep) {
        problems.push(Error::new("give up", "capabilities", io::Error::other(e)));
    }
    if let Err(e) = deny_programs() {
        problems.push(Error::new("install", "system call filter", e));
    }
    problems
}

fn drop_capabilities(keep: &[Keep]) -> Result<(), caps::errors::CapsError> {
    let permitted = caps::read(None, CapSet::Permitted)?;
    let kept: CapsHashSet = keep
        .iter()
        .map(|keep| keep.capability())
        .filter(|capability| permitted.contains(capability))
        .collect();
    caps::clear(None, CapSet::Ambient)?;
    // The bounding set matters only to programs that are run; it needs a privilege of its own.
    if permitted.contains(&Capability::CAP_SETPCAP) {
        for capability in caps::all().difference(&kept) {
            // The kernel may know fewer capabilities than we do.
            if caps::has_cap(None, CapSet::Bounding, *capability).unwrap_or(false) {
                caps::drop(None, CapSet::Bounding, *capability)?;
            }
        }
    }
    caps::set(None, CapSet::Effective, &kept)?;
    caps::set(None, CapSet::Permitted, &kept)?;
    caps::clear(None, CapSet::Inheritable)
}

/// System calls that no child has any use for and that an intruder would want.
const DENIED: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_io_uring_setup,
];

/// Installs a filter that answers the denied calls with `EPERM`.
fn deny_programs() -> io::Result<()> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    let rules: BTreeMap<i64, Vec<_>> = DENIED.iter().map(|&call| (call, Vec::new())).collect();
    let refusal = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let program: BpfProgram =
        SeccompFilter::new(rules, SeccompAction::Allow, refusal, architecture)
            .and_then(TryInto::try_into)
            .map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}
