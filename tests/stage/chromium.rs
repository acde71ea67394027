//! A real Chromium without a window, driven as a person would: opening, reading, clicking, typing. It speaks WebDriver
//! (W3C) to chromedriver, and knows nothing of what it looks at.

#![allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
#![allow(dead_code, reason = "each test uses its part")]

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const DRIVER: &str = "/usr/bin/chromedriver";
const BROWSER: &str = "/usr/bin/chromium";

/// A page that is not there by then never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How WebDriver names an element in its answers (W3C WebDriver, "Elements").
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with an empty profile. It ends with this.
pub struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

/// Keys without a letter (W3C WebDriver, "Keyboard actions").
#[derive(Clone, Copy)]
pub enum Key {
    Tab,
    /// Shift and Tab.
    Back,
    Enter,
    Right,
    Space,
}

impl Chromium {
    /// A browser whose network leads through `proxy`, whatever certificates it shows; without one it reaches this machine.
    /// `None`, with a line, where there is no Chromium; a failure where `REQUIRE_REAL` wants it.
    pub fn start(proxy: Option<&str>) -> Option<Self> {
        if let Some(missing) = [DRIVER, BROWSER].into_iter().find(|program| !Path::new(program).exists()) {
            assert!(std::env::var_os("REQUIRE_REAL").is_none(), "{missing} is not installed");
            eprintln!("skipped: {missing} is not installed");
            return None;
        }
        let profile = tempfile::tempdir().expect("a profile");
        let (driver, port) = driver(profile.path());
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        browser.begin(proxy);
        Some(browser)
    }

