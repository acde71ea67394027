//! Every row of the README's table has its stories, and every story named here is there.

use crate::stage::is_a_test;
use std::fs;

/// What stands in the first column, and the stories that show the row.
const ROWS: [(&str, &[&str]); 33] = [
    (
        "nothing special, 5.5 to 9",
        &[
            "access_tokens::a_password_makes_a_token_that_git_uses_and_is_forgotten",
            "access_tokens::a_token_that_ended_by_our_own_clock_is_not_sent",
            "refused::a_password_that_was_changed_costs_one_failure_in_git_and_no_more_from_programs_that_still_have_it",
            "refused::a_token_that_git_saw_refused_is_asked_about_once_and_kept_for_when_it_was_the_network",
        ],
    ),
    (
        "a limit on the life or the number of tokens",
        &[
            "access_tokens::the_servers_policy_binds_and_the_end_is_kept",
            "access_tokens::where_no_more_tokens_are_allowed_the_servers_words_are_shown_and_the_password_is_kept",
        ],
    ),
    ("no REST for tokens, or a server before 5.5", &["access_tokens::where_the_server_makes_none_the_page_is_named"]),
    (
        "tokens of a project or a repository",
        &["access_tokens::tokens_of_a_project_or_a_repository_work_and_end_at_the_price_of_one_try"],
    ),
    (
        "CAPTCHA after failed sign-ins",
        &[
            "captcha::every_form_is_named_with_its_page_and_holds_nothing_against_the_password",
            "captcha::git_shows_it_and_what_is_kept_stays",
            "captcha::a_password_that_is_wrong_everywhere_never_leads_to_it",
            "captcha::a_token_works_while_the_password_does_not",
        ],
    ),
    (
        "Basic authentication off (as 10 comes)",
        &[
            "basic_off::a_token_goes_as_bearer_where_git_can_and_else_the_remedy_is_named",
            "basic_off::a_password_is_not_kept_and_the_page_for_tokens_is_named",
            "basic_off::where_git_is_let_in_all_the_same_a_person_may_insist_on_a_password",
        ],
    ),
    ("single sign-on only, no link", &["single_sign_on::without_a_link_a_token_is_asked_for_and_its_page_is_shown"]),
    (
        "single sign-on only, with an incoming link",
        &["single_sign_on::with_a_link_the_browser_signs_in_and_nothing_is_typed"],
    ),
    (
        "a gateway with a sign-in of its own",
        &["front_doors::a_gateway_with_a_sign_in_of_its_own_is_named_and_hears_no_secret"],
    ),
    ("a gateway that lets secrets pass", &["front_doors::a_gateway_that_lets_secrets_pass_lets_tokens_pass"]),
    (
        "a proxy that takes the secret away",
        &["front_doors::a_proxy_that_keeps_the_secret_proves_nothing_and_deletes_nothing"],
    ),
    (
        "a proxy or container that signs everybody in",
        &["front_doors::a_proxy_that_signs_everybody_in_is_found_out_and_its_user_is_named"],
    ),
    ("session and remember-me cookies", &["front_doors::cookies_that_the_server_hands_out_are_neither_kept_nor_sent"]),
    (
        "two-step verification",
        &[
            "two_step::a_password_leads_to_a_token_and_a_token_works",
            "two_step::where_it_looks_like_a_wrong_password_it_costs_one_failure",
        ],
    ),
    ("approval on a phone for pushes", &["phone::where_pushes_are_guarded_a_push_rings_once_and_nothing_else_does"]),
    (
        "approval on a phone for reads as well",
        &[
            "phone::where_reads_are_guarded_too_each_command_rings_as_often_as_the_plug_in_asks",
            "phone::a_token_made_at_the_sign_in_never_rings_which_is_what_background_fetches_need",
        ],
    ),
    ("approval that is remembered for a time", &["phone::an_approval_that_is_remembered_rings_once_for_all_of_it"]),
    ("approval that guards tokens like passwords", &["phone::where_tokens_are_guarded_like_passwords_bearer_is_not"]),
    ("approval that guards REST as well", &["phone::while_a_sign_in_is_held_the_terminal_says_to_look_at_the_phone"]),
    ("REST closed to passwords", &["phone::where_rest_is_closed_to_passwords_git_is_the_judge"]),
    ("a no on the phone", &["phone::a_no_on_the_phone_ends_the_command_and_only_a_clear_401_takes_the_password_along"]),
    (
        "trusted addresses, users without a phone",
        &[
            "phone::nobody_is_asked_at_a_trusted_address",
            "phone::whoever_has_no_phone_gets_in_by_password_or_is_told_why_not",
        ],
    ),
    ("a token plug-in", &["token_plugin::its_tokens_work_in_either_way_and_end_at_the_price_of_one_failure"]),
    ("… one way of sending closed", &["token_plugin::a_way_that_is_closed_is_found_out_at_the_sign_in"]),
    (
        "… read-only tokens",
        &["token_plugin::a_token_that_only_reads_is_told_apart_at_the_sign_in_and_survives_the_push_that_fails"],
    ),
    ("… address ranges", &["token_plugin::a_refusal_for_the_address_deletes_nothing_in_whatever_words_it_comes"]),
    (
        "… password sign-in off",
        &["token_plugin::with_passwords_off_the_servers_words_are_shown_and_tokens_of_either_kind_work"],
    ),
    (
        "LDAP, names of any kind",
        &[
            "ldap::names_of_every_kind_sign_in_and_are_kept_as_the_server_writes_them",
            "ldap::a_name_with_an_at_sign_works_in_an_address_and_git_itself_fails_once_with_nothing",
            "ldap::a_password_that_was_changed_in_the_directory_costs_one_failure",
        ],
    ),
    (
        "LDAP, slow or silent",
        &[
            "ldap::a_slow_directory_is_waited_for_and_a_silent_one_refuses_nobody",
            "ldap::an_answer_that_takes_longer_than_we_wait_refuses_nobody_either",
        ],
    ),
    (
        "LDAP, a person was renamed",
        &[
            "ldap::a_renamed_persons_token_goes_on_under_the_new_name",
            "ldap::a_renamed_persons_password_leads_to_a_sign_in_that_explains_itself",
        ],
    ),
    ("servers from 5.5 to 10", &["ages::servers_of_every_age_let_tokens_in_and_passwords_where_they_do"]),
    (
        "plain http, a port, a context path",
        &["ages::plain_http_on_a_port_and_under_a_path_works_by_permission_and_not_without"],
    ),
    (
        "a certificate for each client, a CA of the company's",
        &[
            "ages::a_server_that_wants_the_companys_certificate_gets_gits_own",
            "ages::a_ca_of_the_companys_own_is_trusted_by_gits_own_setting_alone",
        ],
    ),
];

/// The first column, without head and rule.
fn first_column(readme: &str) -> Vec<String> {
    let table = readme.split("## What your administrator may have installed").nth(1).expect("the table");
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| Some(row.split('|').nth(1)?.trim().to_owned())).collect()
}

#[test]
fn every_row_has_its_stories() {
    let readme = fs::read_to_string("README.md").expect("text");
    assert_eq!(first_column(&readme), ROWS.map(|(row, _)| row));
    for story in ROWS.iter().flat_map(|(_, stories)| *stories) {
        assert!(is_a_test(&format!("on_premise::{story}")), "{story}");
    }
}
