//! Ctrl-C and a polite kill: noticed once, so that whoever works can put away what they took out. A second one
//! ends the program where it stands. Knows nothing of what there is to put away.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

static CAME: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// As a shell tells of an interrupted command.
pub const EXIT_CODE: u8 = 130;

/// From now on an interruption is noticed, and does not end the program by itself.
pub fn watch() -> anyhow::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // In this order: the first one passes the first handler, since the flag is not up yet.
        flag::register_conditional_shutdown(signal, EXIT_CODE.into(), CAME.clone())?;
        flag::register(signal, CAME.clone())?;
    }
    Ok(())
}

/// Whether one came.
pub fn came() -> bool {
    CAME.load(Ordering::SeqCst)
}

/// An error when one came.
pub fn check() -> anyhow::Result<()> {
    anyhow::ensure!(!came(), "interrupted");
    Ok(())
}

/// Waits for one.
pub fn wait() -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    // One that came before this was set up is not told of again.
    if !came() {
        signals.forever().next();
    }
    Ok(())
}
