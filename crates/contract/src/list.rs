//! The list of all promises, and how each becomes a test. A promise that is not on it fails a test of this crate.

/// Makes every promise of a list a test, in a module for each room.
#[doc(hidden)]
#[macro_export]
macro_rules! promises {
    ($given:path => $port:ident: $($room:ident { $($promise:ident)* })*) => {$(
        mod $room {$(
            #[tokio::test]
            async fn $promise() {
                let given = $given().await;
                $crate::$port::$room::$promise(given.port()).await;
            }
        )*}
    )*};
}

/// Every promise of a store as a test. `given` is the path of an `async fn() -> Given<dyn Store>`: a fresh store, its
/// schema up to date, with nothing in it.
#[macro_export]
macro_rules! store_promises {
    ($given:path) => {
        $crate::promises! { $given => store:
            assets {
                invariant_1_a_blob_is_recorded_once_and_never_changes
                facts_read_back_as_they_were_measured
                facts_are_of_one_way_of_reading_and_one_version_and_the_same_again_replaces_them
                renditions_read_back_by_recipe_and_the_same_again_replaces_one
            }
            assignments {
                an_assignment_reads_back_as_it_was_written
                a_creative_is_in_use_once_in_a_package_and_again_after_it_ended
                an_assignment_ends_once_and_keeps_when
                assignments_come_newest_first_and_narrow_by_creative_package_buy_and_use
                the_same_creative_put_to_use_twice_at_once_is_in_use_once
            }
            creatives {
                a_creative_reads_back_as_it_was_written
                every_state_of_a_creative_reads_back
                a_save_keeps_everything_that_may_change
                a_stale_creative_is_refused_and_nothing_is_written
                several_creatives_are_read_at_once_as_they_are
                a_creative_is_found_by_its_external_id
                an_external_id_is_unique_in_its_account_and_free_in_another
                two_that_put_in_the_same_external_id_at_once_make_one
                a_kind_never_changes_and_an_approval_stays_with_its_revision
            }
            idempotency {
                every_outcome_reads_back_as_it_was
                invariant_5_a_key_is_taken_once_by_each_who_asks
                invariant_5_an_outcome_is_kept_with_its_change_or_not_at_all
                invariant_5_a_request_that_comes_twice_at_once_is_done_once
                outcomes_are_forgotten_when_they_are_old
            }
            jobs {
                a_job_comes_back_as_it_was_written
                the_job_that_is_due_longest_comes_first_and_none_before_it_is_due
                a_job_is_held_until_its_lease_ends
                a_job_is_free_while_it_is_due_and_nobody_holds_it
                the_lease_of_a_job_fences_a_late_worker
                a_lease_that_is_renewed_holds_for_longer_and_only_its_own
                a_worker_that_is_late_but_not_replaced_may_finish
                a_job_that_is_given_back_is_tried_again_when_it_is_due
                the_backlog_counts_what_is_kept_and_since_when_it_is_due
                two_workers_never_hold_one_job
            }
            journal {
                invariant_7_recording_an_event_writes_its_audit_line_and_its_outbox_row
                the_history_of_a_creative_is_its_events_by_sequence
                a_sequence_number_and_an_event_are_written_once
                the_audit_log_reads_back_newest_first_and_a_line_is_never_written_over
                the_audit_log_of_the_installation_is_apart_from_those_of_accounts
            }
            listing {
                a_list_narrows_by_concept
                a_list_narrows_by_kind
                a_list_narrows_by_a_format_of_the_newest_revision
                a_list_narrows_by_status_as_everybody_is_told_it
                a_list_narrows_by_label
                a_list_narrows_by_when_it_was_made_and_when_it_changed
                everything_that_is_asked_of_a_list_must_hold
                a_list_is_in_the_order_asked_for
                an_empty_list_is_one_empty_page
            }
            outbox {
                places_grow_and_keep_the_order_of_each_creative
                an_event_gets_one_place_for_ever
                published_events_are_read_from_a_place_on
                the_newest_place_and_the_oldest_that_waits_are_told
                publishing_that_was_undone_leaves_the_events_waiting
                relays_at_the_same_time_give_no_place_and_no_event_twice
                an_event_that_comes_while_others_are_published_waits_for_the_next_time
                one_relay_at_a_time_tells_until_it_gives_back_or_its_time_is_over
                a_relay_that_is_late_is_fenced
                what_was_not_told_is_read_over_all_accounts_with_its_trace
                what_changed_is_told_before_it_has_a_place_and_after
            }
            paging {
                a_last_page_that_is_full_names_no_next_one
                the_id_decides_among_equals_and_no_page_loses_one_of_them
                what_stays_in_its_place_is_listed_once_while_others_come_and_move
                a_place_outlives_the_row_that_it_was_taken_at
                as_many_as_a_page_may_hold_fit_on_it
            }
            people {
                a_user_reads_back_as_they_were_written
                a_login_is_taken_once
                saving_a_user_replaces_everything_grants_included
                a_one_time_token_finds_its_user_until_it_is_taken_away
                all_users_and_the_members_of_an_account_come_by_login
                an_api_key_reads_back_as_it_was_written
                an_api_key_is_taken_back_once_and_keeps_when
                a_refresh_token_reads_back_as_it_was_written
                a_refresh_token_is_used_once
                a_refresh_token_that_is_used_by_many_at_once_is_used_once
                a_family_ends_as_a_whole_and_no_other_with_it
                refresh_tokens_are_forgotten_once_they_expired
            }
            queue {
                the_longest_waiting_comes_first
                only_what_can_be_decided_on_waits
                a_change_of_metadata_loses_nobody_their_place
                a_newer_revision_waits_from_when_it_came
                the_oldest_waiting_of_all_accounts_is_told
            }
            revisions {
                a_revision_reads_back_as_it_was_written
                a_number_is_taken_once
                revisions_come_newest_first
                invariant_1_nothing_of_a_revision_changes_but_its_state
                invariant_1_a_step_of_one_revision_moves_no_other
                a_revision_that_is_not_there_does_not_move
                a_check_run_reads_back_as_it_was_written_and_the_newest_counts
                reviews_read_back_as_they_were_written_oldest_first
            }
            scope {
                a_concept_of_another_account_is_not_found
                a_creative_of_another_account_is_not_found
                creatives_of_another_account_are_not_listed_whatever_is_asked
                the_queue_of_an_account_holds_its_own_creatives_only
                revisions_check_runs_and_reviews_of_another_account_are_not_found_and_do_not_move
                a_check_run_under_another_account_does_not_become_the_newest
                assignments_of_another_account_are_not_found_and_do_not_end
                invariant_6_a_record_of_bytes_tells_nothing_of_another_accounts
                events_and_audit_lines_of_another_account_are_not_read
                keys_and_members_of_another_account_are_not_found
            }
            search {
                words_are_found_by_their_beginning_whatever_their_case
                accents_and_width_do_not_matter
                chinese_japanese_and_korean_are_found_by_any_run
                marks_that_a_database_reads_as_patterns_find_nothing_more
                labels_external_ids_and_texts_are_found_as_well
                a_creative_is_found_by_what_it_says_now
                what_is_found_comes_in_the_order_asked_for
            }
            tenancy {
                an_account_reads_back_as_it_was_written
                the_same_account_twice_is_a_duplicate
                an_account_is_saved_over_the_version_before_it_and_a_stale_save_is_refused
                accounts_come_by_id_all_or_only_those_asked_for
                a_concept_reads_back_as_it_was_written_and_once
                a_stale_concept_is_refused
                concepts_come_newest_first
            }
            units {
                a_store_with_its_schema_answers
                what_was_committed_is_there
                a_unit_of_work_sees_what_it_wrote_and_nobody_else_does_before_its_commit
                invariant_7_dropping_a_unit_of_work_undoes_everything
                a_refusal_in_the_middle_leaves_nothing_of_its_unit_of_work_behind
                a_look_shows_one_moment_and_a_peek_what_is_there_now
                a_unit_of_work_for_looking_writes_nothing
                what_a_unit_of_work_for_changing_got_stays_as_it_was_until_it_commits
                many_units_of_work_at_once_all_get_their_turn
                a_worker_that_is_dropped_gives_back_what_it_claimed
            }
        }
    };
}

