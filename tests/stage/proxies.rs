//! Proxies between a desk and the sandbox: Debian's tinyproxy with a password, and a SOCKS 5 of our own, since tinyproxy
//! speaks none. Both reach the sandbox's names through the sandbox's own proxy.

use super::are_installed;
use bitbucket_sandbox::Sandbox;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A real proxy that lets in one person. It ends with this.
pub struct Tinyproxy {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Tinyproxy {
    /// The only one who is let in, and her password.
    pub const USER: &str = "alice";
    pub const PASSWORD: &str = "canaryAtTheProxy1";

    /// `None`, with a line, where tinyproxy is not installed; a failure where `REQUIRE_REAL` wants it.
    pub fn before(sandbox: &Sandbox) -> Option<Self> {
        if !are_installed(&["tinyproxy"]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        // a port that was free a moment ago may be gone, so another one is tried
        (0..20).find_map(|_| Self::start(&folder, &sandbox.proxy_url())).map(|(child, address)| Self {
            child,
            address,
            folder,
        })
    }

    fn start(folder: &tempfile::TempDir, upstream: &str) -> Option<(Child, SocketAddr)> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|port| port.local_addr()).expect("a port");
        let (config, log) = (folder.path().join("config"), folder.path().join("log"));
        let text = format!(
            "Port {}\nListen 127.0.0.1\nTimeout 60\nLogFile \"{}\"\nLogLevel Connect\nMaxClients 50\nBasicAuth {} {}\nUpstream http {}\nUpstream none \"127.0.0.1\"\n",
            address.port(),
            log.display(),
            Self::USER,
            Self::PASSWORD,
            upstream.trim_start_matches("http://")
        );
        fs::write(&config, text).expect("a config");
        let mut command = Command::new("/usr/bin/tinyproxy");
        command
            .args(["-d", "-c"])
            .arg(&config)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("tinyproxy starts");
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            if child.try_wait().expect("a child").is_some() {
                return None;
            }
            assert!(Instant::now() < end, "tinyproxy does not come up");
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Some((child, address))
    }

    /// Its address for whoever signs in with these words.
    pub fn url(&self, login: &str) -> String {
        format!("http://{login}@{}", self.address)
    }

    /// What it was asked for, as its log tells.
    pub fn asked_for(&self, what: &str) -> bool {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default().contains(what)
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        // one that has ended already is just as well
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A SOCKS 5 proxy (RFC 1928) without a password. Names go on to the sandbox's proxy, addresses are connected to.
pub struct Socks {
    address: SocketAddr,
    served: Arc<Served>,
}

/// How often each kind of destination was asked for.
#[derive(Default)]
struct Served {
    names: AtomicUsize,
    addresses: AtomicUsize,
}

impl Socks {
    pub fn before(sandbox: &Sandbox) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let (address, served) = (listener.local_addr().expect("bound"), Arc::<Served>::default());
        let (upstream, counts) = (sandbox.proxy_url(), served.clone());
        // ends with the test run
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, counts) = (upstream.clone(), counts.clone());
                std::thread::spawn(move || serve(client, upstream.trim_start_matches("http://"), &counts));
            }
        });
        Self { address, served }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often a name was asked for, and how often an address.
    pub fn served(&self) -> (usize, usize) {
        (self.served.names.load(Ordering::SeqCst), self.served.addresses.load(Ordering::SeqCst))
    }
}

fn serve(mut client: TcpStream, upstream: &str, counts: &Served) -> io::Result<()> {
    let [_version, methods] = bytes(&mut client)?;
    client.read_exact(&mut vec![0; usize::from(methods)])?;
    client.write_all(&[5, 0])?;
    let [_version, _connect, _reserved, kind] = bytes(&mut client)?;
    let server = match kind {
        1 => {
            let (ip, port) = (Ipv4Addr::from(bytes::<4>(&mut client)?), u16::from_be_bytes(bytes(&mut client)?));
            counts.addresses.fetch_add(1, Ordering::SeqCst);
            TcpStream::connect((ip, port))?
        }
        _ => {
            let [length] = bytes(&mut client)?;
            let mut name = vec![0; usize::from(length)];
            client.read_exact(&mut name)?;
            let port = u16::from_be_bytes(bytes(&mut client)?);
            counts.names.fetch_add(1, Ordering::SeqCst);
            connected(upstream, &format!("{}:{port}", String::from_utf8_lossy(&name)))?
        }
    };
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    let back =
        std::thread::spawn(move || io::copy(&mut from, &mut to).and_then(|_| to.shutdown(std::net::Shutdown::Both)));
    let (mut from, mut to) = (client, server);
    io::copy(&mut from, &mut to).and_then(|_| to.shutdown(std::net::Shutdown::Both))?;
    let _ = back.join();
    Ok(())
}

fn bytes<const N: usize>(from: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).map(|()| bytes)
}

/// A tunnel through an http proxy (RFC 9110, 9.3.6).
fn connected(proxy: &str, to: &str) -> io::Result<TcpStream> {
    let mut server = TcpStream::connect(proxy)?;
    server.write_all(format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(bytes::<1>(&mut server)?);
    }
    match head.starts_with(b"HTTP/1.1 200") {
        true => Ok(server),
        false => Err(io::ErrorKind::ConnectionRefused.into()),
    }
}

/// A port of this machine where nobody listens while the test runs.
pub fn closed_port() -> u16 {
    static HELD: OnceLock<u16> = OnceLock::new();
    // bound and never listening, so that connections are refused and nobody else gets it
    *HELD.get_or_init(|| {
        use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
        let held = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&held, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let address = SocketAddr::try_from(getsockname(&held).expect("bound")).expect("of IPv4");
        std::mem::forget(held);
        address.port()
    })
}
