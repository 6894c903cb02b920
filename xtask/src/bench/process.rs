//! What processes cost, as the kernel counts it. Knows /proc and no service.

use std::time::{Duration, Instant};

use crate::{interrupt, offspring};

/// A process and its children: nanoseconds of CPU of all their threads so far.
pub fn cpu(id: u32) -> u64 {
    family(id).into_iter().map(of_one).sum()
}

fn of_one(id: u32) -> u64 {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let stats = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    // "nanoseconds on a processor, nanoseconds waiting for one, times"
    stats.filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok()).sum()
}

fn family(id: u32) -> Vec<u32> {
    let mut family = offspring::below(id);
    family.push(id);
    family
}

/// Megabytes (MiB) of a process and its children.
pub struct Memory {
    /// Resident: what both share is counted twice.
    pub resident: f64,
    /// Proportional: what is shared with others is divided among them.
    pub proportional: f64,
}

pub fn memory(id: u32) -> Memory {
    let kilobytes = |id: u32, file: &str, name: &str| -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN)
    };
    let sum =
        |file: &str, name: &str| family(id).into_iter().map(|id| kilobytes(id, file, name)).sum::<f64>();
    Memory { resident: sum("status", "VmRSS:") / 1024.0, proportional: sum("smaps_rollup", "Pss:") / 1024.0 }
}

/// Waits until a process and its children do next to nothing, at most so long.
pub fn wait_until_idle(id: u32, patience: Duration) -> anyhow::Result<()> {
    const LOOK: Duration = Duration::from_millis(500);
    let start = Instant::now();
    let mut before = cpu(id);
    while start.elapsed() < patience {
        interrupt::check()?;
        std::thread::sleep(LOOK);
        let now = cpu(id);
        if now.saturating_sub(before) < 10_000_000 {
            return Ok(());
        }
        before = now;
    }
    anyhow::bail!("the service is still at work after {} s", patience.as_secs())
}
