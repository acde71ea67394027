//! Sixty-four helpers at once, of every kind, on one list, one storage and one sandbox. Each account belongs to one of them, who alone
//! knows what is true of it. `CROWD_SECONDS=60` makes them go on for so long.

use crate::stage::{Browser, Bus, Desk, Done, wanted};
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::Value;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const CODE: &str = "protocol=https\nhost=code.corp.example\npath=bitbucket/scm/prj/app.git\n";

/// How many there are of each kind.
const STAYERS: usize = 16;
const COMERS: usize = 40;
const SIGNERS: [(&str, &str, &str, &str); 4] = [
    ("bitbucket.org", seeds::ALICE, seeds::ALICE_EMAIL, seeds::API_TOKEN),
    ("bitbucket.org", seeds::ALICE_HOME, seeds::ALICE_HOME_EMAIL, seeds::API_TOKEN_HOME),
    ("bitbucket.org", seeds::BOB, seeds::BOB_EMAIL, seeds::API_TOKEN_BOB),
    (seeds::CORP, seeds::ALICE, seeds::ALICE, seeds::HTTP_TOKEN),
];
const READERS: usize = 3;

/// What all of them share.
struct Crowd<'a> {
    desk: &'a Desk,
    sandbox: &'a Sandbox,
    end: Option<Instant>,
    commands: AtomicUsize,
    /// The newest secret of each stayer whose store is done.
    stored: [AtomicUsize; STAYERS],
    /// The tokens of the browser sign-in that have ended, of which Git has told us.
    ended: Mutex<Vec<String>>,
}

impl Crowd<'_> {
    /// Two rounds, or as many as fit the time that was wanted.
    fn rounds(&self) -> impl Iterator<Item = usize> {
        (1..).take_while(|round| self.end.map_or(*round <= 2, |end| Instant::now() < end))
    }

    fn runs(&self, arguments: &[&str], stdin: &str) -> Done {
        self.commands.fetch_add(1, Ordering::Relaxed);
        self.desk.helper_that_ends(arguments, stdin)
    }

    fn does(&self, arguments: &[&str], stdin: &str) -> Done {
        let done = self.runs(arguments, stdin);
        assert_eq!(done.code, 0, "{arguments:?}: {done:#?}");
        done
    }

    /// What somebody gets who must get something, and without a word.
    fn answer(&self, request: &str) -> [String; 2] {
        let done = self.does(&["get"], request);
        assert_eq!(done.err, "", "{request}");
        ["username", "password"].map(|key| done.value(key).expect("an answer").to_owned())
    }

    /// Nobody is asked, and nothing is found.
    fn misses(&self, request: &str) {
        assert_eq!(self.does(&["--no-input", "get"], request).out, "");
    }

    fn lists(&self) -> Value {
        serde_json::from_str(&self.does(&["accounts", "--json"], "").out).expect("JSON")
    }
}

fn user(kind: &str, number: usize) -> String {
    format!("{kind}{number:02}")
}

fn of(name: &str) -> String {
    format!("{CLOUD}username={name}\n")
}

fn secret(name: &str, version: usize) -> String {
    format!("canary-{name}-{version}")
}

fn with(name: &str, version: usize) -> String {
    format!("{}password={}\n", of(name), secret(name, version))
}

/// Is there all the time, with ever newer secrets, and is chosen again and again.
fn stays(crowd: &Crowd<'_>, number: usize) {
    let name = user("stayer", number);
    for round in crowd.rounds() {
        crowd.does(&["store"], &with(&name, round));
        crowd.stored[number].store(round, Ordering::SeqCst);
        crowd.does(&["switch", "bitbucket.org", &name], "");
        let known: Vec<usize> = crowd.stored.iter().map(|stored| stored.load(Ordering::SeqCst)).collect();
        let [active, given] = crowd.answer(CLOUD);
        let whose = (0..STAYERS).find(|number| user("stayer", *number) == active).expect("one who was switched to");
        let version: usize = given.rsplit('-').next().and_then(|text| text.parse().ok()).expect("a version");
        assert!(given == secret(&active, version) && version >= known[whose], "{given} after {}", known[whose]);
        crowd.does(&["switch", "bitbucket.org", &name, "--for", &name], "");
        assert_eq!(crowd.answer(&of(&name)), [name.clone(), secret(&name, round)]);
    }
}

