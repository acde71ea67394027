//! What is kept. Rows 63, 75–90.

use super::{CLOUD, TOKEN, desk, erased, is_alices, is_nobodys, lines, store, stored};
use crate::stage::{Desk, HELPER};
use bitbucket_sandbox::{Sandbox, seeds};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
    stored(&desk, &format!("{site}username=\npassword=canary-without-a-name\n"));
    assert_eq!(desk.get(format!("{site}username=\n")).value("password"), Some(""));
    stored(&desk, &format!("{site}capability[]=authtype\nauthtype=Bearer\ncredential=t\n"));
    let bearer = desk.get(format!("{site}capability[]=authtype\nusername=\n"));
    assert_eq!(bearer.value("credential"), None, "{bearer:?}");
    erased(&desk, site);
    desk.get(format!("{site}capability[]=authtype\n")).misses_in_silence();
}

#[test]
fn an_erase_at_a_plain_site_forgets_the_secret_it_names_and_no_other() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://example.com\"]\n\tsignIn = never\n");
    let site = "protocol=https\nhost=example.com\nusername=u\n";
    let (basic, bearer) = (format!("{site}password=p\n"), format!("{site}authtype=Bearer\ncredential=t\n"));
    let get = |capability: &str| desk.get(format!("{site}{capability}"));
    for one in [&basic, &bearer] {
        stored(&desk, one);
    }
    for other in ["password=q\n", "authtype=Bearer\ncredential=s\n"] {
        erased(&desk, &format!("{site}{other}"));
    }
    assert_eq!(get("").value("password"), Some("p"));
    erased(&desk, &basic);
    get("").misses_in_silence();
    assert_eq!(get("capability[]=authtype\n").value("credential"), Some("t"), "the other form is another entry");
    erased(&desk, &bearer);
    get("capability[]=authtype\n").misses_in_silence();
}

#[test]
fn a_plain_site_that_is_told_the_same_again_writes_nothing() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://example.com\"]\n\tsignIn = never\n");
    let record = || {
        let mut files = std::fs::read_dir(desk.data().join("records")).expect("records");
        // a file that is written is another file
        files.next().expect("one").expect("read").metadata().expect("known").ino()
    };
    let keep = |password: &str| {
        stored(&desk, &format!("protocol=https\nhost=example.com\nusername=u\npassword={password}\n"));
        record()
    };
    let first = keep("one");
    assert_eq!(keep("one"), first);
    assert_ne!(keep("two"), first);
}

#[test]
fn what_was_doubted_and_then_worked_is_given_out_without_another_question() {
    let sandbox = Sandbox::start();
    for is_well_again in [&["store"][..], &["status"]] {
        let desk = Desk::at(&sandbox);
        let email = seeds::ALICE_EMAIL;
        desk.signs_in("bitbucket.org", &["--username", email], seeds::API_TOKEN).succeeds();
        let answer = desk.get(CLOUD);
        erased(&desk, &lines(&answer.out));
        desk.helper(is_well_again, lines(&answer.out)).succeeds();
        sandbox.clear_log();
        assert_eq!(desk.get(CLOUD).value("password"), answer.value("password"));
        assert!(sandbox.api_requests().is_empty(), "after {is_well_again:?}");
    }
}

#[test]
fn where_a_token_without_a_profile_worked_is_remembered_once_and_only_of_a_whole_repository() {
    let desk = Desk::alone();
    let works_at = || {
        let index = std::fs::read(desk.data().join("accounts.json")).expect("an index");
        let index: serde_json::Value = serde_json::from_slice(&index).expect("JSON");
        index["sites"]["https://bitbucket.org"]["accounts"][0]["works_at"].as_str().map(str::to_owned)
    };
    let token = "username=x-bitbucket-api-token-auth\npassword=ATATT-of-nobody-known\n";
    for (place, expected) in [
        ("path=acme/app/deeper.git\n", None),
        ("path=acme\n", None),
        ("path=acme//\n", None),
        ("path=acme/app.git\n", Some("acme/app")),
        ("path=acme/lib.git\n", Some("acme/app")),
    ] {
        stored(&desk, &lines(&format!("{place}{token}")));
        assert_eq!(works_at().as_deref(), expected, "{place}");
    }
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("x-bitbucket-api-token-auth  API token"), "it answers for any place: {accounts}");
}

#[test]
fn somebody_elses_secret_is_kept_although_our_state_rides_along() {
    // 76: the mark survives when a later helper supplied the real one
    let desk = desk();
    let state = desk.get(lines("capability[]=state\n")).value("state[]").expect("a state").to_owned();
    stored(&desk, &lines(&format!("username=alice\npassword=another\nstate[]={state}\n")));
    assert_eq!(desk.get(CLOUD).value("password"), Some("another"));
}

