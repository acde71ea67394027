//! Commands that talk to a server meanwhile: sign-ins, refreshes, doubts, a new name. Nobody is asked afterwards.

use super::{CLOUD, Deed, Snapshot, alices, cloud, lines, old_or_new, unharmed, whose, with_bob};
use crate::stage::{Browser, Desk, are_installed};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;

const OLD: &str = "canary-old";

fn desk(sandbox: &Sandbox) -> Option<Desk> {
    are_installed(&["strace"]).then(|| with_bob(Desk::at(sandbox)))
}

/// Alice is signed in with a token whose owner the server knows.
fn signed_in(sandbox: &Sandbox) -> Option<Desk> {
    let desk = desk(sandbox)?;
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    Some(desk)
}

#[test]
fn a_first_sign_in() {
    let sandbox = Sandbox::start();
    let Some(desk) = desk(&sandbox) else { return };
    let login = ["login", "bitbucket.org", "--with-token", "--username", seeds::ALICE_EMAIL];
    let deaths = old_or_new(&desk, &login, seeds::API_TOKEN, &[None, Some(seeds::API_TOKEN)]);
    assert!(deaths >= 40, "{deaths}");
}

#[test]
fn a_sign_in_anew_with_a_rule() {
    let sandbox = Sandbox::start();
    let Some(desk) = desk(&sandbox) else { return };
    desk.helper(&["store"], lines("alice", OLD)).succeeds();
    let login = ["login", "bitbucket.org", "--with-token", "--for", "acme", "--username", seeds::ALICE_EMAIL];
    let deaths = old_or_new(&desk, &login, seeds::API_TOKEN, &[Some(OLD), Some(seeds::API_TOKEN)]);
    assert!(deaths >= 40, "{deaths}");
    assert_eq!(cloud(&desk)["rules"], serde_json::json!({"acme": "alice"}));
}

#[test]
fn an_erase_of_a_token_that_the_server_can_be_asked_about() {
    let sandbox = Sandbox::start();
    let Some(desk) = signed_in(&sandbox) else { return };
    let stdin = lines("alice", seeds::API_TOKEN);
    let deaths = old_or_new(&desk, &["erase"], &stdin, &[Some(seeds::API_TOKEN), Some(seeds::API_TOKEN)]);
    assert!(deaths >= 20, "{deaths}");
}

#[test]
fn a_doubted_token_that_is_trusted_again() {
    let sandbox = Sandbox::start();
    let Some(desk) = signed_in(&sandbox) else { return };
    desk.helper(&["erase"], lines("alice", seeds::API_TOKEN)).succeeds();
    let get = old_or_new(&desk, &["get"], &whose("alice"), &[Some(seeds::API_TOKEN), Some(seeds::API_TOKEN)]);
    desk.helper(&["erase"], lines("alice", seeds::API_TOKEN)).succeeds();
    let status = old_or_new(&desk, &["status"], "", &[Some(seeds::API_TOKEN), Some(seeds::API_TOKEN)]);
    assert!(get >= 20 && status >= 20, "{get} {status}");
}

#[test]
fn a_new_name() {
    let sandbox = Sandbox::start();
    let Some(desk) = signed_in(&sandbox) else { return };
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    sandbox.cloud(|cloud| cloud.rename_user("alice", "alicia"));
    let before = Snapshot::of(&desk);
    let holds = || {
        unharmed(&desk);
        assert_eq!(alices(&desk).as_deref(), Some(seeds::API_TOKEN), "by the name that addresses still have");
        desk.helper(&["status", "bitbucket.org"], "");
        let now = cloud(&desk);
        assert_eq!((&now["active"], &now["rules"]), (&"alicia".into(), &serde_json::json!({"acme": "alicia"})));
        assert_eq!(alices(&desk).as_deref(), Some(seeds::API_TOKEN));
    };
    let status = Deed { desk: &desk, arguments: &["status", "bitbucket.org"], stdin: "" };
    let deaths = status.dies_everywhere(|| before.put_back(), holds);
    assert!(deaths >= 35, "{deaths}");
}

#[test]
fn a_refresh_at_every_write_and_at_every_word_to_the_server() {
    let sandbox = Sandbox::start();
    if !are_installed(&["strace"]) {
        return;
    }
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    // every get must refresh
    sandbox.set_expires_in(200);
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    let desk = with_bob(desk);
    let counts = || sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE));
    let holds = || {
        unharmed(&desk);
        let before = counts().refreshes;
        let token = alices(&desk).expect("nobody has to sign in");
        assert_eq!(counts().refreshes, before + 1);
        let now = sandbox.now();
        assert!(sandbox.cloud(|cloud| cloud.oauth.bearer(&token, now).is_some()), "what the server knows");
    };
    let alice = whose("alice");
    let get = Deed { desk: &desk, arguments: &["get"], stdin: &alice };
    let (writing, talking) = (get.dies_everywhere(|| (), holds), get.dies_talking(|| (), holds));
    assert!(writing >= 40 && talking >= 5, "{writing} {talking}");
    assert_eq!((counts().refused, counts().exchanges, browser.rests()), (0, 1, true));
}

