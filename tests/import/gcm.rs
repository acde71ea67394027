//! What Git Credential Manager keeps, in each of its stores.

use super::passwords::Passwords;
use super::{APP, CLOUD, desk, failed_logins, gcm_has, gcm_item, is_discreet, session};
use crate::stage::{Bus, Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

#[test]
fn what_gcm_keeps_in_the_keyring_is_shown_then_taken_and_git_clones_with_it() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some(seeds::ALICE_EMAIL), seeds::API_TOKEN);
    gcm_item(&bus, "https://bitbucket.org", Some("bob"), seeds::APP_PASSWORD);
    gcm_item(&bus, "https://git.corp.example", Some("alice"), seeds::DC_ALICE_PASSWORD);
    gcm_item(&bus, "https://github.com", Some("alice"), "canary-of-another-site");
    let shown = is_discreet(desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds());
    assert!(shown.out.contains("bitbucket.org  alice  API token, in the keyring: works"), "{}", shown.out);
    assert!(shown.out.contains("bob  app password") && shown.err.contains("id.atlassian.com"), "{shown:#?}");
    assert!(shown.out.contains("git.corp.example  alice  password, in the keyring: works"), "{}", shown.out);
    assert_eq!(shown.out.lines().count(), 3, "{}", shown.out);
    assert!(desk.helper(&["accounts"], "").out.is_empty(), "only shown");
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(taken.err.contains("Took over alice at bitbucket.org (API token); kept in the keyring"), "{}", taken.err);
    assert!(!sandbox.requests().iter().any(|seen| seen.carries(seeds::APP_PASSWORD)), "the dead are never sent");
    assert!(!taken.err.contains("configure"), "git asks us already: {}", taken.err);
    let mut desk = desk;
    for (git, [one, two]) in gits().iter().zip([["a", "b"], ["c", "d"]]) {
        desk = desk.with_git(git);
        desk.git(&["clone", APP, one]).succeeds();
        desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), two]).succeeds();
    }
    assert!(gcm_has(&bus, "https://bitbucket.org") && gcm_has(&bus, "https://git.corp.example"), "kept by default");
}

#[test]
fn what_was_taken_over_is_removed_only_when_told_and_nothing_else_with_it() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some(seeds::ALICE_EMAIL), seeds::API_TOKEN);
    gcm_item(&bus, "https://git.corp.example", Some("alice"), "canary-a-wrong-password");
    gcm_item(&bus, "https://github.com", Some("alice"), "canary-of-another-site");
    let taken = desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds();
    assert!(taken.err.contains("Removed alice at bitbucket.org"), "{}", taken.err);
    assert!(!gcm_has(&bus, "https://bitbucket.org"));
    assert!(gcm_has(&bus, "https://git.corp.example"), "it was refused, and is not ours");
    assert!(gcm_has(&bus, "https://github.com"));
    assert_eq!(failed_logins(&sandbox), 1);
    desk.git(&["clone", APP, "one"]).succeeds();
}

/// GCM's settings for a consumer of the Cloud.
fn gcm_consumer(desk: &Desk) {
    desk.configure(&format!(
        "[credential]\n\tcloudOAuthClientId = {}\n\tcloudOAuthClientSecret = {}\n",
        seeds::FIXED_CONSUMER_ID,
        seeds::FIXED_CONSUMER_SECRET
    ));
}

/// GCM signed alice in with the browser, through a client of her own.
pub fn gcm_browser_sign_in(sandbox: &Sandbox, bus: &Bus, desk: &Desk) -> String {
    let now = sandbox.now();
    let scopes = ["account", "repository:write"];
    let (access, refresh) =
        sandbox.cloud(|cloud| cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::ALICE, &scopes, now));
    gcm_item(bus, "https://bitbucket.org", Some("alice"), &access);
    gcm_item(bus, "https://bitbucket.org/refresh_token", Some("alice"), &refresh);
    gcm_consumer(desk);
    refresh
}

