//! One conversation on the session bus, over before its deadline whatever the other side does.
//! It knows nothing of keyrings but their errors. Bytes are laid out by rustbus; the socket is ours, because rustbus
//! 0.19 waits without a limit while it connects and signs on, spins when the bus hangs up, and keeps messages unwiped.

use super::message::{Body, Call, Message};
use crate::error::{Error, Result};
use rustbus::MessageType;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The bus itself.
const BUS: &str = "org.freedesktop.DBus";

/// For signing on: the bus is no person, and takes a millisecond.
const SIGN_ON: Duration = Duration::from_secs(3);

/// The largest message we take: room for a secret of 8 KiB many times over.
const LARGEST: usize = 1 << 24;

/// How many bytes are read at once.
const PIECE: usize = 4096;

/// A named bus connection with the moment at which its patience ends.
pub struct Bus {
    socket: UnixStream,
    end: Instant,
    limit: Duration,
    serial: u32,
    incoming: Zeroizing<Vec<u8>>,
    signals: Vec<Message>,
}

impl Bus {
    /// Connects and signs on, within 3 s whoever is there, and then has `limit` for all the rest; `KeyringAbsent` where no
    /// bus answers at `address`.
    pub fn connect(address: &str, limit: Duration) -> Result<Self> {
        let first = limit.min(SIGN_ON);
        let socket = address.split(';').find_map(|one| connect_one(one, first).transpose());
        let socket = socket.unwrap_or(Err(Error::KeyringAbsent))?;
        let incoming = Zeroizing::new(Vec::with_capacity(2 * PIECE));
        let end = Instant::now() + first;
        let mut bus = Self { socket, end, limit: first, serial: 0, incoming, signals: Vec::new() };
        // As sd-bus does: no identity, so that the bus takes the socket's, which holds in user namespaces too.
        bus.send(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")?;
        let welcome = [bus.line()?, bus.line()?];
        if !welcome[1].starts_with(b"OK") {
            return Err(Error::KeyringAbsent);
        }
        bus.ask(&Call { to: BUS, on: "/org/freedesktop/DBus", of: BUS, member: "Hello" }, Body::new())?;
        (bus.end, bus.limit) = (Instant::now() + limit, limit);
        Ok(bus)
    }

    /// Calls a method and waits for its answer; errors of the other side become ours.
    pub fn ask(&mut self, call: &Call, body: Body) -> Result<Message> {
        self.serial += 1;
        let bytes = body.into_message(call, self.serial)?;
        self.send(&bytes)?;
        loop {
            let message = self.next()?;
            match message.kind() {
                MessageType::Reply if message.answers(self.serial) => return Ok(message),
                MessageType::Error if message.answers(self.serial) => return Err(self.meaning(message.error_name())),
                MessageType::Signal => self.signals.push(message),
                _ => {}
            }
        }
    }

    /// Asks the bus for the signals of one object.
    pub fn subscribe(&mut self, object: &str, interface: &str) -> Result<()> {
        let rule = format!("type='signal',interface='{interface}',path='{object}'");
        let call = Call { to: BUS, on: "/org/freedesktop/DBus", of: BUS, member: "AddMatch" };
        self.ask(&call, Body::new().with(rule.as_str())?).map(|_| ())
    }

    /// Waits for one signal of an object.
    pub fn signal(&mut self, object: &str, member: &str) -> Result<Message> {
        loop {
            if let Some(found) = self.signals.iter().position(|signal| signal.is_signal(object, member)) {
                return Ok(self.signals.swap_remove(found));
            }
            let message = self.next()?;
            if message.kind() == MessageType::Signal {
                self.signals.push(message);
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let left = self.left()?;
        let sent = self.socket.set_write_timeout(Some(left)).and_then(|()| self.socket.write_all(bytes));
        sent.map_err(|error| self.lost(&error))
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(end) = self.incoming.windows(2).position(|two| two == b"\r\n") {
                return Ok(self.incoming.drain(..end + 2).collect());
            }
            self.fill()?;
        }
    }

    fn next(&mut self) -> Result<Message> {
        loop {
            let length = Message::length(&self.incoming)?;
            if length.is_some_and(|length| length > LARGEST) {
                return Err(Error::KeyringFailed { what: "answer in measure" });
            }
            if let Some(length) = length.filter(|length| *length <= self.incoming.len()) {
                let message = Message::parse(&self.incoming[..length]);
                self.incoming.drain(..length);
                return message;
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<()> {
        let left = self.left()?;
        let had = self.incoming.len();
        self.make_room();
        self.incoming.resize(had + PIECE, 0);
        let got = self.socket.set_read_timeout(Some(left)).and_then(|()| self.socket.read(&mut self.incoming[had..]));
        self.incoming.truncate(had + got.as_ref().unwrap_or(&0));
        match got {
            Ok(0) => Err(Error::KeyringAbsent),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// For one more piece; a vector that grows by itself leaves a copy behind that nobody wipes.
    fn make_room(&mut self) {
        if self.incoming.capacity() - self.incoming.len() < PIECE {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * self.incoming.capacity()));
            larger.extend_from_slice(&self.incoming);
            self.incoming = larger;
        }
    }

    fn left(&self) -> Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(silent(self.limit)) } else { Ok(left) }
    }

    fn lost(&self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => silent(self.limit),
            _ => Error::KeyringAbsent,
        }
    }

    /// D-Bus specification, "org.freedesktop.DBus.Error"; Secret Service API, "Errors".
    fn meaning(&self, name: &str) -> Error {
        let of_bus = name.strip_prefix("org.freedesktop.DBus.Error.").unwrap_or_default();
        match of_bus {
            "ServiceUnknown" | "NameHasNoOwner" | "AccessDenied" => Error::KeyringAbsent,
            "NoReply" | "Timeout" | "TimedOut" => silent(self.limit),
            "UnknownObject" | "UnknownMethod" => GONE,
            _ if of_bus.starts_with("Spawn.") => Error::KeyringAbsent,
            _ if name == "org.freedesktop.Secret.Error.IsLocked" => Error::KeyringLocked,
            _ if name == "org.freedesktop.Secret.Error.NoSuchObject" => GONE,
            _ => Error::KeyringFailed { what: "do what it was asked" },
        }
    }
}

/// What was found a moment ago is there no more.
pub const GONE: Error = Error::KeyringFailed { what: "find what it named itself" };

/// Up to three times, where something is `GONE`: another program may have replaced it; and in a crowd gnome-keyring 42 now and
/// then does not know the client that calls ("assertion 'client' failed") and says `UnknownMethod`. Each try is to connect anew.
pub fn persistently<T>(work: impl Fn() -> Result<T>) -> Result<T> {
    let again = |outcome: Result<T>| if outcome.as_ref().err() == Some(&GONE) { work() } else { outcome };
    again(again(work()))
}

fn silent(limit: Duration) -> Error {
    Error::KeyringSilent { seconds: limit.as_secs().max(1) }
}

/// `None` where nobody listens at this address, so that the next one in the list is tried.
fn connect_one(address: &str, limit: Duration) -> Result<Option<UnixStream>> {
    let Some(address) = socket_address(address) else { return Ok(None) };
    match connect_socket(&address, limit) {
        Ok(socket) => Ok(Some(socket)),
        Err(Errno::AGAIN | Errno::TIMEDOUT) => Err(silent(limit)),
        Err(_) => Ok(None),
    }
}

/// A connect(2) to a stopped daemon with a full queue waits for ever, unless sending has a limit.
fn connect_socket(address: &SocketAddrUnix, limit: Duration) -> rustix::io::Result<UnixStream> {
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(limit))?;
    rustix::net::connect(&socket, address)?;
    Ok(UnixStream::from(socket))
}

/// D-Bus specification, "Server Addresses": `unix:path=…` or `unix:abstract=…`, other keys ignored, bytes escaped by `%`.
fn socket_address(address: &str) -> Option<SocketAddrUnix> {
    let pairs = address.trim().strip_prefix("unix:")?.split(',').filter_map(|pair| pair.split_once('='));
    let mut places = pairs.filter_map(|(key, value)| match key {
        "path" => SocketAddrUnix::new(Path::new(&unescape(value)?)).ok(),
        "abstract" => SocketAddrUnix::new_abstract_name(unescape(value)?.as_bytes()).ok(),
        _ => None,
    });
    places.next()
}

fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    const LIMIT: Duration = Duration::from_millis(200);

