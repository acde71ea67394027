//! A private session bus with a real, unlocked gnome-keyring on it, for the keyring's own tests.

use super::promises::programs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Both end with it.
pub struct Bus {
    pub address: String,
    home: tempfile::TempDir,
    children: Vec<Child>,
}

impl Bus {
    /// `None`, with a line, where the programs are missing; a failure where `REQUIRE_REAL` wants them.
    pub fn with_keyring() -> Option<Self> {
        if !programs(&["dbus-daemon", "gnome-keyring-daemon", "dbus-send"]) {
            return None;
        }
        let home = tempfile::tempdir().expect("a home");
        let mut bus = quiet(home.path(), "dbus-daemon");
        let mut bus = bus.args(["--session", "--nofork", "--print-address"]).spawn().expect("a bus");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("piped")).read_line(&mut address).expect("its address");
        let mut bus = Self { address: address.trim().to_owned(), home, children: vec![bus] };
        bus.start_keyring();
        Some(bus)
    }

    /// Waits until it owns its name: before, the bus would start a second one, which is locked.
    fn start_keyring(&mut self) {
        let mut keyring = quiet(self.home.path(), "gnome-keyring-daemon");
        keyring.args(["--unlock", "--foreground", "--components=secrets"]).stdin(Stdio::piped());
        let mut keyring = keyring.env("DBUS_SESSION_BUS_ADDRESS", &self.address).spawn().expect("a keyring");
        keyring.stdin.take().expect("piped").write_all(b"password").expect("typed");
        self.children.push(keyring);
        let end = Instant::now() + Duration::from_secs(30);
        let owned = "org.freedesktop.DBus.NameHasOwner";
        while !self.call("org.freedesktop.DBus", "/", owned, "string:org.freedesktop.secrets").contains("true") {
            assert!(Instant::now() < end, "the keyring does not come up");
        }
    }

    /// Locks the collection that things are kept in.
    pub fn lock(&self) {
        let (service, on) = ("org.freedesktop.secrets", "/org/freedesktop/secrets");
        let login = "array:objpath:/org/freedesktop/secrets/collection/login";
        self.call(service, on, "org.freedesktop.Secret.Service.Lock", login);
    }

    fn call(&self, to: &str, on: &str, method: &str, argument: &str) -> String {
        let mut call = quiet(self.home.path(), "dbus-send");
        call.args(["--session", "--print-reply", &format!("--dest={to}"), on, method, argument]);
        let output = call.env("DBUS_SESSION_BUS_ADDRESS", &self.address).output().expect("asked");
        String::from_utf8_lossy(&output.stdout).into_owned()
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
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"].map(|name| (name, home)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}
