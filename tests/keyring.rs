//! The real keyring: a private bus and gnome-keyring on it, unlocked, locked, missing and silent. Each state has its own
//! words, and none hangs.

use crate::stage::{Desk, Done};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=canary-kept\n";

/// A session bus, and a keyring on it if there is to be one. Both end with it.
struct Bus {
    address: String,
    home: tempfile::TempDir,
    children: Vec<Child>,
}

impl Bus {
    /// `None`, with a line, where the programs are missing; a failure where `REQUIRE_REAL` wants them.
    #[allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
    fn start() -> Option<Self> {
        let missing = ["dbus-daemon", "gnome-keyring-daemon", "dbus-send"]
            .into_iter()
            .find(|name| !Path::new("/usr/bin").join(name).exists());
        if let Some(name) = missing {
            assert!(std::env::var_os("REQUIRE_REAL").is_none(), "{name} is not installed");
            eprintln!("skipped: {name} is not installed");
            return None;
        }
        let home = tempfile::tempdir().expect("a home");
        let mut bus = quiet(home.path(), "dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a bus");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("piped")).read_line(&mut address).expect("its address");
        Some(Self { address: address.trim().to_owned(), home, children: vec![bus] })
    }

    /// Starts gnome-keyring, unlocked by a password, and waits until it owns its name: before, the bus would start a
    /// second one, which is locked.
    fn with_keyring(mut self) -> Self {
        let mut daemon = quiet(self.home.path(), "gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a keyring");
        daemon.stdin.take().expect("piped").write_all(b"password").expect("typed");
        self.children.push(daemon);
        let end = Instant::now() + Duration::from_secs(30);
        while !self
            .call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", &["string:org.freedesktop.secrets"])
            .contains("true")
        {
            assert!(Instant::now() < end, "the keyring does not come up");
        }
        self
    }

    fn lock(&self) {
        let path = "array:objpath:/org/freedesktop/secrets/collection/login";
        self.call(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            &[path],
        );
    }

    fn call(&self, to: &str, on: &str, method: &str, arguments: &[&str]) -> String {
        let mut command = quiet(self.home.path(), "dbus-send");
        command.args(["--session", "--print-reply", &format!("--dest={to}"), on, method]).args(arguments);
        let output = command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).output().expect("asked");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A desk whose storage is the keyring of this bus.
    fn desk(&self) -> Desk {
        Desk::alone()
            .with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring")
            .with("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            // one that has ended already is just as well
            let _ = child.kill().and_then(|()| child.wait());
        }
    }
}

fn quiet(home: &Path, program: &str) -> Command {
    let mut command = Command::new(Path::new("/usr/bin").join(program));
    command
        .env_clear()
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_DATA_HOME", home)
        .env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if program == "dbus-send" {
        command.stdout(Stdio::piped());
    }
    command
}

fn silent(done: Done) {
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "", ""));
}

#[test]
fn what_git_stores_comes_back_is_replaced_and_goes() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    silent(desk.helper(&["store"], ALICE));
    assert_eq!(desk.get(CLOUD).value("password"), Some("canary-kept"));
    silent(desk.helper(&["store"], ALICE.replace("kept", "second")));
    silent(desk.helper(&["store"], ALICE.replace("alice", "bob").replace("kept", "bobs")));
    assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some("canary-second"));
    assert_eq!(desk.get(format!("{CLOUD}username=bob\n")).value("password"), Some("canary-bobs"));
    silent(desk.helper(&["erase"], ALICE.replace("kept", "second")));
    desk.get(format!("{CLOUD}username=alice\n")).misses_saying("alice");
    assert_eq!(desk.get(CLOUD).value("password"), Some("canary-bobs"));
}

#[test]
fn eight_kilobytes_and_every_byte_come_back() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    let long = "x=\u{e9}\" ".repeat(1200);
    silent(desk.helper(&["store"], format!("{CLOUD}username=alice\npassword={long}\n")));
    assert_eq!(desk.get(CLOUD).value("password"), Some(long.as_str()));
}

#[test]
fn a_burst_of_sixteen_times_twenty_leaves_the_keyring_alive() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    silent(desk.helper(&["store"], ALICE));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(desk.get(CLOUD).value("password"), Some("canary-kept"))));
        }
    });
}

#[test]
fn a_locked_keyring_is_called_locked_and_nothing_is_lost() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk().with("GIT_TERMINAL_PROMPT", "0");
    silent(desk.helper(&["store"], ALICE));
    bus.lock();
    desk.get(CLOUD).misses_saying("the keyring is locked");
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice"), "{}", accounts.out);
}

#[test]
fn a_lost_list_of_accounts_is_made_anew_from_the_keyrings_entries() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    silent(desk.helper(&["store"], ALICE));
    silent(desk.helper(&["store"], ALICE.replace("alice", "bob").replace("kept", "bobs")));
    let bound = ALICE.replace("alice", "x-token-auth").replace("canary-kept", "ATCTT-canary") + "path=acme/app.git\n";
    silent(desk.helper(&["store"], bound));
    for damage in [&b"{\"sites\": {\"https://bit"[..], b""] {
        std::fs::write(desk.data().join("accounts.json"), damage).expect("damaged");
        let broken = desk.helper(&["accounts"], "").fails();
        assert!(broken.err.contains("accounts --rebuild"), "{}", broken.err);
        let rebuilt = desk.helper(&["accounts", "--rebuild"], "").succeeds().out;
        for name in ["alice", "bob", "x-token-auth:acme/app"] {
            assert!(rebuilt.contains(&format!("{name} ")), "{name} in {rebuilt}");
        }
        assert_eq!(desk.get(format!("{CLOUD}username=bob\n")).value("password"), Some("canary-bobs"));
        assert_eq!(desk.get(format!("{CLOUD}path=acme/app.git\n")).value("password"), Some("ATCTT-canary"));
    }
}

#[test]
fn a_bus_without_a_keyring_is_no_keyring() {
    let Some(bus) = Bus::start() else { return };
    // a bus that may start no service
    let desk = bus.desk().with("XDG_DATA_DIRS", "/nowhere");
    let stored = desk.helper(&["store"], ALICE);
    assert!(stored.out.is_empty());
}

#[test]
fn no_bus_at_all_is_said_at_once() {
    let desk = Desk::alone().with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    let status = desk.signs_in("bitbucket.org", &[], "ATATT-x");
    assert!(status.err.contains("no keyring is running here"), "{}", status.err);
}

#[test]
fn a_service_that_never_answers_is_given_up_and_called_silent() {
    let place = tempfile::tempdir().expect("a folder");
    let socket = place.path().join("bus");
    // it listens, and says nothing
    let _listener = UnixListener::bind(&socket).expect("a socket");
    let address = format!("unix:path={}", socket.display());
    let desk = Desk::alone()
        .with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring")
        .with("DBUS_SESSION_BUS_ADDRESS", &address)
        .with("GIT_TERMINAL_PROMPT", "0");
    let login = desk.signs_in("bitbucket.org", &[], "ATATT-x");
    assert!(login.err.contains("did not answer within 3 s"), "{}", login.err);
}
