//! `configure` makes git ask us, and nobody else, about our sites; `unconfigure` takes back exactly that.

use crate::accounts::{address, users};
use crate::stage::{Desk, HELPER, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A home whose git has no helper of ours yet, but others, each of which writes down what it is told.
fn desk(sandbox: &Sandbox) -> Desk {
    let desk = Desk::bare(sandbox);
    let spy = desk.home().join("spy");
    fs::write(&spy, format!("#!/bin/sh\necho $1 $2 >>'{0}'; cat >>'{0}'\n", desk.home().join("heard").display()))
        .expect("a spy");
    fs::set_permissions(&spy, fs::Permissions::from_mode(0o755)).expect("a program");
    desk.configure(&format!("[credential]\n\thelper = {} general\n", spy.display()));
    desk
}

fn config(desk: &Desk) -> String {
    fs::read_to_string(desk.home().join(".gitconfig")).expect("a config")
}

fn heard(desk: &Desk) -> String {
    fs::read_to_string(desk.home().join("heard")).unwrap_or_default()
}

fn signed_in(desk: Desk) -> Desk {
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
    desk
}

#[test]
fn each_line_is_shown_written_once_and_taken_back() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(desk(&sandbox).with_git(&git));
        let before = config(&desk);
        let configured = desk.helper(&["configure"], "").succeeds();
        let shown = format!(
            "+ credential.https://bitbucket.org.helper =\n\
             + credential.https://bitbucket.org.helper = {HELPER}\n\
             + credential.https://bitbucket.org.useHttpPath = true\n\
             + credential.https://code.corp.example/bitbucket.helper =\n\
             + credential.https://code.corp.example/bitbucket.helper = {HELPER}\n\
             + credential.https://code.corp.example/bitbucket.useHttpPath = true\n\
             + bitbucket.https://code.corp.example/bitbucket.product = datacenter\n"
        );
        assert_eq!(configured.err, shown, "with {}", git.display());
        let after = config(&desk);
        assert!(after.starts_with(&before), "{after}");
        let again = desk.helper(&["configure"], "").succeeds();
        assert_eq!((again.err.as_str(), config(&desk)), ("All of it stands in your git config already.\n", after));
        let taken = desk.helper(&["unconfigure"], "").succeeds();
        assert_eq!(taken.err.matches("\n- ").count(), 6, "{}", taken.err);
        assert_eq!(config(&desk), before);
        let none = desk.helper(&["unconfigure"], "").succeeds();
        assert_eq!(none.err, "There is nothing of ours in your git config.\n");
    }
}

#[test]
fn no_other_helper_hears_of_our_sites_and_other_sites_keep_theirs() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(desk(&sandbox).with_git(&git)).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["configure"], "").succeeds();
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        desk.git(&["clone", &format!("{}/scm/prj/app.git", seeds::CODE), "work"]).succeeds();
        assert_eq!(heard(&desk), "", "with {}", git.display());
        desk.git_hears(&["credential", "approve"], "url=https://u:p@code.corp.example/elsewhere/x.git\n").succeeds();
        assert!(heard(&desk).contains("host=code.corp.example"), "another service of the same host");
    }
}

#[test]
fn a_helper_that_was_set_later_for_all_sites_does_not_get_behind_us() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(desk(&sandbox).with_git(&git)).with("GIT_TERMINAL_PROMPT", "0");
        desk.helper(&["configure"], "").succeeds();
        let spy = desk.home().join("spy");
        desk.configure(&format!("[credential]\n\thelper = {} later\n", spy.display()));
        desk.helper(&["configure"], "").succeeds();
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        assert_eq!(heard(&desk), "", "with {}", git.display());
        let again = desk.helper(&["configure"], "").succeeds();
        assert_eq!(again.err, "All of it stands in your git config already.\n");
    }
}

