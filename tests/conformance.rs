//! The protocol's edge cases, a case a situation: parsing, hosts, accounts, store and erase. No network is there.

use crate::stage::{Desk, Done};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const TOKEN: &str = "s3cret-of-alice";

/// A desk where git stored a credential of alice at bitbucket.org.
fn desk() -> Desk {
    let desk = Desk::alone();
    store(&desk, "alice", TOKEN);
    desk
}

fn store(desk: &Desk, name: &str, secret: &str) {
    stored(desk, &format!("{CLOUD}username={name}\npassword={secret}\n"));
}

fn stored(desk: &Desk, lines: &str) {
    let done = desk.helper(&["store"], lines).succeeds();
    assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
}

fn erased(desk: &Desk, lines: &str) {
    let done = desk.helper(&["erase"], lines).succeeds();
    assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
}

#[track_caller]
fn is_alices(done: Done) {
    assert_eq!((done.value("username"), done.value("password")), (Some("alice"), Some(TOKEN)), "{done:?}");
}

#[track_caller]
fn is_nobodys(desk: &Desk) {
    let done = desk.get(CLOUD);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{done:?}");
}

fn lines(extra: &str) -> String {
    format!("{CLOUD}{extra}")
}

#[test]
fn a_request_ends_with_a_blank_line_or_without_one_or_in_the_middle_of_a_line() {
    let desk = desk();
    is_alices(desk.get(CLOUD));
    is_alices(desk.get(CLOUD.trim_end()));
    is_alices(desk.get(CLOUD.replace('\n', "\r\n")));
    is_alices(desk.get(lines("\nhost=evil.com\n")));
}

#[test]
fn a_carriage_return_a_nul_or_a_line_without_equals_is_refused_and_not_repeated() {
    let desk = desk();
    for bad in [
        "protocol=https\nhost=bitbucket.org\r\r\n",
        "protocol=https\nhost=evil.com\rhost=bitbucket.org\n",
        "protocol=https\nhost=bitbucket.org\nusername=a\rb\n",
        "protocol=https\nhost=bitbucket.org\0.evil.com\n",
        "protocol=https\nhost=bitbucket.org\npath=a\x1bb\n",
        "canary\nprotocol=https\nhost=bitbucket.org\n",
        "protocol=https\ncanary\nhost=bitbucket.org\n",
        "protocol=https\nhost=bitbucket.org\ncanary\n",
    ] {
        let done = desk.get(bad);
        assert!(!done.err.contains("canary"), "{}", done.err);
        done.refuses();
    }
}

#[test]
fn unknown_keys_and_values_with_equals_are_passed_over() {
    let desk = desk();
    for extra in [
        "=value\n",
        "foo=bar\nfoo[]=x\nx=y=z\n",
        "capability[]=future\n",
        "authtype=Bearer\n",
        "password_expiry_utc=5\n",
    ] {
        is_alices(desk.get(lines(extra)));
    }
}

#[test]
fn a_request_that_names_no_host_or_no_protocol_gets_nothing() {
    let desk = desk();
    for bad in [
        "",
        "\n",
        "protocol=https\n",
        "host=bitbucket.org\n",
        "protocol=https\nhost=\n",
        "protocol=https\nHost=bitbucket.org\n",
    ] {
        desk.get(bad).refuses();
    }
}

#[test]
fn two_hosts_are_refused_and_the_same_one_twice_is_not() {
    let desk = desk();
    desk.get(lines("host=evil.com\n")).refuses();
    desk.get("protocol=https\nhost=evil.com\nhost=bitbucket.org\n").refuses();
    is_alices(desk.get(lines("host=bitbucket.org\n")));
}

#[test]
fn only_https_in_lower_case_reaches_the_cloud() {
    let desk = desk();
    desk.get("protocol=http\nhost=bitbucket.org\n").misses_saying("plain http");
    for protocol in ["HTTPS", "ssh", "cert", "smtp", "ftp"] {
        desk.get(format!("protocol={protocol}\nhost=bitbucket.org\n")).misses_in_silence();
    }
    let desk = desk
        .with("GIT_CONFIG_COUNT", "1")
        .with("GIT_CONFIG_KEY_0", "bitbucket.allowHttp")
        .with("GIT_CONFIG_VALUE_0", "true");
    desk.get("protocol=http\nhost=bitbucket.org\n").misses_saying("plain http");
}

