//! The terminal device, whatever stdin and stdout are. A hidden answer is not echoed, and the echo comes back on every way
//! out: answer, end of input, error, and the signals that end a program.

use super::Typed;
use super::signals::{Leaving, before_leaving};
use super::spinner::{Hush, aside};
use crate::callers::group;
use crate::error::{Error, Result};
use crate::secret::Secret;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

pub struct Terminal {
    device: File,
}

/// A terminal in canonical mode hands over no longer lines (termios(3), MAX_CANON on Linux).
const LONGEST_LINE: usize = 4095;

impl Terminal {
    /// `None` where there is no terminal, or where this program runs in its background: reading there would stop it.
    pub fn open() -> Option<Self> {
        let device = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        is_in_front(&device).then_some(Self { device })
    }

    pub fn tell(&mut self, line: &str) {
        // a terminal that is gone will say so at the question
        let _ = aside(|| writeln!(self.device, "{line}"));
    }

    pub fn ask(&mut self, question: &str) -> Result<Option<String>> {
        let _hush = Hush::begin();
        self.put(question)?;
        let line = self.line()?;
        Ok(line.map(|line| String::from_utf8_lossy(line.expose()).into_owned()))
    }

    pub fn ask_secret(&mut self, question: &str) -> Result<Option<Secret>> {
        let _hush = Hush::begin();
        // first quiet, then the question, so that nothing typed early is shown
        let _quiet = Quiet::begin(&self.device, question)?;
        self.line()
    }

    /// What is typed within `limit`; nothing while this program runs in the terminal's background.
    pub fn line_within(&mut self, limit: Duration) -> Result<Typed> {
        if is_in_front(&self.device) { self.typed_within(limit) } else { Ok(Typed::Nothing) }
    }

    /// In canonical mode a terminal has nothing to read before Enter or Ctrl-D (termios(3)), so reading waits for nobody.
    fn typed_within(&mut self, limit: Duration) -> Result<Typed> {
        if !is_ready(&self.device, limit)? {
            return Ok(Typed::Nothing);
        }
        Ok(self.line()?.map_or(Typed::End, Typed::Line))
    }

    fn put(&mut self, text: &str) -> Result<()> {
        self.device.write_all(text.as_bytes()).and_then(|()| self.device.flush()).map_err(|_| gone())
    }

    /// The bytes up to the line end, as they were typed; `None` at the end of input (Ctrl-D).
    fn line(&mut self) -> Result<Option<Secret>> {
        let mut typed = Zeroizing::new(Vec::with_capacity(LONGEST_LINE + 1));
        let mut part = Zeroizing::new([0; 1024]);
        while typed.last() != Some(&b'\n') {
            match self.device.read(part.as_mut()).map_err(|_| gone())? {
                0 if typed.is_empty() => {
                    // Ctrl-D ends no line; a terminal that is gone has none
                    let _ = self.put("\n");
                    return Ok(None);
                }
                0 => break,
                count => typed.extend_from_slice(&part[..count]),
            }
        }
        let line = typed.strip_suffix(b"\n").unwrap_or(&typed);
        match line.len() >= LONGEST_LINE {
            true => Err(Error::LineTooLong),
            false => Ok(Some(Secret::new(line.strip_suffix(b"\r").unwrap_or(line)))),
        }
    }
}

/// Reading from the background would stop this program (SIGTTIN).
fn is_in_front(device: &File) -> bool {
    tcgetpgrp(device).is_ok_and(|front| group() == Some(front.as_raw_pid()))
}

fn is_ready(device: &File, limit: Duration) -> Result<bool> {
    let limit = Timespec::try_from(limit).map_err(|_| gone())?;
    match poll(&mut [PollFd::new(device, PollFlags::IN)], Some(&limit)) {
        Ok(ready) => Ok(ready > 0),
        // a signal ends the waiting early; the caller asks again
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(_) => Err(gone()),
    }
}

fn gone() -> Error {
    Error::NobodyToAsk { what: "an answer: the terminal is gone" }
}