    fn begin(&mut self, proxy: Option<&str>) {
        let profile = format!("--user-data-dir={}", self._profile.path().join("profile").display());
        let network = proxy.map_or("--no-proxy-server".into(), |proxy| format!("--proxy-server={proxy}"));
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--ignore-certificate-errors",
            "--hide-scrollbars",
            "--window-size=1000,800",
            &profile,
            &network,
        ];
        let patience = PATIENCE.as_millis() as u64;
        let wishes = json!({"capabilities": {"alwaysMatch": {
            "acceptInsecureCerts": true,
            "timeouts": {"implicit": patience, "pageLoad": patience},
            "goog:chromeOptions": {"binary": BROWSER, "args": arguments},
        }}});
        let answer = self.call("POST", "/session", Some(&wishes));
        self.session = answer["sessionId"].as_str().expect("a session").to_owned();
    }

    /// Goes to an address and waits until its page is there.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Where the browser is now.
    pub fn address(&self) -> String {
        text_of(&self.get("/url"))
    }

    pub fn title(&self) -> String {
        text_of(&self.get("/title"))
    }

    /// Everything that a person can read.
    pub fn text(&self) -> String {
        text_of(&self.get(&format!("/element/{}/text", self.find("css selector", "body"))))
    }

    /// The document as the browser understands it.
    pub fn source(&self) -> String {
        text_of(&self.get("/source"))
    }

    /// An attribute of the first element that fits; empty if it has none.
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        text_of(&self.get(&format!("/element/{}/attribute/{name}", self.find("css selector", selector))))
    }

    /// Waits until the page shows this text.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        self.find("xpath", &format!("//body[contains(normalize-space(.), \"{text}\")]"));
    }

    /// A computed property of the first element that fits.
    pub fn style(&self, selector: &str, property: &str) -> String {
        text_of(&self.get(&format!("/element/{}/css/{property}", self.find("css selector", selector))))
    }

    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.post(&format!("/element/{}/click", self.find("css selector", selector)), &json!({}));
    }

    /// Types into a field.
    #[track_caller]
    pub fn types(&self, selector: &str, text: &str) {
        self.post(&format!("/element/{}/value", self.find("css selector", selector)), &json!({ "text": text }));
    }

    /// Gives a field a value as its own picker would: one of a date takes no text.
    pub fn sets(&self, selector: &str, value: &str) {
        let script = "document.querySelector(arguments[0]).value = arguments[1]";
        self.post("/execute/sync", &json!({"script": script, "args": [selector, value]}));
    }

    /// Empties a field.
    #[track_caller]
    pub fn clears(&self, selector: &str) {
        self.post(&format!("/element/{}/clear", self.find("css selector", selector)), &json!({}));
    }

    /// Types wherever the focus is.
    pub fn types_blindly(&self, text: &str) {
        text.chars().for_each(|letter| self.strike(&letter.to_string()));
    }

    /// Presses a key wherever the focus is.
    pub fn press(&self, key: Key) {
        const SHIFT: &str = "\u{e008}";
        const TAB: &str = "\u{e004}";
        match key {
            Key::Tab => self.strike(TAB),
            Key::Back => self.keys(&[("keyDown", SHIFT), ("keyDown", TAB), ("keyUp", TAB), ("keyUp", SHIFT)]),
            Key::Enter => self.strike("\u{e007}"),
            Key::Right => self.strike("\u{e014}"),
            Key::Space => self.strike(" "),
        }
    }

    fn strike(&self, key: &str) {
        self.keys(&[("keyDown", key), ("keyUp", key)]);
    }

    fn keys(&self, strokes: &[(&str, &str)]) {
        let strokes: Vec<Value> = strokes.iter().map(|(action, key)| json!({"type": action, "value": key})).collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}));
    }

    /// What the element with the focus says, or its name if it is a field.
    pub fn focus(&self) -> String {
        let element = self.get("/element/active")[ELEMENT].as_str().expect("an element").to_owned();
        let name = self.get(&format!("/element/{element}/attribute/name"));
        name.as_str().map_or_else(|| text_of(&self.get(&format!("/element/{element}/text"))), str::to_owned)
    }

    /// The person likes it dark, or light.
    pub fn prefers(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.tell("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Pages run no script from now on.
    pub fn without_scripts(&self) {
        self.tell("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    }

    /// A window of this size in CSS pixels, such as a phone's.
    pub fn resizes(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 2, "mobile": false});
        self.tell("Emulation.setDeviceMetricsOverride", &size);
    }

    /// How wide the page is, with what sticks out of the window.
    pub fn width_of_page(&self) -> u32 {
        let script = "return document.documentElement.scrollWidth";
        let width = self.post("/execute/sync", &json!({"script": script, "args": []}));
        width.as_u64().and_then(|width| width.try_into().ok()).expect("a number")
    }

    /// Keeps what is seen now as a PNG.
    pub fn screenshot(&self, file: &Path) {
        fs::write(file, from_base64(&text_of(&self.get("/screenshot")))).expect("written");
    }

    fn tell(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    #[track_caller]
    fn find(&self, using: &str, value: &str) -> String {
        let found = self.post("/element", &json!({"using": using, "value": value}));
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    fn get(&self, path: &str) -> Value {
        self.call("GET", &format!("/session/{}{path}", self.session), None)
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), Some(body))
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = exchange(self.port, method, path, body).expect("chromedriver answers");
        let value = answer["value"].clone();
        assert_eq!(status, 200, "{method} {path}: {}", value["message"]);
        value
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // the driver ends the browser; a failing test shows its own failure, not this one's
        let _ = exchange(self.port, "DELETE", &format!("/session/{}", self.session), None);
        let _ = self.driver.kill().and_then(|()| self.driver.wait());
    }
}

/// Starts chromedriver in an empty home and reads its port from its first lines.
fn driver(home: &Path) -> (Child, u16) {
    let mut child = Command::new(DRIVER)
        .arg("--port=0")
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
    // whoever stops reading would end it at its next line
    std::thread::spawn(move || lines.for_each(drop));
    (child, port.expect("its port"))
}

/// One HTTP exchange with chromedriver: status and JSON.
fn exchange(port: u16, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE * 2))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = BufReader::new(stream);
    let head: Vec<String> = answer.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let status = head.first().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_default();
    // it leaves the connection open, so the length has to be believed
    let length = head.iter().find_map(|line| line.strip_prefix("Content-Length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    answer.read_exact(&mut body)?;
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// RFC 4648, section 4, of a driver that writes it well.
fn from_base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters: Vec<u8> = text.bytes().filter(|letter| LETTERS.contains(letter)).collect();
    let bits = |letter: &u8| LETTERS.iter().position(|known| known == letter).unwrap_or_default() as u32;
    letters
        .chunks(4)
        .flat_map(|chunk| {
            let group = chunk.iter().fold(0, |sum, letter| sum << 6 | bits(letter)) << (6 * (4 - chunk.len()));
            group.to_be_bytes()[1..chunk.len()].to_vec()
        })
        .collect()
}
