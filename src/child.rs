//! Runs one program: found by absolute path, given its secret by stdin, heard in full, ended at a limit.
//! It knows no program; what a child says on stderr may quote what it was given, so only its caller knows whether to show it.

use crate::error::{Error, Result};
use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::io::{PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often an ending child is looked at; its pipes are closed by then, so this is seldom more than once.
const PAUSE: Duration = Duration::from_millis(2);
/// More than any answer; a child that says more is not listened to further.
const LONGEST: u64 = 1 << 20;

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
    /// The program at `path`, called `name` in messages. It knows `environment` and nothing else, and is ended after `limit`.
    pub fn new(name: &'static str, path: PathBuf, environment: Vec<(OsString, OsString)>, limit: Duration) -> Self {
        Self { name, path, environment, limit }
    }

    /// The same, called otherwise in messages.
    pub fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Adds a variable for the child.
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs it once; an error if it cannot start or the limit passes, which ends it and whatever it started.
    pub fn run(&self, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<Answer> {
        let begun = Instant::now();
        let outcome = self.run_until(begun + self.limit, arguments, input);
        let said = match &outcome {
            Ok(answer) if answer.success => "well".to_owned(),
            Ok(_) => "failed".to_owned(),
            Err(error) => error.to_string(),
        };
        log::debug!("child {}: {said}, {} ms", self.name, begun.elapsed().as_millis());
        outcome
    }

    fn run_until(&self, end: Instant, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<Answer> {
        let cannot = |_| self.failed("cannot be started");
        let (heard, mut mouth) = std::io::pipe().map_err(cannot)?;
        let rest = tell_ahead(&mut mouth, input);
        let mut child = self.command(arguments).stdin(heard).spawn().map_err(cannot)?;
        let output = listen(child.stdout.take());
        let complaint = listen(child.stderr.take());
        tell(mouth, rest);
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

    fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        // The root, since no child of ours should see a working folder that somebody else filled.
        command.current_dir(self.path.ancestors().last().unwrap_or(Path::new("/")));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that a limit ends `gpg` below `pass` as well.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// The full path of a program. Only absolute folders count, so never the working folder, whatever `PATH` says (GO-2022-0395).
pub fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let file = match name.ends_with(EXE_SUFFIX) {
        true => name.to_owned(),
        false => format!("{name}{EXE_SUFFIX}"),
    };
    let folders = folders.iter().filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(&file)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// In a thread, so that neither pipe can fill up and no grandchild that keeps one open can hold us.
fn listen(pipe: Option<impl Read + Send + 'static>) -> Receiver<Zeroizing<Vec<u8>>> {
    let (said, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
        let _ = pipe.map(|pipe| pipe.take(LONGEST).read_to_end(&mut bytes));
        said.send(bytes)
    });
    heard
}

/// What the pipe holds (64 KiB on Linux, more than a secret) is in it before the child starts: if we are killed meanwhile, `pass`
/// still hears all of it, where it would put nothing in the place of what it kept. Gives back what is still to be told.
#[cfg(unix)]
fn tell_ahead<'a>(mouth: &mut PipeWriter, input: &'a [u8]) -> &'a [u8] {
    // a user of many pipes gets small ones (pipe(7)), and nobody reads yet
    let waits = |is: bool| rustix::io::ioctl_fionbio(&*mouth, !is);
    let told = waits(false).map_or(0, |()| rustix::io::write(&*mouth, input).unwrap_or(0));
    let _ = waits(true);
    &input[told..]
}

/// Here nothing writes to a pipe without waiting.
#[cfg(not(unix))]
fn tell_ahead<'a>(_: &mut PipeWriter, input: &'a [u8]) -> &'a [u8] {
    input
}

/// Errors are left to the exit status: a child may well end before it has read everything.
fn tell(mut mouth: PipeWriter, rest: &[u8]) {
    let _ = mouth.write_all(rest);
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

    const LONG: Duration = Duration::from_secs(60);

    fn tool(script: &str, limit: Duration) -> (tempfile::TempDir, Program) {
        let desk = tempfile::tempdir().expect("a folder");
        let path = desk.path().join("tool");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("changed");
        let environment = vec![("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), "/nowhere".into())];
        (desk, Program::new("tool", path, environment, limit))
    }

    #[test]
    fn a_child_reads_stdin_and_knows_only_what_it_was_given() {
        let script = "cat; echo complaint >&2; echo $HOME $EXTRA ${CARGO_MANIFEST_DIR:-nothing else}";
        let (_desk, tool) = tool(script, LONG);
        let answer = tool.with("EXTRA", "more").run(&[""; 0], b"secret ").expect("ran");
        assert!(answer.success);
        assert_eq!(answer.output.as_slice(), b"secret /nowhere more nothing else\n");
        assert_eq!(answer.complaint.as_slice(), b"complaint\n");
    }

    #[test]
    fn what_does_not_fit_the_pipe_is_told_as_well() {
        let (_desk, tool) = tool("cat", LONG);
        let long = [b'x'; 300_000];
        assert_eq!(tool.run(&[""; 0], &long).expect("ran").output.as_slice(), long);
    }

    #[test]
    fn a_child_that_never_stops_talking_is_not_listened_to_for_ever() {
        let (_desk, tool) = tool("yes", LONG);
        let answer = tool.run(&[""; 0], b"").expect("ended by its closed pipe");
        assert_eq!(answer.output.len() as u64, LONGEST);
    }

    #[test]
    fn a_child_that_takes_too_long_is_ended_with_its_own_children() {
        let (desk, tool) = tool("sleep 600 & echo $! > \"$1\"; wait", Duration::from_millis(300));
        let note = desk.path().join("pid");
        let began = Instant::now();
        let error = tool.run(&[&note], b"").err();
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
        let (desk, _tool) = tool("true", LONG);
        assert_eq!(find("tool", &["".into(), ".".into(), "src".into()]), None);
        assert!(find("tool", &[".".into(), desk.path().into()]).is_some());
        std::fs::set_permissions(desk.path().join("tool"), PermissionsExt::from_mode(0o644)).expect("changed");
        assert_eq!(find("tool", &[desk.path().into()]), None);
    }
}
