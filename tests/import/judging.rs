//! What is taken over, what is left alone, and who is asked.

use super::{APP, CLOUD, credentials, desk, failed_logins, is_discreet};
use crate::stage::{Desk, write_program};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use std::fs;

#[test]
fn a_look_alike_host_is_not_asked_and_its_secrets_stay() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let token = seeds::API_TOKEN;
    let hosts = ["bitbucket.org.evil.example", "evilbitbucket.org", "bitbucket.org:8443"];
    let lines = hosts.map(|host| format!("https://alice%40acme.example:{token}@{host}"));
    let http = format!("http://alice%40acme.example:{token}@bitbucket.org");
    let file = credentials(&desk, &[&lines[..], &[http]].concat());
    let before = fs::read_to_string(&file).expect("there");
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").fails());
    assert!(done.err.contains("plain http") && done.err.contains("Left alone: evilbitbucket.org"), "{}", done.err);
    assert!(sandbox.requests().is_empty());
    assert_eq!(fs::read_to_string(&file).expect("there"), before);
}

#[test]
fn a_secret_that_is_kept_many_times_costs_one_failed_login() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let wrong = "https://alice:canary-wrong@git.corp.example".to_owned();
    credentials(&desk, &[wrong.clone(), format!("{wrong}/scm/prj/app.git"), format!("{wrong}/scm/prj/lib.git")]);
    let folder = desk.home().join(".config/git");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("credentials"), format!("{wrong}\n")).expect("written");
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    assert!(done.out.contains("does not accept this username and password"), "{}", done.out);
    assert_eq!((done.out.lines().count(), failed_logins(&sandbox)), (1, 1), "{}", done.out);
}

#[test]
fn a_server_that_asks_for_a_captcha_is_sent_no_second_password() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let line = |name: &str, password: &str| format!("https://{name}:{password}@git.corp.example");
    sandbox.fault(
        Fault::at("git.corp.example", "/").status(403).header("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE"),
    );
    credentials(&desk, &[line("alice", "one"), line("bob", "two"), line("carol", "three")]);
    let done = desk.helper(&["import", "--from", "store", "--dry-run"], "").succeeds();
    assert!(done.out.contains("CAPTCHA") && done.out.contains("wants to be left alone"), "{}", done.out);
    assert_eq!(sandbox.requests().iter().filter(|seen| seen.authorization.is_some()).count(), 1);
    let taken = desk.helper(&["import", "--from", "store", "--yes"], "").succeeds();
    assert!(taken.err.contains("sign in once in the browser") && !taken.err.contains("Took over"), "{}", taken.err);
}

#[test]
fn offline_everything_that_may_be_good_is_taken_unchecked_and_that_is_said() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    sandbox.fault(Fault::at("api.bitbucket.org", "/").status(503));
    sandbox.fault(Fault::at("git.corp.example", "/").status(503));
    let token = format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN);
    credentials(&desk, &[token, format!("https://alice:{}@git.corp.example", seeds::DC_ALICE_PASSWORD)]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    assert_eq!(done.out.matches("not checked: ").count(), 2, "{}", done.out);
    sandbox.clear_faults();
    desk.git(&["clone", APP, "one"]).succeeds();
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "two"]).succeeds();
}

#[test]
fn a_sign_in_of_ours_is_not_replaced_by_an_older_one() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let file =
        credentials(&desk, &[format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN_READ_ONLY)]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").succeeds());
    assert!(done.out.contains("alice is signed in here already, in another way"), "{}", done.out);
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
    assert!(fs::read_to_string(&file).expect("there").contains(seeds::API_TOKEN_READ_ONLY));
}

#[test]
fn what_no_longer_works_on_the_cloud_is_named_without_a_question() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let now = sandbox.now();
    let (access, _) = sandbox.cloud(|cloud| cloud.oauth.grant(seeds::CONSUMER_ID, seeds::ALICE, &["account"], now));
    let line = |name: &str, secret: &str| format!("https://{name}:{secret}@bitbucket.org");
    let password = line(seeds::BOB, seeds::BOB_PASSWORD);
    credentials(&desk, &[line("x-token-auth", &access), line("alice", seeds::APP_PASSWORD), password]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    for word in ["lasts two hours at most", "does not accept app passwords", "Bitbucket Cloud takes nothing else"] {
        assert!(done.out.contains(word), "{}", done.out);
    }
    assert!(done.out.contains("bitbucket.org  bob  password"), "{}", done.out);
    assert!(sandbox.requests().is_empty() && desk.helper(&["accounts"], "").out.is_empty());
}