#[test]
fn where_ours_cannot_have_the_last_word_the_rival_is_named() {
    let sandbox = Sandbox::start();
    let desk = signed_in(desk(&sandbox));
    desk.git(&["init", "-q", "here"]).succeeds();
    desk.git(&["-C", "here", "config", "credential.helper", "store"]).succeeds();
    desk.git(&["-C", "here", "config", "credential.useHttpPath", "false"]).succeeds();
    let configured = desk.helper_in(&desk.home().join("here"), &["configure"], "").succeeds();
    assert!(configured.err.contains("Git also tells `store` what it knows of bitbucket.org."), "{}", configured.err);
    assert!(configured.err.contains("git config --show-origin --get-all credential.helper"), "{}", configured.err);
    assert!(configured.err.contains("hides the path at bitbucket.org from rules"), "{}", configured.err);
}

#[test]
fn what_somebody_else_set_for_our_site_stays() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk(&sandbox).with_git(&git);
        // the blank after `=` is how git writes an empty value
        desk.configure(
            "[credential \"https://bitbucket.org\"]\n\tuseHttpPath = true\n\tusername = alice\n\thelper = \n\thelper = theirs\n",
        );
        let before = config(&desk);
        let configured = desk.helper(&["configure"], "").succeeds();
        assert!(!configured.err.contains("useHttpPath"), "it is set already: {}", configured.err);
        let chain = desk.git(&["config", "--get-all", "credential.https://bitbucket.org.helper"]);
        assert_eq!(chain.out, format!("\ntheirs\n\n{HELPER}\n"));
        desk.helper(&["unconfigure"], "").succeeds();
        assert_eq!(config(&desk), before);
    }
}

#[test]
fn only_the_named_sites_are_touched() {
    let sandbox = Sandbox::start();
    let desk = signed_in(desk(&sandbox));
    let corp = ["configure", "--site", "git.corp.example", "--site", "https://code.corp.example/bitbucket"];
    let configured = desk.helper(&corp, "").succeeds();
    assert!(!configured.err.contains("bitbucket.org.helper"), "{}", configured.err);
    assert!(configured.err.contains("bitbucket.https://git.corp.example.product = datacenter"), "{}", configured.err);
    let both = desk.helper(&["unconfigure", "--site", "git.corp.example"], "").succeeds();
    assert!(!both.err.contains("code.corp.example"), "{}", both.err);
    let wrong = desk.helper(&["configure", "--site", "not a site"], "").fails();
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[test]
fn the_machines_config_and_a_repositorys_own_are_written_on_demand() {
    let sandbox = Sandbox::start();
    let system = sandbox.folder().join("system-gitconfig");
    let desk =
        desk(&sandbox).with("GIT_CONFIG_NOSYSTEM", "0").with("GIT_CONFIG_SYSTEM", system.to_str().expect("text"));
    let before = config(&desk);
    desk.helper(&["configure", "--system"], "").succeeds();
    assert_eq!(config(&desk), before);
    assert!(fs::read_to_string(&system).expect("written").contains("useHttpPath = true"));
    desk.helper(&["unconfigure", "--system"], "").succeeds();
    assert_eq!(fs::read_to_string(&system).expect("there"), "");
    let outside = desk.helper(&["configure", "--local"], "").fails();
    assert!(outside.err.contains("can only be used inside a git repository"), "{}", outside.err);
    desk.git(&["init", "-q", "here"]).succeeds();
    let here = desk.home().join("here");
    let local = desk.helper_in(&here, &["configure", "--local", "--site", "git.corp.example"], "").succeeds();
    assert!(local.err.contains("credential.https://git.corp.example.useHttpPath"), "{}", local.err);
    assert!(!local.err.contains("product"), "a repository may not say it: {}", local.err);
}

#[test]
fn a_config_that_cannot_be_written_is_said_with_gits_own_reason() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let lock = desk.home().join(".gitconfig.lock");
    fs::write(lock, "").expect("another git at work");
    let configured = desk.helper(&["configure"], "").fails();
    assert!(
        configured.err.contains("git could not change your git config: could not lock config file"),
        "{}",
        configured.err
    );
}