#[test]
fn an_expiry_comes_back_and_a_refresh_token_that_is_not_ours_does_not() {
    // 83 for a Bitbucket, 88: every other helper would hear it; sites of `signIn = never` give both back
    let desk = Desk::alone();
    let foreign = "username=alice\npassword=ATATT-pasted\npassword_expiry_utc=9999999999\noauth_refresh_token=xyzzy\n";
    stored(&desk, &lines(foreign));
    let answer = desk.get(CLOUD);
    assert_eq!(answer.out, "username=alice\npassword=ATATT-pasted\npassword_expiry_utc=9999999999\n");
}

#[test]
fn neither_form_is_kept_where_it_is_ephemeral() {
    // 84
    for secret in ["username=alice\npassword=x\n", "username=alice\nauthtype=Bearer\ncredential=x\n"] {
        let desk = Desk::alone();
        stored(&desk, &lines(&format!("capability[]=authtype\nephemeral=1\n{secret}")));
        is_nobodys(&desk);
    }
}

#[test]
fn a_bearer_credential_of_nobody_is_kept_for_plain_sites_only() {
    // 79, 85: at a Bitbucket an account has a name
    let desk = Desk::alone();
    stored(&desk, &lines("capability[]=authtype\nauthtype=Bearer\ncredential=t\n"));
    stored(&desk, &lines("username=\npassword=\n"));
    is_nobodys(&desk);
    desk.configure("[bitbucket \"https://example.com\"]\n\tsignIn = never\n");
    let site = "protocol=https\nhost=example.com\n";
    stored(&desk, &format!("{site}capability[]=authtype\nauthtype=Bearer\ncredential=t\n"));
    desk.get(site).misses_in_silence();
    let answer = desk.get(format!("{site}capability[]=authtype\n"));
    assert_eq!(answer.out, "capability[]=authtype\nauthtype=Bearer\ncredential=t\n");
}

#[test]
fn a_password_beside_a_leftover_authtype_is_a_password() {
    // 86
    let desk = Desk::alone();
    stored(&desk, &lines(&format!("authtype=Bearer\nusername=alice\npassword={TOKEN}\n")));
    is_alices(desk.get(lines("capability[]=authtype\n")));
}

#[test]
fn our_own_bearer_answer_back_writes_nothing() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n\tauthScheme = bearer\n");
    let site = "protocol=https\nhost=git.corp.example\n";
    stored(&desk, &format!("{site}username=alice\npassword=BBDC-canary\n"));
    let before = walk(&desk.data());
    let answer = desk.get(format!("{site}capability[]=authtype\ncapability[]=state\n"));
    stored(&desk, &format!("{site}{}", answer.out));
    let records = |files: Vec<(String, _)>| files.into_iter().filter(|(path, _)| !path.contains("/locks/")).collect();
    let (before, after): (Vec<_>, Vec<_>) = (records(before), records(walk(&desk.data())));
    assert_eq!(before, after);
}

#[test]
fn every_byte_is_in_the_answer_as_it_was_stored() {
    // 89
    let desk = Desk::alone();
    let secret = b" a=b \"c\" 'd' %41 \x80\xc3\xff ";
    desk.helper(&["store"], [CLOUD.as_bytes(), b"username=alice\npassword=", secret, b"\n"].concat()).succeeds();
    let expected = [b"username=alice\npassword=", &secret[..], b"\n"].concat();
    assert_eq!(desk.get(CLOUD).bytes, expected);
}

#[test]
fn a_store_that_is_killed_leaves_the_old_or_the_new() {
    // 90: killed a little later each time, from the first step to the last
    let desk = desk();
    for number in 0..40 {
        let secret = format!("{number}-{}", "x".repeat(8000));
        let mut command = Command::new(HELPER);
        command.arg("store").env_clear().env("HOME", desk.home()).env("PATH", "/usr/bin:/bin").current_dir(desk.home());
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let begun = Instant::now();
        let request = lines(&format!("username=alice\npassword={secret}\n"));
        child.stdin.take().expect("piped").write_all(request.as_bytes()).expect("written");
        while begun.elapsed() < Duration::from_micros(500 * number) && matches!(child.try_wait(), Ok(None)) {}
        // one that has ended already cannot be killed
        child.kill().and_then(|()| child.wait()).expect("it ends");
        let answer = desk.get(lines("username=alice\n"));
        let kept = answer.value("password").unwrap_or_else(|| panic!("{answer:?}"));
        let whole = kept.split_once('-').is_some_and(|(_, rest)| rest.len() == 8000);
        assert!(whole || kept == TOKEN, "{kept}");
    }
}
