//! `GIT_TRACE_BITBUCKET`: each decision, request, storage and child, on stderr or in a file. Only our own targets pass, so that
//! no library can write what it holds; and what we log holds no secret by type.

use crate::config::Environment;
use crate::credential::Shape;
use crate::error::{Error, escaped};
use crate::files;
use crate::prompt::aside;
use crate::secret::Secret;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

/// Where it goes.
enum Target {
    Stderr,
    File(Mutex<File>),
}

/// Starts tracing where the variable says so: `1`, `2` or `true` to stderr, as Git's own traces, an absolute path to that
/// file (appended, 0600). Anything else is told once and has no further effect.
pub fn start(environment: &Environment, verbose: bool) {
    let target = match wanted(environment) {
        Ok(target) => target.or(verbose.then_some(Target::Stderr)),
        Err(why) => {
            let _ = aside(|| writeln!(std::io::stderr(), "git-credential-bitbucket: no trace: {why}"));
            None
        }
    };
    let Some(target) = target else { return };
    if log::set_boxed_logger(Box::new(target)).is_ok() {
        log::set_max_level(log::LevelFilter::Debug);
    }
}

fn wanted(environment: &Environment) -> Result<Option<Target>, Error> {
    let value = environment.text("GIT_TRACE_BITBUCKET").unwrap_or_default();
    if Path::new(&value).is_absolute() {
        return files::append_to(Path::new(&value)).map(|file| Some(Target::File(Mutex::new(file))));
    }
    match value.to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "no" | "off" => Ok(None),
        "1" | "2" | "true" | "yes" | "on" => Ok(Some(Target::Stderr)),
        _ => Err(Error::Usage("`GIT_TRACE_BITBUCKET` is neither `1` nor the absolute path of a file".into())),
    }
}

/// What looks like a token is hidden wherever it stands: some put theirs in the place of the username.
fn masked(line: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "-_=.+/".contains(c);
    let pieces = line.split_inclusive(|c| !belongs(c));
    let hidden = |piece: &str| {
        let word = piece.trim_end_matches(|c| !belongs(c));
        match Shape::of(&Secret::new(word)) {
            Shape::Unknown => piece.to_owned(),
            _ => format!("[token]{}", &piece[word.len()..]),
        }
    };
    pieces.map(hidden).collect()
}

impl log::Log for Target {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = masked(&escaped(&record.args().to_string()));
        // one write for each line, since other processes write there too; one that fails must not stop what it accompanies
        let _ = match self {
            Self::Stderr => aside(|| std::io::stderr().write_all(format!("bitbucket: {line}\n").as_bytes())),
            Self::File(file) => match file.lock() {
                Ok(mut file) => file.write_all(format!("bitbucket {}: {line}\n", std::process::id()).as_bytes()),
                Err(_) => Ok(()),
            },
        };
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_place_of_a_name_is_hidden_and_all_else_is_not() {
        let line = "account ATATT3xFfGF0abc=86F7E437 (named in the address), ATCTTx: found, acme/app.git 12 ms";
        assert_eq!(masked(line), "account [token] (named in the address), [token]: found, acme/app.git 12 ms");
        for plain in ["GET https://api.bitbucket.org/2.0/user: 200, 3 ms", "Zo\u{eb} at https://h.example:8443/x", ""] {
            assert_eq!(masked(plain), plain);
        }
    }

    fn is_off_or_on(value: &str) -> Option<bool> {
        wanted(&Environment::from([("GIT_TRACE_BITBUCKET", value)])).ok().map(|target| target.is_some())
    }

    #[test]
    fn the_variable_is_read_as_gits_own_and_anything_else_is_an_error() {
        for (value, on) in
            [("1", true), ("2", true), ("true", true), ("True", true), ("0", false), ("false", false), ("", false)]
        {
            assert_eq!(is_off_or_on(value), Some(on), "{value}");
        }
        for bad in ["trace.log", "./trace", "7", "yes please", "/nowhere/at/all/trace", "/"] {
            assert_eq!(is_off_or_on(bad), None, "{bad}");
        }
    }
}
