//! Several accounts, each where it belongs: by rule, by address, by repository, with real gits, submodules and git-lfs.

use crate::stage::{Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::collections::BTreeSet;
use std::path::Path;

pub const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

/// A desk where two accounts of Alice are signed in to bitbucket.org, and git asks nobody else.
pub fn two_accounts(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_HOME_EMAIL], seeds::API_TOKEN_HOME).succeeds();
    desk.helper(&["configure"], "").succeeds();
    desk
}

pub fn address(place: &str) -> String {
    format!("https://bitbucket.org/{place}.git")
}

/// Whom the server took the requests to a repository for.
pub fn users(sandbox: &Sandbox, place: &str) -> Vec<String> {
    let requests = sandbox.requests().into_iter().filter(|seen| seen.target.contains(place));
    requests.filter_map(|seen| seen.user).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn two_accounts_and_three_workspaces_each_by_its_rule() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        for (workspace, name) in [("acme", "alice"), ("alice-home", "alice-home"), ("globex", "alice-home")] {
            desk.helper(&["switch", name, "--for", workspace], "").succeeds();
        }
        for place in [seeds::APP, seeds::DOTFILES, seeds::SITE] {
            desk.git(&["clone", &address(place), &place.replace('/', "-")]).succeeds();
        }
        assert_eq!(users(&sandbox, seeds::APP), ["alice"]);
        assert_eq!(users(&sandbox, seeds::DOTFILES), ["alice-home"]);
        assert_eq!(users(&sandbox, seeds::SITE), ["alice-home"]);
    }
}

#[test]
fn gits_verdict_is_on_whom_it_names_be_it_by_name_or_by_e_mail() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    let asked = |username: &str| {
        sandbox.clear_log();
        desk.get(format!("{CLOUD}username={username}\n")).succeeds();
        sandbox.api_requests().len()
    };
    for name in [seeds::ALICE, seeds::ALICE_EMAIL] {
        let refused = format!("{CLOUD}username={name}\npassword={}\n", seeds::API_TOKEN);
        desk.helper(&["erase"], refused).succeeds();
        assert_eq!((asked("alice-home"), asked("alice"), asked("alice")), (0, 1, 0), "{name}");
    }
}

#[test]
fn a_token_whose_owner_can_be_asked_for_is_tied_to_no_repository() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox);
    let request = format!("{CLOUD}path=acme/app.git\nusername=alice\npassword={}\n", seeds::API_TOKEN);
    desk.helper(&["store"], request).succeeds();
    let index = std::fs::read_to_string(desk.data().join("accounts.json")).expect("an index");
    assert!(!index.contains("works_at"), "{index}");
}

#[test]
fn submodules_of_two_workspaces_come_with_two_accounts_in_one_clone() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
        desk.helper(&["switch", "alice-home", "--for", "globex"], "").succeeds();
        desk.git(&["clone", "--recurse-submodules", &address(seeds::WITH_SUBMODULES), "all"]).succeeds();
        assert_eq!(users(&sandbox, seeds::LIB), ["alice"]);
        assert_eq!(users(&sandbox, seeds::SITE), ["alice-home"]);
    }
}

#[test]
fn whoever_is_asked_once_and_says_always_is_not_asked_again() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git);
        let desk = desk.person_says(&[("Which account", "alice"), ("Always alice", "y")]);
        desk.git(&["clone", "--recurse-submodules", &address(seeds::WITH_SUBMODULES), "all"]).succeeds();
        // acme and globex, a question and an offer each; acme/lib is under acme
        assert_eq!(desk.asked().len(), 4, "{:#?}", desk.asked());
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        assert_eq!(desk.asked().len(), 4, "{:#?}", desk.asked());
    }
}

#[test]
fn whoever_does_not_want_it_remembered_is_asked_once_a_command() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git);
        let desk = desk.person_says(&[("Which account", "alice"), ("Always alice", "n")]);
        desk.git(&["clone", "--recurse-submodules", &address(seeds::WITH_SUBMODULES), "all"]).succeeds();
        assert_eq!(desk.asked().len(), 4, "{:#?}", desk.asked());
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        assert_eq!(desk.asked().len(), 6, "{:#?}", desk.asked());
        assert!(!desk.helper(&["accounts"], "").succeeds().out.contains("for acme"));
    }
}

