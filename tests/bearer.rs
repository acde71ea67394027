//! Bearer, where a Data Center takes nothing else: sent by a git that can (2.46), and in words where it cannot. git-lfs before
//! 3.6 cannot either, whatever the git.

use crate::stage::{Desk, Done, are_installed, gits, is_there};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};

const CORP: &str = "protocol=https\nhost=git.corp.example\n";
const AUTHTYPE: &str = "protocol=https\nhost=git.corp.example\ncapability[]=authtype\n";
pub const LFS: &str = "[filter \"lfs\"]\n\tprocess = git-lfs filter-process\n\tsmudge = git-lfs smudge -- %f\n\tclean = git-lfs clean -- %f\n\trequired = true\n";

fn app() -> String {
    format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP)
}

fn desk(variables: &[(&str, &str)]) -> Desk {
    let desk = Desk::alone().with("BITBUCKET_SITE", seeds::CORP);
    variables.iter().fold(desk, |desk, (name, value)| desk.with(name, value))
}

#[track_caller]
fn is_bearer(done: &Done, token: &str) {
    let expected = format!("capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\n");
    assert_eq!((done.out.as_str(), done.err.as_str()), (expected.as_str(), ""));
}

#[track_caller]
fn is_basic(done: &Done, name: &str, token: &str) {
    assert_eq!((done.value("username"), done.value("password")), (Some(name), Some(token)), "{done:?}");
    assert!(!done.out.contains("authtype=") && !done.out.contains("credential="), "{done:?}");
}

/// The git that can send Bearer; `None` on a machine without one.
fn new_git() -> Option<PathBuf> {
    let newest = gits().pop().filter(|git| knows_authtype(git));
    is_there("a git of 2.46 or later", newest.is_some()).then_some(newest).flatten()
}

fn knows_authtype(git: &Path) -> bool {
    let version = Desk::alone().with_git(git).git(&["version"]).succeeds().out;
    let number = |part: Option<&str>| part.and_then(|part| part.trim().parse::<u32>().ok()).unwrap_or_default();
    let mut parts = version.trim_start_matches("git version ").split('.');
    (number(parts.next()), number(parts.next())) >= (2, 46)
}

#[test]
fn git_is_to_come_back_only_where_the_fixed_name_of_tokens_may_work_instead() {
    let request = format!("{AUTHTYPE}capability[]=state\n");
    for (name, comes_back) in [(None, Some("1")), (Some("alice"), None)] {
        let name = name.map(|name| ("BITBUCKET_USERNAME", name));
        let known = [("BITBUCKET_TOKEN", seeds::HTTP_TOKEN)].into_iter().chain(name).collect::<Vec<_>>();
        let desk = desk(&known);
        desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n\tauthScheme = bearer\n", seeds::CORP));
        let answer = desk.get(&request).succeeds();
        assert_eq!((answer.value("credential"), answer.value("continue")), (Some(seeds::HTTP_TOKEN), comes_back));
    }
}

#[test]
fn a_token_of_nobody_goes_as_bearer_where_git_can_and_else_by_its_fixed_name_with_a_word() {
    let token = seeds::DC_PROJECT_TOKEN;
    for how in [("BITBUCKET_TOKEN_KIND", "access-token"), ("BITBUCKET_USERNAME", "x-token-auth")] {
        let desk = desk(&[("BITBUCKET_TOKEN", token), how]);
        is_bearer(&desk.get(AUTHTYPE), token);
        let basic = desk.get(CORP);
        is_basic(&basic, "x-token-auth", token);
        assert!(basic.err.contains("Bearer is for git 2.46"), "{}", basic.err);
        is_basic(&desk.get(format!("{AUTHTYPE}capability[]=\n")), "x-token-auth", token);
    }
}