#[test]
fn every_spelling_of_the_cloud_is_the_cloud() {
    let desk = desk();
    for host in ["BitBucket.ORG", "bitbucket.org:443", "www.bitbucket.org"] {
        is_alices(desk.get(format!("protocol=https\nhost={host}\n")));
    }
}

#[test]
fn every_other_host_is_a_silent_miss() {
    let desk = desk();
    for host in [
        "bitbucket.org:8443",
        "bitbucket.org:",
        "bitbucket.org:x",
        "bitbucket.org:0",
        "bitbucket.org:65536",
        "bitbucket.org.",
        "bitbucket.org.evil.com",
        "evilbitbucket.org",
        "api.bitbucket.org",
        "bitbucket.org@evil.com",
        "bitbucket.org/",
        "bitbucket.org\\",
        "bitbucket.org#",
        " bitbucket.org",
        "bitbucket.org\t",
        "b\u{ed}tbucket.org",
        "xn--btbucket-b1a.org",
    ] {
        desk.get(format!("protocol=https\nhost={host}\n")).misses_in_silence();
    }
    desk.get("protocol=https\nhost=a@bitbucket.org\n").misses_saying("%40");
}

#[test]
fn a_port_and_brackets_of_a_configured_data_center_survive() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://[::1]:7990\"]\n\tproduct = datacenter\n");
    stored(&desk, "protocol=https\nhost=[::1]:7990\nusername=alice\npassword=x\n");
    let answer = desk.get("protocol=https\nhost=[::1]:7990\n");
    assert_eq!(answer.value("password"), Some("x"), "{answer:?}");
    desk.get("protocol=https\nhost=[::1]:7991\n").misses_in_silence();
}

#[test]
fn a_data_center_under_a_context_path_is_found_with_and_without_the_path() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://code.corp.example/bitbucket\"]\n\tproduct = datacenter\n");
    stored(&desk, "protocol=https\nhost=code.corp.example\nusername=alice\npassword=x\n");
    for path in ["", "path=bitbucket/scm/prj/app.git\n"] {
        let answer = desk.get(format!("protocol=https\nhost=code.corp.example\n{path}"));
        assert_eq!(answer.value("password"), Some("x"), "{answer:?}");
    }
    desk.get("protocol=https\nhost=code.corp.example\npath=other/scm/prj/app.git\n").misses_in_silence();
}

#[test]
fn a_servers_header_releases_nothing_where_nobody_can_be_asked() {
    let desk = desk();
    desk.get("protocol=https\nhost=evil.com\nwwwauth[]=Basic realm=\"Atlassian Bitbucket\"\n").misses_in_silence();
}

#[test]
fn a_username_selects_its_account_whatever_its_case() {
    let desk = desk();
    for name in ["alice", "ALICE"] {
        is_alices(desk.get(lines(&format!("username={name}\n"))));
    }
    desk.get(lines("username=bob\n")).misses_saying("bob");
    is_alices(desk.get(lines("username=\n")));
}

#[test]
fn two_accounts_and_nobody_to_ask_misses_in_silence_that_names_them() {
    let desk = desk();
    store(&desk, "bob", "of-bob");
    desk.get(CLOUD).misses_saying("alice, bob");
    let answer = desk.get(lines("username=bob\n"));
    assert_eq!(answer.value("password"), Some("of-bob"));
}

#[test]
fn paths_headers_and_states_of_any_bytes_do_no_harm() {
    let desk = desk();
    is_alices(desk.get([CLOUD.as_bytes(), b"path=a\xff\xfe/b.git\n"].concat()));
    is_alices(desk.get(lines("wwwauth[]=a\nwwwauth[]=\nwwwauth[]=b\n")));
    for size in [70_000, 900_000] {
        is_alices(desk.get(lines(&format!("wwwauth[]={}host=victim\n", "x".repeat(size)))));
    }
    is_alices(desk.get(lines("state[]=other:1\nstate[]=bitbucket:junk\n")));
    desk.get(lines(&"x".repeat(2 << 20))).refuses();
}

