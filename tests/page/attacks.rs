//! What must not pass as a person's answer. After each, the real one still does.

use super::{Told, Visitor, desk, token_in, visited, while_it_runs};
use bitbucket_sandbox::{Sandbox, seeds};
use std::net::TcpStream;

const FIELDS: [(&str, &str); 3] = [("token", seeds::API_TOKEN), ("email", seeds::ALICE_EMAIL), ("press", "go")];

/// The whole form, with this token of the page.
fn form(token: &str) -> Vec<(&str, &str)> {
    [&[("form", token)], &FIELDS[..]].concat()
}

/// A login under way: the attack is refused and told nothing, no secret is sent anywhere, and then the person signs in.
#[track_caller]
fn withstands(attack: impl FnOnce(&Visitor, &str) -> Vec<(&'static str, Told)>) {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let mut gone = None;
    let login = visited(&desk, &browser, |visitor| {
        let token = visitor.token();
        for (status, told) in attack(&visitor, &token) {
            assert_eq!(told.status, status, "{}", told.text);
            let body = told.text.split_once("\r\n\r\n").expect("an end of headers").1;
            assert_eq!(body, "", "whoever is refused is told nothing");
        }
        assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
        assert_eq!(visitor.token(), token, "the page is still the same");
        assert!(visitor.sends(&form(&token)).text.contains("You are signed in"));
        gone = Some(visitor.authority);
    });
    login.succeeds();
    assert!(TcpStream::connect(gone.expect("an address")).is_err(), "heard once, and no more");
}

#[test]
fn the_page_asks_for_what_the_settings_want_and_for_nothing_else() {
    let sandbox = Sandbox::start();
    for (method, wanted, other) in
        [("password", "name=\"password\"", "name=\"token\""), ("token", "name=\"token\"", "name=\"password\"")]
    {
        let (desk, browser) = desk(&sandbox);
        desk.configure(&format!("[bitbucket \"{}\"]\n\tsignIn = {method}\n", seeds::CORP));
        let clone = while_it_runs(
            || desk.git(&["clone", &super::at(seeds::CORP, seeds::DC_APP), "one"]),
            || {
                let visitor = Visitor::at(&browser.opened());
                let page = visitor.looks().text;
                assert!(page.contains(wanted) && !page.contains(other), "{method}: {page}");
                visitor.sends(&[("form", &visitor.token()), ("press", "cancel")]);
            },
        );
        clone.fails();
    }
}

#[test]
fn a_form_without_the_token_of_our_page_is_none() {
    withstands(|visitor, token| {
        let other = "0".repeat(64);
        let doubled = [&form(token)[..], &[("form", token)]].concat();
        let mut forged = vec![visitor.sends(&FIELDS), visitor.sends(&form("")), visitor.sends(&form(&other))];
        forged.push(visitor.sends(&form(&token[..63])));
        forged.push(visitor.sends(&doubled));
        forged.into_iter().map(|told| ("400", told)).collect()
    });
}

#[test]
fn a_form_from_another_page_is_refused() {
    withstands(|visitor, token| {
        let ours = format!("Origin: http://{}\r\n", visitor.authority);
        let origins = ["", "Origin: null\r\n", "Origin: http://evil.example\r\n", "Origin: http://127.0.0.1\r\n"];
        let mut told: Vec<_> = origins.iter().map(|origin| visitor.sends_with(origin, &form(token))).collect();
        for header in ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: iframe"] {
            told.push(visitor.sends_with(&format!("{ours}{header}\r\n"), &form(token)));
        }
        told.into_iter().map(|told| ("403", told)).collect()
    });
}

#[test]
fn a_name_that_only_leads_here_is_not_ours() {
    withstands(|visitor, _| {
        let port = visitor.authority.rsplit(':').next().expect("a port");
        let hosts = [format!("evil.example:{port}"), format!("localhost:{port}"), "127.0.0.1".into()];
        let ask = |host: &String| visitor.says(&format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", visitor.path));
        hosts.iter().map(|host| ("421", ask(host))).collect()
    });
}

#[test]
fn the_page_has_one_address_that_nobody_can_guess() {
    withstands(|visitor, token| {
        assert_eq!(visitor.path.len(), 65, "256 bits");
        let paths = ["/".to_owned(), "/favicon.ico".into(), visitor.path.to_uppercase(), format!("{}/", visitor.path)];
        let elsewhere = |path: &String| Visitor { authority: visitor.authority.clone(), path: path.clone() };
        let looks = paths.iter().map(|path| ("404", elsewhere(path).looks()));
        let sends = paths.iter().map(|path| ("404", elsewhere(path).sends(&form(token))));
        looks.chain(sends).collect()
    });
}

#[test]
fn secrets_in_an_address_are_not_taken() {
    withstands(|visitor, token| {
        let query = |query: &str| {
            let (path, host) = (&visitor.path, &visitor.authority);
            visitor.says(&format!("GET {path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
        };
        vec![
            ("400", query(&format!("form={token}&token=x&press=go"))),
            ("400", query("press=cancel")),
            ("400", query("x")),
        ]
    });
}

#[test]
fn a_form_that_is_too_large_or_no_form_is_refused() {
    withstands(|visitor, token| {
        let large = "x".repeat(8 * 1024);
        let ours = format!("Origin: http://{}\r\n", visitor.authority);
        let (path, host) = (&visitor.path, &visitor.authority);
        let other = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{ours}Content-Type: text/plain\r\n\r\n");
        vec![
            ("413", visitor.sends(&[("form", token), ("token", &large)])),
            ("413", visitor.sends_with(&format!("{ours}X: {large}\r\n"), &form(token))),
            ("403", visitor.says(&other)),
            ("400", visitor.says(&format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"))),
        ]
    });
}

#[test]
fn the_page_may_stand_in_no_frame_and_is_kept_nowhere() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    visited(&desk, &browser, |visitor| {
        let page = visitor.looks().text;
        let ended = visitor.sends(&[("form", &token_in(&page)), ("press", "cancel")]).text;
        for answer in [page, ended] {
            for header in [
                "frame-ancestors 'none'",
                "default-src 'none'; style-src 'sha256-",
                "base-uri 'none'",
                "Cache-Control: no-store\r\n",
                "X-Content-Type-Options: nosniff\r\n",
                "Connection: close\r\n",
            ] {
                assert!(answer.contains(header), "{header} in {answer}");
            }
            assert!(!answer.contains("<script") && !answer.contains("Access-Control"), "{answer}");
        }
    })
    .fails();
}

#[test]
fn nothing_that_was_typed_as_a_secret_stands_in_a_page_or_among_gits_words() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let login = while_it_runs(
        || desk.helper(&["login", seeds::CORP, "--web"], ""),
        || {
            let visitor = Visitor::at(&browser.opened());
            // also where it was pasted into the field beside its own
            for fields in [
                [("way", "password"), ("username", "bob"), ("password", "canary-secret")],
                [("way", "password"), ("username", "canary-secret"), ("password", "canary-secret")],
                [("way", "password"), ("username", seeds::HTTP_TOKEN_EXPIRED), ("password", "")],
            ] {
                let token = visitor.token();
                let told = visitor.sends(&[&[("form", token.as_str())], &fields[..]].concat()).text;
                assert!(told.contains("role=\"alert\"") && !told.contains("canary"), "{told}");
            }
            visitor.sends(&[("form", &visitor.token()), ("press", "cancel")]);
        },
    );
    assert!(!login.fails().err.contains("canary"));
}
