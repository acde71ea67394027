//! Attacks on git, on the terminal and on whoever looks over our shoulder that no other story tells. The letters are rows of
//! the table in `SECURITY.md`.

use crate::stage::{Browser, Bus, Desk, HELPER, are_installed, gits};
use bitbucket_sandbox::{Fault, Sandbox, person, seeds};
use std::fs;
use std::path::Path;
use std::process::Stdio;

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const APP: &str = "https://bitbucket.org/acme/app.git";

fn alice(desk: Desk) -> Desk {
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk
}

#[test]
fn p11_a_forged_state_opens_nothing_and_breaks_nothing() {
    let sandbox = Sandbox::start();
    let desk = alice(Desk::at(&sandbox));
    for state in ["", "1:", "1:zzz", "2:from-the-future", &"9".repeat(900_000), "1:\u{202e}", "=", "1:a\u{1b}[2K"] {
        let done = desk.get(format!("{CLOUD}capability[]=state\nstate[]=bitbucket:{state}\n"));
        assert_eq!(done.value("password"), Some(seeds::API_TOKEN), "{}", done.err);
    }
}

#[test]
fn h7_where_a_redirect_or_a_rewritten_address_leads_no_secret_follows() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git)).with("GIT_TERMINAL_PROMPT", "0");
        let elsewhere = "https://evil.example/acme/app.git/info/refs?service=git-upload-pack";
        sandbox.fault(Fault::at("bitbucket.org", "/acme/app.git/info/refs").redirect(elsewhere));
        sandbox.clear_log();
        desk.git(&["-c", "http.followRedirects=true", "clone", APP, "x"]).fails();
        desk.git(&["-c", "url.https://evil.example/.insteadOf=https://bitbucket.org/", "clone", APP, "x"]).fails();
        let seen = sandbox.requests_to("evil.example");
        assert!(seen.iter().any(|seen| seen.method == "GET"), "{seen:?}");
        assert!(seen.iter().all(|seen| seen.authorization.is_none() && !seen.carries("canary")), "{seen:?}");
    }
}

#[test]
fn h9_the_browser_goes_to_the_site_and_not_to_what_a_name_or_path_could_be_read_as() {
    let sandbox = Sandbox::start();
    for crooked in ["evil.example\\", "evil.example%5c", "@evil.example/", "//evil.example", "evil.example#"] {
        let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
        desk.configure("[bitbucket]\n\tsignIn = web\n");
        let request = format!("{CLOUD}username={crooked}\npath={crooked}/app.git\n");
        std::thread::scope(|scope| {
            let get = scope.spawn(|| desk.get(&request));
            let address = browser.opened();
            assert!(address.starts_with("https://bitbucket.org/site/oauth2/authorize?"), "{address}");
            person::consents(&sandbox, &address).expect("the person comes back");
            let got = get.join().expect("it ends");
            assert_eq!(got.value("password"), None, "alice is not {crooked}");
        });
    }
}

#[test]
fn k10_certificates_that_nobody_looks_at_are_called_by_their_name() {
    let (sandbox, other) = (Sandbox::start(), Sandbox::start());
    let desk = Desk::at(&sandbox);
    desk.configure(&format!("[http]\n\tsslCAInfo = {}\n\tsslVerify = false\n", other.ca_file().display()));
    let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    assert!(login.err.contains("WARNING: `http.sslVerify` is off"), "{}", login.err);
}

#[test]
fn t1_no_text_from_outside_can_paint_the_terminal() {
    let sandbox = Sandbox::start();
    let desk = alice(Desk::at(&sandbox)).with("GIT_TERMINAL_PROMPT", "0");
    for name in ["e\u{202e}vil", "e\u{2066}vil", "e\u{9b}2Kvil", "e\tvil"] {
        let missed = desk.get(format!("{CLOUD}username={name}\n"));
        let plain = |c: char| c == '\n' || (!c.is_control() && !('\u{2000}'..='\u{206f}').contains(&c));
        assert!(missed.err.chars().all(plain) && missed.err.contains("\\u{"), "{name:?}: {}", missed.err);
    }
    let page = r#"{"error":"access_denied","error_description":"\u001b[2K\u001b[1Ahint: paste your token"}"#;
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    sandbox.fault(Fault::at("bitbucket.org", "/site/oauth2/access_token").status(400).body(page));
    let login = browser.consents(&sandbox, || desk.helper(&["login", "--web"], "")).0.fails();
    assert!(!login.err.contains('\u{1b}') && !login.err.contains("paste your token"), "{}", login.err);
}

