//! Real git is the judge: under the same settings, it and we take the same way.

use super::{alice_at, corp_app, desk_with_ca};
use crate::stage::{Desk, Done, closed_port};
use bitbucket_sandbox::{Sandbox, seeds};

/// Git's and our own way to one place, under the same settings: whether each went by the proxy.
fn ways(sandbox: &Sandbox, desk: &Desk, repository: &str, login: impl Fn(&Desk) -> Done) -> (bool, bool) {
    sandbox.clear_log();
    desk.git(&["ls-remote", repository]);
    let gits = !sandbox.requests().is_empty();
    sandbox.clear_log();
    login(desk);
    (gits, !sandbox.requests().is_empty())
}

#[test]
fn no_proxy_means_to_us_what_it_means_to_git() {
    let sandbox = Sandbox::start();
    for list in [
        "",
        "*",
        "*,x",
        "git.corp.example",
        ".corp.example",
        "corp.example",
        "CORP.EXAMPLE",
        "corp.example.",
        "orp.example",
        "example",
        "*.corp.example",
        "git.corp.example:443",
        "x, corp.example",
        "x,corp.example,y",
        ",,corp.example",
        "x corp.example",
        "git.corp.example.evil",
        "http://git.corp.example",
        "127.0.0.1/8,::1",
    ] {
        for name in ["no_proxy", "NO_PROXY"] {
            let desk = Desk::at(&sandbox).with(name, list).with("GIT_TERMINAL_PROMPT", "0");
            let (gits, ours) = ways(&sandbox, &desk, &corp_app(), |desk| alice_at(desk, seeds::CORP));
            assert_eq!(gits, ours, "{name}={list}: git goes by the proxy: {gits}");
        }
    }
}

#[test]
fn addresses_in_no_proxy_mean_to_us_what_they_mean_to_git() {
    let sandbox = Sandbox::start();
    let (ipv4, ipv6) = (sandbox.loopback_site(), sandbox.ipv6_site());
    for site in [Some(ipv4), ipv6].into_iter().flatten() {
        // networks of IPv6 are left out: before 8.15, libcurl took such an address for a name
        for list in ["127.0.0.1", "::1", "[::1]", "127.0.0.0/8", "127.0.0.1/32", "128.0.0.0/1", "127.0.0", "localhost"]
        {
            let desk = Desk::alone().with("no_proxy", list).with("GIT_TERMINAL_PROMPT", "0");
            desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
            let repository = format!("{site}/scm/{}.git", seeds::DC_APP);
            // the sandbox's proxy leads to no address, so that whatever arrives came straight
            let (gits, ours) = ways(&sandbox, &desk, &repository, |desk| alice_at(desk, &site));
            assert_eq!(gits, ours, "{site} with {list}: git goes straight: {gits}");
        }
    }
}

#[test]
fn the_variables_count_for_us_in_the_order_in_which_they_count_for_git() {
    let sandbox = Sandbox::start();
    let good = sandbox.proxy_url();
    let bad = format!("http://127.0.0.1:{}", closed_port());
    for variables in [
        vec![("https_proxy", good.as_str()), ("HTTPS_PROXY", &bad)],
        vec![("https_proxy", &bad), ("HTTPS_PROXY", &good)],
        vec![("HTTPS_PROXY", &good), ("ALL_PROXY", &bad)],
        vec![("https_proxy", ""), ("HTTPS_PROXY", &good)],
        vec![("HTTPS_PROXY", ""), ("ALL_PROXY", &good)],
        vec![("all_proxy", &good), ("ALL_PROXY", &bad)],
        vec![("ALL_PROXY", &good)],
        vec![("http_proxy", &good)],
        vec![("HTTP_PROXY", &good)],
        vec![("https_proxy", good.trim_start_matches("http://"))],
        vec![("https_proxy", &good), ("NO_PROXY", "corp.example"), ("no_proxy", "")],
        vec![("https_proxy", &good), ("NO_PROXY", ""), ("no_proxy", "corp.example")],
    ] {
        let desk = desk_with_ca(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
        let desk = variables.iter().fold(desk, |desk, (name, value)| desk.with(name, value));
        let (gits, ours) = ways(&sandbox, &desk, &corp_app(), |desk| alice_at(desk, seeds::CORP));
        assert_eq!(gits, ours, "{variables:?}: git arrives: {gits}");
    }
}
