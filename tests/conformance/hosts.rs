//! Which hosts are ours. Rows 20–33.

use super::{desk, is_alices, stored};
use crate::stage::Desk;

#[test]
fn the_password_of_a_client_certificates_key_is_not_ours_to_know() {
    // http.c, `cert_auth`: no host goes with it
    desk().get("protocol=cert\nhost=\npath=/home/alice/key.pem\n").misses_in_silence();
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
