//! What Git asks of every helper that is not its own (its t/lib-credential.sh), retold: by real git, on the file storage
//! and in a real keyring, at hosts that are no Bitbuckets and say `signIn = never`. Git says what it heard by what it fills
//! in, and whom nobody remembers it asks.

use crate::stage::{Bus, Desk, gits, gits_since};
use std::path::PathBuf;

const HOST: &str = "protocol=https\nhost=example.com\n";
const ASKED: &str = "username=askpass-username\npassword=askpass-password\n";
const BEARER: &str = "capability[]=authtype\n";
const SITE: &str = "protocol=https\nhost=git.example.com\n";

/// Tells the story to each of these gits, with each storage that lasts.
fn everywhere(gits: &[PathBuf], story: impl Fn(&Desk)) {
    for git in gits {
        story(&ready(Desk::alone().with_git(git)));
        if let Some(bus) = Bus::start().map(Bus::with_keyring) {
            story(&ready(bus.desk().with_git(git)));
        }
    }
}

fn ready(desk: Desk) -> Desk {
    for host in ["https://example.com", "https://git.example.com", "https://sso.example", "http://path.example"] {
        desk.configure(&format!("[bitbucket \"{host}\"]\n\tsignIn = never\n\tallowHttp = true\n"));
    }
    desk.configure("[bitbucket \"https://victim.example\"]\n\tsignIn = never\n");
    desk.person_says(&[("Username", "askpass-username"), ("Password", "askpass-password")])
}

#[track_caller]
fn says(desk: &Desk, action: &str, lines: &str) -> String {
    let done = desk.git_with(&["credential", action], lines).succeeds();
    assert_eq!(done.err, "", "{action} {lines}");
    done.out
}

#[track_caller]
fn approves(desk: &Desk, lines: &str) {
    says(desk, "approve", lines);
}

#[track_caller]
fn rejects(desk: &Desk, lines: &str) {
    says(desk, "reject", lines);
}

/// What git fills in after the lines of the request.
#[track_caller]
fn fills(desk: &Desk, request: &str, rest: &str) {
    assert_eq!(says(desk, "fill", request), format!("{request}{rest}"));
}

/// A person's credential at `HOST`.
fn of(name: &str, password: &str) -> String {
    format!("{HOST}username={name}\npassword={password}\n")
}

/// A request for somebody at `HOST`.
fn by(name: &str) -> String {
    format!("{HOST}username={name}\n")
}

#[test]
fn a_stored_password_is_found_by_its_own_protocol_host_and_name_and_by_no_other() {
    everywhere(&gits(), |desk| {
        fills(desk, HOST, ASKED);
        approves(desk, &of("store-user", "store-pass"));
        fills(desk, HOST, "username=store-user\npassword=store-pass\n");
        fills(desk, "protocol=http\nhost=example.com\n", ASKED);
        fills(desk, "protocol=https\nhost=other.example\n", ASKED);
        fills(desk, &by("other"), "password=askpass-password\n");
    });
}

#[test]
fn a_path_that_git_uses_is_part_of_the_match() {
    everywhere(&gits(), |desk| {
        desk.configure("[credential]\n\tuseHttpPath = true\n");
        let at = |path: &str| format!("protocol=http\nhost=path.example\npath={path}\n");
        approves(desk, &format!("{}username=user\npassword=pass\n", at("foo.git")));
        fills(desk, &at("bar.git"), ASKED);
        fills(desk, &at("foo.git"), "username=user\npassword=pass\n");
    });
}

#[test]
fn a_second_password_takes_the_place_of_the_first_and_goes_when_it_is_rejected() {
    everywhere(&gits(), |desk| {
        approves(desk, &of("user-overwrite", "pass1"));
        approves(desk, &of("user-overwrite", "pass2"));
        fills(desk, &by("user-overwrite"), "password=pass2\n");
        rejects(desk, &of("user-overwrite", "pass2"));
        fills(desk, &by("user-overwrite"), "password=askpass-password\n");
    });
}

#[test]
fn several_people_are_kept_apart_and_forgotten_one_by_one() {
    everywhere(&gits(), |desk| {
        approves(desk, &of("user1", "pass1"));
        approves(desk, &of("user2", "pass2"));
        fills(desk, &by("user1"), "password=pass1\n");
        fills(desk, &by("user2"), "password=pass2\n");
        rejects(desk, &by("user1"));
        fills(desk, &by("user1"), "password=askpass-password\n");
        fills(desk, &by("user2"), "password=pass2\n");
    });
}