/// Comes and goes.
fn comes_and_goes(crowd: &Crowd<'_>, number: usize) {
    let name = user("comer", number);
    for round in crowd.rounds() {
        crowd.does(&["store"], &with(&name, 2 * round));
        crowd.does(&["store"], &with(&name, 2 * round + 1));
        crowd.does(&["erase"], &with(&name, 2 * round));
        assert_eq!(crowd.answer(&of(&name)), [name.clone(), secret(&name, 2 * round + 1)], "the old one was erased");
        match number % 2 {
            0 => crowd.does(&["erase"], &with(&name, 2 * round + 1)),
            _ => crowd.does(&["logout", "bitbucket.org", "--username", &name], ""),
        };
        crowd.misses(&of(&name));
        let all = crowd.lists();
        let is_there = |one: &Value| one["account"] == name.as_str();
        assert!(!all["accounts"].as_array().expect("a list").iter().any(is_there), "{name} is gone");
    }
}

/// Signs in and out.
fn signs_in_and_out(crowd: &Crowd<'_>, (site, name, login, token): (&str, &str, &str, &str)) {
    let host = site.trim_start_matches("https://");
    let request = format!("protocol=https\nhost={host}\nusername={name}\n");
    for _ in crowd.rounds() {
        crowd.does(&["login", site, "--with-token", "--username", login], token);
        assert_eq!(crowd.answer(&request)[1], token);
        crowd.does(&["logout", site, "--username", name], "");
        crowd.misses(&request);
        crowd.does(&["login", site, "--with-token", "--username", login], token);
        assert_eq!(crowd.answer(&request)[1], token);
    }
}

/// Has a browser sign-in whose access token ends again and again.
fn is_refreshed(crowd: &Crowd<'_>) {
    for _ in crowd.rounds() {
        let [_, old] = crowd.answer(CODE);
        crowd.sandbox.revoke_all_access_tokens(seeds::ALICE);
        crowd.does(&["erase"], &format!("{CODE}username=alice\npassword={old}\n"));
        crowd.ended.lock().expect("whole").push(old.clone());
        assert_ne!(crowd.answer(CODE)[1], old);
    }
}

fn reads(crowd: &Crowd<'_>) {
    for _ in crowd.rounds() {
        let ended = crowd.ended.lock().expect("whole").clone();
        let [_, token] = crowd.answer(CODE);
        let granted = crowd.sandbox.data_center(seeds::CODE, |code| code.directory.oauth.secrets());
        assert!(granted.contains(&token) && !ended.contains(&token));
    }
}

/// Everybody's list before the crowd: whom nobody touches, and what a later version wrote.
fn begin(desk: &Desk) {
    desk.helper(&["store"], with("veteran", 1)).succeeds();
    desk.helper(&["store"], with("stayer00", 0)).succeeds();
    desk.helper(&["switch", "bitbucket.org", "veteran", "--for", "acme"], "").succeeds();
    desk.helper(&["switch", "bitbucket.org", "stayer00"], "").succeeds();
    let mut list = list(desk);
    list["colour"] = "blue".into();
    let cloud = &mut list["sites"]["https://bitbucket.org"];
    cloud["shape"] = serde_json::json!([1]);
    cloud["accounts"][0]["badge"] = serde_json::json!({"round": true});
    fs::write(desk.data().join("accounts.json"), list.to_string()).expect("written");
}

