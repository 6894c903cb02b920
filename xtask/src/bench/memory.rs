//! How much memory the service and the process that looks inside hold together: when nothing was asked of it yet, and
//! after the demo's whole job.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::{Extent, Line, process};
use crate::demo::job::Job;
use crate::demo::samples::Samples;
use crate::service::Start;
use crate::{demo, workspace};

const PATIENCE: Duration = Duration::from_mins(1);

pub fn measure(program: &Path, extent: &Extent) -> anyhow::Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let start = Start { program, folder: folder.path(), port: 0, settings: &[], aloud: false };
    let service = start.start()?;
    std::thread::sleep(extent.rest);
    process::wait_until_idle(service.id(), PATIENCE)?;
    let idle = process::memory(service.id());

    let samples = Samples::read(&workspace::root().join("samples/samples.toml"), &[])?;
    let token = service.one_time_token.clone().context("a fresh folder has no user")?;
    let progress = demo::progress();
    let job = Job::run(&samples, &service.url, &token, &progress)?;
    ensure!(job.mismatches.is_empty(), "the demo's job did not go as it must: see `cargo xtask demo --once`");
    process::wait_until_idle(service.id(), PATIENCE)?;
    let after = process::memory(service.id());
    service.end()?;
    Ok(vec![
        Line::of("resident memory of server and child, idle", "MiB", &[idle.resident]).held_to(25.0, 15.0),
        Line::of("the same, proportional (Pss)", "MiB", &[idle.proportional]),
        Line::of("resident memory of server and child, after the demo's job", "MiB", &[after.resident])
            .held_to(40.0, 30.0),
        Line::of("the same, proportional (Pss)", "MiB", &[after.proportional]),
    ])
}
