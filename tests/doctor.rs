//! `doctor` against planted faults: each is named, with what mends it; where that is a command, it is run, and it mends.
//! Nothing secret is ever in the report.

use crate::stage::{Bus, Desk, Done, gits};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

/// What a doctor's visit brought.
struct Report {
    code: i32,
    json: Value,
}

impl Report {
    fn of(desk: &Desk, arguments: &[&str]) -> Self {
        Self::read(desk.types(&format!("git credential-bitbucket doctor --json {}", arguments.join(" "))))
    }

    fn read(done: Done) -> Self {
        assert!(!done.out.contains("canary") && !done.err.contains("canary"), "{done:#?}");
        Self { code: done.code, json: serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{done:#?}")) }
    }

    fn rows(&self) -> &[Value] {
        self.json["findings"].as_array().expect("findings")
    }

    /// Its only line under this name with this verdict: text and remedy.
    #[track_caller]
    fn finds(&self, check: &str, verdict: &str) -> (String, String) {
        let is_it = |row: &&Value| row["check"] == check && row["verdict"] == verdict;
        let found: Vec<&Value> = self.rows().iter().filter(is_it).collect();
        assert_eq!(found.len(), 1, "{check} {verdict}: {:#}", self.json);
        let text = |key: &str| found[0][key].as_str().unwrap_or_default().to_owned();
        (text("text"), text("remedy"))
    }

    /// The same, where it is what is wrong, so that the exit code says so too.
    #[track_caller]
    fn blames(&self, check: &str) -> (String, String) {
        assert_eq!((self.code, &self.json["verdict"]), (1, &Value::from("bad")));
        self.finds(check, "bad")
    }

    #[track_caller]
    fn is_well(&self) {
        let bad: Vec<&Value> = self.rows().iter().filter(|row| row["verdict"] == "bad").collect();
        assert!(self.code == 0 && bad.is_empty(), "{bad:#?}");
    }
}

/// Alice, signed in to the Cloud with a good token, and Git's helper chain as it should be.
fn alice(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk
}

/// Signed in with a secret that nobody could check at that time.
fn signed_in_unchecked(sandbox: &Sandbox, secret: &str) -> Desk {
    sandbox.fault(Fault::at("api.bitbucket.org", "/").status(503));
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], secret).succeeds();
    sandbox.clear_faults();
    desk
}

/// Runs the command between the first backquotes of a remedy, as a person at that desk would.
fn follow(desk: &Desk, remedy: &str) {
    let command = remedy.split('`').nth(1).expect("a command");
    desk.types(command).succeeds();
}

#[test]
fn a_desk_that_is_well_is_told_so_by_both_gits() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(&sandbox).with_git(&git);
        let report = Report::of(&desk, &[]);
        report.is_well();
        assert_eq!((&report.json["format"], &report.json["product"]), (&Value::from(1), &Value::from("cloud")));
        for (check, words) in [
            ("helpers.chain", ".gitconfig:2 (global)"),
            ("network.proxy", "set in `http.proxy`"),
            ("network.certificate", "issued by bitbucket-sandbox throwaway CA"),
            ("account.choice", "alice is used: the only one"),
            ("credential.kept", "API token, kept in a file only you can read"),
            ("credential.scopes", "it may clone and push"),
            ("credential.word", "accepts it as alice"),
        ] {
            let (text, _) = report.finds(check, "ok");
            assert!(text.contains(words), "{check}: {text}");
        }
        let shown = desk.helper(&["doctor"], "").succeeds();
        let mut last = shown.out.lines().rev();
        assert!(last.next().is_some_and(|line| line.contains("did not help is worth a report")), "{}", shown.out);
        assert!(last.next().is_some_and(|line| line.starts_with("All is well")), "{}", shown.out);
    }
}