fn list(desk: &Desk) -> Value {
    serde_json::from_slice(&fs::read(desk.data().join("accounts.json")).expect("a list")).expect("JSON")
}

/// All of them at once.
fn meet(crowd: &Crowd<'_>) {
    std::thread::scope(|scope| {
        (0..STAYERS).for_each(|number| drop(scope.spawn(move || stays(crowd, number))));
        (0..COMERS).for_each(|number| drop(scope.spawn(move || comes_and_goes(crowd, number))));
        SIGNERS.into_iter().for_each(|signer| drop(scope.spawn(move || signs_in_and_out(crowd, signer))));
        scope.spawn(|| is_refreshed(crowd));
        (0..READERS).for_each(|_| drop(scope.spawn(|| reads(crowd))));
    });
}

/// Nobody is missing, nobody came back, and what nobody touched is as it was.
fn nothing_is_lost(crowd: &Crowd<'_>) {
    let list = list(crowd.desk);
    let cloud = &list["sites"]["https://bitbucket.org"];
    assert_eq!((&list["colour"], &cloud["shape"]), (&"blue".into(), &serde_json::json!([1])));
    assert_eq!(cloud["rules"]["acme"], "veteran");
    let accounts = cloud["accounts"].as_array().expect("accounts");
    assert_eq!(accounts[0]["badge"]["round"], true);
    let mut names: Vec<String> = accounts.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect();
    let signers = SIGNERS.iter().filter(|signer| signer.0 == "bitbucket.org").map(|signer| signer.1.to_owned());
    let stayers = (0..STAYERS).map(|number| user("stayer", number));
    let mut all: Vec<String> = signers.chain(stayers).chain(["veteran".to_owned()]).collect();
    names.sort();
    all.sort();
    assert_eq!(names, all);
    assert!(cloud["active"].as_str().is_some_and(|active| active.starts_with("stayer")), "{cloud}");
    assert_eq!(crowd.answer(&of("veteran")), ["veteran".to_owned(), secret("veteran", 1)]);
    for (number, stored) in crowd.stored.iter().enumerate() {
        let name = user("stayer", number);
        assert_eq!(cloud["rules"][&name], name.as_str());
        assert_eq!(crowd.answer(&of(&name)), [name.clone(), secret(&name, stored.load(Ordering::SeqCst))]);
    }
}

/// The crowd at a desk whose storage is set already, and a person who would hear of every question.
fn crowded(desk: Desk, sandbox: &Sandbox) {
    let (desk, browser) = Browser::of(desk.with_clients(sandbox).person_says(&[]));
    desk.signs_in_by_browser(&browser, sandbox, seeds::CODE);
    begin(&desk);
    let end = wanted("CROWD_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
    let (commands, stored, ended) = Default::default();
    let crowd = Crowd { desk: &desk, sandbox, end, commands, stored, ended };
    meet(&crowd);
    nothing_is_lost(&crowd);
    let counts = sandbox.data_center(seeds::CODE, |code| code.directory.oauth.counts(seeds::ALICE));
    let ended = u32::try_from(crowd.ended.into_inner().expect("whole").len()).expect("few");
    assert_eq!((counts.refreshes, counts.refused, counts.exchanges), (ended, 0, 1));
    assert!(browser.rests() && desk.asked().is_empty(), "{:?}", desk.asked());
    let commands = crowd.commands.into_inner();
    eprintln!("{commands} commands, {ended} tokens ended, each refreshed once");
    assert!(commands > 600, "{commands}");
}

#[test]
fn a_crowd_on_the_file_storage() {
    let sandbox = Sandbox::start();
    crowded(Desk::at(&sandbox), &sandbox);
}

#[test]
fn a_crowd_on_a_real_keyring() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let desk = bus.reached_from(Desk::at(&sandbox)).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    // somebody sits before a screen, so that the keyring has a minute and not three seconds to come to everybody
    crowded(desk.with("DISPLAY", ":99"), &sandbox);
}
