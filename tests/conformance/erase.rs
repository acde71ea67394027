//! What is forgotten. Rows 91–100.

use super::{CLOUD, TOKEN, desk, erased, is_alices, lines, store, stored};
use crate::stage::Desk;

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
fn a_secret_that_took_the_place_of_the_refused_one_stays() {
    // 93
    let desk = desk();
    store(&desk, "alice", "the-new-one");
    erased(&desk, &lines(&format!("username=alice\npassword={TOKEN}\n")));
    assert_eq!(desk.get(CLOUD).value("password"), Some("the-new-one"));
}

#[test]
fn an_erase_without_a_secret_forgets_a_password_and_doubts_a_token() {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
    let server = "protocol=https\nhost=git.corp.example\n";
    for (extra, names) in [("username=alice\n", ["bob"].as_slice()), ("", &[])] {
        // 94, 95: passwords go, all of those that match
        stored(&desk, &format!("{server}username=alice\npassword=p1\n"));
        stored(&desk, &format!("{server}username=bob\npassword=p2\n"));
        erased(&desk, &format!("{server}{extra}"));
        let accounts = desk.helper(&["accounts"], "").succeeds().out;
        assert_eq!(["alice", "bob"].into_iter().filter(|name| accounts.contains(name)).collect::<Vec<_>>(), names);
    }
    // a token that a person made stays, and is asked about before it is given out again; there is no network here
    stored(&desk, &format!("{server}username=alice\npassword=BBDC-canary\n"));
    erased(&desk, &format!("{server}username=alice\n"));
    let status = desk.helper(&["status", "--offline"], "");
    assert!(status.out.contains("to be checked at the next use"), "{}", status.out);
    let answer = desk.get(server);
    assert_eq!(answer.out, "", "{answer:?}");
}

#[test]
fn a_bearer_credential_is_erased_if_it_is_the_one_that_is_kept() {
    // 97; what a person made is asked about before it goes, and there is no network here
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n\tauthScheme = bearer\n");
    let server = "protocol=https\nhost=git.corp.example\n";
    stored(&desk, &format!("{server}username=alice\npassword=BBDC-canary\n"));
    erased(&desk, &format!("{server}capability[]=authtype\nauthtype=Bearer\ncredential=other\n"));
    assert_eq!(desk.get(server).value("password"), Some("BBDC-canary"));
    erased(&desk, &format!("{server}capability[]=authtype\nauthtype=Bearer\ncredential=BBDC-canary\n"));
    desk.get(server).misses_saying("cannot reach");
}

#[test]
fn a_wrong_password_in_an_address_costs_no_entry() {
    // 99: git erases what the address held, without having asked
    let desk = desk();
    for name in ["alice", "mallory", "x-token-auth"] {
        erased(&desk, &lines(&format!("username={name}\npassword=from-the-address\n")));
    }
    is_alices(desk.get(CLOUD));
}
