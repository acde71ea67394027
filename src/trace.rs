//! `GIT_TRACE_BITBUCKET`: each decision and each request, on stderr or in a file. Only our own targets pass, so that no
//! library can write what it holds; and what we log holds no secret by type.

use crate::config::Environment;
use crate::files;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

struct Trace(Mutex<Box<dyn Write + Send>>);

/// Starts tracing where the variable says so: `1` or `true` to stderr, an absolute path to that file (appended, 0600).
pub fn start(environment: &Environment, verbose: bool) {
    let Some(target) = target(environment, verbose) else { return };
    if log::set_boxed_logger(Box::new(Trace(Mutex::new(target)))).is_ok() {
        log::set_max_level(log::LevelFilter::Debug);
    }
}

fn target(environment: &Environment, verbose: bool) -> Option<Box<dyn Write + Send>> {
    let Some(value) = environment.text("GIT_TRACE_BITBUCKET") else {
        return verbose.then(|| Box::new(std::io::stderr()) as _);
    };
    if Path::new(&value).is_absolute() {
        let file: File = files::append_to(Path::new(&value)).ok()?;
        return Some(Box::new(file));
    }
    (crate::config::git_boolean(&value) == Some(true)).then(|| Box::new(std::io::stderr()) as _)
}

impl log::Log for Trace {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata())
            && let Ok(mut target) = self.0.lock()
        {
            // a trace that cannot be written must not stop what it accompanies
            let _ = writeln!(target, "bitbucket: {}", record.args());
        }
    }

    fn flush(&self) {}
}
