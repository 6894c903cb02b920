//! Small programs that Redis runs as one step. Knows none of them.

use deadpool_redis::redis::{Cmd, Pipeline, Script, cmd};

/// A program in Lua, with one key or several.
pub(crate) struct Lua {
    source: &'static str,
    script: Script,
}

impl Lua {
    pub(crate) fn new(source: &'static str) -> Self {
        Self { source, script: Script::new(source) }
    }

    /// Runs it, whether Redis has seen it before or not: Redis compiles what it has not seen only.
    pub(crate) fn call(&self, keys: &[&str]) -> Cmd {
        let mut call = cmd("EVAL");
        call.arg(self.source).arg(keys.len()).arg(keys);
        call
    }

    /// Adds a call to those that go in one round trip; the first one brings the program, the others name it.
    pub(crate) fn add(&self, pipeline: &mut Pipeline, keys: &[&str], arguments: &[&str]) {
        let mut call = if pipeline.is_empty() {
            self.call(keys)
        } else {
            let mut call = cmd("EVALSHA");
            call.arg(self.script.get_hash()).arg(keys.len()).arg(keys);
            call
        };
        call.arg(arguments);
        pipeline.add_command(call);
    }
}