/// The question is up and echo is off while this lives.
struct Quiet {
    asked: Arc<Mutex<Asked>>,
    _signals: Leaving,
}

/// A terminal with a question whose answer nobody shall see. Whoever holds the lock decides which face it shows.
struct Asked {
    device: File,
    question: String,
    before: Termios,
    quiet: Termios,
    open: bool,
}

impl Quiet {
    fn begin(device: &File, question: &str) -> Result<Self> {
        let device = device.try_clone().map_err(|_| gone())?;
        let before = tcgetattr(&device).map_err(|_| gone())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        // the line end is shown, so that the next line begins on a new one
        quiet.local_modes.insert(LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        let asked = Asked { device, question: question.to_owned(), before, quiet, open: true };
        let asked = Arc::new(Mutex::new(asked));
        let (leaving, going_on) = (Arc::clone(&asked), Arc::clone(&asked));
        let signals = before_leaving(move || lock(&leaving).restore(), move || lock(&going_on).ask_again());
        let quiet = Self { asked, _signals: signals.ok_or_else(gone)? };
        lock(&quiet.asked).ask().map_err(|_| gone())?;
        Ok(quiet)
    }
}

impl Asked {
    fn ask(&mut self) -> std::io::Result<()> {
        tcsetattr(&self.device, OptionalActions::Flush, &self.quiet)?;
        self.device.write_all(self.question.as_bytes())?;
        self.device.flush()
    }

    fn ask_again(&mut self) {
        // in the background the next read stops us, and the next continuation comes here
        if self.open && is_in_front(&self.device) {
            let _ = self.ask();
        }
    }

    /// A shell that has taken the terminal back has its own echo; whoever touches it then is stopped (termios(3), SIGTTOU).
    fn restore(&self) {
        if is_in_front(&self.device) {
            // nothing more can be done about a terminal that is gone
            let _ = tcsetattr(&self.device, OptionalActions::Now, &self.before);
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let mut asked = lock(&self.asked);
        asked.open = false;
        asked.restore();
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    const SOON: Duration = Duration::from_millis(20);
    const LATER: Duration = Duration::from_secs(30);

    /// A terminal, and the keyboard before it.
    fn terminal() -> (Terminal, File) {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("ours");
        let name = ptsname(&keyboard, Vec::new()).expect("a name").into_string().expect("text");
        let device = OpenOptions::new().read(true).write(true).open(name).expect("its other end");
        (Terminal { device }, File::from(keyboard))
    }

    fn line(text: &str) -> Typed {
        Typed::Line(Secret::new(text))
    }

    #[test]
    fn a_look_at_the_keyboard_waits_for_nobody() {
        let (mut terminal, mut keyboard) = terminal();
        assert_eq!(terminal.typed_within(SOON), Ok(Typed::Nothing));
        keyboard.write_all(b"http://127.0.0.1:1/?code=").expect("typed");
        assert_eq!(terminal.typed_within(SOON), Ok(Typed::Nothing), "half a line is none");
        keyboard.write_all(b"x&state=y\n").expect("typed");
        assert_eq!(terminal.typed_within(LATER), Ok(line("http://127.0.0.1:1/?code=x&state=y")));
        assert_eq!(terminal.typed_within(SOON), Ok(Typed::Nothing));
    }

    #[test]
    fn two_lines_pasted_at_once_come_one_by_one() {
        let (mut terminal, mut keyboard) = terminal();
        keyboard.write_all(b"first\n\nsecond\n").expect("typed");
        for expected in ["first", "", "second"] {
            assert_eq!(terminal.typed_within(LATER), Ok(line(expected)));
        }
    }

    #[test]
    fn ctrl_d_is_the_end_and_so_is_a_terminal_that_is_gone() {
        let (mut terminal, mut keyboard) = terminal();
        keyboard.write_all(b"\x04").expect("typed");
        assert_eq!(terminal.typed_within(LATER), Ok(Typed::End));
        drop(keyboard);
        assert!(matches!(terminal.typed_within(LATER), Ok(Typed::End) | Err(_)));
    }
}
