//! A site that nobody reaches without a certificate of the company's.

use super::client::Ask;
use super::desk::{self, Desk};
use super::{PROPERTIES, corp};
use bitbucket_sandbox::seeds;

#[test]
fn without_a_certificate_there_is_no_connection_and_with_one_there_is() {
    let sandbox = corp(|site| site.switches.client_certificate = true);
    let ask = || Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN);
    assert!(ask().try_send().is_err());
    assert!(sandbox.requests().is_empty(), "no secret went out");
    let answer = ask().certificate(sandbox.client_certificate()).sent();
    assert_eq!(answer.user(), Some(seeds::ALICE));
}

#[test]
fn git_shows_its_certificate_where_it_is_told_to() {
    for git in desk::gits() {
        let sandbox = corp(|site| site.switches.client_certificate = true);
        let desk = Desk::of(&sandbox, &git, seeds::ALICE, seeds::HTTP_TOKEN);
        assert!(!desk.clones().well);
        let (certificate, key) = sandbox.client_certificate();
        desk.configure(&format!(
            "[http \"{}\"]\n\tsslCert = {}\n\tsslKey = {}\n",
            seeds::CORP,
            certificate.display(),
            key.display()
        ));
        desk.clones().succeeds();
    }
}

#[test]
fn other_sites_ask_for_none() {
    let sandbox = corp(|site| site.switches.client_certificate = true);
    let desk = Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::HTTP_TOKEN);
    let other = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
    let refused = desk.git(&["ls-remote", &other]);
    assert!(refused.err.contains("could not read Username"), "TLS went well: {}", refused.err);
}
