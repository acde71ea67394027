//! Who called us: the gits and the shells above this process, and whether one of them has gone. A git that is killed leaves
//! its transport behind, which holds our stdout open and waits for us, so a closed pipe alone does not tell.

#[cfg(unix)]
use rustix::process::{Pid, getppid};
use std::fs::File;

/// The processes between us and the outermost git, each with its parent.
#[cfg(unix)]
#[derive(Debug)]
pub struct Callers(Vec<(Option<Pid>, Pid)>);

/// Windows keeps no tie to a parent that has ended.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Callers;

/// More gits and shells than ever call each other.
#[cfg(unix)]
const HIGHEST: usize = 16;

#[cfg(not(unix))]
impl Callers {
    /// Nobody is seen.
    pub fn now() -> Self {
        Self
    }

    /// Nobody is missed; every wait has its own limit.
    pub fn have_gone(&self) -> bool {
        false
    }
}

#[cfg(unix)]
impl Callers {
    /// Looks up from here; elsewhere than on Linux only our own parent can be seen.
    pub fn now() -> Self {
        let (mut links, mut gits) = (Vec::new(), 0);
        let mut child = None;
        while let Some(parent) = parent_of(child).filter(|_| links.len() < HIGHEST) {
            links.push((child, parent));
            let name = name_of(parent).unwrap_or_default();
            match name.as_str() {
                name if name.starts_with("git") => gits = links.len(),
                "sh" | "bash" | "dash" | "zsh" | "busybox" => {}
                _ => break,
            }
            child = Some(parent);
        }
        // whoever called the outermost git may come and go
        links.truncate(gits.max(1));
        Self(links)
    }

    /// Whether one of them has ended since.
    pub fn have_gone(&self) -> bool {
        self.0.iter().any(|(child, parent)| parent_of(*child) != Some(*parent))
    }
}

/// The number of our process group. `None` where its leader is outside of our PID namespace, as in a sandbox that was started
/// without a session of its own: Linux calls it 0 then (pid_namespaces(7)); and on Windows, which has no groups.
pub fn group() -> Option<i32> {
    // rustix would take that 0 for a process
    #[cfg(target_os = "linux")]
    return number(&stat("self")?, GROUP).map(Pid::as_raw_pid);
    #[cfg(all(unix, not(target_os = "linux")))]
    return Some(rustix::process::getpgrp().as_raw_pid());
    #[cfg(not(unix))]
    None
}

/// The parent of a process, or our own.
#[cfg(unix)]
fn parent_of(process: Option<Pid>) -> Option<Pid> {
    match process {
        None => getppid(),
        Some(process) => number(&stat(process.as_raw_pid())?, PARENT),
    }
}

#[cfg(unix)]
fn name_of(process: Pid) -> Option<String> {
    let fields = stat(process.as_raw_pid())?;
    Some(fields[fields.find('(')? + 1..fields.rfind(')')?].to_owned())
}

#[cfg(unix)]
fn stat(process: impl std::fmt::Display) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{process}/stat")).ok()
}

/// Where numbers stand behind the name, which is in brackets and may hold anything (proc(5)); 0 is no process.
#[cfg(unix)]
const PARENT: usize = 1;
#[cfg(target_os = "linux")]
const GROUP: usize = 2;

#[cfg(unix)]
fn number(stat: &str, place: usize) -> Option<Pid> {
    Pid::from_raw(stat.rsplit_once(')')?.1.split_whitespace().nth(place)?.parse().ok()?)
}

/// Whether nobody can read from the other end any more: Git has ended, or closed its pipe (poll(2), POLLERR and POLLHUP).
#[cfg(unix)]
pub fn reader_is_gone(out: &File) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut looks = [PollFd::new(out, PollFlags::empty())];
    poll(&mut looks, Some(&Timespec::default())).is_ok()
        && looks[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Windows does not tell; every wait has its own limit.
#[cfg(not(unix))]
pub fn reader_is_gone(_out: &File) -> bool {
    false
}
