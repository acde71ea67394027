//! A sign of life for whoever watches: after half a second, what is awaited and a turning mark, on the last line of the
//! terminal. Nobody else sees anything, nothing is left behind, and whoever writes meanwhile finds the line empty.

#[cfg(unix)]
use crate::callers::group;
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Turns until it is dropped.
pub struct Spinner {
    stop: Option<Sender<()>>,
    turning: Option<JoinHandle<()>>,
}

/// While it lives, the line belongs to a person who types.
#[cfg(unix)]
pub struct Hush;

/// The terminal's last line.
struct Line {
    /// Some spinner has it.
    taken: bool,
    /// Something of a spinner stands on it.
    painted: bool,
    hushed: usize,
}

static LINE: Mutex<Line> = Mutex::new(Line { taken: false, painted: false, hushed: 0 });

const PATIENCE: Duration = Duration::from_millis(500);
const TURN: Duration = Duration::from_millis(120);

impl Spinner {
    /// Shows `text` on stderr. `None` where nobody could see that, and where one turns already: the first knows more of why.
    pub fn start(text: String) -> Option<Self> {
        if !is_watched() || std::mem::replace(&mut line().taken, true) {
            return None;
        }
        let (stop, stopped) = channel();
        let turning = std::thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _tidy = super::signals::before_leaving(|| line().clear(), || {});
                for mark in ['|', '/', '-', '\\'].into_iter().cycle() {
                    line().paint(mark, &text);
                    if stopped.recv_timeout(TURN) != Err(RecvTimeoutError::Timeout) {
                        break;
                    }
                }
                line().clear();
            }
        });
        Some(Self { stop: Some(stop), turning: Some(turning) })
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.stop.take();
        // its panic would be ours to show, not to repeat
        let _ = self.turning.take().map(JoinHandle::join);
        line().taken = false;
    }
}

#[cfg(unix)]
impl Hush {
    /// The line is empty from now on.
    pub fn begin() -> Self {
        let mut line = line();
        line.clear();
        line.hushed += 1;
        Self
    }
}

#[cfg(unix)]
impl Drop for Hush {
    fn drop(&mut self) {
        line().hushed -= 1;
    }
}

/// Writes where a spinner may be turning: its line is cleared first, and not painted again before this is done.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    let mut line = line();
    line.clear();
    write()
}

impl Line {
    fn paint(&mut self, mark: char, text: &str) {
        if self.hushed == 0 {
            self.painted = true;
            // one that wraps could not be cleared
            let text: String = text.chars().take(width().saturating_sub(3)).collect();
            show(&format!("\r{mark} {text}\x1b[K"));
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.painted) {
            show("\r\x1b[K");
        }
    }
}

fn line() -> MutexGuard<'static, Line> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn show(text: &str) {
    // a stderr that is gone needs no picture
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// In a terminal's background, somebody types something else there.
#[cfg(unix)]
fn is_watched() -> bool {
    let stderr = std::io::stderr();
    let in_front = || rustix::termios::tcgetpgrp(&stderr).is_ok_and(|front| group() == Some(front.as_raw_pid()));
    stderr.is_terminal() && in_front()
}

#[cfg(not(unix))]
fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

#[cfg(unix)]
fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}

#[cfg(not(unix))]
fn width() -> usize {
    80
}