#[test]
fn where_git_tells_no_path_one_answer_holds_for_the_whole_command() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).person_says(&[("Which account", "alice")]);
        desk.helper(&["unconfigure"], "").succeeds();
        desk.git(&["clone", "--recurse-submodules", &address(seeds::WITH_SUBMODULES), "all"]).succeeds();
        assert_eq!(desk.asked().len(), 1, "{:#?}", desk.asked());
    }
}

#[test]
fn nobody_there_means_a_miss_that_names_the_choices_and_the_command() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    sandbox.clear_log();
    let clone = desk.git(&["clone", &address(seeds::APP), "app"]).fails();
    assert!(clone.err.contains("several accounts: alice, alice-home"), "{}", clone.err);
    assert!(clone.err.contains("git credential-bitbucket switch bitbucket.org alice"), "{}", clone.err);
    assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
}

#[test]
fn a_username_in_the_address_or_the_config_selects_its_account() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["switch", "alice"], "").succeeds();
        desk.git(&["clone", "https://Alice-Home@bitbucket.org/globex/site.git", "one"]).succeeds();
        assert_eq!(users(&sandbox, seeds::SITE), ["alice-home"]);
        sandbox.clear_log();
        let named = ["-c", "credential.https://bitbucket.org/globex.username=alice-home"];
        desk.git(&[&named[..], &["clone", &address(seeds::SITE), "two"]].concat()).succeeds();
        assert_eq!(users(&sandbox, seeds::SITE), ["alice-home"]);
        sandbox.clear_log();
        desk.git(&["clone", &address(seeds::SITE), "three"]).succeeds();
        assert_eq!(users(&sandbox, seeds::SITE), ["alice"]);
    }
}

#[test]
fn an_e_mail_in_the_address_means_its_owner() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.git(&["clone", "https://alice%40home.example@bitbucket.org/globex/site.git", "one"]).succeeds();
    assert_eq!(users(&sandbox, seeds::SITE), ["alice-home"]);
}

#[test]
fn a_repository_bound_with_here_keeps_its_account() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["switch", "alice"], "").succeeds();
        desk.git(&["clone", &address(seeds::SITE), "site"]).succeeds();
        let site = desk.home().join("site");
        // a rule for the workspace is less than this very repository
        desk.helper(&["switch", "alice", "--for", "globex"], "").succeeds();
        desk.helper_in(&site, &["switch", "alice-home", "--here"], "").succeeds();
        let config = desk.git(&["-C", "site", "config", "--local", "bitbucket.https://bitbucket.org.account"]);
        assert_eq!(config.out, "alice-home\n");
        sandbox.clear_log();
        desk.git(&["-C", "site", "fetch"]).succeeds();
        assert_eq!(users(&sandbox, seeds::SITE), ["alice-home"]);
        desk.helper_in(&site, &["switch", "--here", "--forget"], "").succeeds();
        sandbox.clear_log();
        desk.git(&["-C", "site", "fetch"]).succeeds();
        assert_eq!(users(&sandbox, seeds::SITE), ["alice"]);
    }
}

#[test]
fn large_files_go_with_the_account_of_their_repository() {
    if !lfs_is_there() {
        return;
    }
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = two_accounts(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
        desk.helper(&["switch", "alice-home", "--for", "alice-home"], "").succeeds();
        desk.git(&["lfs", "install", "--skip-repo"]).succeeds();
        for (place, user) in [(seeds::DOTFILES, "alice-home"), (seeds::APP, "alice")] {
            let here = place.replace('/', "-");
            push_a_large_file(&desk, &address(place), &here);
            desk.git(&["clone", &address(place), &format!("{here}-again")]).succeeds();
            let content = std::fs::read(desk.home().join(format!("{here}-again/large.bin"))).expect("a file");
            assert_eq!(content, b"large", "with {}", git.display());
            assert_eq!(users(&sandbox, &format!("{place}.git/info/lfs/objects/batch")), [user]);
        }
    }
}