#[test]
fn a_persons_token_needs_the_name_or_bearer() {
    let token = seeds::HTTP_TOKEN;
    let named = desk(&[("BITBUCKET_TOKEN", token), ("BITBUCKET_USERNAME", "alice")]);
    is_basic(&named.get(AUTHTYPE), "alice", token);
    is_basic(&named.get(format!("{CORP}username=bob\n")), "alice", token);
    let nameless = desk(&[("BITBUCKET_TOKEN", token)]);
    is_bearer(&nameless.get(AUTHTYPE), token);
    // a name in the address is no word on whose token it is, and a wrong guess counts towards a CAPTCHA
    let stopped = nameless.get(format!("{CORP}username=alice\n"));
    assert_eq!(stopped.out, "quit=1\n");
    assert!(stopped.err.contains("`BITBUCKET_USERNAME`") && stopped.err.contains("git 2.46"), "{}", stopped.err);
}

#[test]
fn a_password_never_goes_as_bearer() {
    for (name, value) in [("BITBUCKET_TOKEN_KIND", "password"), ("LC_ALL", "C")] {
        let desk = desk(&[("BITBUCKET_TOKEN", "canary-password"), ("BITBUCKET_USERNAME", "alice"), (name, value)]);
        is_basic(&desk.get(AUTHTYPE), "alice", "canary-password");
    }
    let nameless = desk(&[("BITBUCKET_TOKEN", "canary"), ("BITBUCKET_TOKEN_KIND", "password")]).get(AUTHTYPE);
    assert_eq!(nameless.out, "quit=1\n");
}

#[test]
fn the_setting_has_the_last_word_and_a_repository_has_none() {
    let desk = desk(&[("BITBUCKET_TOKEN", seeds::HTTP_TOKEN), ("BITBUCKET_USERNAME", "alice")]);
    desk.git(&["init", "here"]).succeeds();
    desk.git(&["-C", "here", "config", "bitbucket.https://git.corp.example.authScheme", "bearer"]).succeeds();
    let desk = desk.with("GIT_DIR", "here/.git");
    is_basic(&desk.get(AUTHTYPE), "alice", seeds::HTTP_TOKEN);
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tauthScheme = bearer\n");
    is_bearer(&desk.get(AUTHTYPE), seeds::HTTP_TOKEN);
    let basic = desk.get(CORP);
    is_basic(&basic, "alice", seeds::HTTP_TOKEN);
    assert!(basic.err.contains("Bearer is for git 2.46"), "{}", basic.err);
}

/// Clones, and pushes 3 MiB of what does not compress: more than Git sends in one piece.
fn pushes_much(desk: &Desk, sandbox: &Sandbox) {
    desk.git(&["clone", &app(), "app"]).succeeds();
    let mut noise = 1_u64;
    let mut next = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.to_be_bytes()[0]
    };
    fs::write(desk.home().join("app/noise"), (0..3 << 20).map(|_| next()).collect::<Vec<u8>>()).expect("written");
    desk.git(&["-C", "app", "add", "noise"]).succeeds();
    desk.git(&["-C", "app", "commit", "-m", "noise"]).succeeds();
    desk.git(&["-C", "app", "push"]).succeeds();
    assert!(sandbox.requests().iter().any(|seen| seen.body_len > 1 << 20 && seen.status == 200));
}

#[test]
fn a_push_of_more_than_a_mebibyte_works_though_git_leaves_bearer_out_of_its_probe() {
    let Some(git) = new_git() else { return };
    let sandbox = Sandbox::start();
    let desk = Desk::container(&sandbox).with_git(&git).with("BITBUCKET_SITE", seeds::CORP);
    pushes_much(&desk.with("BITBUCKET_TOKEN", seeds::DC_PROJECT_TOKEN), &sandbox);
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with_git(&git);
    desk.signs_in(seeds::CORP, &[], seeds::DC_PROJECT_TOKEN).succeeds();
    pushes_much(&desk, &sandbox);
    assert_eq!(desk.get(AUTHTYPE).value("credential"), Some(seeds::DC_PROJECT_TOKEN), "it is kept");
}

