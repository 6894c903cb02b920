//! How the media process locks itself in, before it reads the first foreign byte: nothing to open, nobody to
//! call, nothing to start, bounded memory and time. Knows nothing of what is done inside.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::setup::Setup;

/// What could not be done; the process is then not confined.
pub type Problem = String;

/// Confines this process for good, or says what is missing. It must have one thread only.
pub fn confine(setup: &Setup) -> Result<(), Problem> {
    limit(Resource::As, setup.memory_limit)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nproc, 0)?;
    // A life's worth; each request sets the soft limit within it (`allow_cpu`).
    limit(Resource::Cpu, setup.cpu_seconds.saturating_mul(u64::from(setup.recycle_after) + 1))?;
    lock()?;
    limit(Resource::Nofile, 3)
}

/// Gives the next request its share of CPU time; beyond it the process is killed by `SIGXCPU`.
pub fn allow_cpu(seconds: u64) -> Result<(), Problem> {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let used = u64::try_from(clock.tv_sec).unwrap_or(u64::MAX);
    let hard = getrlimit(Resource::Cpu).maximum;
    // Seconds are rounded down, so one more is granted than was used.
    let soft = used.saturating_add(1).saturating_add(seconds);
    let soft = hard.map_or(soft, |hard| soft.min(hard));
    setrlimit(Resource::Cpu, Rlimit { current: Some(soft), maximum: hard })
        .map_err(|error| format!("the CPU limit cannot be set: {error}"))
}

fn limit(resource: Resource, most: u64) -> Result<(), Problem> {
    // A hard limit that is already lower stays: raising it needs a privilege.
    let most = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
    setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
        .map_err(|error| format!("the limit {resource:?} cannot be set: {error}"))
}

#[cfg(not(target_os = "linux"))]
fn lock() -> Result<(), Problem> {
    Err("Landlock and seccomp are Linux's; on this system only limits are set".into())
}

#[cfg(target_os = "linux")]
use linux::lock;

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope,
    };
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };

    use super::Problem;

    pub fn lock() -> Result<(), Problem> {
        close_inherited()?;
        alone()?;
        rustix::thread::set_no_new_privs(true)
            .map_err(|error| format!("new privileges cannot be ruled out: {error}"))?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .map_err(|error| format!("the process cannot be made undumpable: {error}"))?;
        landlock().map_err(|error| format!("Landlock: {error}"))?;
        seccomp().map_err(|error| format!("seccomp: {error}"))
    }

    /// Whoever started the server may have leaked descriptors into it; only the three pipes stay.
    fn close_inherited() -> Result<(), Problem> {
        let listing = std::fs::read_dir("/proc/self/fd")
            .map_err(|error| format!("the open descriptors cannot be listed: {error}"))?;
        let open: Vec<i32> = listing
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|number| *number > 2)
            .collect();
        for number in open {
            // The listing's own descriptor is closed by now; that one answers EBADF.
            let _ = nix::unistd::close(number);
        }
        Ok(())
    }

    /// Landlock and seccomp bind the thread that asks for them; there must be no other.
    fn alone() -> Result<(), Problem> {
        match std::fs::read_dir("/proc/self/task").map(Iterator::count) {
            Ok(1) => Ok(()),
            Ok(threads) => Err(format!("the process has {threads} threads; only one can be confined")),
            Err(error) => Err(format!("the threads cannot be counted: {error}")),
        }
    }

    fn landlock() -> Result<(), Problem> {
        let status = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(ABI::V1))
            .and_then(|rules| {
                // Newer kernels know more to deny; older ones deny it through seccomp alone.
                rules
                    .set_compatibility(CompatLevel::BestEffort)
                    .handle_access(AccessFs::from_all(ABI::V6))?
                    .handle_access(AccessNet::from_all(ABI::V6))?
                    .scope(Scope::from_all(ABI::V6))?
                    .create()?
                    .restrict_self()
            })
            .map_err(|error| error.to_string())?;
        match status.ruleset {
            RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
            RulesetStatus::NotEnforced => Err("the kernel does not have it switched on".into()),
        }
    }

    #[cfg(target_arch = "x86_64")]
    const ARCH: TargetArch = TargetArch::x86_64;
    #[cfg(target_arch = "aarch64")]
    const ARCH: TargetArch = TargetArch::aarch64;

    /// What a computing process with one thread calls, whatever its arguments.
    const FREE: &[i64] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_restart_syscall,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_yield,
        libc::SYS_sigaltstack,
    ];

    fn seccomp() -> Result<(), Problem> {
        let filter = filter().map_err(|error| error.to_string())?;
        seccompiler::apply_filter(&filter).map_err(|error| error.to_string())
    }

    fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FREE.iter().map(|call| (*call, vec![])).collect();
        // Memory that can be executed is never given out.
        let exec = u64::from(libc::PROT_EXEC.unsigned_abs());
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            rules.insert(call, vec![only(2, SeccompCmpOp::MaskedEq(exec), 0)?]);
        }
        // Limits and signals (abort) of this process only.
        rules.insert(libc::SYS_prlimit64, vec![only(0, SeccompCmpOp::Eq, 0)?]);
        let own = u64::from(std::process::id());
        for call in [libc::SYS_tgkill, libc::SYS_tkill] {
            rules.insert(call, vec![only(0, SeccompCmpOp::Eq, own)?]);
        }
        SeccompFilter::new(
            rules,
            // Refused, not killed: a library that asks for more must be able to do without.
            SeccompAction::Errno(libc::EPERM.unsigned_abs()),
            SeccompAction::Allow,
            ARCH,
        )?
        .try_into()
    }

    fn only(
        argument: u8,
        operator: SeccompCmpOp,
        value: u64,
    ) -> Result<SeccompRule, seccompiler::BackendError> {
        SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?])
    }

    #[cfg(test)]
    mod tests {
        use std::fs::File;
        use std::io::ErrorKind;
        use std::net::{TcpListener, TcpStream};

        use super::*;

        /// Each lock binds the thread that asks for it, so a thread is enough to see what it denies alone.
        fn in_a_thread(test: impl FnOnce() + Send + 'static) {
            std::thread::spawn(test).join().expect("the test in the thread");
        }

        #[test]
        fn landlock_alone_denies_files_and_connections() {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("an address");
            File::open("/proc/self/status").expect("before, files open");
            in_a_thread(move || {
                landlock().expect("Landlock");
                let file = File::open("/proc/self/status").expect_err("no file");
                let connection = TcpStream::connect(address).expect_err("no connection");
                assert_eq!(file.kind(), ErrorKind::PermissionDenied);
                assert_eq!(connection.kind(), ErrorKind::PermissionDenied);
            });
        }

        #[test]
        fn seccomp_alone_denies_files_and_connections_and_processes() {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("an address");
            in_a_thread(move || {
                seccomp().expect("seccomp");
                let file = File::open("/proc/self/status").expect_err("no file");
                let connection = TcpStream::connect(address).expect_err("no connection");
                let program = std::process::Command::new("/bin/true").status().expect_err("no program");
                for error in [file, connection, program] {
                    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
                }
            });
        }

        #[test]
        fn a_process_with_more_threads_is_not_confined() {
            // The test runner has its own.
            assert!(alone().is_err());
        }
    }
}