#[test]
fn large_files_of_a_data_center_under_a_context_path_find_their_account() {
    if !lfs_is_there() {
        return;
    }
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
        desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN_CAROL).succeeds();
        desk.helper(&["configure"], "").succeeds();
        desk.helper(&["switch", seeds::CODE, seeds::CAROL, "--for", "PRJ"], "").succeeds();
        desk.git(&["lfs", "install", "--skip-repo"]).succeeds();
        push_a_large_file(&desk, &format!("{}/scm/prj/app.git", seeds::CODE), "app");
        assert_eq!(users(&sandbox, "prj/app.git/info/lfs/objects/batch"), [seeds::CAROL]);
    }
}

#[allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
fn lfs_is_there() -> bool {
    let there = Path::new("/usr/bin/git-lfs").exists();
    if !there {
        assert!(std::env::var_os("REQUIRE_REAL").is_none(), "git-lfs is not installed");
        eprintln!("skipped: git-lfs is not installed");
    }
    there
}

fn push_a_large_file(desk: &Desk, address: &str, here: &str) {
    desk.git(&["clone", address, here]).succeeds();
    desk.git(&["-C", here, "lfs", "track", "*.bin"]).succeeds();
    std::fs::write(desk.home().join(here).join("large.bin"), "large").expect("written");
    desk.git(&["-C", here, "add", "."]).succeeds();
    desk.git(&["-C", here, "commit", "-m", "large"]).succeeds();
    desk.git(&["-C", here, "push"]).succeeds();
}

#[test]
fn project_keys_and_personal_spaces_of_a_data_center_have_rules_too() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
        desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN_CAROL).succeeds();
        desk.helper(&["configure"], "").succeeds();
        desk.helper(&["switch", seeds::CORP, seeds::CAROL, "--for", "PRJ"], "").succeeds();
        desk.helper(&["switch", seeds::CORP, "alice", "--for", "~alice"], "").succeeds();
        desk.git(&["clone", &format!("{}/scm/prj/app.git", seeds::CORP), "app"]).succeeds();
        desk.git(&["clone", &format!("{}/scm/~alice/notes.git", seeds::CORP), "notes"]).succeeds();
        assert_eq!(users(&sandbox, "scm/prj/app"), [seeds::CAROL]);
        assert_eq!(users(&sandbox, "/notes.git"), ["alice"]);
    }
}

#[test]
fn a_rule_sees_whole_segments_and_no_crooked_path() {
    let sandbox = Sandbox::start();
    let desk = two_accounts(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "alice-home", "--for", "ws2"], "").succeeds();
    let whom = |path: &str| desk.get(format!("{CLOUD}path={path}\n"));
    assert_eq!(whom("ws2/r.git").value("username"), Some("alice-home"));
    assert_eq!(whom("WS2/r.git/info/lfs").value("username"), Some("alice-home"));
    assert_eq!(whom("ws2-evil/r.git").value("username"), Some("alice"));
    for crooked in ["ws2/../ws3/r.git", "ws2//r", "./ws2/r.git", "ws2%2fr", "ws2/r.git/../../ws3/x.git"] {
        whom(crooked).refuses();
    }
}

#[test]
fn a_path_is_never_part_of_a_secrets_key() {
    let desk = Desk::alone();
    let stored = |path: &str, secret: &str| {
        let lines = format!("{CLOUD}path={path}\nusername=alice\npassword={secret}\n");
        desk.helper(&["store"], lines).succeeds();
    };
    stored("acme/app.git", "one");
    stored("globex/site.git", "two");
    assert_eq!(std::fs::read_dir(desk.data().join("records")).expect("a folder").count(), 1);
    assert_eq!(desk.get(format!("{CLOUD}path=acme/app.git\n")).value("password"), Some("two"));
}

#[test]
fn two_bitbuckets_of_one_host_are_told_apart_after_configure() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
        desk.configure("[bitbucket \"https://code.corp.example/other\"]\n\tproduct = datacenter\n");
        let address = format!("{}/scm/prj/app.git", seeds::CODE);
        let clone = desk.git(&["clone", &address, "one"]).fails();
        assert!(clone.err.contains("has several Bitbuckets") && clone.err.contains("configure"), "{}", clone.err);
        desk.helper(&["configure"], "").succeeds();
        desk.git(&["clone", &address, "two"]).succeeds();
    }
}
