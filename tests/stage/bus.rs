//! A private session bus with a real gnome-keyring on it, for stories and for the storage's own tests.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// It starts no service by itself (dbus-daemon(1), "CONFIGURATION FILE"), so that one without a keyring has none. The limits
/// are those of a session.
const CONFIG: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy>
  <limit name="auth_timeout">240000</limit>
  <limit name="max_incomplete_connections">10000</limit>
  <limit name="max_connections_per_user">100000</limit>
</busconfig>"#;

/// A session bus, and a keyring on it if there is to be one. Both end with it.
pub struct Bus {
    pub address: String,
    home: tempfile::TempDir,
    children: Vec<Child>,
}

impl Bus {
    /// `None`, with a line, where the programs are missing; a failure where `REQUIRE_REAL` wants them.
    #[allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
    pub fn start() -> Option<Self> {
        let missing = ["dbus-daemon", "gnome-keyring-daemon", "dbus-send"]
            .into_iter()
            .find(|name| !Path::new("/usr/bin").join(name).exists());
        if let Some(name) = missing {
            assert!(std::env::var_os("REQUIRE_REAL").is_none(), "{name} is not installed");
            eprintln!("skipped: {name} is not installed");
            return None;
        }
        let home = tempfile::tempdir().expect("a home");
        let config = home.path().join("bus.conf");
        std::fs::write(&config, CONFIG).expect("its config");
        let mut bus = quiet(home.path(), "dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(config)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a bus");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("piped")).read_line(&mut address).expect("its address");
        Some(Self { address: address.trim().to_owned(), home, children: vec![bus] })
    }

    /// Starts gnome-keyring, unlocked by a password, and waits until it owns its name.
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

    /// Locks the collection that it keeps things in.
    pub fn lock(&self) {
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
