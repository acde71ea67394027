//! A private session bus with a real gnome-keyring on it, and other programs that use them.

use super::{Desk, Done, are_installed};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A session bus, and a keyring on it if there is to be one. Both end with it.
pub struct Bus {
    address: String,
    home: tempfile::TempDir,
    children: Vec<Child>,
}

impl Bus {
    /// `None`, with a line, where the programs are missing; a failure where `REQUIRE_REAL` wants them.
    pub fn start() -> Option<Self> {
        if !are_installed(&["dbus-daemon", "gnome-keyring-daemon", "dbus-send"]) {
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
    pub fn with_keyring(mut self) -> Self {
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

    pub fn lock(&self) {
        let path = "array:objpath:/org/freedesktop/secrets/collection/login";
        self.call(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            &[path],
        );
    }

    /// What anybody on this bus may read of the keyring's items without their secrets: attributes and labels.
    pub fn shown(&self) -> String {
        const KEYRING: &str = "org.freedesktop.secrets";
        let get = |path: &str, what: &str| {
            self.call(KEYRING, path, "org.freedesktop.DBus.Properties.GetAll", &[&format!("string:{what}")])
        };
        let login = "/org/freedesktop/secrets/collection/login";
        let all = get(login, "org.freedesktop.Secret.Collection");
        let items = all.split('"').filter(|text| text.starts_with(&format!("{login}/")));
        items.map(|item| get(item, "org.freedesktop.Secret.Item")).collect()
    }

    fn call(&self, to: &str, on: &str, method: &str, arguments: &[&str]) -> String {
        let mut command = quiet(self.home.path(), "dbus-send");
        command.args(["--session", "--print-reply", &format!("--dest={to}"), on, method]).args(arguments);
        let output = command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).output().expect("asked");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A desk whose storage is the keyring of this bus.
    pub fn desk(&self) -> Desk {
        self.reached_from(Desk::alone()).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring")
    }

    /// A desk whose session has this bus.
    pub fn reached_from(&self, desk: Desk) -> Desk {
        desk.with("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// Another program of this session, with a text on stdin; what it says.
    pub fn runs(&self, program: &Path, arguments: &[&str], stdin: &str) -> Done {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin");
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        super::feed(&mut command, stdin.as_bytes())
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
