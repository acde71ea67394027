//! A person chooses, and sees what is chosen: `switch`, `accounts`, `logout`.

use crate::accounts::{CLOUD, address, two_accounts};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

/// Accounts that git stored; no server is there.
fn desk(names: &[&str]) -> Desk {
    let desk = Desk::alone();
    for name in names {
        desk.helper(&["store"], format!("{CLOUD}username={name}\npassword=of-{name}\n")).succeeds();
    }
    desk
}

#[track_caller]
fn used(desk: &Desk, path: &str) -> String {
    let answer = desk.get(format!("{CLOUD}path={path}\n")).succeeds();
    answer.value("username").unwrap_or_default().to_owned()
}

#[test]
fn a_second_sign_in_adds_an_account_and_says_that_there_is_a_choice() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let second = ["--username", seeds::ALICE_HOME_EMAIL];
    let login = desk.signs_in("bitbucket.org", &second, seeds::API_TOKEN_HOME).succeeds();
    assert!(login.err.contains("Accounts at bitbucket.org now: alice, alice-home."), "{}", login.err);
    assert!(login.err.contains("git credential-bitbucket switch bitbucket.org"), "{}", login.err);
    for (name, secret) in [("alice", seeds::API_TOKEN), ("alice-home", seeds::API_TOKEN_HOME)] {
        assert_eq!(desk.get(format!("{CLOUD}username={name}\n")).value("password"), Some(secret));
    }
}

#[test]
fn a_sign_in_can_be_for_some_workspaces_from_the_start() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let home = ["--username", seeds::ALICE_HOME_EMAIL, "--for", "alice-home", "--for", "globex"];
    desk.signs_in("bitbucket.org", &home, seeds::API_TOKEN_HOME).succeeds();
    assert_eq!(used(&desk, "globex/site.git"), "alice-home");
    assert_eq!(used(&desk, "alice-home/dotfiles.git"), "alice-home");
    assert_eq!(used(&desk, "acme/app.git"), "");
}

#[test]
fn between_two_it_changes_from_one_to_the_other() {
    let desk = desk(&["alice", "bob"]);
    desk.helper(&["switch", "alice"], "").succeeds();
    for name in ["bob", "alice", "bob"] {
        let switched = desk.helper(&["switch"], "").succeeds();
        assert_eq!(switched.err, format!("{name} is used at bitbucket.org now.\n"));
        for _ in 0..3 {
            assert_eq!(used(&desk, "acme/app.git"), name, "the same answer each time");
        }
    }
}

#[test]
fn it_does_not_guess_which_of_two_was_meant_before() {
    let switched = desk(&["alice", "bob"]).helper(&["switch"], "").fails();
    assert_eq!(switched.code, 4);
    assert!(switched.err.contains("alice, bob"), "{}", switched.err);
}

#[test]
fn of_three_it_asks_and_where_nobody_can_be_asked_it_names_them() {
    let three = desk(&["alice", "bob", "carol"]);
    three.helper(&["switch", "alice"], "").succeeds();
    let switched = three.helper(&["--no-input", "switch"], "").fails();
    assert_eq!(switched.code, 4);
    assert!(switched.err.contains("alice, bob, carol"), "{}", switched.err);
    let asked = three.person_says(&[("Which account at https://bitbucket.org", "carol")]);
    asked.helper(&["switch"], "").succeeds();
    assert_eq!(used(&asked, "acme/app.git"), "carol");
}

#[test]
fn a_name_is_taken_whatever_its_case_and_the_servers_spelling_stays() {
    let desk = desk(&["Alice", "carol@corp.example"]);
    let switched = desk.helper(&["switch", "bitbucket.org", "ALICE"], "").succeeds();
    assert!(switched.err.starts_with("Alice is used"), "{}", switched.err);
    desk.helper(&["switch", "carol@corp.example"], "").succeeds();
    assert_eq!(used(&desk, "acme/app.git"), "carol@corp.example");
    let unknown = desk.helper(&["switch", "mallory"], "").fails();
    assert_eq!(unknown.code, 4);
    assert!(unknown.err.contains("no account mallory") && unknown.err.contains("Alice"), "{}", unknown.err);
}

