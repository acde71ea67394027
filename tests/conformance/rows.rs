//! The table of edge cases that this project began with, and the tests that hold each of its rows: nothing is left out, and
//! every test that is named exists.

use crate::stage::is_a_test;

/// From row, to row, and the tests; those of this room are named without it.
const ROWS: &[(u32, u32, &[&str])] = &[
    (1, 4, &["parsing::a_request_ends_with_a_blank_line_or_without_one_or_in_the_middle_of_a_line"]),
    (5, 9, &["parsing::a_carriage_return_a_nul_or_a_line_without_equals_is_refused_and_not_repeated"]),
    (10, 11, &["parsing::unknown_keys_and_values_with_equals_are_passed_over"]),
    (12, 17, &["parsing::a_request_that_names_no_host_or_no_protocol_gets_nothing"]),
    (18, 19, &["parsing::two_hosts_are_refused_and_the_same_one_twice_is_not"]),
    (20, 22, &["hosts::only_https_in_lower_case_reaches_the_cloud"]),
    (23, 24, &["hosts::every_spelling_of_the_cloud_is_the_cloud"]),
    (25, 30, &["hosts::every_other_host_is_a_silent_miss"]),
    (31, 31, &["hosts::a_port_and_brackets_of_a_configured_data_center_survive"]),
    (32, 32, &["hosts::a_data_center_under_a_context_path_is_found_with_and_without_the_path"]),
    (33, 33, &["hosts::a_servers_header_releases_nothing_where_nobody_can_be_asked"]),
    (34, 34, &["accounts::a_named_account_is_that_account_or_nobody"]),
    (
        35,
        37,
        &[
            "accounts::a_named_account_is_that_account_or_nobody",
            "accounts::a_username_selects_its_account_whatever_its_case",
        ],
    ),
    (38, 38, &["accounts::the_fixed_name_of_tokens_gives_a_token_under_that_name"]),
    (39, 39, &["accounts::of_two_accounts_the_chosen_one_answers_each_time"]),
    (
        40,
        42,
        &[
            "accounts::a_rule_binds_whole_segments_and_refuses_a_path_of_two_meanings",
            "accounts::a_crooked_path_does_no_harm_where_nothing_depends_on_it",
        ],
    ),
    (43, 43, &["parsing::paths_headers_and_states_of_any_bytes_do_no_harm"]),
    (44, 46, &["answers::bearer_is_spoken_only_where_git_knows_it"]),
    (47, 47, &["parsing::unknown_keys_and_values_with_equals_are_passed_over"]),
    (48, 48, &["answers::bearer_is_spoken_only_where_git_knows_it"]),
    (49, 52, &["parsing::paths_headers_and_states_of_any_bytes_do_no_harm"]),
    (
        53,
        53,
        &[
            "answers::a_secret_that_was_refused_in_this_command_is_not_given_again",
            "healing::a_revoked_token_heals_within_the_same_fetch_and_the_same_push",
        ],
    ),
    (
        54,
        55,
        &[
            "healing::between_helpers::the_end_of_a_token_is_told_to_git_and_its_refresh_token_is_not",
            "answers::nothing_is_said_that_the_request_did_not_announce",
        ],
    ),
    (
        56,
        56,
        &[
            "healing::after_two_hours_a_fetch_asks_nobody",
            "healing::a_token_near_its_end_is_refreshed_and_nobody_notices",
        ],
    ),
    (57, 57, &["faults::oauth::a_refresh_in_get"]),
    (58, 58, &["healing::only_the_servers_clear_word_ends_a_sign_in"]),
    (59, 59, &["healing::a_sign_in_that_has_ended_leads_to_a_new_one_where_a_person_is"]),
    (60, 60, &["healing::between_helpers::a_refresh_token_from_the_helper_in_front_is_used_and_given_back"]),
    (61, 61, &["healing::between_helpers::a_refresh_token_for_a_server_without_a_client_is_sent_nowhere"]),
    (62, 62, &["parsing::unknown_keys_and_values_with_equals_are_passed_over"]),
    (63, 63, &["store::an_expiry_that_is_no_number_means_never"]),
    (64, 64, &["answers::a_stored_secret_with_a_line_end_is_named_and_not_given"]),
    (
        65,
        65,
        &[
            "cancel::a_cancelled_question_ends_the_command_with_quit",
            "browser::a_person_who_says_no_ends_the_command_and_is_not_asked_again",
        ],
    ),
    (66, 66, &["accounts::every_way_to_forbid_asking_is_heard"]),
    (
        67,
        67,
        &[
            "keyring::a_locked_keyring_is_called_locked_by_every_command",
            "keyring::a_keyring_that_is_there_and_never_answers_is_given_up",
            "keyring::a_session_without_a_bus_has_no_keyring_and_every_command_says_so_at_once",
        ],
    ),
    (68, 68, &["answers::an_answer_that_nobody_reads_ends_quietly"]),
    (69, 69, &["answers::after_a_blank_line_nobody_waits_for_the_end_of_input"]),
    (70, 70, &["healing::sixty_four_processes_on_an_expired_token_refresh_it_once_and_answer_alike"]),
    (71, 73, &["parsing::an_address_counts_as_its_parts_and_replaces_what_stood_before"]),
    (74, 74, &["answers::every_key_that_leaves_us_is_one_of_eleven"]),
    (75, 75, &["store::our_own_answer_back_writes_nothing", "store::our_own_bearer_answer_back_writes_nothing"]),
    (76, 76, &["store::somebody_elses_secret_is_kept_although_our_state_rides_along"]),
    (77, 77, &["store::a_second_secret_of_one_account_takes_the_place_of_the_first"]),
    (78, 78, &["store::what_is_incomplete_strange_ephemeral_or_over_is_not_stored"]),
    (
        79,
        79,
        &[
            "every_helper::an_empty_name_with_an_empty_password_is_a_credential",
            "store::a_bearer_credential_of_nobody_is_kept_for_plain_sites_only",
        ],
    ),
    (80, 82, &["store::what_is_incomplete_strange_ephemeral_or_over_is_not_stored"]),
    (
        83,
        83,
        &[
            "every_helper::when_a_password_ends_is_kept_with_it_and_replaced_with_it",
            "every_helper::a_refresh_token_is_kept_beside_its_password",
            "store::an_expiry_comes_back_and_a_refresh_token_that_is_not_ours_does_not",
        ],
    ),
    (
        84,
        84,
        &[
            "store::neither_form_is_kept_where_it_is_ephemeral",
            "every_helper::what_is_ephemeral_is_not_kept_in_either_form",
        ],
    ),
    (
        85,
        85,
        &[
            "store::a_bearer_credential_of_nobody_is_kept_for_plain_sites_only",
            "every_helper::a_bearer_token_is_given_to_whoever_can_use_it_and_to_nobody_else",
        ],
    ),
    (86, 86, &["store::a_password_beside_a_leftover_authtype_is_a_password"]),
    (87, 87, &["store::our_own_answer_back_writes_nothing"]),
    (88, 88, &["store::an_expiry_comes_back_and_a_refresh_token_that_is_not_ours_does_not"]),
    (89, 89, &["store::every_byte_of_a_secret_comes_back", "store::every_byte_is_in_the_answer_as_it_was_stored"]),
    (90, 90, &["store::a_store_that_is_killed_leaves_the_old_or_the_new"]),
    (91, 92, &["erase::an_erase_forgets_the_secret_it_names_and_no_other"]),
    (
        93,
        93,
        &[
            "erase::a_secret_that_took_the_place_of_the_refused_one_stays",
            "healing::erasing_a_token_that_was_refreshed_meanwhile_leaves_the_new_one",
        ],
    ),
    (
        94,
        95,
        &[
            "erase::an_erase_without_a_secret_forgets_a_password_and_doubts_a_token",
            "erase::an_erase_that_git_cut_short_loses_no_token_that_a_person_made",
            "every_helper::a_rejected_host_is_forgotten_with_everybody_there",
        ],
    ),
    (96, 96, &["erase::an_erase_without_host_or_protocol_forgets_nothing"]),
    (97, 97, &["erase::a_bearer_credential_is_erased_if_it_is_the_one_that_is_kept"]),
    (98, 98, &["healing::an_erase_of_the_current_token_costs_one_question_to_the_server_and_no_sign_in"]),
    (99, 99, &["erase::a_wrong_password_in_an_address_costs_no_entry"]),
    (100, 100, &["erase::an_erase_of_nothing_is_silent"]),
    (101, 101, &["operations::an_operation_of_a_later_git_is_passed_over_in_silence"]),
    (102, 102, &["operations::nothing_at_all_is_wrong_usage"]),
    (
        103,
        103,
        &[
            "operations::capabilities_are_told_without_reading",
            "operations::capabilities_are_told_while_stdin_stays_open",
        ],
    ),
    (104, 104, &["healing::a_revoked_token_heals_within_the_same_fetch_and_the_same_push"]),
    (105, 105, &["healing::a_refusal_without_a_challenge_costs_no_sign_in"]),
    (
        106,
        106,
        &[
            "clone::a_push_that_the_token_may_not_make_does_not_cost_the_token",
            "healing::a_repository_that_is_closed_to_the_account_costs_no_token",
        ],
    ),
    (107, 107, &["attacks::h7_where_a_redirect_or_a_rewritten_address_leads_no_secret_follows"]),
    (108, 108, &["clone::a_public_repository_that_is_asked_about_in_advance_leads_to_no_question"]),
    (109, 109, &["clone::a_username_in_the_address_is_served_with_its_own_token"]),
    (110, 110, &["bearer::a_push_of_more_than_a_mebibyte_works_though_git_leaves_bearer_out_of_its_probe"]),
    (111, 111, &["healing::between_helpers::a_helper_that_keeps_everything_it_hears_hears_no_refresh_token"]),
    (112, 112, &["stage::canaries::a_story_that_lets_a_secret_out_fails"]),
];

#[test]
fn each_of_the_hundred_and_twelve_rows_has_a_test() {
    let mut next = 1;
    for (first, last, tests) in ROWS {
        assert!(*first == next && last >= first && !tests.is_empty(), "row {next}");
        next = last + 1;
        for test in *tests {
            assert!(is_a_test(test) || is_a_test(&format!("conformance::{test}")), "row {first}: {test}");
        }
    }
    assert_eq!(next, 113);
}
