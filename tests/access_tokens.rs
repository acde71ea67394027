//! Tokens that belong to nobody: several side by side under Bitbucket's one fixed username, each for its own place, found
//! again by their secret.

use crate::accounts::{CLOUD, address, users};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::cloud::{Reach, Repo, Token};
use bitbucket_sandbox::{Sandbox, seeds};

/// A second repository that only the workspace's token opens: it lies in another project.
const OTHER: &str = "acme/other";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.add_repo(Repo { project: "OTHER".into(), ..Repo::new("acme", "other") }));
    sandbox
}

fn desk(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.helper(&["configure"], "").succeeds();
    desk
}

fn signs_in(desk: &Desk, places: &[&str], secret: &str) {
    let places: Vec<&str> = places.iter().flat_map(|place| ["--for", place]).collect();
    desk.signs_in("bitbucket.org", &places, secret).succeeds();
}

fn secret_at(desk: &Desk, place: &str) -> Option<String> {
    desk.get(format!("{CLOUD}path={place}.git\n")).value("password").map(str::to_owned)
}

#[test]
fn a_repositorys_a_projects_and_a_workspaces_token_live_side_by_side() {
    for git in gits() {
        let sandbox = sandbox();
        let desk = desk(&sandbox).with_git(&git);
        signs_in(&desk, &["acme/app"], seeds::REPO_TOKEN);
        // a path does not tell the project, so its repositories are named
        signs_in(&desk, &["acme/lib", "acme/with-submodules"], seeds::PROJECT_TOKEN);
        signs_in(&desk, &["acme"], seeds::WORKSPACE_TOKEN);
        sandbox.clear_log();
        for place in [seeds::APP, seeds::LIB, OTHER] {
            desk.git(&["clone", &address(place), &place.replace('/', "-")]).succeeds();
        }
        desk.git(&["clone", &address(seeds::WITH_SUBMODULES), "all"]).succeeds();
        assert_eq!(users(&sandbox, seeds::APP), ["token of acme/app"]);
        assert_eq!(users(&sandbox, seeds::LIB), ["token of acme MAIN"]);
        assert_eq!(users(&sandbox, seeds::WITH_SUBMODULES), ["token of acme MAIN"]);
        assert_eq!(users(&sandbox, OTHER), ["token of acme"]);
        let asked = desk.get(format!("{CLOUD}username=x-token-auth\npath=acme/lib.git\n"));
        assert_eq!(asked.value("username"), Some("x-token-auth"));
        assert_eq!(asked.value("password"), Some(seeds::PROJECT_TOKEN));
        // the address that Bitbucket's own page gives has the fixed name in it
        desk.git(&["clone", "https://x-token-auth@bitbucket.org/acme/lib.git", "again"]).succeeds();
    }
}

#[test]
fn a_push_with_a_person_beside_goes_with_the_repositorys_token() {
    for git in gits() {
        let sandbox = sandbox();
        let desk = desk(&sandbox).with_git(&git);
        desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
        signs_in(&desk, &["acme/app"], seeds::REPO_TOKEN);
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        desk.git(&["-C", "app", "commit", "--allow-empty", "-m", "more"]).succeeds();
        desk.git(&["-C", "app", "push"]).succeeds();
        desk.git(&["clone", &address(seeds::SITE), "site"]).succeeds();
        assert_eq!(users(&sandbox, seeds::APP), ["token of acme/app"]);
        assert_eq!(users(&sandbox, seeds::SITE), ["alice"]);
    }
}

#[test]
fn git_says_which_one_was_refused_and_the_others_stay() {
    for git in gits() {
        let sandbox = sandbox();
        let desk = desk(&sandbox).with_git(&git);
        signs_in(&desk, &["acme/app"], seeds::REPO_TOKEN);
        signs_in(&desk, &["acme/lib"], seeds::PROJECT_TOKEN);
        sandbox.revoke(seeds::REPO_TOKEN);
        desk.git(&["clone", &address(seeds::APP), "app"]).fails();
        // an older git says it after the command, a newer one within it
        desk.git(&["clone", &address(seeds::APP), "app"]).fails();
        let accounts = desk.helper(&["accounts"], "").succeeds();
        assert!(
            !accounts.out.contains("acme/app") && accounts.out.contains("x-token-auth:acme/lib"),
            "{}",
            accounts.out
        );
        desk.git(&["clone", &address(seeds::LIB), "lib"]).succeeds();
    }
}

#[test]
fn a_workspaces_token_that_is_refused_at_one_repository_is_not_lost() {
    for git in gits() {
        let sandbox = sandbox();
        let desk = desk(&sandbox).with_git(&git);
        // a project's token, given for the whole workspace
        signs_in(&desk, &["acme"], seeds::PROJECT_TOKEN);
        desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
        desk.git(&["clone", &address(OTHER), "other"]).fails();
        desk.git(&["-C", "app", "fetch"]).succeeds();
        let again = desk.git(&["clone", &address(OTHER), "other"]).fails();
        assert!(!again.err.contains("canary"), "{}", again.err);
        desk.git(&["-C", "app", "fetch"]).succeeds();
    }
}