#[test]
fn a_rule_is_made_seen_and_forgotten() {
    let desk = desk(&["alice", "bob"]);
    desk.helper(&["switch", "alice"], "").succeeds();
    let bound = desk.helper(&["switch", "bob", "--for", "acme"], "").succeeds();
    assert!(bound.err.starts_with("bob is used at bitbucket.org for everything under acme now.\n"), "{}", bound.err);
    assert!(bound.err.contains("git credential-bitbucket configure"), "the path is not told yet: {}", bound.err);
    assert_eq!((used(&desk, "acme/app.git"), used(&desk, "globex/x.git")), ("bob".into(), "alice".into()));
    assert!(desk.helper(&["accounts"], "").succeeds().out.contains("    for acme: bob\n"));
    // the other of two, for this place
    desk.helper(&["switch", "--for", "ACME"], "").succeeds();
    assert_eq!(used(&desk, "acme/app.git"), "alice");
    assert_eq!(desk.helper(&["switch", "--for", "acme", "--forget"], "").succeeds().err, "Forgotten.\n");
    let again = desk.helper(&["switch", "--for", "acme", "--forget"], "").succeeds();
    assert_eq!(again.err, "There was nothing to forget.\n");
}

#[test]
fn a_place_that_is_none_is_refused_with_the_way_to_write_it() {
    let desk = desk(&["alice", "bob"]);
    // what a shell makes of an unquoted ~alice
    for place in ["/home/alice", "acme/../globex", "a/b/c", ""] {
        let switched = desk.helper(&["switch", "alice", "--for", place], "").fails();
        assert_eq!(switched.code, 2, "{place}");
        assert!(switched.err.contains("'~alice'"), "{}", switched.err);
    }
}

#[test]
fn here_needs_a_repository() {
    let switched = desk(&["alice", "bob"]).helper(&["switch", "alice", "--here"], "").fails();
    assert!(switched.err.contains("can only be used inside a git repository"), "{}", switched.err);
}

#[test]
fn the_only_data_center_need_not_be_named() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
    desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN_CAROL).succeeds();
    desk.helper(&["switch", "alice"], "").succeeds();
    let switched = desk.helper(&["switch"], "").succeeds();
    assert_eq!(switched.err, "carol@corp.example is used at code.corp.example/bitbucket now.\n");
    let left = desk.helper(&["logout", "--username", "alice"], "").succeeds();
    assert!(left.err.contains("carol@corp.example is used at code.corp.example/bitbucket now."), "{}", left.err);
}

#[test]
fn logout_names_what_goes_and_who_is_used_now() {
    let desk = desk(&["alice", "bob", "carol"]);
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    let unclear = desk.helper(&["logout"], "").fails();
    assert!(unclear.err.contains("`--username` alice | bob | carol, or `--all`"), "{}", unclear.err);
    let left = desk.helper(&["logout", "--username", "ALICE"], "").succeeds();
    let lines: Vec<&str> = left.err.lines().collect();
    assert_eq!(
        lines[..2],
        ["Forgot alice at bitbucket.org (API token, from a file only you can read).", "Forgot the rule for acme.",]
    );
    assert!(left.err.contains("Still signed in to bitbucket.org: bob, carol."), "{}", left.err);
    assert!(left.err.contains("git credential-bitbucket switch bitbucket.org"), "{}", left.err);
    let left = desk.helper(&["logout", "--username", "bob"], "").succeeds();
    assert!(left.err.ends_with("carol is used at bitbucket.org now.\n"), "{}", left.err);
    let left = desk.helper(&["logout", "--all"], "").succeeds();
    assert!(left.err.ends_with("Nobody is signed in to bitbucket.org now.\n"), "{}", left.err);
}

#[test]
fn a_refused_token_costs_no_rule_and_hands_nobodys_place_to_another() {
    let desk = desk(&["alice", "bob"]).with("GIT_TERMINAL_PROMPT", "0");
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    desk.helper(&["erase"], format!("{CLOUD}username=alice\npassword=of-alice\n")).succeeds();
    desk.get(format!("{CLOUD}path=acme/app.git\n")).misses_saying("alice");
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("for acme: alice, who is not signed in"), "{}", accounts.out);
    desk.helper(&["store"], format!("{CLOUD}username=alice\npassword=new\n")).succeeds();
    assert_eq!(used(&desk, "acme/app.git"), "alice");
    desk.helper(&["erase"], format!("{CLOUD}username=alice\npassword=new\n")).succeeds();
    let left = desk.helper(&["logout", "--username", "alice"], "").succeeds();
    assert!(left.err.contains("Forgot the rule for acme."), "{}", left.err);
    assert_eq!(used(&desk, "acme/app.git"), "bob");
}