#[test]
fn nothing_is_said_that_the_request_did_not_announce() {
    let desk = desk();
    let plain = desk.get(CLOUD);
    assert_eq!(plain.out, format!("username=alice\npassword={TOKEN}\n"));
    let with_state = desk.get(lines("capability[]=authtype\ncapability[]=state\n"));
    assert!(
        with_state.out.starts_with("capability[]=state\n") && with_state.value("continue") == Some("1"),
        "{with_state:?}"
    );
    assert!(with_state.value("state[]").is_some_and(|state| state.starts_with("bitbucket:1:")), "{with_state:?}");
    let cleared = desk.get(lines("capability[]=state\ncapability[]=\n"));
    assert_eq!(cleared.out, plain.out);
}

#[test]
fn an_address_counts_as_its_parts_and_replaces_what_stood_before() {
    let desk = desk();
    is_alices(desk.get("url=https://alice@bitbucket.org/ws/r.git\n"));
    is_alices(desk.get("username=bob\nurl=https://bitbucket.org/\n"));
    for bad in ["url=bitbucket.org\n", "url=https:///x\n", "url=https://a%0ab@bitbucket.org/\n"] {
        desk.get(bad).refuses();
    }
}

#[test]
fn every_way_to_forbid_asking_is_heard() {
    for (name, value) in [("GIT_TERMINAL_PROMPT", "0"), ("CI", "true")] {
        let desk = Desk::alone().person_says(&[("oken", "x")]).with(name, value);
        is_nobodys(&desk);
        assert!(desk.asked().is_empty());
    }
    for value in ["false", "never"] {
        let desk = Desk::alone().person_says(&[("oken", "x")]);
        desk.configure(&format!("[credential]\n\tinteractive = {value}\n"));
        is_nobodys(&desk);
        assert!(desk.asked().is_empty());
    }
}

#[test]
fn our_own_answer_back_writes_nothing() {
    let desk = desk();
    let files = || {
        let mut times: Vec<_> = walk(&desk.data()).into_iter().filter(|(path, _)| !path.contains("/locks/")).collect();
        times.sort();
        times
    };
    let before = files();
    assert!(!before.is_empty());
    let answer = desk.get(lines("capability[]=state\n"));
    stored(&desk, &lines(&answer.out));
    stored(&desk, &lines(&format!("username=alice\npassword={TOKEN}\ncontinue=1\n")));
    assert_eq!(files(), before);
}

fn walk(folder: &std::path::Path) -> Vec<(String, std::time::SystemTime)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let one = |path: std::path::PathBuf| match path.is_dir() {
        true => walk(&path),
        false => {
            vec![(path.display().to_string(), path.metadata().and_then(|found| found.modified()).expect("a time"))]
        }
    };
    entries.flat_map(one).collect()
}

#[test]
fn a_second_secret_of_one_account_takes_the_place_of_the_first() {
    let desk = desk();
    store(&desk, "alice", "pass2");
    assert_eq!(desk.get(CLOUD).value("password"), Some("pass2"));
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert_eq!(accounts.out.matches("alice").count(), 1, "{}", accounts.out);
}

#[test]
fn what_is_incomplete_strange_ephemeral_or_over_is_not_stored() {
    for extra in [
        "protocol=https\nhost=bitbucket.org\npassword=x\n",
        "protocol=https\nhost=bitbucket.org\nusername=alice\n",
        "protocol=https\nusername=alice\npassword=x\n",
        "protocol=https\nhost=bitbucket.org\nusername=\npassword=x\n",
        "protocol=https\nhost=example.com\nusername=alice\npassword=x\n",
        "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=x\npassword_expiry_utc=5\n",
        "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=x\nephemeral=1\n",
        "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=ATBBcanaryAliceAppPassword0000A1B2C3\n",
    ] {
        let desk = Desk::alone();
        stored(&desk, extra);
        is_nobodys(&desk);
    }
}

#[test]
fn an_expiry_that_is_no_number_means_never() {
    for expiry in ["0", "", "soon"] {
        let desk = Desk::alone();
        stored(&desk, &lines(&format!("username=alice\npassword={TOKEN}\npassword_expiry_utc={expiry}\n")));
        let answer = desk.get(CLOUD);
        assert_eq!(answer.value("password_expiry_utc"), None);
        is_alices(answer);
    }
}

