"""What each act comes through, by the labels of `tests.faults.found`: seen to be so whenever the act is tried.

Whatever changes something stands here once, or among `EXEMPT` with the reason why not.
"""

from __future__ import annotations

FILES_ONLY = "deletes files, and no row says anything of them"
SHOWS = "takes a form and shows what it says, or leads on: nothing is written"
EXEMPT = {
    "page participation:anew": "takes a cookie away",
    "page password_change_done": SHOWS,
    "page research:setup": SHOWS,
    "page research:setup-rendered": SHOWS,
    "sweeper drop_closed_files": FILES_ONLY,
    "sweeper drop_interim": FILES_ONLY,
    "sweeper sweep_bundles": FILES_ONLY,
}
REACHES = {
    "adding_a_batch": (
        "page research:add-batch",
        "service studies.adding.add_batch",
        "service studies.adding.publish_batch",
    ),
    "adding_a_member": (
        "page research:add-member",
        "service studies.members.add_member",
    ),
    "analysing": (
        "job analysis",
        "job ending",
        "job points",
        "job resamples",
        "service core.jobs.runner.run_job",
    ),
    "analysing_over_the_page": (
        "page research:analyse",
        "service analysis.pipeline.want_analysis",
    ),
    "answering_late": ("service people.places.retake_place",),
    "answering_the_first_part": ("service responses.recording.record_first",),
    "applying_declared_exclusions": ("job declared exclusions",),
    "archiving": (
        "page research:archive",
        "service studies.shelving.archive_study",
    ),
    "asking_for_a_forgotten_password": (
        "page forgotten",
        "service accounts.forgotten.want_password_mail",
        "service accounts.throttle.note_failure",
        "service core.jobs.outbox.want_job",
    ),
    "beginning_a_round": (
        "page research:grading-begin",
        "service catalogue.handgrading.rounds.fill_round",
        "service studies.handrounds.want_round",
    ),
    "beginning_a_study": (
        "page research:new",
        "service studies.drafts.start_study",
    ),
    "being_returned_after_leaving": (
        "page participation:prolific-hook",
        "service allocation.services.leave",
        "service people.places.note_outcome",
        "service people.places.return_place",
    ),
    "cancelling_over_the_page": (
        "page research:cancel",
        "service core.jobs.outbox.cancel_job",
    ),
    "changing_a_member": (
        "page research:change-member",
        "service studies.members.change_member",
    ),
    "changing_a_role": (
        "page research:user-role",
        "service accounts.services.change_role",
    ),
    "changing_ones_account": ("page research:account",),
    "changing_ones_password": ("page password_change",),
    "checking_a_file": (
        "job check of an import",
        "job import",
        "service releases.importing.running.run_check",
    ),
    "choosing_a_language": ("page participation:language",),
    "choosing_a_password": ("page set_password",),
    "choosing_mails": ("page research:alert-mail",),
    "closing_a_batch": (
        "page research:close-batch",
        "service studies.batches.close_batch",
    ),
    "closing_a_round": (
        "page research:grading-close",
        "service catalogue.handgrading.rounds.close_round",
    ),
    "closing_batches_whose_moment_came": ("sweeper close_due_batches",),
    "closing_over_the_page": ("page research:close",),
    "coming_where_a_place_lapsed": (
        "page participation:join",
        "service allocation.leases.release",
        "sweeper sweep_leases",
    ),
    "computing_signals": ("job signals",),
    "correcting": (
        "page participation:correct",
        "service responses.recording.correct_response",
    ),
    "declining": (
        "page participation:decline",
        "service people.outcomes.count_entry",
    ),
    "deleting_a_study": (
        "page research:delete",
        "service studies.shelving.delete_study",
    ),
    "deleting_identities_on_the_day": ("sweeper carry_out_retention",),
    "discarding_an_amendment_over_the_page": ("service studies.drafts.discard_amendment",),
    "dismissing_an_alert": ("page research:dismiss-alert",),
    "drawing_a_round_by_a_job": ("job drawing of outputs",),
    "dropping_a_file": (
        "page research:import-drop",
        "service releases.importing.services.drop_upload",
    ),
    "dropping_marks": (
        "page research:grading-drop",
        "service catalogue.autograding.services.drop_run",
        "sweeper sweep_runs",
    ),
    "erasing_again_after_a_restore": (
        "service people.identities.forget_identities",
        "service releases.services.close_releases_of",
        "service responses.erasure.erase_participant",
        "service studies.services.close_study",
        "sweeper drop_left_files",
        "sweeper finish_restore",
    ),
    "extending_a_batch": (
        "page research:extend-batch",
        "service studies.extending.extend_batch",
        "service studies.extending.make_room",
        "service studies.extending.raise_overlap",
    ),
    "forgetting_over_the_page": (
        "page research:forget",
        "service people.identities.erase_identity",
    ),
    "gathering_interim_data": ("job interim data",),
    "giving_the_first_grade": (
        "page research:grading-give",
        "service catalogue.handgrading.giving.give_grade",
    ),
    "handing_a_study_over": (
        "page research:hand-over",
        "service studies.members.hand_over",
    ),
    "having_a_study_back": (
        "page research:restore",
        "service studies.shelving.restore_study",
    ),
    "inviting_a_user": (
        "page research:invite-user",
        "service accounts.links.password_link",
        "service accounts.services.invite_user",
    ),
    "inviting_over_the_page": (
        "page research:invite",
        "service people.invitations.make_invitations",
    ),
    "joining_by_invitation": ("service people.invitations.use_invitation",),
    "keeping_the_place": ("page participation:keep",),
    "leaving": ("page participation:leave",),
    "leaving_a_person_out": ("page research:decide-person",),
    "leaving_a_study": (
        "page research:leave-study",
        "service studies.members.remove_member",
    ),
    "leaving_answers_out": ("page research:decide-answers",),
    "leaving_answers_out_by_a_job": ("job exclusions",),
    "leaving_people_out": ("page research:decide-people",),
    "loading": (
        "service catalogue.loading.beat",
        "service studies.freezing.freeze_version",
        "service studies.services.finish_opening",
        "service studies.services.open_study",
        "sweeper sweep_loads",
    ),
    "loading_a_bundle_by_a_job": ("job load of a study",),
    "logging_in": (
        "page login",
        "page start",
        "service accounts.throttle.note_login",
    ),
    "logging_out": ("page logout",),
    "mailing_a_password_link": ("job password mail",),
    "making_a_password_link": ("page research:password-link",),
    "making_an_amendment": (
        "page research:setup-amend",
        "service studies.drafts.make_amendment",
        "service studies.services.amend_study",
    ),
    "making_room_by_a_job": ("job overlap",),
    "mapping_a_file": (
        "page research:import-map",
        "service releases.importing.services.set_mapping",
    ),
    "marking_by_a_job": ("job grading",),
    "marking_outputs": (
        "page research:grading-mark",
        "service catalogue.autograding.services.mark_run",
        "service catalogue.autograding.services.want_marks",
    ),
    "moving_jobs_on_whose_workers_were_lost": (
        "service core.jobs.sweeper.sweep_jobs",
        "sweeper sweep_jobs",
    ),
    "opening_by_a_job": ("job open",),
    "opening_identities_over_the_page": ("page research:recruits",),
    "opening_over_the_page": (
        "page research:open",
        "service studies.opening.begin_opening",
    ),
    "pausing_a_batch": (
        "page research:pause-batch",
        "service studies.batches.pause_batch",
    ),
    "pausing_over_the_page": ("page research:pause",),
    "preparing_a_batch_by_a_job": ("job batch",),
    "putting_a_file_in_place_of_the_settings": (
        "page research:setup-file",
        "service studies.drafts.save_draft",
    ),
    "reading_messages_over_the_page": ("page research:read-messages",),
    "recording_a_registration": (
        "page research:setup-register",
        "service studies.registering.record_registration",
    ),
    "recording_marks": (
        "page research:grading-record",
        "service catalogue.autograding.services.record_run",
        "service catalogue.autograding.services.want_recording",
        "service catalogue.grades.record_grades",
    ),
    "releasing": ("job release",),
    "releasing_over_the_page": (
        "page research:make-release",
        "service releases.services.want_release",
    ),
    "removing_a_member": ("page research:remove-member",),
    "removing_what_was_deleted": ("sweeper remove_deleted_studies",),
    "resuming_a_batch": (
        "page research:resume-batch",
        "service studies.batches.resume_batch",
    ),
    "saving_a_draft": ("page research:setup-section",),
    "sending_a_bundle_in": (
        "page research:bundle",
        "service releases.importing.bundles.want_bundle",
    ),
    "sending_a_file_in": ("page research:import-send",),
    "simulating": (
        "service allocation.leases.fill_from",
        "service allocation.leases.settle",
        "service allocation.services.finish",
        "service people.enrolling.enrol",
        "service people.places.complete_place",
        "service people.places.take_place",
        "service responses.recording.record_response",
    ),
    "skipping": (
        "page participation:take",
        "service allocation.leases.skip",
        "service responses.skipping.skip_unit",
    ),
    "sweeping_a_batch_that_nobody_prepares": ("sweeper sweep_preparing",),
    "sweeping_files_that_nobody_came_back_to": ("sweeper sweep_uploads",),
    "sweeping_what_the_dead_left": (
        "sweeper drop_left_drafts",
        "sweeper forget_dead",
    ),
    "switching_a_user_off": (
        "page research:user-off",
        "service accounts.services.disable_user",
    ),
    "switching_a_user_on": (
        "page research:user-on",
        "service accounts.services.enable_user",
    ),
    "taking_back_a_load": (
        "service catalogue.loading.discard",
        "service releases.sweeping.take_back",
    ),
    "taking_out_of_the_archive": (
        "page research:unarchive",
        "service studies.shelving.unarchive_study",
    ),
    "taking_places_of_graders_back": ("sweeper sweep_rounds",),
    "walking_to_the_end_of_the_preview": ("page participation:preview",),
    "wanting_a_file_loaded": ("page research:import-load",),
    "wanting_interim_data": (
        "page research:want-interim",
        "service releases.interim.want_interim",
    ),
    "watching_a_study": (
        "service studies.watches.raise_alert",
        "sweeper watch_studies",
    ),
    "withdrawing_over_the_page": (
        "page participation:withdraw",
        "page participation:withdraw-study",
    ),
    "writing_to_the_researchers": (
        "page participation:message",
        "service responses.messages.write_message",
    ),
}
