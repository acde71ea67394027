//! A sign of life for whoever watches: after half a second, what is awaited and a turning mark. Nobody else sees anything.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Turns until it is dropped.
pub struct Spinner(Option<(Sender<()>, JoinHandle<()>)>);

const PATIENCE: Duration = Duration::from_millis(500);
const TURN: Duration = Duration::from_millis(120);

impl Spinner {
    /// Shows `text` on stderr if that is a terminal.
    pub fn start(text: String) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let (stop, stopped) = channel();
        let turning = std::thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                for mark in ['|', '/', '-', '\\'].into_iter().cycle() {
                    // a stderr that is gone needs no picture
                    let _ = write!(std::io::stderr(), "\r{mark} {text} ");
                    if stopped.recv_timeout(TURN) != Err(RecvTimeoutError::Timeout) {
                        break;
                    }
                }
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self(Some((stop, turning)))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some((stop, turning)) = self.0.take() {
            drop(stop);
            // its panic would be ours to show, not to repeat
            let _ = turning.join();
        }
    }
}