#[test]
fn accounts_tells_whom_this_repository_would_use_and_why() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["switch", "alice"], "").succeeds();
        desk.git(&["clone", &address(seeds::SITE), "site"]).succeeds();
        let site = desk.home().join("site");
        let last = || desk.helper_in(&site, &["accounts"], "").succeeds().out.lines().last().map(str::to_owned);
        let is = |line: &str| assert_eq!(last().as_deref(), Some(line), "with {}", git.display());
        is("this repository (origin, globex/site): alice, active");
        desk.helper(&["switch", "alice-home", "--for", "globex"], "").succeeds();
        is("this repository (origin, globex/site): alice-home, rule for globex");
        desk.helper_in(&site, &["switch", "alice", "--here"], "").succeeds();
        is("this repository (origin, globex/site): alice, this repository's `bitbucket.account`");
        desk.git(&["-C", "site", "config", "credential.username", "alice-home"]).succeeds();
        is("this repository (origin, globex/site): alice-home, named by `credential.username`");
        desk.git(&["-C", "site", "remote", "set-url", "origin", "https://alice@bitbucket.org/globex/site.git"])
            .succeeds();
        is("this repository (origin, globex/site): alice, named in the address");
        desk.git(&["-C", "site", "remote", "set-url", "origin", "git@bitbucket.org:globex/site.git"]).succeeds();
        is("this repository (origin): not a Bitbucket reached over https");
        desk.git(&["-C", "site", "remote", "set-url", "origin", &address(seeds::SITE)]).succeeds();
        let desk = desk.with("BITBUCKET_TOKEN", seeds::API_TOKEN);
        let handed_in = desk.helper_in(&site, &["accounts"], "").succeeds().out;
        assert!(handed_in.ends_with("(origin): the token in `BITBUCKET_TOKEN`, before every account\n"), "{handed_in}");
    }
}

#[test]
fn rules_that_git_hides_the_path_from_are_called_blind() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "alice-home", "--for", "globex"], "").succeeds();
    desk.git(&["clone", &address(seeds::SITE), "site"]).succeeds();
    desk.git(&["-C", "site", "config", "credential.useHttpPath", "false"]).succeeds();
    let accounts = desk.helper_in(&desk.home().join("site"), &["accounts"], "").succeeds();
    assert!(
        accounts.out.contains("this repository (origin): alice, active\n  rules are not looked at"),
        "{}",
        accounts.out
    );
}

#[test]
fn the_json_of_accounts_has_rules_and_here() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.helper(&["switch", "alice-home", "--for", "globex"], "").succeeds();
    desk.git(&["clone", &address(seeds::SITE), "site"]).succeeds();
    let text = desk.helper_in(&desk.home().join("site"), &["accounts", "--json"], "").succeeds().out;
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        all["rules"],
        serde_json::json!([{"site": "https://bitbucket.org", "place": "globex", "account": "alice-home"}])
    );
    let here = serde_json::json!({
        "remote": "origin", "site": "https://bitbucket.org", "place": "globex/site",
        "account": "alice-home", "why": "rule", "rule": "globex",
    });
    assert_eq!(all["here"], here);
    let row = serde_json::json!({
        "site": "https://bitbucket.org", "product": "cloud", "account": "alice", "kind": "api-token",
        "storage": "file", "expires": null, "active": false, "bound": null,
    });
    assert_eq!(all["accounts"][0], row);
    let outside = desk.helper(&["accounts", "--json"], "").succeeds().out;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&outside).expect("JSON")["here"], serde_json::Value::Null);
}

#[test]
fn an_expiry_is_told_in_words() {
    let desk = Desk::alone();
    let lines = |extra: &str| format!("{CLOUD}username=alice\npassword=x\n{extra}");
    desk.helper(&["store"], lines("password_expiry_utc=4102444800\n")).succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice  API token, in a file only you can read, expires in "), "{}", accounts.out);
    assert!(accounts.out.contains(" days\n"), "{}", accounts.out);
}