#[test]
fn a_helper_that_answers_before_us_is_blamed() {
    let sandbox = Sandbox::start();
    let desk = Desk::alone();
    let before = fs::read_to_string(desk.home().join(".gitconfig")).expect("a config");
    fs::write(desk.home().join(".gitconfig"), format!("[credential]\n\thelper = cache --timeout 60\n{before}"))
        .expect("written");
    desk.configure(&sandbox.git_config());
    let (text, remedy) = Report::of(&desk, &[]).blames("helpers.before");
    assert!(text.contains("`cache` in") && text.contains(".gitconfig:2 (global) answers before us"), "{text}");
    assert_eq!(remedy, "`git credential-bitbucket configure`");
    follow(&desk, &remedy);
    let (text, _) = Report::of(&desk, &[]).finds("helpers.chain", "ok");
    assert!(text.contains("bitbucket (") && !text.contains("cache"), "{text}");
    let (_, remedy) = Report::of(&desk, &[seeds::CORP]).blames("helpers.before");
    assert_eq!(remedy, "`git credential-bitbucket configure --site https://git.corp.example`");
    follow(&desk, &remedy);
    Report::of(&desk, &[seeds::CORP]).finds("helpers.chain", "ok");
}

#[test]
fn a_store_that_keeps_our_tokens_in_plain_text_is_blamed_and_so_is_what_it_kept() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.configure("[credential]\n\thelper = store\n");
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).succeeds();
    let report = Report::of(&desk, &[]);
    let (text, remedy) = report.blames("helpers.plain-text");
    assert!(text.contains("`store` in") && text.contains("plain text"), "{text}");
    follow(&desk, &remedy);
    let (text, remedy) = report.finds("elsewhere.plain-text", "warn");
    assert!(text.contains("a secret of alice") && text.contains(".git-credentials:1"), "{text}");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).is_well();
    assert!(!fs::read_to_string(desk.home().join(".git-credentials")).expect("there").contains("bitbucket.org"));
}

#[test]
fn an_app_password_that_lies_elsewhere_is_named_and_taken_out() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.configure("[credential]\n\thelper = store\n");
    let kept = desk.home().join(".git-credentials");
    let lines = format!("https://al:x@github.com\nhttps://alice:{}@bitbucket.org\n", seeds::APP_PASSWORD);
    fs::write(&kept, lines).expect("written");
    let (text, remedy) = Report::of(&desk, &[]).blames("elsewhere.app-password");
    assert!(text.contains("an app password of alice") && text.contains(".git-credentials:2"), "{text}");
    follow(&desk, &remedy);
    assert_eq!(fs::read_to_string(&kept).expect("there"), "https://al:x@github.com\n");
}

#[test]
fn what_git_reads_before_it_asks_us_is_blamed() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    fs::write(desk.home().join(".netrc"), "machine bitbucket.org login alice password canary-x\n").expect("written");
    let (text, remedy) = Report::of(&desk, &[]).blames("elsewhere.plain-text");
    assert!(text.contains(".netrc:1") && remedy.contains(".netrc"), "{text} {remedy}");
    let desk = alice(&sandbox);
    desk.git(&["init", "."]).succeeds();
    desk.git(&["remote", "add", "origin", "https://alice:canary-y@bitbucket.org/acme/app.git"]).succeeds();
    let (_, remedy) = Report::of(&desk, &[]).blames("elsewhere.remote");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).is_well();
    desk.configure("[http \"https://bitbucket.org\"]\n\textraHeader = Authorization: Bearer canary-z\n");
    let (_, remedy) = Report::of(&desk, &[]).finds("elsewhere.header", "warn");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).is_well();
}

#[test]
fn a_git_that_does_not_ask_us_is_blamed() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.configure("[credential \"https://bitbucket.org\"]\n\thelper =\n");
    let (text, remedy) = Report::of(&desk, &[]).blames("helpers.missing");
    assert!(text.contains("no helper"), "{text}");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).is_well();
    // the same word, where no folder of the search path has the program
    let (_, remedy) = Report::read(desk.helper(&["doctor", "--json"], "")).blames("helpers.program");
    assert!(remedy.contains("`PATH`"), "{remedy}");
}

#[test]
fn a_locked_keyring_is_told_from_one_that_is_not_there() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    Report::of(&desk, &[]).finds("storage.keyring", "ok");
    bus.lock();
    let (text, remedy) = Report::of(&desk, &[]).blames("storage.keyring");
    assert_eq!(text, "the keyring is locked");
    assert!(remedy.contains("unlock it: `git credential-bitbucket status`"), "{remedy}");
    let desk = Desk::alone().with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    let (text, remedy) = Report::of(&desk, &[]).blames("storage.keyring");
    assert_eq!(text, "no keyring is running here");
    assert_eq!(remedy.split('`').nth(1), Some("git config --global bitbucket.storage file"));
}