#[test]
fn a_browser_sign_in_of_gcm_lives_on_with_its_client_and_that_ones_secret_in_the_keyring() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let spent = gcm_browser_sign_in(&sandbox, &bus, &desk);
    let shown = is_discreet(desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds());
    assert!(shown.out.contains("alice  browser sign-in, in the keyring: to be renewed"), "{}", shown.out);
    assert!(shown.out.contains(&format!("OAuth client {}, in git config", seeds::FIXED_CONSUMER_ID)), "{}", shown.out);
    assert!(sandbox.requests().is_empty(), "looking spends nothing");
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(taken.err.contains("Took over alice at bitbucket.org (browser sign-in)"), "{}", taken.err);
    assert_eq!(sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).refreshes), 1);
    let settings = desk.git(&["config", "--global", "--get-regexp", "^bitbucket"]).succeeds().out;
    assert!(settings.contains(&format!("oauthclientid {}", seeds::FIXED_CONSUMER_ID)), "{settings}");
    assert!(
        settings.contains("oauthredirecturi http://localhost:34106/") && !settings.contains("Secret"),
        "{settings}"
    );
    assert!(!gcm_has(&bus, "https://bitbucket.org") && !gcm_has(&bus, "https://bitbucket.org/refresh_token"));
    // without GCM's own settings, ours alone renew it
    desk.git(&["config", "--global", "--remove-section", "credential"]).succeeds();
    desk.configure(&format!("[credential]\n\thelper = {}\n", crate::stage::HELPER));
    sandbox.cloud(|cloud| cloud.oauth.revoke(&spent));
    sandbox.advance(Duration::from_secs(3 * 3600));
    let desk = desk.with_git(gits().last().expect("a git"));
    desk.git(&["clone", APP, "one"]).succeeds();
    assert_eq!(sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).refreshes), 2);
}

#[test]
fn a_browser_sign_in_is_of_use_only_where_our_client_is_the_one_that_it_was_made_with() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_browser_sign_in(&sandbox, &bus, &desk);
    for (client, outlook) in
        [("another", "belongs to the other program's OAuth client"), (seeds::FIXED_CONSUMER_ID, "to be renewed")]
    {
        desk.git(&["config", "--global", "bitbucket.https://bitbucket.org.oauthClientId", client]).succeeds();
        let shown = is_discreet(desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds());
        assert!(shown.out.contains(outlook), "{client}: {}", shown.out);
    }
}

#[test]
fn the_refresh_token_that_gcm_filed_under_nobody_is_the_one_that_counts() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let stale = gcm_browser_sign_in(&sandbox, &bus, &desk);
    let now = sandbox.now();
    let (_, newest) = sandbox.cloud(|cloud| {
        cloud.oauth.revoke(&stale);
        cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::ALICE, &["account", "repository:write"], now)
    });
    gcm_item(&bus, "https://bitbucket.org/refresh_token", None, &newest);
    let taken = desk.helper(&["import", "--from", "gcm", "--yes"], "");
    assert!(taken.err.contains("Took over alice at bitbucket.org (browser sign-in)"), "{}", taken.err);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert_eq!(accounts.lines().count(), 2, "{accounts}");
    // spent by the takeover, and not the one that we have
    let again = desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds();
    assert!(again.out.contains("alice is signed in here already, in another way"), "{}", again.out);
    desk.git(&["clone", APP, "one"]).succeeds();
}

/// GCM's settings for the incoming link of a Data Center, for all of them at once.
fn gcm_link(desk: &Desk) {
    desk.configure(&format!(
        "[credential]\n\tbitbucketDataCenterOAuthClientId = {}\n\tbitbucketDataCenterOAuthClientSecret = {}\n\t\
         bitbucketDataCenterOauthRedirectUri = {}\n",
        seeds::LINK_ID,
        seeds::LINK_SECRET,
        seeds::LINK_REDIRECT
    ));
}

