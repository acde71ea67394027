//! What a request may look like. Rows 1–19, 43, 47–52, 71–73.

use super::{CLOUD, desk, is_alices, lines};

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
fn an_address_counts_as_its_parts_and_replaces_what_stood_before() {
    let desk = desk();
    is_alices(desk.get("url=https://alice@bitbucket.org/ws/r.git\n"));
    is_alices(desk.get("username=bob\nurl=https://bitbucket.org/\n"));
    for bad in ["url=bitbucket.org\n", "url=https:///x\n", "url=https://a%0ab@bitbucket.org/\n"] {
        desk.get(bad).refuses();
    }
}
