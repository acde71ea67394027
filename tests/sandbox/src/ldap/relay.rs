//! A wire to the directory that can be slow: what comes back passes on after a delay. Bytes only.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How long an answer takes on the way, in milliseconds.
pub type Delay = Arc<AtomicU64>;

/// Begins to listen; the address is where to reach `to` by the slow way. Ends with the process.
pub fn open(to: SocketAddr, delay: Delay) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            if let Ok(far) = TcpStream::connect(to) {
                join(near, far, &delay).ok();
            }
        }
    });
    Ok(address)
}

fn join(near: TcpStream, far: TcpStream, delay: &Delay) -> io::Result<()> {
    let (from, into, at_once) = (near.try_clone()?, far.try_clone()?, Delay::default());
    thread::spawn(move || pass(from, into, &at_once));
    let delay = delay.clone();
    thread::spawn(move || pass(far, near, &delay));
    Ok(())
}

fn pass(mut from: TcpStream, mut into: TcpStream, delay: &Delay) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        thread::sleep(Duration::from_millis(delay.load(Ordering::Relaxed)));
        if into.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    into.shutdown(Shutdown::Both).ok();
}