/// A program file of ours under this path, by a link that must not be followed to where it leads.
fn linked(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    symlink(HELPER, path).expect("linked");
    path.to_owned()
}

#[test]
fn a_program_in_a_folder_with_spaces_and_quotes_is_found_by_git() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(desk(&sandbox).with_git(&git)).with("GIT_TERMINAL_PROMPT", "0");
        let program = linked(&desk.home().join("my tools & co's/$bin/git-credential-bitbucket"));
        desk.run(&program, &["configure"]).succeeds();
        let value = desk.git(&["config", "--get-all", "credential.https://bitbucket.org.helper"]).out;
        assert!(value.contains(r"/my\ tools\ \&\ co\'s/\$bin/git-credential-bitbucket"), "{value}");
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        assert_eq!(users(&sandbox, seeds::APP), ["alice"]);
    }
}

#[test]
fn a_package_managers_link_stays_a_link() {
    let sandbox = Sandbox::start();
    let desk = signed_in(desk(&sandbox)).with("GIT_TERMINAL_PROMPT", "0");
    let version = linked(&desk.home().join("cellar/1.2.3/git-credential-bitbucket"));
    let link = desk.home().join("opt/git-credential-bitbucket");
    fs::create_dir_all(link.parent().expect("a folder")).expect("made");
    symlink(&version, &link).expect("linked");
    let configured = desk.run(&link, &["configure"]).succeeds();
    assert!(configured.err.contains(&format!("helper = {}\n", link.display())), "{}", configured.err);
    // the update: another version behind the same link
    fs::remove_file(&version).and_then(|()| fs::remove_file(&link)).expect("gone");
    symlink(HELPER, &link).expect("linked anew");
    desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
}

#[test]
fn a_program_on_the_search_path_is_called_by_its_short_name() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk(&sandbox).with_git(&git);
        let bin = desk.home().join("bin");
        linked(&bin.join("git-credential-bitbucket"));
        let folder = git.parent().expect("a folder").display();
        let desk = signed_in(desk.with("PATH", &format!("{}:{folder}:/usr/bin:/bin", bin.display())));
        // as people call it
        let configured = desk.git(&["credential-bitbucket", "configure"]).succeeds();
        assert!(
            configured.err.contains("+ credential.https://bitbucket.org.helper = bitbucket\n"),
            "{}",
            configured.err
        );
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        // the same from the program's own path
        let again = desk.helper(&["configure"], "").succeeds();
        assert_eq!(again.err, "All of it stands in your git config already.\n");
    }
}

#[test]
fn a_shim_that_runs_another_file_is_used_and_named() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let shim = desk.home().join("shims/git-credential-bitbucket");
    fs::create_dir_all(shim.parent().expect("a folder")).expect("made");
    fs::write(&shim, format!("#!/bin/sh\nexec {HELPER} \"$@\"\n")).expect("a shim");
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:/usr/bin:/bin", shim.parent().expect("a folder").display());
    let desk = signed_in(desk.with("PATH", &path)).with("GIT_TERMINAL_PROMPT", "0");
    let configured = desk.git(&["credential-bitbucket", "configure"]).succeeds();
    assert!(configured.err.contains("helper = bitbucket\n"), "{}", configured.err);
    assert!(configured.err.contains(&format!("`bitbucket` runs {}", shim.display())), "{}", configured.err);
    desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
}

#[test]
fn an_older_place_of_ours_gives_way_to_the_new_one() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    desk.configure("[credential \"https://bitbucket.org\"]\n\thelper = /old/git-credential-bitbucket\n");
    let configured = desk.helper(&["configure"], "").succeeds();
    assert!(configured.err.starts_with("- credential.https://bitbucket.org.helper = /old/git-credential-bitbucket\n"));
    let chain = desk.git(&["config", "--get-all", "credential.https://bitbucket.org.helper"]);
    assert_eq!(chain.out, format!("\n{HELPER}\n"));
}