#[test]
fn files_that_others_may_read_are_closed_by_the_remedy() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    let index = desk.data().join("accounts.json");
    fs::set_permissions(&index, fs::Permissions::from_mode(0o644)).expect("changed");
    let report = Report::of(&desk, &[]);
    let (text, remedy) = report.blames("storage.files");
    assert!(text.contains("accounts.json"), "{text}");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).is_well();
}

#[test]
fn an_expired_token_is_told_by_its_date_and_is_not_sent() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let arguments = ["--username", seeds::ALICE_EMAIL, "--expires", "2"];
    desk.signs_in("bitbucket.org", &arguments, seeds::API_TOKEN).succeeds();
    let accounts: Value = serde_json::from_str(&desk.helper(&["accounts", "--json"], "").out).expect("JSON");
    let end = accounts["accounts"][0]["expires"].to_string();
    let records = fs::read_dir(desk.data().join("records")).expect("there").map(|entry| entry.expect("a file").path());
    for path in records.filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains(&end), "the date is in the record");
        fs::write(&path, text.replace(&end, "1000000000")).expect("written");
    }
    sandbox.clear_log();
    let report = Report::of(&desk, &[]);
    let (text, remedy) = report.blames("credential.end");
    assert!(text.contains("2001-09-09"), "{text}");
    assert_eq!(remedy.split('`').nth(1), Some("git credential-bitbucket login bitbucket.org --username alice"));
    assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
}

#[test]
fn a_token_without_scopes_or_refused_is_asked_about_once_and_the_reasons_are_listed() {
    let sandbox = Sandbox::start();
    for token in [seeds::API_TOKEN_UNSCOPED, seeds::API_TOKEN_EXPIRED] {
        let desk = signed_in_unchecked(&sandbox, token);
        sandbox.clear_log();
        let (text, remedy) = Report::of(&desk, &[]).blames("credential.word");
        assert!(text.contains("does not accept this API token"), "{text}");
        assert!(remedy.contains("without scopes") && remedy.contains("login bitbucket.org"), "{remedy}");
        assert_eq!(sandbox.requests().iter().filter(|seen| seen.authorization.is_some()).count(), 1);
    }
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_READ_ONLY).succeeds();
    let (text, _) = Report::of(&desk, &[]).finds("credential.scopes", "warn");
    assert!(text.contains("clone and not push"), "{text}");
}

#[test]
fn a_proxy_that_is_not_there_is_named_without_its_password_and_can_be_unset() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    // a port that nobody listens on any more
    let port = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a port").port();
    desk.configure(&format!("[http \"https://bitbucket.org\"]\n\tproxy = http://al:canary@127.0.0.1:{port}\n"));
    let (text, remedy) = Report::of(&desk, &[]).blames("network.connection");
    assert_eq!(text, format!("the proxy 127.0.0.1:{port} does not answer"));
    assert!(remedy.contains("`git config --global --unset http.https://bitbucket.org.proxy`"), "{remedy}");
    desk.types("git config --global --unset http.https://bitbucket.org.proxy").succeeds();
    Report::of(&desk, &[]).is_well();
}

#[test]
fn a_certificate_that_is_not_trusted_comes_with_the_name_of_its_ca() {
    let sandbox = Sandbox::start();
    let desk = Desk::alone();
    desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
    let (text, remedy) = Report::of(&desk, &[]).blames("network.certificate");
    assert!(text.contains("issued by bitbucket-sandbox throwaway CA"), "{text}");
    assert!(remedy.contains("git config --global http.https://bitbucket.org.sslCAInfo FILE"), "{remedy}");
    follow(&desk, &remedy.replace("FILE", sandbox.ca_file().to_str().expect("text")));
    Report::of(&desk, &[]).finds("network.certificate", "ok");
    desk.configure("[http]\n\tsslVerify = false\n");
    let (_, remedy) = Report::of(&desk, &[]).blames("network.certificate");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).finds("network.certificate", "ok");
}