#[test]
fn a_take_over_from_another_helper_that_is_to_forget_it() {
    let sandbox = Sandbox::start();
    let Some(desk) = desk(&sandbox) else { return };
    let theirs = desk.home().join(".git-credentials");
    let email = seeds::ALICE_EMAIL.replace('@', "%40");
    let text = format!(
        "https://{email}:{}@bitbucket.org\nhttps://x:canary-other@github.com\n",
        seeds::API_TOKEN.replace('=', "%3D")
    );
    let before = Snapshot::of(&desk);
    let import = Deed { desk: &desk, arguments: &["import", "--from", "store", "--yes", "--remove"], stdin: "" };
    let moves_in = || {
        before.put_back();
        fs::write(&theirs, &text).expect("written");
    };
    let holds = || {
        unharmed(&desk);
        let left = fs::read_to_string(&theirs).expect("there");
        assert!(left.ends_with("https://x:canary-other@github.com\n"), "{left}");
        assert!(left.contains("ATATT") || alices(&desk).as_deref() == Some(seeds::API_TOKEN), "it is in one of both");
        let again = desk.helper(import.arguments, "");
        if let Some((_, remedy)) = again.err.split_once("one was killed: `") {
            desk.types(remedy.split('`').next().expect("a command")).succeeds();
            desk.helper(import.arguments, "").succeeds();
        } else {
            again.succeeds();
        }
        assert_eq!(alices(&desk).as_deref(), Some(seeds::API_TOKEN));
        assert!(!fs::read_to_string(&theirs).expect("there").contains("ATATT"));
    };
    let deaths = import.dies_everywhere(moves_in, holds);
    assert!(deaths >= 45, "{deaths}");
}

#[test]
fn an_oauth_client_that_is_made_known() {
    let sandbox = Sandbox::start();
    let Some(desk) = desk(&sandbox) else { return };
    let config = desk.home().join(".gitconfig");
    let (old, before) = (fs::read_to_string(&config).expect("a config"), Snapshot::of(&desk));
    let arguments = ["configure", "--oauth-client", seeds::CONSUMER_ID, "--with-secret"];
    let configure = Deed { desk: &desk, arguments: &arguments, stdin: seeds::CONSUMER_SECRET };
    let anew = || {
        before.put_back();
        fs::write(&config, &old).expect("written");
    };
    let holds = || {
        unharmed(&desk);
        let now = fs::read_to_string(&config).expect("a config");
        assert!(now.starts_with(&old), "{now}");
        desk.helper(&arguments, seeds::CONSUMER_SECRET).succeeds();
        assert!(
            desk.git(&["config", "--get-urlmatch", "bitbucket.oauthClientId", "https://bitbucket.org"])
                .out
                .contains(seeds::CONSUMER_ID)
        );
    };
    let deaths = configure.dies_everywhere(anew, holds);
    assert!(deaths >= 15, "{deaths}");
    assert!(desk.get(CLOUD).value("password").is_some());
}

const CORP: &str = "protocol=https\nhost=git.corp.example\nusername=alice\n";

/// A desk that knows the company's Data Center.
fn at_work(sandbox: &Sandbox) -> Option<Desk> {
    let desk = desk(sandbox)?;
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CORP));
    Some(desk)
}

#[test]
fn a_token_that_a_password_makes_anew() {
    let sandbox = Sandbox::start();
    let Some(desk) = at_work(&sandbox) else { return };
    desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
    let holds = || {
        unharmed(&desk);
        let token = desk.get(CORP).value("password").expect("nobody has to sign in").to_owned();
        let now = sandbox.now();
        assert!(sandbox.data_center(seeds::CORP, |corp| corp.directory.live_token(&token, now).is_some()));
    };
    let arguments = ["login", seeds::CORP, "--renew", "--with-token"];
    let renew = Deed { desk: &desk, arguments: &arguments, stdin: seeds::DC_ALICE_PASSWORD };
    let (writing, talking) = (renew.dies_everywhere(|| (), holds), renew.dies_talking(|| (), holds));
    assert!(writing >= 25 && talking >= 5, "{writing} {talking}");
}

#[test]
fn a_refused_password_that_is_never_to_be_sent_again() {
    let sandbox = Sandbox::start();
    let Some(desk) = at_work(&sandbox) else { return };
    let with = |secret: &str| format!("{CORP}password={secret}\n");
    desk.helper(&["store"], with(OLD)).succeeds();
    let before = Snapshot::of(&desk);
    let holds = || {
        unharmed(&desk);
        let answer = desk.get(CORP);
        assert!(answer.value("password").is_none_or(|secret| secret == OLD), "{answer:?}");
        desk.helper(&["erase"], with(OLD)).misses_in_silence();
        assert_eq!(desk.get(CORP).value("password"), None);
    };
    let (erase, stdin) = (["erase"], with(OLD));
    let deaths = Deed { desk: &desk, arguments: &erase, stdin: &stdin }.dies_everywhere(|| before.put_back(), holds);
    assert!(deaths >= 25, "{deaths}");
}