    fn refusal(address: &str) -> Option<Error> {
        Bus::connect(address, LIMIT).err()
    }

    #[test]
    fn an_address_where_nobody_listens_is_absent_at_once() {
        let began = Instant::now();
        for address in
            ["", "nonsense", "unix:", "unix:path=/nowhere", "tcp:host=h", "unix:path=%zz", "unix:path=/a;unix:path=/b"]
        {
            assert_eq!(refusal(address), Some(Error::KeyringAbsent), "{address}");
        }
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("bus");
        drop(UnixListener::bind(&path).expect("bound"));
        assert_eq!(refusal(&format!("unix:path={}", path.display())), Some(Error::KeyringAbsent));
        assert!(began.elapsed() < LIMIT);
    }

    #[test]
    fn a_bus_that_accepts_and_says_nothing_is_silent_within_the_limit() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("bus");
        let _listener = UnixListener::bind(&path).expect("bound");
        let began = Instant::now();
        assert_eq!(refusal(&format!("unix:path={},guid=0", path.display())), Some(Error::KeyringSilent { seconds: 1 }));
        assert!(began.elapsed() >= LIMIT && began.elapsed() < LIMIT * 10);
    }

    #[test]
    fn a_bus_whose_queue_is_full_is_silent_within_the_limit() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("bus");
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None).expect("a socket");
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).expect("short")).expect("bound");
        rustix::net::listen(&socket, 0).expect("listens");
        let _first = UnixStream::connect(&path).expect("queued");
        assert_eq!(refusal(&format!("unix:path={}", path.display())), Some(Error::KeyringSilent { seconds: 1 }));
    }

    #[test]
    fn a_bus_that_hangs_up_or_babbles_is_no_bus() {
        for babble in [&b""[..], b"REJECTED\r\nREJECTED\r\n"] {
            let home = tempfile::tempdir().expect("a folder");
            let path = home.path().join("bus");
            let listener = UnixListener::bind(&path).expect("bound");
            let server = std::thread::spawn(move || {
                let (mut client, _) = listener.accept().expect("came");
                client.read_exact(&mut [0; 24]).and_then(|()| client.write_all(babble)).expect("talks");
            });
            assert_eq!(refusal(&format!("unix:path={}", path.display())), Some(Error::KeyringAbsent));
            server.join().expect("ended");
        }
    }

    #[test]
    fn what_is_gone_is_tried_three_times_and_all_else_once() {
        let tried = std::cell::Cell::new(0);
        let until = |last: u32, otherwise: Error| {
            tried.set(0);
            let outcome = persistently(|| {
                tried.set(tried.get() + 1);
                if tried.get() == last { Ok("found") } else { Err(otherwise.clone()) }
            });
            (outcome, tried.get())
        };
        assert_eq!(until(3, GONE), (Ok("found"), 3));
        assert_eq!(until(4, GONE), (Err(GONE), 3));
        assert_eq!(until(2, Error::KeyringLocked), (Err(Error::KeyringLocked), 1));
    }

    #[test]
    fn escaped_addresses_are_read_by_the_specification() {
        assert_eq!(unescape("/tmp/a%20b%2c").as_deref(), Some("/tmp/a b,"));
        assert!(socket_address("unix:guid=1,abstract=/tmp/x").is_some());
        assert!(socket_address("unix:runtime=yes").is_none());
    }
}
