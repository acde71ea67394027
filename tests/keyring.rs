//! The real keyring: a private bus and gnome-keyring on it, unlocked, locked, missing and silent. Each state has its own
//! words, and none hangs.

use crate::stage::{Bus, Desk, Done, Screen, Terminal, gits, tells_a_secret};
use bitbucket_sandbox::{Sandbox, seeds};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=canary-kept\n";

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

/// Three seconds are what a keyring has where nobody is there; the rest is for a slow machine.
const BOUND: Duration = Duration::from_secs(20);

/// Alice is signed in at a desk whose network leads to a sandbox, her secret in the keyring of `bus`.
fn alice(bus: &Bus, sandbox: &Sandbox) -> Desk {
    let desk = bus.desk().with("GIT_TERMINAL_PROMPT", "0");
    desk.configure(&sandbox.git_config());
    silent(desk.helper(&["store"], ALICE));
    desk
}

#[track_caller]
fn within_bounds(work: impl FnOnce() -> Done) -> Done {
    let begun = Instant::now();
    let done = work();
    assert!(begun.elapsed() < BOUND, "{:?} {done:?}", begun.elapsed());
    assert!(!tells_a_secret(&done.out) && !tells_a_secret(&done.err), "{done:?}");
    done
}

/// Every way to the keyring ends soon and has the same words, by itself and through real git, and the account stays.
fn each_command_says(desk: Desk, words: &str) {
    let helper = |arguments: &[&str], stdin: &str| within_bounds(|| desk.helper(arguments, stdin));
    let get = helper(&["get"], CLOUD);
    assert_eq!((get.code, get.out.as_str(), get.err.lines().count()), (0, "", 1), "{get:?}");
    let typed = "protocol=https\nhost=bitbucket.org\nusername=bob\npassword=canary-typed\n";
    let login = within_bounds(|| desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN));
    assert!(login.err.contains("it could not be kept"), "{login:?}");
    let all = [get, login, helper(&["store"], ALICE), helper(&["erase"], ALICE), helper(&["status", "--offline"], "")];
    for done in all {
        assert!(done.err.contains(words) || done.out.contains(words), "{words}: {done:?}");
    }
    // what was typed at git's own prompt; where there is no keyring at all, that is said at a sign-in and not at each command
    let store = helper(&["store"], typed);
    assert_eq!(store.err.contains(words), !words.contains("no keyring"), "{store:?}");
    let accounts = helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice"), "{accounts:?}");
    let mut desk = desk;
    for git in gits() {
        desk = desk.with_git(&git);
        let clone = within_bounds(|| desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"])).fails();
        let ours = clone.err.lines().filter(|line| line.starts_with("git-credential-bitbucket: "));
        let ours: Vec<&str> = ours.collect();
        assert!(matches!(ours.as_slice(), [only] if only.contains(words)), "{clone:?}");
    }
}

#[test]
fn a_locked_keyring_is_called_locked_by_every_command() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let desk = alice(&bus, &sandbox);
    bus.lock();
    let rebuild = within_bounds(|| desk.helper(&["accounts", "--rebuild"], "")).fails();
    assert!(rebuild.err.contains("the keyring is locked"), "{rebuild:?}");
    each_command_says(desk, "the keyring is locked");
}

#[test]
fn a_session_without_a_bus_has_no_keyring_and_every_command_says_so_at_once() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let desk = alice(&bus, &sandbox).with("DBUS_SESSION_BUS_ADDRESS", "");
    let rebuild = within_bounds(|| desk.helper(&["accounts", "--rebuild"], "")).succeeds();
    assert!(rebuild.out.contains("alice"), "what cannot be asked keeps its accounts: {rebuild:?}");
    each_command_says(desk, "no keyring is running here");
}

#[test]
fn a_bus_that_knows_of_no_keyring_is_as_good_as_none() {
    let Some((bus, bare)) = Bus::start().map(Bus::with_keyring).zip(Bus::without_keyring(None)) else { return };
    let sandbox = Sandbox::start();
    each_command_says(bare.reached_from(alice(&bus, &sandbox)), "no keyring is running here");
}

