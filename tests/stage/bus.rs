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
    config: Option<tempfile::TempDir>,
}

impl Bus {
    /// `None`, with a line, where the programs are missing; a failure where `REQUIRE_REAL` wants them.
    pub fn start() -> Option<Self> {
        Self::start_with(None, &["--session"])
    }

    /// A bus that starts no service by itself, or only a keyring that never comes up: this command in its place.
    pub fn without_keyring(command: Option<&str>) -> Option<Self> {
        let place = tempfile::tempdir().expect("a folder");
        let services = place.path().join("services");
        std::fs::create_dir(&services).expect("a folder");
        if let Some(command) = command {
            let text = format!("[D-BUS Service]\nName=org.freedesktop.secrets\nExec={command}\n");
            std::fs::write(services.join("secrets.service"), text).expect("a service");
        }
        let config = place.path().join("config");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><servicedir>{}</servicedir>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>",
            services.display()
        );
        std::fs::write(&config, text).expect("a config");
        let mut bus = Self::start_with(None, &[&format!("--config-file={}", config.display())])?;
        bus.config = Some(place);
        Some(bus)
    }

    /// A bus whose prompts come up on a screen.
    pub fn before(screen: &Screen) -> Option<Self> {
        Self::start_with(Some(&screen.display), &["--session"])
    }

    fn start_with(display: Option<&str>, arguments: &[&str]) -> Option<Self> {
        if !are_installed(&["dbus-daemon", "gnome-keyring-daemon", "dbus-send"]) {
            return None;
        }
        let home = tempfile::tempdir().expect("a home");
        let mut bus = quiet(home.path(), "dbus-daemon")
            .args(arguments)
            .args(["--nofork", "--print-address"])
            .envs(display.map(|display| ("DISPLAY", display)))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a bus");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("piped")).read_line(&mut address).expect("its address");
        Some(Self { address: address.trim().to_owned(), home, children: vec![bus], config: None })
    }

    /// Starts gnome-keyring, unlocked by a password, and waits until it owns its name: before, the bus would start a
    /// second one, which is locked.
    pub fn with_keyring(mut self) -> Self {
        self.start_keyring();
        self
    }

    fn start_keyring(&mut self) {
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
    }

    /// Starts the keyring anew, with what it has on the disk; it is open then.
    pub fn restarts_keyring(&mut self) {
        let mut daemon = self.children.pop().expect("a keyring");
        daemon.kill().and_then(|()| daemon.wait()).expect("ours");
        self.start_keyring();
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

    /// From now on the keyring owns its name and answers nobody.
    pub fn freeze_keyring(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// It answers again, and what was asked meanwhile too.
    pub fn thaw_keyring(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let keyring = self.children.get(1).and_then(|child| i32::try_from(child.id()).ok());
        let keyring = keyring.and_then(rustix::process::Pid::from_raw).expect("a keyring");
        rustix::process::kill_process(keyring, signal).expect("it is there");
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
        super::done::feed(&mut command, stdin.as_bytes())
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

/// A screen that nobody sees, and a keyboard before it.
pub struct Screen {
    display: String,
    server: Child,
}

impl Screen {
    /// `None`, with a line, where Xvfb, xdotool or gcr's prompter is missing; a failure where `REQUIRE_REAL` wants them.
    pub fn start() -> Option<Self> {
        let prompter = Path::new("/usr/libexec/gcr-prompter").exists();
        if !are_installed(&["Xvfb", "xdotool"]) || !super::is_there("gcr-prompter", prompter) {
            return None;
        }
        let mut command = Command::new("/usr/bin/Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]).env_clear();
        command.env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("a screen");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut number).expect("its number");
        Some(Self { display: format!(":{}", number.trim()), server })
    }

    pub fn display(&self) -> &str {
        &self.display
    }

    /// Types a word and a key, again and again until `child` has ended: a window takes its time to come up.
    pub fn types_until_it_ends(&self, child: &mut Child, word: &str, key: &str) {
        let end = Instant::now() + Duration::from_secs(50);
        while child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < end, "no window takes the keys");
            self.xdotool(&["type", word]);
            self.xdotool(&["key", key]);
            std::thread::park_timeout(Duration::from_millis(500));
        }
    }

    fn xdotool(&self, arguments: &[&str]) {
        let mut command = Command::new("/usr/bin/xdotool");
        command.args(arguments).env_clear().env("DISPLAY", &self.display).env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().expect("xdotool is there");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // one that has ended already is just as well
        let _ = self.server.kill().and_then(|()| self.server.wait());
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