#[test]
fn where_basic_is_switched_off_a_setting_of_git_lets_the_same_push_through() {
    let Some(git) = new_git() else { return };
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CORP, |site| site.switches.basic = false);
    let desk = Desk::container(&sandbox).with_git(&git).with("BITBUCKET_SITE", seeds::CORP);
    desk.configure("[http]\n\tpostBuffer = 500m\n");
    pushes_much(&desk.with("BITBUCKET_TOKEN", seeds::DC_PROJECT_TOKEN), &sandbox);
}

#[test]
fn what_was_refused_as_bearer_is_tried_once_more_by_its_fixed_name_with_a_word() {
    let desk = desk(&[("BITBUCKET_TOKEN", seeds::DC_PROJECT_TOKEN)]);
    let first = desk.get(format!("{AUTHTYPE}capability[]=state\n"));
    assert_eq!((first.value("authtype"), first.value("continue")), (Some("Bearer"), Some("1")));
    let state = first.value("state[]").expect("a state");
    let second = desk.get(format!("{AUTHTYPE}capability[]=state\nstate[]={state}\n"));
    is_basic(&second, "x-token-auth", seeds::DC_PROJECT_TOKEN);
    assert_eq!(second.value("continue"), None);
    assert!(second.err.contains("http.postBuffer"), "{}", second.err);
}

#[test]
fn git_lfs_keeps_working_with_every_git() {
    if !are_installed(&["git-lfs"]) {
        return;
    }
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::container(&sandbox).with_git(&git).with("BITBUCKET_SITE", seeds::CORP);
        desk.configure(LFS);
        let desk = desk.with("BITBUCKET_TOKEN", seeds::DC_PROJECT_TOKEN).with("BITBUCKET_TOKEN_KIND", "access-token");
        let push = "cd one; git lfs track '*.bin'; echo data >x.bin; git add .; git commit -m lfs; git push";
        desk.shell(&format!("git clone {} one; {push}", app())).succeeds();
        desk.git(&["clone", &app(), "two"]).succeeds();
        assert_eq!(fs::read_to_string(desk.home().join("two/x.bin")).expect("there"), "data\n");
    }
}

#[test]
fn an_erase_in_the_bearer_form_forgets_what_it_names_and_no_other() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CORP, &[], seeds::DC_PROJECT_TOKEN).succeeds();
    let erase = |secret: &str| desk.helper(&["erase"], format!("{AUTHTYPE}authtype=Bearer\ncredential={secret}\n"));
    let kept = || desk.get(AUTHTYPE).value("credential").map(str::to_owned);
    sandbox.clear_log();
    erase("another").succeeds();
    assert_eq!(kept().as_deref(), Some(seeds::DC_PROJECT_TOKEN));
    assert!(sandbox.requests().is_empty());
    // git's word is doubted, and the server has the last one
    erase(seeds::DC_PROJECT_TOKEN).succeeds();
    assert_eq!(kept().as_deref(), Some(seeds::DC_PROJECT_TOKEN));
    sandbox.revoke(seeds::DC_PROJECT_TOKEN);
    erase(seeds::DC_PROJECT_TOKEN).succeeds();
    assert_eq!(kept(), None);
}

#[test]
fn what_git_stores_at_a_plain_site_keeps_its_form() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://example.com\"]\n\tsignIn = never\n");
    let site = "protocol=https\nhost=example.com\n";
    let store = |rest: &str| desk.helper(&["store"], format!("{site}{rest}")).misses_in_silence();
    for form in ["authtype=Bearer\ncredential=t\n", "username=u\npassword=p\n"] {
        store(&format!("ephemeral=1\n{form}"));
        desk.get(format!("{site}capability[]=authtype\n")).misses_in_silence();
    }
    store("authtype=Bearer\ncredential=t\n");
    desk.get(site).misses_in_silence();
    assert_eq!(desk.get(format!("{site}capability[]=authtype\n")).value("credential"), Some("t"));
    store("authtype=Bearer\nusername=u\npassword=p\n");
    assert_eq!(desk.get(format!("{site}username=u\n")).value("password"), Some("p"));
}
