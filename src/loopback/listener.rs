//! One bind, loopback only, before any browser opens; the port is free again as soon as the listener is dropped.
//! Every connection is heard in a thread of its own, so that a silent one holds nobody up.

use super::crowd::Crowd;
use super::guard::Guard;
use super::{Fields, Redirect, Visit};
use crate::error::{Error, Result};
use crate::secret::Secret;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Listener {
    at: Redirect,
    port: u16,
    door: Arc<Door>,
    visits: Receiver<Visit>,
    porters: Vec<(SocketAddr, JoinHandle<()>)>,
}

/// What all threads of a listener share.
#[derive(Debug)]
struct Door {
    guard: Guard,
    crowd: Crowd,
}

/// Visits that may wait for the caller; a browser sends one.
const QUEUE: usize = 16;

impl Listener {
    /// Takes the port. `Error::PortBusy` if another program has it, on either family where `localhost` is registered;
    /// `Error::PortRefused` if this machine does not let us.
    pub fn bind(at: &Redirect) -> Result<Self> {
        Self::open(at, false)
    }

    /// The same, for the sign-in page: hears forms (`POST`) from its own pages too.
    pub fn with_forms(at: &Redirect) -> Result<Self> {
        Self::open(at, true)
    }

    fn open(at: &Redirect, forms: bool) -> Result<Self> {
        let (sockets, port) = take_port(at)?;
        let door = Arc::new(Door { guard: Guard::new(at, port, forms), crowd: Crowd::default() });
        let (sender, visits) = sync_channel(QUEUE);
        let mut listener = Self { at: at.clone(), port, door, visits, porters: Vec::new() };
        for socket in sockets {
            listener.station(socket, sender.clone()).map_err(|_| Error::PortRefused { port })?;
        }
        Ok(listener)
    }

    fn station(&mut self, socket: TcpListener, sender: SyncSender<Visit>) -> std::io::Result<()> {
        let (address, door) = (socket.local_addr()?, self.door.clone());
        let porter = Builder::new().spawn(move || watch(&socket, &door, &sender))?;
        self.porters.push((address, porter));
        Ok(())
    }

    /// The redirect URI to send: as registered, with the port that was taken.
    pub fn address(&self) -> String {
        self.at.address(self.port)
    }

    /// The port that was taken, for an `ssh -L` line.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next visit that passed the guards, or `None` after `limit`; cheap enough to be called in short slices.
    pub fn next(&self, limit: Duration) -> Option<Visit> {
        self.visits.recv_timeout(limit).ok()
    }

    /// What a pasted address says, if it is this listener's address and has a query: the paste-back of a browser that runs
    /// on another machine. Blanks around it do not count.
    pub fn pasted(&self, line: &Secret) -> Option<Fields> {
        let address = line.expose_text()?.trim();
        let rest = address.strip_prefix("http://").unwrap_or(address);
        let rest = rest.strip_prefix(&self.door.guard.authority)?.strip_prefix(&self.door.guard.path)?;
        let query = rest.strip_prefix('?')?;
        Fields::parse(query.split('#').next().unwrap_or_default().as_bytes())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.door.crowd.close();
        for (address, porter) in self.porters.drain(..) {
            // a last visitor wakes the porter, who then sees that the door is closed
            let woken = TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
            if woken || porter.is_finished() {
                let _ = porter.join();
            }
        }
    }
}

/// A free port may be free on one family only; then another is tried.
fn take_port(at: &Redirect) -> Result<(Vec<TcpListener>, u16)> {
    let attempts = if at.port() == 0 { 16 } else { 1 };
    let mut outcome = Err(Error::PortRefused { port: at.port() });
    for _ in 0..attempts {
        outcome = bind_families(at);
        if !matches!(outcome, Err(Error::PortBusy { .. })) {
            break;
        }
    }
    outcome
}

/// All families of the host on one port.
fn bind_families(at: &Redirect) -> Result<(Vec<TcpListener>, u16)> {
    let (mut sockets, mut port) = (Vec::new(), at.port());
    for family in at.families() {
        match TcpListener::bind((*family, port)) {
            Ok(socket) => {
                port = socket.local_addr().map_err(|_| Error::PortRefused { port })?.port();
                sockets.push(socket);
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(Error::PortBusy { port }),
            // a machine without this family has nobody there who could take our place
            Err(_) if is_absent(*family) && !sockets.is_empty() => {}
            Err(_) => return Err(Error::PortRefused { port }),
        }
    }
    Ok((sockets, port))
}

/// Whether this machine has no such address at all.
fn is_absent(family: IpAddr) -> bool {
    UdpSocket::bind((family, 0)).is_err()
}

/// Lets connections in until the door is closed.
fn watch(socket: &TcpListener, door: &Arc<Door>, sender: &SyncSender<Visit>) {
    loop {
        let arrival = socket.accept();
        if door.crowd.is_closed() {
            break;
        }
        match arrival {
            Ok((stream, _)) => admit(stream, door, sender),
            // mostly too many open files
            Err(_) => {
                door.crowd.thin_out();
                std::thread::park_timeout(Duration::from_millis(20));
            }
        }
    }
}

fn admit(stream: TcpStream, door: &Arc<Door>, sender: &SyncSender<Visit>) {
    let Some(number) = door.crowd.enter(&stream) else { return };
    let (its_door, sender) = (door.clone(), sender.clone());
    let hearing = Builder::new().stack_size(256 * 1024).spawn(move || {
        let visit = Visit::receive(stream, &its_door.guard);
        its_door.crowd.leave(number);
        if let Some(visit) = visit
            && let Err(error) = sender.try_send(visit)
        {
            let (TrySendError::Full(visit) | TrySendError::Disconnected(visit)) = error;
            visit.turn_away();
        }
    });
    if hearing.is_err() {
        door.crowd.leave(number);
    }
}
