//! The program that desktops and editors set for asking (git, "GIT_ASKPASS"): one question as its argument, one line back.

use crate::error::{Error, Result};
use crate::secret::Secret;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

pub struct Askpass {
    program: PathBuf,
}

impl Askpass {
    /// A bare name is looked for in the given folders, never in the working folder (T8 of the security checklist).
    pub fn find(program: &str, search_path: &[PathBuf]) -> Option<Self> {
        let path = Path::new(program);
        let program = match path.is_absolute() {
            true => Some(path.to_owned()),
            false if path.components().count() == 1 => {
                search_path.iter().map(|folder| folder.join(path)).find(|file| file.is_file())
            }
            false => None,
        };
        program.map(|program| Self { program })
    }

    /// The first line of its answer; `None` if it failed, which is how such windows say "cancel".
    pub fn ask(&self, question: &str) -> Result<Option<Secret>> {
        let failed =
            |_| Error::Program { name: "askpass", why: "could not be started; see `GIT_ASKPASS`, `core.askPass`" };
        let output = Command::new(&self.program)
            .arg(question)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(failed)?;
        log::debug!("child askpass: {}", output.status);
        let answer = Zeroizing::new(output.stdout);
        let line = answer.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(output.status.success().then(|| Secret::new(line)))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn program(script: &str) -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().expect("a folder to play in");
        let path = place.path().join("ask");
        super::super::written_by_a_child(&path, &format!("#!/bin/sh\n{script}\n"));
        (place, path)
    }

    fn ask(script: &str, question: &str) -> Option<Secret> {
        let (_place, path) = program(script);
        Askpass::find(path.to_str().expect("text"), &[]).expect("found").ask(question).expect("started")
    }

    #[test]
    fn the_question_is_one_argument_and_the_answer_the_first_line() {
        let answer = ask(r#"printf '%s %s\nmore\n' "$#" "$1""#, "Token for $(x) `y`: ");
        assert_eq!(answer, Some(Secret::new("1 Token for $(x) `y`: ")));
    }

    #[test]
    fn a_window_that_was_closed_is_a_cancel() {
        assert_eq!(ask("echo secret; exit 1", "?"), None);
    }

    #[test]
    fn a_bare_name_is_not_looked_for_in_the_working_folder() {
        let (place, _path) = program("echo x");
        assert!(Askpass::find("ask", &[]).is_none());
        assert!(Askpass::find("./ask", &[place.path().to_owned()]).is_none());
        assert!(Askpass::find("ask", &[place.path().to_owned()]).is_some());
    }
}
