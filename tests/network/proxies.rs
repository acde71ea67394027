//! Real proxies between a person and the server: passed as Git passes them, and named where they do not let us pass.

use super::{APP, alice_at, alice_signs_in, desk_with_ca, is_told};
use crate::stage::{Desk, Socks, Tinyproxy, closed_port, gits};
use bitbucket_sandbox::{Sandbox, seeds};

#[test]
fn a_proxy_with_a_password_is_passed_as_git_passes_it() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
        // one letter of each is percent-encoded
        let login = format!("%61lice:{}", Tinyproxy::PASSWORD.replacen('c', "%63", 1));
        let desk = desk_with_ca(&sandbox).with_git(&git);
        desk.configure(&format!("[http]\n\tproxy = {}\n", proxy.url(&login)));
        let signed_in = alice_signs_in(&desk).succeeds();
        assert!(signed_in.err.contains("as alice"), "{}", signed_in.err);
        assert!(proxy.asked_for("api.bitbucket.org"));
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
        desk.git(&["-C", "one", "push"]).succeeds();
    }
}

#[test]
fn a_proxy_with_a_password_leads_to_plain_http_too() {
    let sandbox = Sandbox::start();
    let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
    let desk = Desk::alone();
    desk.configure(&format!("[http]\n\tproxy = {}\n", proxy.url(&format!("alice:{}", Tinyproxy::PASSWORD))));
    let login = alice_at(&desk, &sandbox.loopback_site()).succeeds();
    assert!(login.err.contains("as alice") && proxy.asked_for("GET http://127.0.0.1:"), "{}", login.err);
    desk.git(&["clone", &format!("{}/scm/{}.git", sandbox.loopback_site(), seeds::DC_APP), "one"]).succeeds();
    let nobody = Desk::alone();
    nobody.configure(&format!("[http]\n\tproxy = {}\n", proxy.url("").replace('@', "")));
    let login = alice_at(&nobody, &sandbox.loopback_site());
    assert!(login.err.contains("wants another username and password"), "{}", login.err);
}

#[test]
fn a_proxy_of_the_environment_is_passed_too_and_an_empty_setting_beats_it() {
    let sandbox = Sandbox::start();
    let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
    let login = format!("{}:{}", Tinyproxy::USER, Tinyproxy::PASSWORD);
    let desk = desk_with_ca(&sandbox).with("https_proxy", &proxy.url(&login)).with("HTTPS_PROXY", "http://127.0.0.1:1");
    alice_signs_in(&desk).succeeds();
    desk.git(&["clone", APP, "one"]).succeeds();
    assert!(proxy.asked_for("api.bitbucket.org"));
    desk.configure("[http \"https://bitbucket.org\"]\n\tproxy =\n");
    is_told(&desk, &["cannot reach api.bitbucket.org"]);
    desk.git(&["ls-remote", APP]).fails();
}

#[test]
fn a_proxy_that_does_not_know_us_is_named_as_what_is_in_the_way() {
    let sandbox = Sandbox::start();
    let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
    let nobody = desk_with_ca(&sandbox);
    nobody.configure(&format!("[http]\n\tproxy = {}\n", proxy.url("").replace('@', "")));
    is_told(
        &nobody,
        &["the proxy on the way to api.bitbucket.org wants another username and password", "`http.proxy`"],
    );
    let wrong = desk_with_ca(&sandbox);
    wrong.configure(&format!("[http]\n\tproxy = {}\n", proxy.url("alice:wrong")));
    is_told(&wrong, &["the proxy does not reach api.bitbucket.org", "password in `http.proxy`"]);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_proxy_that_is_gone_and_one_that_goes_nowhere_are_told_apart() {
    let sandbox = Sandbox::start();
    let gone = desk_with_ca(&sandbox);
    gone.configure(&format!("[http]\n\tproxy = http://127.0.0.1:{}\n", closed_port()));
    is_told(&gone, &["the proxy on the way to api.bitbucket.org cannot be reached"]);
    let desk = Desk::at(&sandbox);
    let login = desk.signs_in("https://down.example", &["--username", "alice"], "canary");
    assert!(login.err.contains("the proxy does not reach down.example"), "{}", login.err);
}

#[test]
fn a_proxy_that_makes_no_sense_stops_us_and_is_not_passed_by() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.configure("[http \"https://bitbucket.org\"]\n\tproxy = ftp://proxy.example:1\n");
    let login = alice_signs_in(&desk).fails();
    assert!(login.err.contains("`http.proxy` is not the address of a proxy"), "{}", login.err);
    let variable = desk_with_ca(&sandbox).with("ALL_PROXY", "http://:::");
    let login = alice_signs_in(&variable).fails();
    assert!(login.err.contains("`ALL_PROXY` is not the address of a proxy"), "{}", login.err);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_password_is_not_shown_to_a_proxy_that_is_to_ask_a_riddle() {
    let sandbox = Sandbox::start();
    let desk = desk_with_ca(&sandbox).with("GIT_HTTP_PROXY_AUTHMETHOD", "negotiate");
    let proxy = sandbox.proxy_url().replace("http://", "http://alice:canary@");
    desk.configure(&format!("[http]\n\tproxy = {proxy}\n"));
    let login = alice_signs_in(&desk).fails();
    assert!(login.err.contains("negotiate, which this program does not speak"), "{}", login.err);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn socks_proxies_are_passed_and_the_h_decides_who_resolves_names() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let socks = Socks::before(&sandbox);
        let desk = desk_with_ca(&sandbox).with_git(&git);
        desk.configure(&format!("[http]\n\tproxy = socks5h://{}\n", socks.address()));
        alice_signs_in(&desk).succeeds();
        desk.git(&["clone", APP, "one"]).succeeds();
        let (names, addresses) = socks.served();
        assert!(names >= 2 && addresses == 0, "{names} {addresses}");
        let near = Desk::alone().with_git(&git);
        near.configure(&format!("[http]\n\tproxy = socks5://{}\n", socks.address()));
        alice_at(&near, &sandbox.loopback_site()).succeeds();
        near.git(&["clone", &format!("{}/scm/{}.git", sandbox.loopback_site(), seeds::DC_APP), "one"]).succeeds();
        assert!(socks.served().1 >= 2 && socks.served().0 == names, "{:?}", socks.served());
    }
}

#[test]
fn a_proxy_behind_tls_is_passed_by_its_own_ca() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk_with_ca(&sandbox).with_git(&git);
        desk.configure(&format!(
            "[http]\n\tproxy = {}\n\tproxySSLCAInfo = {}\n",
            sandbox.proxy_url_by_tls(),
            sandbox.ca_file().display()
        ));
        alice_signs_in(&desk).succeeds();
        desk.git(&["clone", APP, "one"]).succeeds();
    }
}

#[test]
fn the_proxy_of_a_remote_is_taken_where_its_word_counts() {
    let sandbox = Sandbox::start();
    let desk = desk_with_ca(&sandbox);
    let remote = |proxy: &str| format!("[remote \"up\"]\n\turl = {APP}\n\tproxy = {proxy}\n");
    desk.configure(&format!("[http]\n\tproxy = http://127.0.0.1:{}\n{}", closed_port(), remote(&sandbox.proxy_url())));
    alice_signs_in(&desk).succeeds();
    assert_eq!(sandbox.api_requests().len(), 1);
}