#[test]
fn every_byte_of_a_secret_comes_back() {
    let desk = Desk::alone();
    let secret = b" a=b \"c\" 'd' %41 \x80\xc3\xff ";
    let request = [CLOUD.as_bytes(), b"username=alice\npassword=", secret, b"\n"].concat();
    desk.helper(&["store"], &request).succeeds();
    erased(&desk, &lines("username=alice\npassword=other\n"));
    desk.helper(&["erase"], &request).succeeds();
    is_nobodys(&desk);
}

#[test]
fn an_erase_forgets_the_secret_it_names_and_no_other() {
    let desk = desk();
    store(&desk, "bob", "of-bob");
    erased(&desk, &lines("username=alice\npassword=another\n"));
    is_alices(desk.get(lines("username=alice\n")));
    erased(&desk, &lines(&format!("username=alice\npassword={TOKEN}\n")));
    desk.get(lines("username=alice\n")).misses_saying("alice");
    assert_eq!(desk.get(CLOUD).value("username"), Some("bob"));
}

#[test]
fn an_erase_without_host_or_protocol_forgets_nothing() {
    let desk = desk();
    for bad in ["", "protocol=https\n", "host=bitbucket.org\n", "protocol=https\nhost=\n"] {
        erased(&desk, bad);
    }
    is_alices(desk.get(CLOUD));
}

#[test]
fn an_erase_that_git_cut_short_loses_no_token_that_a_person_made() {
    let desk = desk();
    erased(&desk, CLOUD);
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice"), "{}", accounts.out);
}

#[test]
fn an_erase_of_nothing_is_silent() {
    erased(&Desk::alone(), CLOUD);
}

#[test]
fn an_operation_of_a_later_git_is_passed_over_in_silence() {
    let desk = desk();
    desk.helper(&["frobnicate"], CLOUD).misses_in_silence();
    is_alices(desk.get(CLOUD));
}

#[test]
fn nothing_at_all_is_wrong_usage() {
    let done = Desk::alone().helper(&[], "");
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("Usage"), "{}", done.err);
}

#[test]
fn capabilities_are_told_without_reading() {
    let done = Desk::alone().helper(&["capability"], "").succeeds();
    assert_eq!(done.out, "version 0\ncapability authtype\ncapability state\n");
}

#[test]
fn a_repository_cannot_choose_the_storage() {
    let desk = desk().with("GIT_TERMINAL_PROMPT", "0");
    desk.git(&["init", "here"]).succeeds();
    desk.git(&["-C", "here", "config", "bitbucket.storage", "none"]).succeeds();
    let desk = desk.with("GIT_DIR", "here/.git");
    let answer = desk.get(CLOUD);
    assert!(answer.err.contains("`bitbucket.storage` in this repository's own config is ignored"), "{}", answer.err);
    is_alices(answer);
}

#[test]
fn a_plain_site_is_stored_by_gits_own_rules() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://example.com\"]\n\tsignIn = never\n");
    let site = "protocol=https\nhost=example.com\n";
    desk.get(site).misses_in_silence();
    stored(
        &desk,
        &format!("{site}path=a/b\nusername=u\npassword=p\npassword_expiry_utc=9999999999\noauth_refresh_token=xyzzy\n"),
    );
    desk.get(format!("{site}path=other\n")).misses_in_silence();
    let answer = desk.get(format!("{site}path=a/b\n"));
    assert_eq!(answer.out, "username=u\npassword=p\noauth_refresh_token=xyzzy\npassword_expiry_utc=9999999999\n");
    stored(&desk, &format!("{site}username=\npassword=\n"));
    assert_eq!(desk.get(format!("{site}username=\n")).value("password"), Some(""));
    stored(&desk, &format!("{site}capability[]=authtype\nauthtype=Bearer\ncredential=t\n"));
    let bearer = desk.get(format!("{site}capability[]=authtype\nusername=\n"));
    assert_eq!(bearer.value("credential"), None, "{bearer:?}");
    erased(&desk, site);
    desk.get(format!("{site}capability[]=authtype\n")).misses_in_silence();
}
