//! Runs one program for a storage: found by absolute path, given its secret by stdin, heard in full, ended at a limit.
//! It knows no program; what a child says on stderr is never shown, since it may quote what it was given.

use super::Place;
use crate::error::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often an ending child is looked at; its pipes are closed by then, so this is seldom more than once.
const PAUSE: Duration = Duration::from_millis(2);

/// A program that is there, with what it may know and how long it may take.
pub struct Program {
    name: &'static str,
    path: PathBuf,
    environment: Vec<(OsString, OsString)>,
    limit: Duration,
}

/// How a child ended, and what it said.
pub struct Answer {
    pub success: bool,
    pub output: Zeroizing<Vec<u8>>,
    pub complaint: Zeroizing<Vec<u8>>,
}

impl Program {
    /// Looks through the absolute folders of the search path alone (GO-2022-0395); an error if it is nowhere.
    pub fn find(name: &'static str, place: &Place) -> Result<Self> {
        let folders = place.search_path.iter().filter(|folder| folder.is_absolute());
        let path = folders.map(|folder| folder.join(name).with_extension(EXTENSION)).find(|path| is_program(path));
        let path = path.ok_or(Error::Program { name, why: "is not installed" })?;
        Ok(Self { name, path, environment: environment(place), limit: place.limit() })
    }

    /// Adds a variable for the child.
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs it once; an error if it cannot start or the limit passes, which ends it and whatever it started.
    pub fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Answer> {
        let end = Instant::now() + self.limit;
        let mut child = self.command(arguments).spawn().map_err(|_| self.failed("cannot be started"))?;
        let output = listen(child.stdout.take());
        let complaint = listen(child.stderr.take());
        tell(&mut child, input);
        let answer = collect(&mut child, &output, &complaint, end);
        if answer.is_none() {
            stop(&mut child);
        }
        answer.ok_or_else(|| self.failed("did not answer in time"))
    }

    /// An error about this program.
    pub fn failed(&self, why: &'static str) -> Error {
        Error::Program { name: self.name, why }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        // The root, since no child of ours should see a working folder that somebody else filled.
        command.current_dir(self.path.ancestors().last().unwrap_or(Path::new("/")));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that a limit ends `gpg` below `pass` as well.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

#[cfg(windows)]
const EXTENSION: &str = "exe";
#[cfg(not(windows))]
const EXTENSION: &str = "";

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn environment(place: &Place) -> Vec<(OsString, OsString)> {
    let folders = place.search_path.iter().filter(|folder| folder.is_absolute());
    let path = std::env::join_paths(folders).unwrap_or_default();
    let home = place.home.as_ref().map(|home| ("HOME".into(), home.into()));
    let passwords = place.password_store_dir.as_ref().map(|folder| ("PASSWORD_STORE_DIR".into(), folder.into()));
    let own = [("PATH".into(), path)].into_iter().chain(home).chain(passwords);
    let taken = |name: &OsStr| ["PATH", "HOME", "PASSWORD_STORE_DIR"].iter().any(|own| name == *own);
    let given = place.environment.iter().filter(|(name, _)| !taken(name)).cloned();
    own.chain(given).collect()
}

/// In a thread, so that neither pipe can fill up and no grandchild that keeps one open can hold us.
fn listen(pipe: Option<impl Read + Send + 'static>) -> Receiver<Zeroizing<Vec<u8>>> {
    let (said, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        said.send(bytes)
    });
    heard
}

/// Errors are left to the exit status: a child may well end before it has read everything. A secret fits the pipe's 64 KiB.
fn tell(child: &mut Child, input: &[u8]) {
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(input));
}

fn collect(
    child: &mut Child,
    output: &Receiver<Zeroizing<Vec<u8>>>,
    complaint: &Receiver<Zeroizing<Vec<u8>>>,
    end: Instant,
) -> Option<Answer> {
    let left = || end.saturating_duration_since(Instant::now());
    let output = output.recv_timeout(left()).ok()?;
    let complaint = complaint.recv_timeout(left()).ok()?;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(Answer { success: status.success(), output, complaint });
        }
        if left().is_zero() {
            return None;
        }
        // Both pipes are closed, so it is ending; std can wait for that only without a limit.
        thread::park_timeout(PAUSE);
    }
}

#[cfg(unix)]
fn stop(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let _ = group.map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
    let _ = child.kill().and_then(|()| child.wait());
}

#[cfg(not(unix))]
fn stop(child: &mut Child) {
    let _ = child.kill().and_then(|()| child.wait());
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn place_with(script: &str) -> (tempfile::TempDir, Place) {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("tool");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("changed");
        let search_path = vec!["".into(), ".".into(), home.path().into(), "/usr/bin".into(), "/bin".into()];
        let place = Place { search_path, home: Some("/nowhere".into()), ..Place::default() };
        (home, place)
    }

    #[test]
    fn a_child_reads_stdin_and_knows_only_what_it_was_given() {
        let (_desk, place) =
            place_with("cat; echo complaint >&2; echo $HOME $EXTRA ${CARGO_MANIFEST_DIR:-nothing else}");
        let tool = Program::find("tool", &place).expect("there").with("EXTRA", "more");
        let answer = tool.run(&[], b"secret ").expect("ran");
        assert!(answer.success);
        assert_eq!(answer.output.as_slice(), b"secret /nowhere more nothing else\n");
        assert_eq!(answer.complaint.as_slice(), b"complaint\n");
    }

    #[test]
    fn a_child_that_takes_too_long_is_ended_with_its_own_children() {
        let (desk, place) = place_with("sleep 600 & echo $! > \"$1\"; wait");
        let mut tool = Program::find("tool", &place).expect("there");
        tool.limit = Duration::from_millis(300);
        let note = desk.path().join("pid");
        let began = Instant::now();
        let error = tool.run(&[note.to_str().expect("plain")], b"").err();
        assert_eq!(error, Some(Error::Program { name: "tool", why: "did not answer in time" }));
        assert!(began.elapsed() < Duration::from_secs(5));
        let pid = std::fs::read_to_string(&note).expect("written");
        // a signal is delivered when the kernel comes to it
        let end = Instant::now() + Duration::from_secs(30);
        while is_alive(pid.trim()) {
            assert!(Instant::now() < end, "the grandchild lives on");
        }
    }

    fn is_alive(pid: &str) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !(status.is_empty() || status.contains(") Z ") || status.contains(") X "))
    }

    #[test]
    fn a_program_is_never_taken_from_a_relative_folder() {
        let (desk, mut place) = place_with("true");
        place.search_path = vec!["".into(), ".".into(), "src".into()];
        let error = Program::find("tool", &place).err();
        assert_eq!(error, Some(Error::Program { name: "tool", why: "is not installed" }));
        std::fs::set_permissions(desk.path().join("tool"), PermissionsExt::from_mode(0o644)).expect("changed");
        place.search_path = vec![desk.path().into()];
        assert!(Program::find("tool", &place).is_err());
    }
}
