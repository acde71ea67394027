//! How cost grows, and what we add to what a person waits for: `cargo bench --bench journeys`. Real git on the sandbox, the
//! release build, figures of one run in turn. Times are milliseconds, medians unless said otherwise.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a benchmark runs programs and prints")]

use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const HELPER: &str = env!("CARGO_BIN_EXE_git-credential-bitbucket");
const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const APP: &str = "https://bitbucket.org/acme/app.git";

/// All of it, or what the arguments name, such as `-- page`.
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let sandbox = Sandbox::start();
    let desk = Desk::new(&sandbox.git_config());
    desk.stores("alice", seeds::API_TOKEN);
    let journeys: [(&str, &dyn Fn()); 7] = [
        ("accounts", &accounts),
        ("crowds", &crowds),
        ("clone", &|| clone_beside_url(&sandbox, &desk)),
        ("remotes", &|| remotes(&desk)),
        ("submodules", &|| submodules(&sandbox, &desk)),
        ("refresh", &|| refresh(&sandbox)),
        ("page", &sign_in_page),
    ];
    journeys.iter().filter(|(name, _)| is_wanted(name)).for_each(|(_, run)| run());
}

/// A home, the newest git, the file storage.
struct Desk {
    home: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Desk {
    fn new(config: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let own = format!(
            "[credential]\n\thelper = {HELPER}\n[bitbucket]\n\tstorage = file\n[user]\n\tname = A\n\temail = a@b.example\n[protocol \"file\"]\n\tallow = always\n"
        );
        fs::write(home.path().join(".gitconfig"), own + config).expect("written");
        Self { home, variables: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").current_dir(self.home.path());
        command.envs(self.variables.iter().cloned());
        command
    }

    fn feed(&self, arguments: &[&str], text: &str) -> Output {
        let mut command = self.command(HELPER);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
        child.wait_with_output().expect("it ends")
    }

    fn stores(&self, name: &str, secret: &str) {
        assert!(self.feed(&["store"], &format!("{CLOUD}username={name}\npassword={secret}\n")).status.success());
    }

    #[track_caller]
    fn gets(&self, extra: &str) -> String {
        let answer = self.feed(&["get"], &format!("{CLOUD}{extra}"));
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(text.contains("password="), "{answer:?}");
        text
    }

    /// Runs git and gives its milliseconds.
    #[track_caller]
    fn git(&self, arguments: &[&str]) -> f64 {
        let begun = Instant::now();
        let done = self.command("git").args(arguments).output().expect("git runs");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        ms(begun)
    }

    /// The same, with how often git asked us, and for how long in all (git's trace2, child_start and child_exit).
    fn watched(&self, arguments: &[&str]) -> (f64, usize, f64) {
        let log = self.path("trace2");
        let begun = Instant::now();
        let done = self.command("git").args(arguments).env("GIT_TRACE2_EVENT", &log).output().expect("git runs");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        let (whole, events) = (ms(begun), fs::read_to_string(&log).expect("a trace"));
        fs::remove_file(log).expect("removed");
        let events: Vec<serde_json::Value> =
            events.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let key = |event: &serde_json::Value| (event["sid"].to_string(), event["child_id"].to_string());
        let is = |event: &&serde_json::Value, name: &str| event["event"] == name;
        let ours: Vec<_> = events
            .iter()
            .filter(|event| is(event, "child_start") && event["argv"].to_string().contains(HELPER))
            .map(key)
            .collect();
        let ends = events.iter().filter(|event| is(event, "child_exit") && ours.contains(&key(event)));
        (whole, ours.len(), ends.filter_map(|event| event["t_rel"].as_f64()).sum::<f64>() * 1e3)
    }
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn accounts() {
    println!("accounts in the index | get");
    for count in [1, 10, 1000] {
        let desk = Desk::new("");
        (0..count).for_each(|number| desk.stores(&format!("user{number}"), "secret"));
        let one = format!("username=user{}\n", count / 2);
        let times = (0..100).map(|_| {
            let begun = Instant::now();
            desk.gets(&one);
            ms(begun)
        });
        println!("{count:>21} | {:.2}", median(times.collect()));
    }
    println!();
}

fn crowds() {
    println!("helpers at once | the last answer after | for each");
    let desk = Desk::new("");
    desk.stores("alice", "secret");
    for count in [1, 2, 4, 8, 16, 32, 64] {
        let times = (0..10).map(|_| {
            let begun = Instant::now();
            std::thread::scope(|scope| (0..count).for_each(|_| drop(scope.spawn(|| desk.gets("")))));
            ms(begun)
        });
        let all = median(times.collect());
        println!("{count:>15} | {all:>21.2} | {:.2}", all / f64::from(count));
    }
}

fn clone_beside_url(sandbox: &Sandbox, desk: &Desk) {
    let with_secret = APP.replace("https://", &format!("https://alice:{}@", seeds::API_TOKEN));
    let (mut ours, mut urls, mut requests) = (Vec::new(), Vec::new(), [0, 0]);
    for round in 0..15 {
        for (place, (address, times)) in [(APP, &mut ours), (with_secret.as_str(), &mut urls)].into_iter().enumerate() {
            sandbox.clear_log();
            times.push(desk.git(&["clone", "-q", address, &format!("clone{place}-{round}")]));
            requests[place] = sandbox.requests().len();
        }
    }
    let differences = ours.iter().zip(&urls).map(|(ours, url)| ours - url).collect();
    println!(
        "\na clone, ms and requests: through us {:.1} and {}, the secret in the address {:.1} and {}; in pairs {:+.1} ms",
        median(ours),
        requests[0],
        median(urls),
        requests[1],
        median(differences)
    );
}

fn remotes(desk: &Desk) {
    desk.git(&["clone", "-q", APP, "remotes"]);
    for number in 0..16 {
        desk.git(&["-C", "remotes", "remote", "add", &format!("r{number}"), APP]);
    }
    let (whole, calls, ours) = desk.watched(&["-C", "remotes", "fetch", "-q", "--all", "--jobs", "16"]);
    println!(
        "\ngit fetch --all --jobs 16, of 17 remotes: {whole:.0} ms; we were asked {calls} times, {:.2} ms each",
        ours / calls as f64
    );
}

/// A repository with five hundred submodules, made and pushed here.
fn submodules(sandbox: &Sandbox, desk: &Desk) {
    const COUNT: usize = 500;
    desk.git(&["clone", "-q", APP, "many"]);
    // the sandbox makes a repository when it is first asked for
    desk.git(&["clone", "-q", "https://bitbucket.org/acme/lib.git", "lib"]);
    let lib = sandbox.head_of("https://bitbucket.org/acme/lib.git").expect("it is there");
    let modules: String = (0..COUNT)
        .map(|number| {
            format!("[submodule \"m{number}\"]\n\tpath = m{number}\n\turl = https://bitbucket.org/acme/lib.git\n")
        })
        .collect();
    fs::write(desk.path("many/.gitmodules"), modules).expect("written");
    let links: Vec<String> = (0..COUNT).map(|number| format!("160000,{lib},m{number}")).collect();
    let mut add = vec!["-C", "many", "update-index", "--add"];
    links.iter().for_each(|link| add.extend(["--cacheinfo", link]));
    desk.git(&add);
    desk.git(&["-C", "many", "add", ".gitmodules"]);
    desk.git(&["-C", "many", "commit", "-q", "-m", "many"]);
    desk.git(&["-C", "many", "push", "-q"]);
    let (whole, calls, ours) = desk.watched(&["clone", "-q", "--recurse-submodules", "--jobs", "4", APP, "all"]);
    println!(
        "\na clone with {COUNT} submodules, 4 at once: {:.1} s; we were asked {calls} times, {:.2} ms each, {:.1} % of git's time with four at work",
        whole / 1e3,
        ours / calls as f64,
        ours / (4.0 * whole) * 100.0
    );
}

/// A refresh beside its own request, as our trace times it.
fn refresh(sandbox: &Sandbox) {
    let now = sandbox.now();
    let client = bitbucket_sandbox::oauth::Client {
        id: "bench".into(),
        secret: None,
        name: "bench".into(),
        callback: "http://127.0.0.1/".into(),
        scopes: vec!["account".into(), "repository:write".into()],
        workspace: "acme".into(),
    };
    let mut token = sandbox.cloud(|cloud| {
        cloud.oauth.clients.push(client);
        cloud.oauth.grant("bench", seeds::ALICE, &["repository:write"], now).1
    });
    let desk = Desk::new(&(sandbox.git_config() + "[bitbucket \"https://bitbucket.org\"]\n\toauthClientId = bench\n"));
    let trace = desk.path("trace");
    let desk =
        desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none").with("GIT_TRACE_BITBUCKET", trace.display().to_string());
    let (mut beyond, mut posts) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        let begun = Instant::now();
        let answer = desk.gets(&format!("username=alice\noauth_refresh_token={token}\n"));
        let whole = ms(begun);
        let post = request_time(&trace);
        beyond.push(whole - post);
        posts.push(post);
        token =
            answer.lines().find_map(|line| line.strip_prefix("oauth_refresh_token=")).expect("the next one").to_owned();
    }
    println!("\na refresh: its request {:.0} ms, and {:.1} ms besides", median(posts), median(beyond));
}

/// The milliseconds of all requests in a trace, which is emptied.
fn request_time(trace: &Path) -> f64 {
    let text = fs::read_to_string(trace).expect("a trace");
    fs::remove_file(trace).expect("removed");
    let spent = |line: &str| line.strip_suffix(" ms")?.rsplit_once(' ')?.1.parse::<f64>().ok();
    text.lines().filter(|line| line.contains("POST ") || line.contains("GET ")).filter_map(spent).sum()
}

/// From the start of a `get` without a terminal to the first byte of the page in a browser that is already there: a script that
/// hands us the address.
fn sign_in_page() {
    let desk = Desk::new("");
    let (pipe, browser) = (desk.path("pipe"), desk.path("browser"));
    assert!(desk.command("mkfifo").arg(&pipe).status().expect("it runs").success());
    fs::write(&browser, format!("#!/bin/sh\necho \"$1\" >'{}'\n", pipe.display())).expect("written");
    assert!(desk.command("chmod").arg("+x").arg(&browser).status().expect("it runs").success());
    let desk = desk.with("BROWSER", browser.display().to_string());
    let times = (0..20).map(|_| {
        let (tell, told) = std::sync::mpsc::channel();
        let pipe = pipe.clone();
        std::thread::spawn(move || tell.send(fs::read_to_string(&pipe)));
        let begun = Instant::now();
        let mut get = desk.command("setsid");
        let mut get = get
            .args([HELPER, "get"])
            .env_remove("GIT_TERMINAL_PROMPT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        get.stdin.take().expect("piped").write_all(CLOUD.as_bytes()).expect("it reads");
        let address = told.recv_timeout(Duration::from_secs(10)).expect("the browser is started").expect("an address");
        let host = address.trim().strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("our page");
        let path = address.trim().split_once(host).map_or("/", |(_, path)| path);
        let mut page = std::net::TcpStream::connect(host).expect("it listens");
        page.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).expect("sent");
        std::io::Read::read_exact(&mut page, &mut [0]).expect("the first byte");
        let spent = ms(begun);
        get.kill().and_then(|()| get.wait()).expect("ended");
        spent
    });
    println!("\nthe sign-in page: its first byte {:.1} ms after the start", median(times.collect()));
}