#[test]
fn a_revoked_workspaces_token_is_given_up_on_the_servers_clear_word() {
    let sandbox = sandbox();
    let desk = desk(&sandbox);
    signs_in(&desk, &["acme"], seeds::WORKSPACE_TOKEN);
    desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
    sandbox.revoke(seeds::WORKSPACE_TOKEN);
    desk.git(&["-C", "app", "fetch"]).fails();
    desk.git(&["-C", "app", "fetch"]).fails();
    assert!(!desk.helper(&["accounts"], "").succeeds().out.contains("x-token-auth"));
}

#[test]
fn tokens_typed_at_gits_own_prompt_do_not_replace_each_other() {
    let desk = Desk::alone();
    let stored = |place: &str, name: &str, secret: &str| {
        let lines = format!("{CLOUD}{place}username={name}\npassword={secret}\n");
        desk.helper(&["store"], lines).succeeds();
    };
    stored("path=acme/app.git\n", "x-token-auth", "ATCTT-app");
    stored("path=acme/lib.git\n", "x-token-auth", "ATCTT-lib");
    assert_eq!(secret_at(&desk, "acme/app").as_deref(), Some("ATCTT-app"));
    assert_eq!(secret_at(&desk, "acme/lib").as_deref(), Some("ATCTT-lib"));
    // rotated: what works now for the same repository takes the old one's place
    stored("path=acme/app.git\n", "x-token-auth", "ATCTT-app-2");
    assert_eq!(secret_at(&desk, "acme/app").as_deref(), Some("ATCTT-app-2"));
    for (name, secrets) in
        [("x-token-auth", ["ATCTT-1", "ATCTT-2"]), ("x-bitbucket-api-token-auth", ["ATATT-1", "ATATT-2"])]
    {
        secrets.iter().for_each(|secret| stored("", name, secret));
        stored("", name, secrets[0]);
    }
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    for name in ["x-token-auth ", "x-token-auth:2 ", "x-bitbucket-api-token-auth ", "x-bitbucket-api-token-auth:2 "] {
        assert_eq!(accounts.matches(name).count(), 1, "{name} in {accounts}");
    }
    let erase = |secret: &str| desk.helper(&["erase"], format!("{CLOUD}username=x-token-auth\npassword={secret}\n"));
    erase("ATCTT-1").succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(!accounts.contains("x-token-auth ") && accounts.contains("x-token-auth:2 "), "{accounts}");
}

#[test]
fn two_project_tokens_of_one_workspace_each_have_their_repositories() {
    let sandbox = sandbox();
    let second = "ATCTT3xFfGN0canary-acme-other-project";
    sandbox.cloud(|cloud| {
        let reach = Reach::Project("acme".into(), "OTHER".into());
        cloud.add_token(Token::access(second, reach, &["repository", "repository:write"]));
    });
    let desk = desk(&sandbox);
    signs_in(&desk, &["acme/app", "acme/lib"], seeds::PROJECT_TOKEN);
    signs_in(&desk, &[OTHER], second);
    for place in [seeds::APP, seeds::LIB, OTHER] {
        desk.git(&["clone", &address(place), &place.replace('/', "-")]).succeeds();
    }
    // one more repository of the project, later
    desk.helper(&["switch", "x-token-auth:acme/app", "--for", "acme/with-submodules"], "").succeeds();
    desk.git(&["clone", &address(seeds::WITH_SUBMODULES), "all"]).succeeds();
    let left = desk.helper(&["logout", "--username", "x-token-auth:acme/app"], "").succeeds();
    assert!(left.err.contains("Forgot the rule for acme/lib."), "{}", left.err);
}

#[test]
fn a_data_centers_project_and_repository_tokens_live_side_by_side() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk(&sandbox).with_git(&git);
        desk.signs_in(seeds::CORP, &["--for", "prj/app"], seeds::DC_REPO_TOKEN).succeeds();
        desk.signs_in(seeds::CORP, &["--for", "PRJ"], seeds::DC_PROJECT_TOKEN).succeeds();
        desk.helper(&["configure"], "").succeeds();
        sandbox.clear_log();
        for place in ["prj/app", "prj/lib"] {
            desk.git(&["clone", &format!("{}/scm/{place}.git", seeds::CORP), &place.replace('/', "-")]).succeeds();
        }
        assert_eq!(users(&sandbox, "scm/prj/app"), ["access-token-user/PRJ/app"]);
        assert_eq!(users(&sandbox, "scm/prj/lib"), ["access-token-user/PRJ"]);
    }
}
