//! The connections that have not said yet what they want. There is room for a few dozen; one more, and the oldest makes way,
//! so that silent ones keep nobody out.

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub struct Crowd(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    waiting: VecDeque<(u64, TcpStream)>,
    count: u64,
    is_closed: bool,
}

const ROOM: usize = 48;

impl Crowd {
    /// Lets one in and gives it a number; `None` if it cannot stay.
    pub fn enter(&self, stream: &TcpStream) -> Option<u64> {
        let handle = stream.try_clone().ok()?;
        let mut inside = self.lock();
        if inside.is_closed {
            return None;
        }
        if inside.waiting.len() == ROOM {
            inside.send_oldest_away();
        }
        inside.count += 1;
        let number = inside.count;
        inside.waiting.push_back((number, handle));
        Some(number)
    }

    /// Forgets one that has said what it wants, or left.
    pub fn leave(&self, number: u64) {
        self.lock().waiting.retain(|(other, _)| *other != number);
    }

    /// Makes room where the system has none left.
    pub fn thin_out(&self) {
        self.lock().send_oldest_away();
    }

    /// Sends all away, and whoever comes later too.
    pub fn close(&self) {
        let mut inside = self.lock();
        inside.is_closed = true;
        while !inside.waiting.is_empty() {
            inside.send_oldest_away();
        }
    }

    pub fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Its thread sees the end of the connection, and ends.
    fn send_oldest_away(&mut self) {
        if let Some((_, stream)) = self.waiting.pop_front() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