#[test]
fn a_clock_that_is_off_is_named_with_how_much() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    sandbox.advance(Duration::from_secs(2 * 3600));
    let (text, remedy) = Report::of(&desk, &[]).blames("network.clock");
    assert!(text.contains("120 minutes behind") || text.contains("119 minutes behind"), "{text}");
    assert!(remedy.contains("`sudo timedatectl set-ntp true`"), "{remedy}");
}

#[test]
fn a_password_is_blamed_where_single_sign_on_rules() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CORP, &["--username", seeds::ALICE], seeds::DC_ALICE_PASSWORD).succeeds();
    sandbox.data_center(seeds::CORP, |corp| (corp.switches.login_form, corp.switches.basic) = (false, false));
    sandbox.clear_log();
    let report = Report::of(&desk, &[seeds::CORP]);
    let (text, remedy) = report.blames("server.sign-in");
    assert!(text.contains("single sign-on only"), "{text}");
    assert_eq!(remedy.split('`').nth(1), Some("git credential-bitbucket login https://git.corp.example --token"));
    let (text, _) = report.finds("server.product", "ok");
    assert_eq!(text, "Bitbucket Data Center 9.4.6");
    assert_eq!(sandbox.requests().iter().filter(|seen| seen.authorization.is_some()).count(), 1);
    let token = Desk::at(&sandbox);
    token.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
    let (_, tip) = Report::of(&token, &[seeds::CORP]).finds("server.sign-in", "ok");
    assert!(tip.contains("authScheme bearer"), "{tip}");
    let (_, recipe) = Report::of(&token, &[seeds::CORP]).finds("server.oauth", "ok");
    assert!(recipe.contains("Application links") && recipe.contains("--oauth-client ID"), "{recipe}");
}

#[test]
fn a_token_goes_to_a_data_center_below_rest_and_scm_only() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
    sandbox.clear_log();
    Report::of(&desk, &[seeds::CODE]).is_well();
    let seen = sandbox.requests();
    let with_token: Vec<_> = seen.iter().filter(|seen| seen.authorization.is_some()).collect();
    assert_eq!(with_token.len(), 1);
    assert!(with_token[0].target.starts_with("/bitbucket/rest/"), "{}", with_token[0].target);
}

#[test]
fn a_repositorys_own_setting_is_named_as_ignored_and_can_be_taken_out() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.git(&["init", "."]).succeeds();
    desk.git(&["remote", "add", "origin", "https://bitbucket.org/acme/app.git"]).succeeds();
    desk.git(&["config", "bitbucket.storage", "none"]).succeeds();
    let (text, remedy) = Report::of(&desk, &[]).blames("settings.ignored");
    assert!(text.contains("`bitbucket.storage` in .git/config:") && text.contains("(local) is ignored"), "{text}");
    let (enable, disable) = (remedy.split('`').nth(1), remedy.split('`').nth(3));
    assert_eq!(enable, Some("git config --global bitbucket.storage none"));
    desk.types(disable.expect("another command")).succeeds();
    Report::of(&desk, &[]).is_well();
}

#[test]
fn a_git_that_is_too_old_is_named_even_where_it_can_tell_nothing_else() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    let folder = desk.home().join("bin");
    fs::create_dir(&folder).expect("a folder");
    let script = "#!/bin/sh\ncase \"$*\" in\n--version) echo git version 2.17.1 ;;\n*--show-scope*) exit 129 ;;\n*) exec /usr/bin/git \"$@\" ;;\nesac\n";
    fs::write(folder.join("git"), script).expect("a git");
    fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let (text, remedy) = Report::read(desk.with("PATH", &path).helper(&["doctor", "--json"], "")).blames("git.version");
    assert!(text.contains("2.17.1") && text.contains("too old"), "{text}");
    assert!(remedy.contains("https://git-scm.com/downloads"), "{remedy}");
}

#[test]
fn the_last_refusal_is_remembered_until_somebody_signs_in_again() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox).with_git(&gits()[0]);
    sandbox.revoke(seeds::API_TOKEN);
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).fails();
    let report = Report::of(&desk, &[]);
    let (text, _) = report.finds("account.refused", "warn");
    assert!(text.contains("ago git was refused as alice"), "{text}");
    let (_, remedy) = report.blames("credential.word");
    assert!(remedy.contains("login bitbucket.org --username alice"), "{remedy}");
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_READ_ONLY).succeeds();
    let report = Report::of(&desk, &[]);
    assert!(report.rows().iter().all(|row| row["check"] != "account.refused"), "{:#}", report.json);
}

