//! What was freed, given back to the system. By itself glibc gives back no more than what is free at the end of its heap, and
//! the least that a burst leaves there keeps everything before it: of 8.5 MiB that a pod kept after a load 2.6 were in use.

/// Gives back every page that is free. Whoever allocates meanwhile waits: some milliseconds at most.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "no safe function and no setting does it")]
pub fn give_back() {
    // SAFETY: it takes no pointer, moves nothing, and holds glibc's own locks.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators give back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn give_back() {}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::give_back;

    /// Kibibytes of anonymous memory that this process has.
    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("it is told");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    #[test]
    fn what_was_freed_below_something_that_lives_is_given_back() {
        const MANY: usize = 40_000;
        let burst: Vec<Box<[u8; 1024]>> = (0..MANY).map(|_| Box::new([1; 1024])).collect();
        let lives = Box::new([1_u8; 1024]);
        drop(burst);
        let before = resident();
        give_back();
        let after = resident();
        assert!(after + MANY / 2 < before, "{before} KiB, then {after}");
        assert_eq!(lives[0], 1);
    }
}