#[test]
fn a_keyring_that_never_comes_up_is_given_up() {
    let never = Bus::without_keyring(Some("/bin/sleep 600"));
    let Some((bus, never)) = Bus::start().map(Bus::with_keyring).zip(never) else { return };
    let sandbox = Sandbox::start();
    each_command_says(never.reached_from(alice(&bus, &sandbox)), "the keyring did not answer within 3 s");
}

#[test]
fn a_keyring_that_is_there_and_never_answers_is_given_up() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let desk = alice(&bus, &sandbox);
    bus.freeze_keyring();
    let rebuild = within_bounds(|| desk.helper(&["accounts", "--rebuild"], "")).fails();
    assert!(rebuild.err.contains("did not answer within 3 s"), "{rebuild:?}");
    each_command_says(desk, "the keyring did not answer within 3 s");
}

#[test]
fn a_bus_that_never_answers_is_given_up_whoever_waits() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let desk = alice(&bus, &sandbox);
    let socket = desk.home().join("bus");
    // it listens, and says nothing
    let _listener = UnixListener::bind(&socket).expect("a socket");
    let desk = desk.with("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}", socket.display()));
    let desk = desk.with("TERM", "xterm").with("GIT_TERMINAL_PROMPT", "1");
    let mut terminal = Terminal::new();
    let begun = Instant::now();
    let status = terminal.watches(&desk, &["status", "--offline"]);
    terminal.shows("| waiting for the keyring; unlock it if it asks");
    let (_, screen) = terminal.after(status);
    assert!(begun.elapsed() < BOUND && screen.iter().all(|line| !line.contains("waiting")), "{screen:#?}");
    each_command_says(desk.with("GIT_TERMINAL_PROMPT", "0"), "the keyring did not answer within 3 s");
}

#[test]
fn whoever_sits_at_the_terminal_has_time_and_sees_what_is_awaited() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk().with("TERM", "xterm");
    silent(desk.helper(&["store"], ALICE));
    bus.freeze_keyring();
    let mut terminal = Terminal::new();
    let status = terminal.watches(&desk, &["status", "--offline"]);
    terminal.shows("| waiting for the keyring; unlock it if it asks");
    bus.thaw_keyring();
    let (success, screen) = terminal.after(status);
    assert!(success && screen.iter().all(|line| !line.contains("waiting")), "{screen:#?}");
}

#[test]
fn a_locked_keyring_is_unlocked_at_the_desktops_own_prompt() {
    let Some(screen) = Screen::start() else { return };
    let Some(bus) = Bus::before(&screen).map(Bus::with_keyring) else { return };
    let desk = bus.desk().with("DISPLAY", screen.display());
    silent(desk.helper(&["store"], ALICE));
    bus.lock();
    let mut get = desk.starts(&["get"], CLOUD);
    screen.types_until_it_ends(&mut get, "password", "Return");
    let answer = get.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&answer.stdout).contains("password=canary-kept"), "{answer:?}");
    // it stays open
    assert_eq!(desk.with("DISPLAY", "").get(CLOUD).value("password"), Some("canary-kept"));
}

#[test]
fn who_sends_the_prompt_away_is_told_that_the_keyring_is_locked() {
    let Some(screen) = Screen::start() else { return };
    let Some(bus) = Bus::before(&screen).map(Bus::with_keyring) else { return };
    let desk = bus.desk().with("DISPLAY", screen.display());
    silent(desk.helper(&["store"], ALICE));
    bus.lock();
    let mut get = desk.starts(&["get"], CLOUD);
    screen.types_until_it_ends(&mut get, "", "Escape");
    let answer = get.wait_with_output().expect("it ends");
    assert!(answer.stdout.is_empty(), "{answer:?}");
    assert!(String::from_utf8_lossy(&answer.stderr).contains("the keyring is locked"), "{answer:?}");
}

#[test]
fn a_sign_in_without_a_named_storage_opens_a_locked_keyring_for_whoever_is_there() {
    let Some(screen) = Screen::start() else { return };
    let Some(bus) = Bus::before(&screen).map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let desk = bus.reached_from(Desk::at(&sandbox)).with("DISPLAY", screen.display());
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "auto");
    bus.lock();
    let mut login = desk.starts(&["login", "--with-token", "--username", seeds::ALICE_EMAIL], seeds::API_TOKEN);
    screen.types_until_it_ends(&mut login, "password", "Return");
    let login = login.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&login.stderr).contains("as alice; kept in the keyring"), "{login:?}");
}