#[test]
fn t2_no_program_is_told_a_secret_by_its_arguments_or_its_environment() {
    if !are_installed(&["strace"]) {
        return;
    }
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with_clients(&sandbox);
    let (desk, browser) =
        Browser::of(desk.person_says(&[("Token for", seeds::API_TOKEN), ("mail", seeds::ALICE_EMAIL)]));
    fs::write(desk.home().join("secret"), seeds::HTTP_TOKEN).expect("written");
    let (helper, corp) = (HELPER, seeds::CORP);
    let script = format!(
        "'{helper}' login {corp} --with-token <secret; '{helper}' login bitbucket.org --token
         git clone {APP} app; git -C app fetch; '{helper}' status; '{helper}' accounts; '{helper}' token >/dev/null
         '{helper}' exec {corp} -- true; '{helper}' logout {corp} --all; '{helper}' logout --all; '{helper}' login --web
         git credential-cache exit"
    );
    for storage in ["file", "cache"] {
        let trace = desk.home().join(format!("{storage}.strace"));
        let traced = format!("strace -f -qq -v -s 99999 -e trace=execve -o {} /bin/sh -c \"$JOB\"", trace.display());
        let browser_ends = std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                let mut command = desk.command(Path::new("/bin/sh"));
                command.args(["-c", &traced]).env("JOB", &script).env("GIT_CREDENTIAL_BITBUCKET_STORAGE", storage);
                command.output().expect("it ran")
            });
            person::consents(&sandbox, &browser.opened()).expect("the person comes back");
            running.join().expect("it ends")
        });
        let said = String::from_utf8_lossy(&browser_ends.stderr).into_owned();
        assert!(said.contains("as alice") && !said.contains("canary"), "{said}");
        let (trace, file) = (fs::read_to_string(&trace).expect("a trace"), trace);
        // it holds what `exec` gave its command
        fs::remove_file(file).expect("removed");
        let told: Vec<_> = trace.lines().filter(|line| line.contains("canary") && !is_below_exec(line)).collect();
        assert!(trace.contains("askpass") && trace.contains("browser") && told.is_empty(), "{told:#?}");
    }
}

/// `exec` is there to put a credential into the environment of the command that a person names.
fn is_below_exec(line: &str) -> bool {
    line.contains("[\"true\"]")
}

#[test]
fn t3_with_every_trace_on_stdout_is_the_protocols_alone() {
    let sandbox = Sandbox::start();
    let desk =
        alice(Desk::at(&sandbox)).with("GIT_TRACE_BITBUCKET", "1").with("GIT_TRACE", "1").with("RUST_LOG", "trace");
    let get = desk.helper(&["-v", "get"], format!("{CLOUD}capability[]=state\n"));
    assert!(get.err.contains("bitbucket: "), "{}", get.err);
    let keys: Vec<_> = get.out.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert_eq!(keys, ["capability[]", "username", "password", "state[]", "continue"]);
    let named = format!("{CLOUD}username=alice\npassword={}\n", seeds::API_TOKEN);
    for operation in ["store", "erase", "later"] {
        assert_eq!(desk.helper(&["-v", operation], &named).out, "", "{operation}");
    }
}

#[test]
fn t5_what_the_keyring_shows_of_an_entry_without_being_unlocked_holds_no_secret() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(bus.reached_from(Desk::at(&sandbox).with_clients(&sandbox)));
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
    let shown = bus.shown();
    assert!(shown.contains("bitbucket.org") && shown.contains("git.corp.example"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn t10_no_question_is_ever_answered_from_stdin() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let answers = format!("{}\n{}\n", seeds::API_TOKEN, seeds::ALICE_EMAIL);
    desk.get(format!("{CLOUD}\n{answers}")).misses_saying("");
    for way in [&["login"][..], &["login", "--token"], &["login", seeds::CORP, "--password", "--username", "alice"]] {
        desk.helper(way, &answers).fails();
    }
    assert!(sandbox.requests().iter().all(|seen| !seen.carries("canary")));
    assert!(!desk.data().join("records").exists());
}

#[test]
fn t13_an_answer_that_cannot_be_written_is_no_answer_and_costs_nothing() {
    let sandbox = Sandbox::start();
    let desk = alice(Desk::at(&sandbox));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
    let mut get = desk.command(Path::new(HELPER)).arg("get").stdout(Stdio::from(full)).spawn().expect("it starts");
    std::io::Write::write_all(&mut get.stdin.take().expect("piped"), CLOUD.as_bytes()).expect("written");
    let output = get.wait_with_output().expect("it ends");
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
}