#[test]
fn at_a_data_center_the_server_says_whose_gcms_nameless_sign_in_is() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let now = sandbox.now();
    let (access, refresh) = sandbox.data_center(seeds::CORP, |corp| {
        corp.directory.oauth.grant(seeds::LINK_ID, seeds::ALICE, &["REPO_READ", "REPO_WRITE"], now)
    });
    gcm_item(&bus, "https://git.corp.example", Some("OAUTH_USERNAME"), &access);
    gcm_item(&bus, "https://git.corp.example/refresh_token", Some("OAUTH_USERNAME"), &refresh);
    gcm_link(&desk);
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(taken.err.contains("Took over alice at git.corp.example (browser sign-in)"), "{}", taken.err);
    assert!(taken.err.contains("--name-only"), "the way to GCM's copy of the secret: {}", taken.err);
    assert!(!gcm_has(&bus, "https://git.corp.example") && !gcm_has(&bus, "https://git.corp.example/refresh_token"));
    let redirect = ["config", &format!("bitbucket.{}.oauthRedirectUri", seeds::CORP)];
    assert_eq!(desk.git(&redirect).out.trim(), seeds::LINK_REDIRECT);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("alice") && !accounts.contains("OAUTH_USERNAME"), "{accounts}");
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "one"]).succeeds();
}

#[test]
fn a_client_for_every_data_center_is_not_shown_to_several() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_link(&desk);
    let one = desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds();
    assert_eq!(one.out, format!("git.corp.example  OAuth client {}, in git config\n", seeds::LINK_ID));
    desk.configure("[credential \"https://stash.corp.example\"]\n\tprovider = bitbucket\n");
    assert_eq!(desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds().out, "", "GCM has noted another");
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CODE));
    let several = desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds();
    assert_eq!(several.out, "");
    gcm_item(&bus, "https://git.corp.example/refresh_token", Some("OAUTH_USERNAME"), "canary-refresh");
    let used = desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds().out;
    assert_eq!(used.lines().filter(|line| line.contains("OAuth client")).collect::<Vec<_>>(), [one.out.trim_end()]);
    let named = desk.helper(&["import", "--from", "gcm", "--yes", seeds::CODE], "").succeeds();
    assert!(named.err.contains("OAuth client of code.corp.example/bitbucket is set up here"), "{}", named.err);
}

#[test]
fn a_client_without_a_secret_leaves_no_copy_of_one_to_speak_of() {
    let sandbox = Sandbox::start();
    let Some((_bus, desk)) = session(&sandbox) else { return };
    desk.configure("[credential]\n\tcloudOAuthClientId = public\n");
    let taken = desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds();
    assert!(taken.err.contains("OAuth client of bitbucket.org is set up here"), "{}", taken.err);
    assert!(!taken.err.contains("--name-only"), "{}", taken.err);
}

#[test]
fn tokens_of_the_client_that_gcm_brings_along_cannot_be_renewed_by_anybody_else() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some("alice"), "canary-access");
    gcm_item(&bus, "https://bitbucket.org/refresh_token", Some("alice"), "canary-refresh");
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(done.out.contains("the other program's OAuth client: sign in again"), "{}", done.out);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_host_that_gcm_noted_as_a_bitbucket_is_asked_for_its_context_path_and_no_other_is_asked_anything() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://code.corp.example", Some("alice"), seeds::HTTP_TOKEN);
    gcm_item(&bus, "https://stash.corp.example", Some("alice"), "canary-unknown-host");
    desk.configure("[credential \"https://code.corp.example\"]\n\tprovider = bitbucket\n");
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(taken.err.contains(&format!("Took over alice at {}", &seeds::CODE["https://".len()..])), "{}", taken.err);
    assert!(taken.err.contains("Left alone: stash.corp.example"), "{}", taken.err);
    assert!(sandbox.requests_to("stash.corp.example").is_empty());
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP), "one"]).succeeds();
}