#[test]
fn whoever_is_chosen_is_told_with_the_reason_and_whoever_is_missing_with_the_command() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.signs_in("bitbucket.org", &["--for", "acme/app"], seeds::REPO_TOKEN).succeeds();
    desk.git(&["init", "."]).succeeds();
    desk.git(&["remote", "add", "origin", "https://bitbucket.org/acme/app.git"]).succeeds();
    let (_, remedy) = Report::of(&desk, &[]).blames("account.path");
    follow(&desk, &remedy);
    let (text, _) = Report::of(&desk, &[]).finds("account.choice", "ok");
    assert_eq!(text, "x-token-auth:acme/app is used: token made for acme/app");
    let (text, remedy) = Report::of(&desk, &["https://bob@bitbucket.org/acme/lib.git"]).blames("account.choice");
    assert_eq!(text, "bob is not signed in to bitbucket.org");
    assert!(remedy.contains("login bitbucket.org --username bob"), "{remedy}");
    let (_, remedy) = Report::of(&desk, &[seeds::CODE]).blames("account.site");
    assert!(remedy.contains(&format!("login {}", seeds::CODE)), "{remedy}");
    let (_, remedy) = Report::of(&desk, &["http://git.corp.example"]).blames("account.site");
    assert!(remedy.contains("config --global"), "{remedy}");
}

#[test]
fn an_address_without_its_context_path_is_no_bitbucket() {
    let sandbox = Sandbox::start();
    let (text, remedy) = Report::of(&Desk::at(&sandbox), &["https://code.corp.example"]).blames("server.product");
    assert!(text.contains("https://code.corp.example"), "{text}");
    assert_eq!(remedy, "one answers there: `git credential-bitbucket doctor https://code.corp.example/bitbucket`");
}

#[test]
fn lfs_that_would_never_ask_us_is_told_to() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.git(&["init", "."]).succeeds();
    desk.git(&["remote", "add", "origin", "https://bitbucket.org/acme/app.git"]).succeeds();
    fs::write(desk.home().join(".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n").expect("written");
    Report::of(&desk, &[]).finds("lfs.access", "ok");
    sandbox.cloud(|cloud| cloud.switches.lfs_anonymous_403 = true);
    let (_, remedy) = Report::of(&desk, &[]).blames("lfs.access");
    follow(&desk, &remedy);
    Report::of(&desk, &[]).is_well();
}

#[test]
fn a_silent_keyring_and_a_silent_network_are_given_up_in_time_and_both_are_named() {
    let place = tempfile::tempdir().expect("a folder");
    let _keyring = UnixListener::bind(place.path().join("bus")).expect("a socket");
    // both listen, and neither ever says a word
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let desk = Desk::alone()
        .with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring")
        .with("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}/bus", place.path().display()))
        .with("https_proxy", &format!("http://{}", proxy.local_addr().expect("an address")));
    let began = Instant::now();
    let report = Report::of(&desk, &[]);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    report.blames("storage.keyring");
    let (text, _) = report.blames("network.answer");
    assert!(text.contains("did not answer within"), "{text}");
}

#[test]
fn a_token_that_was_handed_in_is_named_by_its_variable_and_checked() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("BITBUCKET_TOKEN", seeds::API_TOKEN).with("BITBUCKET_EMAIL", seeds::ALICE_EMAIL);
    let report = Report::of(&desk, &[]);
    report.is_well();
    let (text, _) = report.finds("account.choice", "ok");
    assert_eq!(text, "the token in `BITBUCKET_TOKEN` is used, before every account");
    assert_eq!(report.finds("credential.kept", "ok").0, "API token, handed in by `BITBUCKET_TOKEN`");
    assert_eq!(report.finds("credential.word", "ok").0, "the server accepts it as alice");
    sandbox.revoke(seeds::API_TOKEN);
    let (_, remedy) = Report::of(&desk, &[]).blames("credential.word");
    assert!(remedy.contains("where `BITBUCKET_TOKEN` takes it from"), "{remedy}");
}
