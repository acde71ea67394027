//! Refresh tokens between helpers: what we take from the one before us, and what the ones behind us hear of ours.

use super::*;

#[test]
fn the_end_of_a_token_is_told_to_git_and_its_refresh_token_is_not() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = alice(&sandbox, 7200);
    let answer = desk.get(format!("{CLOUD}capability[]=authtype\ncapability[]=state\n")).succeeds();
    assert!(answer.value("password_expiry_utc").is_some() && answer.value("continue") == Some("1"), "{answer:?}");
    assert_eq!(answer.value("oauth_refresh_token"), None);
    let plain = desk.get(CLOUD).succeeds();
    assert_eq!((plain.value("state[]"), plain.value("continue")), (None, None));
}

#[test]
fn a_refresh_token_from_the_helper_in_front_is_used_and_given_back() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with_clients(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none");
    let refresh = granted(&sandbox);
    let request = format!("{CLOUD}username=alice\noauth_refresh_token={refresh}\n");
    let answer = desk.get(&request).succeeds();
    assert_eq!(answer.value("username"), Some("alice"));
    assert!(answer.value("password").is_some(), "{answer:?}");
    let end: u64 = answer.value("password_expiry_utc").expect("an end").parse().expect("a number");
    assert!((end - 7200).abs_diff(sandbox.now()) < 600, "{answer:?}");
    assert!(answer.value("oauth_refresh_token").is_some_and(|next| next != refresh), "{answer:?}");
}

#[test]
fn a_refresh_token_for_a_server_without_a_client_is_sent_nowhere() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none").with("GIT_TERMINAL_PROMPT", "0");
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
    for host in ["git.corp.example", "bitbucket.org", "evil.example"] {
        let answer = desk.get(format!("protocol=https\nhost={host}\noauth_refresh_token=canary\n"));
        assert_eq!((answer.code, answer.out.as_str()), (0, ""), "{answer:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_refresh_token_is_not_sent_to_a_stranger_though_a_client_is_known_for_every_site() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.configure("[bitbucket]\n\toauthClientId = anybody\n");
    let realm = "wwwauth[]=Basic realm=\"Atlassian Bitbucket\"\n";
    let answer = desk.get(format!("protocol=https\nhost=code.corp.example\n{realm}oauth_refresh_token=canary\n"));
    assert_eq!((answer.code, answer.out.as_str()), (0, ""), "{answer:?}");
    desk.get(format!("{CLOUD}oauth_refresh_token=\n"));
    assert!(sandbox.requests().iter().all(|seen| seen.method != "POST"), "{:?}", sandbox.requests());
}

#[test]
fn where_nothing_is_kept_the_refresh_token_goes_to_git_with_the_access_token() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none");
    let (answer, _) = browser.consents(&sandbox, || desk.get(CLOUD));
    assert!(answer.value("password").is_some() && answer.value("oauth_refresh_token").is_some(), "{answer:?}");
}

#[test]
fn what_another_helper_says_of_her_takes_no_browser_sign_in_away() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = alice(&sandbox, 7200);
    let ours = desk.get(CLOUD).succeeds().out;
    desk.helper(&["store"], format!("{CLOUD}username=alice\npassword={}\n", seeds::API_TOKEN)).succeeds();
    assert_eq!(desk.get(CLOUD).succeeds().out, ours);
}

#[test]
fn git_itself_passes_on_a_refresh_token_of_a_helper_in_front() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with_clients(&sandbox).with_git(&newest_git());
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none");
    let refresh = granted(&sandbox);
    let front = format!(
        "!f() {{ test \"$1\" = get && printf 'username=alice\\npassword=old\\npassword_expiry_utc=1\\noauth_refresh_token={refresh}\\n'; }}; f"
    );
    let first = format!("credential.helper={front}");
    let helper = format!("credential.helper={}", crate::stage::HELPER);
    desk.git(&["-c", "credential.helper=", "-c", &first, "-c", &helper, "clone", APP, "one"]).succeeds();
    assert_eq!(counts(&sandbox).refreshes, 1);
}

#[test]
fn gits_own_cache_in_front_keeps_the_tokens_and_hands_the_refresh_token_back() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with_clients(&sandbox).with_git(&newest_git());
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none");
    let refresh = granted(&sandbox);
    let expired =
        format!("{CLOUD}username=alice\npassword=old\npassword_expiry_utc=1\noauth_refresh_token={refresh}\n");
    desk.git_with(&["credential-cache", "store"], &expired).succeeds();
    let helper = format!("credential.helper={}", crate::stage::HELPER);
    let configured = ["-c", "credential.helper=", "-c", "credential.helper=cache", "-c", &helper];
    desk.git(&[&configured[..], &["clone", APP, "one"]].concat()).succeeds();
    desk.git(&[&configured[..], &["clone", APP, "two"]].concat()).succeeds();
    desk.git(&["credential-cache", "exit"]);
    assert_eq!(counts(&sandbox).refreshes, 1, "the second clone is the cache's alone");
}

#[test]
fn a_helper_that_keeps_everything_it_hears_hears_no_refresh_token() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = alice(&sandbox, 7200);
    let desk = desk.with_git(&newest_git());
    desk.configure("[credential]\n\thelper = store\n\thelper = \"!cat >>secrets; :\"\n");
    desk.git(&["clone", APP, "one"]).succeeds();
    let [kept, heard] =
        [".git-credentials", "secrets"].map(|name| std::fs::read_to_string(desk.home().join(name)).expect("a store"));
    let token = desk.get(CLOUD).value("password").expect("a token").to_owned();
    assert!(kept.contains(&token) && heard.contains(&format!("password={token}\n")), "{kept}{heard}");
    let secrets = sandbox.cloud(|cloud| cloud.oauth.secrets());
    let others: Vec<_> = secrets.iter().filter(|secret| **secret != token).collect();
    assert!(others.len() >= 2, "a code and a refresh token at least");
    assert!(!others.iter().any(|secret| kept.contains(*secret) || heard.contains(*secret)), "{kept}{heard}");
}