#[test]
fn a_locked_keyring_is_called_locked_and_the_rest_is_taken_all_the_same() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some("alice"), seeds::API_TOKEN);
    gcm_file(&desk, "https://git.corp.example", "alice", seeds::HTTP_TOKEN);
    bus.lock();
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "file");
    let done = desk.helper(&["--no-input", "import", "--from", "gcm", "--yes", "--remove"], "").fails();
    assert!(done.err.contains("the keyring is locked"), "{}", done.err);
    assert!(done.err.contains("Took over alice at git.corp.example"), "{}", done.err);
    let libsecret = desk.helper(&["--no-input", "import", "--from", "libsecret", "--yes"], "").succeeds();
    assert!(libsecret.err.contains("Nothing for Bitbucket"), "none of these is locked: {}", libsecret.err);
}

/// Writes a file as GCM's `PlaintextCredentialStore.cs` does.
fn gcm_file(desk: &Desk, url: &str, account: &str, secret: &str) -> PathBuf {
    let folder = desk.home().join(".gcm/store/git").join(url.replace("://", "/"));
    fs::create_dir_all(&folder).expect("made");
    let file = folder.join(format!("{account}.credential"));
    fs::write(&file, format!("{secret}\nservice={url}\naccount={account}\n")).expect("written");
    file
}

#[test]
fn gcms_plaintext_store_is_read_and_its_files_go_when_told() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let cloud = gcm_file(&desk, "https://bitbucket.org", seeds::ALICE_EMAIL, seeds::API_TOKEN);
    let repository = gcm_file(&desk, "https://bitbucket.org/acme/app.git", "x-token-auth", seeds::REPO_TOKEN);
    let other = gcm_file(&desk, "https://github.com", "alice", "canary-other");
    let wrong = gcm_file(&desk, "https://bitbucket.org", "mallory", "x");
    fs::write(&wrong, format!("{}\nservice=https://evil.example\naccount=mallory\n", seeds::API_TOKEN_BOB))
        .expect("written");
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("alice at bitbucket.org (API token)"), "{}", done.err);
    assert!(done.err.contains("x-token-auth:acme/app at bitbucket.org (access token)"), "{}", done.err);
    assert!(!cloud.exists() && !repository.exists() && other.exists() && wrong.exists());
    assert!(!sandbox.requests().iter().any(|seen| seen.carries(seeds::API_TOKEN_BOB)));
}

#[test]
fn gcms_gpg_store_is_read_through_pass_the_file_without_an_account_too() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let Some(passwords) = Passwords::new(&desk) else { return };
    let now = sandbox.now();
    let (access, refresh) = sandbox
        .cloud(|cloud| cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::BOB, &["account", "repository:write"], now));
    let token = passwords.gcm_file(&desk, "https://git.corp.example", "alice", seeds::HTTP_TOKEN);
    passwords.gcm_file(&desk, "https://bitbucket.org", "bob", &access);
    let nobody = passwords.gcm_file(&desk, "https://bitbucket.org/refresh_token", "", &refresh);
    let other = passwords.gcm_file(&desk, "https://github.com", "alice", "canary-other");
    gcm_consumer(&desk);
    let desk = passwords.used_by(desk);
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("alice at git.corp.example (HTTP access token)"), "{}", done.err);
    assert!(done.err.contains("bob at bitbucket.org (browser sign-in)"), "{}", done.err);
    assert!(!token.exists() && !nobody.exists() && other.exists());
    desk.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn a_browser_sign_in_of_somebody_who_is_here_already_overwrites_nothing() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let now = sandbox.now();
    let scopes = ["account", "repository:write"];
    let (_, refresh) = sandbox.cloud(|cloud| cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::ALICE, &scopes, now));
    // GCM knew her by another name
    gcm_file(&desk, "https://bitbucket.org/refresh_token", "al", &refresh);
    gcm_consumer(&desk);
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(done.err.contains("Took over al at bitbucket.org (browser sign-in)"), "{}", done.err);
    let get = |name: &str| desk.get(format!("{CLOUD}username={name}\n"));
    assert_eq!(get("alice").value("password"), Some(seeds::API_TOKEN));
    assert!(get("al").value("password").is_some_and(|secret| secret != seeds::API_TOKEN));
}