/// Every promise of a place for bytes as a test. `given` is the path of an `async fn() -> Given<dyn Blobs>`: an empty
/// one.
#[macro_export]
macro_rules! blobs_promises {
    ($given:path) => {
        $crate::promises! { $given => blobs:
            coming_in {
                bytes_are_kept_under_their_hash_whatever_pieces_they_come_in
                no_bytes_at_all_are_a_blob_as_well
                a_stream_is_taken_in_one_pass
                invariant_1_the_same_bytes_again_are_kept_once_and_stay_as_they_were
                the_same_bytes_from_many_at_once_are_kept_whole
                bytes_that_hash_to_what_was_announced_are_taken_and_others_leave_nothing
                as_many_bytes_as_are_allowed_are_taken_and_one_more_leaves_nothing
                a_stream_that_is_too_large_is_not_read_to_its_end
                an_upload_that_is_cut_off_at_any_byte_leaves_nothing
                an_upload_whose_receiver_is_dropped_leaves_nothing
                a_failed_upload_leaves_what_was_there_before
                invariant_6_bytes_that_another_account_holds_are_taken_whole_again
            }
            going_out {
                the_size_of_a_blob_is_told
                a_blob_that_was_never_put_in_is_not_found
                a_range_is_read_as_it_is_asked_for
                a_range_that_lies_outside_or_is_empty_is_refused_with_the_size
                many_read_at_once_and_each_gets_it_whole
                invariant_6_bytes_of_another_account_are_not_found
                a_blob_that_was_taken_away_is_gone_and_may_come_again
                a_sweep_takes_nothing_that_is_kept_however_late_it_comes
                a_link_is_to_what_is_there_and_differs_by_account_or_there_is_none
            }
        }
    };
}

/// Every promise of an event bus as a test. `given` is the path of an `async fn() -> Given<dyn Bus>`: one that nobody
/// listens to yet, with room for at most `bus::MOST_ROOM` events.
#[macro_export]
macro_rules! bus_promises {
    ($given:path) => {
        $crate::promises! { $given => bus:
            listening {
                everybody_who_listens_hears_an_event_as_it_was_told
                events_are_heard_in_the_order_they_were_told
                who_listens_hears_nothing_from_before
                telling_is_no_fault_when_nobody_listens_or_somebody_left
                a_slow_listener_is_told_that_it_missed_some_and_hears_the_newest
            }
        }
    };
}

/// Every promise of a rate limit as a test. `given` is the path of an `async fn() -> Given<dyn RateLimit>`: one request
/// a second, and `limits::BURST` at once.
#[macro_export]
macro_rules! limits_promises {
    ($given:path) => {
        $crate::promises! { $given => limits:
            admission {
                who_used_up_its_burst_is_told_how_long_to_wait
                one_does_not_use_up_anothers_share
                a_request_that_was_refused_uses_nothing_up
            }
        }
    };
}