#[test]
fn what_lies_there_without_a_name_is_not_sent_to_find_out_whose_it_is() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let token = seeds::API_TOKEN;
    let nobody = "machine git.corp.example password canary-of-nobody";
    // GCM's name for whom it signed in with the browser
    let nameless = "machine git.corp.example login OAUTH_USERNAME password canary-of-nobody-else";
    let text = format!("machine bitbucket.org password {token}\n{nobody}\n{nameless}\n");
    fs::write(desk.home().join(".netrc"), text).expect("written");
    let done = is_discreet(desk.helper(&["import", "--from", "netrc", "--dry-run"], "").succeeds());
    let ends =
        ["needs the e-mail of its account, or a repository", "has no username with it", "has no username with it"];
    assert_eq!(done.out.lines().count(), ends.len(), "{}", done.out);
    for (line, end) in done.out.lines().zip(ends) {
        assert!(line.ends_with(end), "{line}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn an_access_token_is_asked_about_at_its_own_repository_and_kept_for_it() {
    let sandbox = Sandbox::start();
    let first = desk(&sandbox);
    let line = |path: &str| format!("https://x-token-auth:{}@bitbucket.org{path}", seeds::REPO_TOKEN);
    credentials(&first, &[line("/acme/app.git")]);
    let done = is_discreet(first.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    assert!(done.out.contains("access token") && done.out.contains(": works"), "{}", done.out);
    assert!(first.helper(&["accounts"], "").out.contains("x-token-auth:acme/app"));
    assert_eq!(first.get(format!("{CLOUD}path=acme/app.git\n")).value("password"), Some(seeds::REPO_TOKEN));
    first.get(CLOUD).misses_saying("nobody is signed in");
    let desk = desk(&sandbox);
    credentials(&desk, &[line("")]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--dry-run"], "").succeeds());
    assert!(done.out.contains("needs the e-mail of its account, or a repository"), "{}", done.out);
}

#[test]
fn a_token_without_a_name_is_left_alone_where_its_server_cannot_tell_one() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    sandbox.fault(Fault::at("git.corp.example", "/").status(503));
    let line = format!("machine git.corp.example password {}\n", seeds::HTTP_TOKEN);
    fs::write(desk.home().join(".netrc"), line).expect("written");
    let done = is_discreet(desk.helper(&["import", "--from", "netrc", "--dry-run"], "").succeeds());
    assert!(done.out.contains("has no username with it"), "{}", done.out);
}

#[test]
fn what_cannot_be_kept_stays_where_it_is() {
    let sandbox = Sandbox::start();
    // a keyring is wanted, and none is there
    let desk = desk(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    let file = credentials(&desk, &[format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN)]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").fails());
    assert!(done.err.contains("Not taken over: alice") && done.err.contains("no keyring is running"), "{}", done.err);
    assert!(fs::read_to_string(&file).expect("there").contains(seeds::API_TOKEN));
}

#[test]
fn what_a_storage_only_says_it_keeps_stays_where_it_is() {
    let sandbox = Sandbox::start();
    let line = format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN);
    let older = "cat \"$HOME/kept\"";
    for shows in ["echo 'is not in the password store.' >&2; exit 1", older] {
        let desk = desk(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "pass");
        let bin = desk.home().join("bin");
        fs::create_dir(&bin).expect("made");
        // it says yes to everything, and keeps what came first
        let insert = "[ -e \"$HOME/kept\" ] && exec cat >/dev/null; exec cat >\"$HOME/kept\"";
        let script = format!("#!/bin/sh\ncase $1 in insert) {insert} ;; show) {shows} ;; esac\n");
        write_program(&bin.join("pass"), &script);
        let desk = desk.with("PATH", &format!("{}:/usr/bin:/bin", bin.display()));
        if shows == older {
            desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_READ_ONLY).succeeds();
            desk.helper(&["logout", "bitbucket.org"], "").succeeds();
        }
        let file = credentials(&desk, std::slice::from_ref(&line));
        let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").fails());
        assert!(done.err.contains("Not taken over: alice"), "{}", done.err);
        assert!(fs::read_to_string(&file).expect("there").contains(seeds::API_TOKEN));
        fs::remove_file(desk.home().join("kept")).expect("what this pass kept in the open");
    }
}

#[test]
fn a_person_is_asked_before_anything_is_taken_and_before_anything_goes() {
    let sandbox = Sandbox::start();
    let line = format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN);
    let answers = [("n", "", true, false), ("y", "", true, true), ("y", "y", false, true)];
    for (take, remove, stays, ours) in answers {
        let desk = desk(&sandbox).person_says(&[("Take it over", take), ("Remove what is ours now from", remove)]);
        let file = credentials(&desk, std::slice::from_ref(&line));
        desk.helper(&["import", "--from", "store"], "").succeeds();
        assert_eq!(fs::read_to_string(&file).expect("there").contains(&line), stays);
        assert_eq!(desk.helper(&["accounts"], "").out.contains("alice"), ours);
    }
    let desk = desk(&sandbox);
    credentials(&desk, &[line]);
    let alone = desk.helper(&["import", "--from", "store"], "");
    assert!(alone.code == 2 && alone.err.contains("--yes"), "{alone:?}");
}

#[test]
fn one_site_can_be_named_that_nobody_knew() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let corp = format!("https://alice:{}@git.corp.example", seeds::HTTP_TOKEN.replace('/', "%2f"));
    credentials(&desk, &[corp, format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN)]);
    let done = desk.helper(&["import", "--from", "store", "--yes", seeds::CORP], "").succeeds();
    assert!(done.err.contains("alice at git.corp.example") && !done.err.contains("bitbucket.org"), "{}", done.err);
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "one"]).succeeds();
}
