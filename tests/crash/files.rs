//! Each command that writes, on the file storage.

use super::{Deed, Snapshot, cloud, lines, old_or_new, unharmed, with_bob};
use crate::stage::{Desk, are_installed};
use std::fs;

const OLD: &str = "canary-old";
const NEW: &str = "canary-new";

/// Bob alone.
fn one() -> Option<Desk> {
    are_installed(&["strace"]).then(|| with_bob(Desk::alone()))
}

/// Bob, and alice with her old secret, who is active and has a rule.
fn two() -> Option<Desk> {
    let desk = one()?;
    desk.helper(&["store"], lines("alice", OLD)).succeeds();
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    Some(desk)
}

#[test]
fn the_very_first_store() {
    if !are_installed(&["strace"]) {
        return;
    }
    let desk = Desk::alone().with("GIT_TERMINAL_PROMPT", "0");
    let deaths = old_or_new(&desk, &["store"], &lines("alice", NEW), &[None, Some(NEW)]);
    assert!(deaths >= 35, "{deaths}");
}

#[test]
fn a_store_of_another_account() {
    let Some(desk) = one() else { return };
    let deaths = old_or_new(&desk, &["store"], &lines("alice", NEW), &[None, Some(NEW)]);
    assert!(deaths >= 30, "{deaths}");
}

#[test]
fn a_store_over_an_old_secret() {
    let Some(desk) = two() else { return };
    let deaths = old_or_new(&desk, &["store"], &lines("alice", NEW), &[Some(OLD), Some(NEW)]);
    assert!(deaths >= 20, "{deaths}");
    // whose list changes as well
    let stdin = format!("{}password_expiry_utc=4102444800\n", lines("alice", NEW));
    let deaths = old_or_new(&desk, &["store"], &stdin, &[Some(NEW), Some(NEW)]);
    assert!(deaths >= 5, "{deaths}");
}

#[test]
fn an_erase() {
    let Some(desk) = two() else { return };
    let deaths = old_or_new(&desk, &["erase"], &lines("alice", OLD), &[Some(OLD), None]);
    assert!(deaths >= 25, "{deaths}");
}

#[test]
fn a_logout() {
    let Some(desk) = two() else { return };
    let deaths = old_or_new(&desk, &["logout", "--username", "alice"], "", &[Some(OLD), None]);
    assert!(deaths >= 20, "{deaths}");
}

#[test]
fn whoever_is_signed_out_for_good_leaves_no_choice_behind() {
    let Some(desk) = two() else { return };
    desk.helper(&["logout", "--username", "alice"], "").succeeds();
    assert!(cloud(&desk)["active"].is_null() && cloud(&desk)["rules"].is_null(), "{}", cloud(&desk));
}

/// What a choice is before it and after it.
fn chosen(arguments: &[&str], field: &str, may: [serde_json::Value; 2]) {
    let Some(desk) = two() else { return };
    let before = Snapshot::of(&desk);
    let holds = || {
        unharmed(&desk);
        assert!(may.contains(&cloud(&desk)[field]), "{}", cloud(&desk));
        desk.helper(arguments, "").succeeds();
        assert_eq!(cloud(&desk)[field], may[1]);
    };
    let deaths = Deed { desk: &desk, arguments, stdin: "" }.dies_everywhere(|| before.put_back(), holds);
    assert!(deaths >= 18, "{deaths}");
}

#[test]
fn a_switch() {
    chosen(&["switch", "bob"], "active", ["alice".into(), "bob".into()]);
}

#[test]
fn a_rule() {
    let (old, new) = (serde_json::json!({"acme": "alice"}), serde_json::json!({"acme": "alice", "globex": "bob"}));
    chosen(&["switch", "bob", "--for", "globex"], "rules", [old, new]);
}

#[test]
fn a_rule_that_is_taken_back() {
    chosen(
        &["switch", "--for", "acme", "--forget"],
        "rules",
        [serde_json::json!({"acme": "alice"}), serde_json::Value::Null],
    );
}

#[test]
fn a_broken_list_that_is_rebuilt() {
    let Some(desk) = two() else { return };
    let (file, copy) = (desk.data().join("accounts.json"), desk.data().join("accounts.json.broken"));
    let half = fs::read(&file).map(|whole| whole[..whole.len() / 2].to_vec()).expect("a list");
    fs::write(&file, &half).expect("broken");
    let before = Snapshot::of(&desk);
    let rebuild = Deed { desk: &desk, arguments: &["accounts", "--rebuild"], stdin: "" };
    let holds = || {
        let now = fs::read(&file).expect("there");
        assert!(now == half || fs::read(&copy).expect("a copy") == half, "the old one is somewhere");
        desk.helper(rebuild.arguments, "").succeeds();
        unharmed(&desk);
        assert_eq!(cloud(&desk)["accounts"].as_array().map(Vec::len), Some(2));
        assert_eq!(super::alices(&desk).as_deref(), Some(OLD));
    };
    let deaths = rebuild.dies_everywhere(|| before.put_back(), holds);
    assert!(deaths >= 40, "{deaths}");
}

#[test]
fn plain_storage_of_a_site_that_is_none_of_ours() {
    let Some(desk) = one() else { return };
    desk.configure("[bitbucket \"https://bitbucket.org\"]\n\tsignIn = never\n");
    let all = |path: &str, secret: &str| format!("{}path={path}\n", lines("alice", secret));
    desk.helper(&["store"], all("a/one", OLD)).succeeds();
    desk.helper(&["store"], all("a/two", OLD)).succeeds();
    let answers = |path: &str| {
        let answer = desk.get(format!("{}path={path}\n", super::whose("alice")));
        answer.value("password").map(str::to_owned)
    };
    for (operation, last) in [("store", Some(NEW)), ("erase", None)] {
        let stdin = all("a/one", if operation == "store" { NEW } else { OLD });
        let before = Snapshot::of(&desk);
        let holds = || {
            super::whole_and_private(&desk.data());
            let one = answers("a/one");
            assert!(one.as_deref() == Some(OLD) || one.as_deref() == last, "{one:?}");
            assert_eq!(answers("a/two").as_deref(), Some(OLD), "the other one of the same file");
            desk.helper(&[operation], &stdin).misses_in_silence();
            assert_eq!(answers("a/one").as_deref(), last);
        };
        let deed = Deed { desk: &desk, arguments: &[operation], stdin: &stdin };
        let deaths = deed.dies_everywhere(|| before.put_back(), holds);
        assert!(deaths >= 15, "{deaths}");
        before.put_back();
    }
}