#[test]
fn a_rejected_password_that_is_not_the_stored_one_takes_nothing_along() {
    everywhere(&gits_since(41), |desk| {
        approves(desk, &of("user-distinct-pass", "pass1"));
        rejects(desk, &of("user-distinct-pass", "pass2"));
        fills(desk, &by("user-distinct-pass"), "password=pass1\n");
    });
}

#[test]
fn a_rejected_host_is_forgotten_with_everybody_there() {
    everywhere(&gits(), |desk| {
        approves(desk, &of("user-erase1", "pass1"));
        approves(desk, &of("user-erase2", "pass1"));
        rejects(desk, HOST);
        fills(desk, HOST, ASKED);
    });
}

#[test]
fn an_empty_name_with_an_empty_password_is_a_credential() {
    everywhere(&gits(), |desk| {
        let site = "protocol=https\nhost=sso.example\n";
        approves(desk, &format!("{site}username=\npassword=\n"));
        fills(desk, site, "username=\npassword=\n");
    });
}

#[test]
fn a_long_header_is_never_taken_for_a_host() {
    everywhere(&gits_since(41), |desk| {
        approves(desk, "protocol=https\nhost=victim.example\nusername=user\npassword=to-be-stolen\n");
        // the buffers that a reader could have: a page, two, a pipe's, and the length that git itself tests with
        for size in [1024, 4096, 8192, 65535, 65536, 102_400] {
            let padding = "a".repeat(size - "wwwauth[]=basic realm=\0".len());
            let header = format!("wwwauth[]=basic realm={padding}host=victim.example\n");
            let site = "protocol=https\nhost=badguy.example\n";
            let filled = says(desk, "fill", &format!("{site}{header}"));
            assert_eq!(filled, format!("{site}{ASKED}{header}"), "{size}");
        }
    });
}

#[test]
fn when_a_password_ends_is_kept_with_it_and_replaced_with_it() {
    everywhere(&gits_since(41), |desk| {
        let until = |end: u64| format!("password_expiry_utc=99999999{end}\n");
        approves(desk, &(of("user-expiry", "pass1") + &until(98)));
        fills(desk, &by("user-expiry"), &format!("password=pass1\n{}", until(98)));
        approves(desk, &(of("user-expiry", "pass2") + &until(99)));
        fills(desk, &by("user-expiry"), &format!("password=pass2\n{}", until(99)));
        rejects(desk, &of("user-expiry", "pass2"));
        fills(desk, &by("user-expiry"), "password=askpass-password\n");
    });
}

#[test]
fn a_refresh_token_is_kept_beside_its_password() {
    everywhere(&gits_since(41), |desk| {
        approves(desk, &(of("user4", "pass") + "oauth_refresh_token=xyzzy\n"));
        fills(desk, &by("user4"), "password=pass\noauth_refresh_token=xyzzy\n");
    });
}

#[test]
fn a_bearer_token_is_given_to_whoever_can_use_it_and_to_nobody_else() {
    everywhere(&gits_since(46), |desk| {
        let token = |token: &str| format!("authtype=Bearer\ncredential={token}\n");
        let filled = |request: &str| says(desk, "fill", &format!("{BEARER}{request}"));
        approves(desk, &format!("{BEARER}{}{SITE}", token("random-token")));
        assert_eq!(filled(SITE), format!("{BEARER}{}{SITE}", token("random-token")));
        fills(desk, SITE, ASKED);
        let named = |name: &str| format!("{SITE}username={name}\n");
        approves(desk, &format!("{BEARER}{}{}", token("other-token"), named("foobar")));
        assert_eq!(filled(&named("foobar")), format!("{BEARER}{}{}", token("other-token"), named("foobar")));
        assert_eq!(filled(&named("barbaz")), format!("{}password=askpass-password\n", named("barbaz")));
    });
}

#[test]
fn what_is_ephemeral_is_not_kept_in_either_form() {
    everywhere(&gits_since(46), |desk| {
        approves(desk, &format!("{BEARER}authtype=Bearer\ncredential=git2-token\n{SITE}ephemeral=1\n"));
        assert_eq!(says(desk, "fill", &format!("{BEARER}{SITE}")), format!("{SITE}{ASKED}"));
        approves(desk, &format!("{BEARER}{}ephemeral=1\n", of("user", "pass")));
        fills(desk, HOST, ASKED);
    });
}
