//! Processes that a command started, and their children: none may outlive it. Linux only; elsewhere it sees
//! nothing.

use std::time::{Duration, Instant};

/// Makes this process the parent of every orphan below it, so that none gets away unseen.
pub fn adopt() {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// What still runs below this process after at most `patience`, each as its id and command line; kills it.
pub fn left_running(patience: Duration) -> Vec<String> {
    let deadline = Instant::now() + patience;
    loop {
        let left = below(std::process::id());
        if left.is_empty() {
            return Vec::new();
        }
        if Instant::now() > deadline {
            return left.into_iter().map(kill).collect();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn kill(id: u32) -> String {
    let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).replace('\0', " ");
    let process = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(process) = process {
        rustix::process::kill_process(process, rustix::process::Signal::KILL).ok();
    }
    format!("{id} {command}")
}

/// The ids of all living processes below `ancestor`, children before grandchildren.
pub fn below(ancestor: u32) -> Vec<u32> {
    let mut parents: Vec<(u32, u32)> = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // "id (name) state parent …", and the name may hold anything.
        let Some((_, rest)) = stat.rsplit_once(") ") else { continue };
        let mut fields = rest.split(' ');
        if let (Some(state), Some(Ok(parent))) = (fields.next(), fields.next().map(str::parse))
            && state != "Z"
        {
            parents.push((id, parent));
        }
    }
    let mut found = vec![ancestor];
    let mut at = 0;
    while at < found.len() {
        let parent = found[at];
        found.extend(parents.iter().filter(|(_, its)| *its == parent).map(|(id, _)| *id));
        at += 1;
    }
    found.split_off(1)
}
