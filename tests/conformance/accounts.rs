//! Whom a request means. Rows 34–42, 66.

use super::{CLOUD, change_index, desk, is_alices, is_nobodys, lines, store};
use crate::stage::Desk;
use serde_json::json;

#[test]
fn a_named_account_is_that_account_or_nobody() {
    let desk = desk();
    store(&desk, "bob", "of-bob");
    is_alices(desk.get(lines("username=alice\n")));
    // 35: one line, for whoever wonders why
    desk.get(lines("username=mallory\n")).misses_saying("signed in there: alice, bob");
    Desk::alone().get(lines("username=alice\n")).misses_saying("login bitbucket.org --username alice`");
}

#[test]
fn a_username_selects_its_account_whatever_its_case() {
    let desk = desk();
    for name in ["alice", "ALICE"] {
        is_alices(desk.get(lines(&format!("username={name}\n"))));
    }
    desk.get(lines("username=bob\n")).misses_saying("bob");
    is_alices(desk.get(lines("username=\n")));
}

#[test]
fn the_fixed_name_of_tokens_gives_a_token_under_that_name() {
    // 38
    let desk = desk();
    store(&desk, "x-token-auth", "ATCTT-of-a-repository");
    let answer = desk.get(lines("username=x-token-auth\n"));
    assert_eq!(answer.out, "username=x-token-auth\npassword=ATCTT-of-a-repository\n");
    let answer = desk.get(lines("username=x-bitbucket-api-token-auth\n"));
    assert_eq!(answer.value("password"), Some(super::TOKEN), "{answer:?}");
}

#[test]
fn of_two_accounts_the_chosen_one_answers_each_time() {
    // 39, as decided: without a choice nobody is guessed
    let desk = desk();
    store(&desk, "bob", "of-bob");
    desk.get(CLOUD).misses_saying("alice, bob");
    change_index(&desk, |sites| sites["https://bitbucket.org"]["active"] = json!("bob"));
    for _ in 0..3 {
        assert_eq!(desk.get(CLOUD).value("password"), Some("of-bob"));
    }
}

#[test]
fn a_rule_binds_whole_segments_and_refuses_a_path_of_two_meanings() {
    // 40, 41, 42
    let desk = desk();
    store(&desk, "bob", "of-bob");
    change_index(&desk, |sites| {
        sites["https://bitbucket.org"]["active"] = json!("alice");
        sites["https://bitbucket.org"]["rules"] = json!({"ws2": "bob"});
    });
    for path in ["ws2/r.git", "WS2/r.git", "ws2/r.git/info/lfs"] {
        assert_eq!(desk.get(lines(&format!("path={path}\n"))).value("password"), Some("of-bob"), "{path}");
    }
    for path in ["ws2-evil/r.git", "ws3/r.git", "ws3/ws2.git"] {
        is_alices(desk.get(lines(&format!("path={path}\n"))));
    }
    for path in ["ws2/../ws3/r.git", "ws2//r", "./ws2/r.git", "ws2/%2e%2e/r.git", "ws2\\r"] {
        desk.get(lines(&format!("path={path}\n"))).refuses();
    }
}

#[test]
fn a_crooked_path_does_no_harm_where_nothing_depends_on_it() {
    is_alices(desk().get(lines("path=ws2/../ws3/r.git\n")));
}

#[test]
fn every_way_to_forbid_asking_is_heard() {
    for (name, value) in [("GIT_TERMINAL_PROMPT", "0"), ("CI", "true")] {
        let desk = Desk::alone().person_says(&[("oken", "x")]).with(name, value);
        is_nobodys(&desk);
        assert!(desk.asked().is_empty());
    }
    for value in ["false", "never"] {
        let desk = Desk::alone().person_says(&[("oken", "x")]);
        desk.configure(&format!("[credential]\n\tinteractive = {value}\n"));
        is_nobodys(&desk);
        assert!(desk.asked().is_empty());
    }
}

#[test]
fn a_repository_cannot_choose_the_storage() {
    let desk = desk().with("GIT_TERMINAL_PROMPT", "0");
    desk.git(&["init", "here"]).succeeds();
    desk.git(&["-C", "here", "config", "bitbucket.storage", "none"]).succeeds();
    let desk = desk.with("GIT_DIR", "here/.git");
    let answer = desk.get(CLOUD);
    assert!(answer.err.contains("`bitbucket.storage` in this repository's own config is ignored"), "{}", answer.err);
    is_alices(answer);
}
