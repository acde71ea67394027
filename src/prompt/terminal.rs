//! The terminal device, whatever stdin and stdout are. A hidden answer is not echoed, and the echo comes back on every way
//! out: answer, end of input, error, and the signals that end a program.

use crate::error::{Error, Result};
use crate::secret::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
        let _ = writeln!(self.device, "{line}");
    }

    pub fn ask(&mut self, question: &str) -> Result<Option<String>> {
        self.put(question)?;
        let line = self.line()?;
        Ok(line.map(|line| String::from_utf8_lossy(line.expose()).into_owned()))
    }

    pub fn ask_secret(&mut self, question: &str) -> Result<Option<Secret>> {
        // first quiet, then the question, so that nothing typed early is shown
        let _quiet = Quiet::begin(&self.device, question)?;
        self.line()
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
                // Ctrl-D ends no line
                0 if typed.is_empty() => return self.put("\n").map(|()| None),
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

fn is_in_front(device: &File) -> bool {
    tcgetpgrp(device).is_ok_and(|front| front == rustix::process::getpgrp())
}

fn gone() -> Error {
    Error::NobodyToAsk { what: "an answer: the terminal is gone" }
}

/// The question is up and echo is off while this lives.
struct Quiet {
    asked: Arc<Mutex<Asked>>,
    signals: Handle,
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
        let quiet = Self { signals: restore_on_signals(&asked)?, asked };
        quiet.lock().ask().map_err(|_| gone())?;
        Ok(quiet)
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        lock(&self.asked)
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
        let mut asked = self.lock();
        asked.open = false;
        asked.restore();
        drop(asked);
        self.signals.close();
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A signal that ends or stops the program first gives the echo back, then does what it always does. Whoever is continued,
/// after whatever stop, asks again.
fn restore_on_signals(asked: &Arc<Mutex<Asked>>) -> Result<Handle> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT]).map_err(|_| gone())?;
    let (handle, asked) = (signals.handle(), Arc::clone(asked));
    std::thread::spawn(move || {
        while !signals.is_closed() {
            let mut arrived: Vec<i32> = signals.wait().collect();
            let mut asked = lock(&asked);
            if arrived != [SIGCONT] {
                asked.restore();
            }
            // a shell that was quicker may have stopped us in there, and continued us: that stop is over
            arrived.extend(signals.pending());
            let continued = arrived.contains(&SIGCONT);
            for signal in arrived.into_iter().filter(|signal| *signal != SIGCONT && !(continued && *signal == SIGTSTP))
            {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            if continued {
                asked.ask_again();
            }
        }
    });
    Ok(handle)
}
