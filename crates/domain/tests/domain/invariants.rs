//! The invariants of the design that live in the domain, each by its number.

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::check::{Check, CheckRun, Outcome, Report};
use creativestore_domain::creative::{Creative, Metadata};
use creativestore_domain::deliverable::{NotDeliverable, deliverable};
use creativestore_domain::event::Happening;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::CheckRunId;
use creativestore_domain::review::Decision;
use creativestore_domain::revision::RevisionState;
use creativestore_domain::states::{Party, Refused, Status};
use creativestore_domain::text::{Label, Note};
use creativestore_domain::time::Window;
use uuid::Uuid;

use crate::given::{approved, at, hash, name, no, pending, processing, stamp};

/// A second revision of an approved creative, in review.
fn staged() -> Creative {
    let creative = approved().revise(hash(2), stamp(4)).expect("live").expect("new content").state;
    creative.inspected(no(2), true, stamp(5)).expect("passes").state
}

#[test]
fn invariant_1_revisions_never_change_and_new_content_is_a_new_number() {
    let before = approved();
    let change = before.clone().revise(hash(2), stamp(4)).expect("live").expect("new content");
    assert_eq!(change.state.newest.no, no(2));
    assert_eq!(change.state.newest.hash, hash(2));
    assert_eq!(change.state.active, before.active, "the approved revision is what it was, number and hash");
    assert!(change.revisions.is_empty(), "no earlier revision moved");
    let Happening::RevisionAdded { revision, hash: told, superseded, .. } = change.event.what else {
        panic!("{:?}", change.event.what)
    };
    assert_eq!((revision, told, superseded), (no(2), hash(2), None));
}

#[test]
fn invariant_1_a_change_of_metadata_makes_no_revision() {
    let before = approved();
    let metadata = Metadata {
        name: name("Aurora, renamed"),
        labels: [Label::parse("winter").expect("a label")].into_iter().collect(),
        rights: Window::new(Some(at(1)), None).expect("forwards"),
        ..before.metadata.clone()
    };
    let change = before.clone().amend(metadata.clone(), stamp(4)).expect("it differs");
    assert_eq!(
        (change.state.newest, change.state.active, change.state.status()),
        (before.newest, before.active, before.status())
    );
    assert_eq!(change.state.version, before.version + 1);
    let Happening::MetadataChanged { fields, version } = change.event.what else { panic!() };
    assert_eq!((fields.join(" ").as_str(), version), ("name labels rights", 2));
    assert!(change.state.amend(metadata, stamp(5)).is_none(), "the same again is no change");
}

#[test]
fn invariant_2_an_approval_belongs_to_one_revision_hash_and_scope() {
    let creative = staged();
    let first = creative.active.expect("revision 1 is active");
    assert_eq!((first.no, first.hash), (no(1), hash(1)), "approving 1 did not approve 2");
    assert_eq!(creative.newest_state, RevisionState::PendingReview);
    let approved = creative.review(no(2), Decision::Approve, None, None, stamp(6)).expect("is decided").state;
    let active = approved.active.expect("revision 2 is active");
    assert_eq!((active.no, active.hash), (no(2), hash(2)));
    // The same content once more, after another: the approval of the first does not come back with it.
    let again = approved.revise(hash(1), stamp(7)).expect("live").expect("not the newest content").state;
    assert_eq!(again.newest_state, RevisionState::Processing);
    assert_eq!(again.active.map(|active| active.no), Some(no(2)));
}

#[test]
fn invariant_2_a_rejection_leaves_the_active_revision_alone() {
    let change = staged().review(no(2), Decision::Reject, None, None, stamp(6)).expect("is decided");
    assert_eq!(change.state.active.map(|active| active.no), Some(no(1)));
    assert_eq!(change.state.status(), Status::Approved);
    assert_eq!(change.revisions, [(no(2), RevisionState::Rejected)]);
}

fn format(id: &str) -> FormatId {
    FormatId::parse(id).expect("a format id")
}

/// A run with one integrity report and one of the format.
fn run(integrity: Outcome, named: &str, outcome: Outcome) -> CheckRun {
    let check = |outcome| Check {
        rule: "dimensions".into(),
        outcome,
        at: "assets/image".into(),
        found: "728x91".into(),
        allowed: "728x90".into(),
        source: "IAB".into(),
        fix: "Cut it.".into(),
    };
    CheckRun {
        id: CheckRunId::new(Uuid::from_u128(3)),
        at: at(3),
        checker: 1,
        reports: vec![
            Report { format: None, checks: vec![check(integrity)] },
            Report { format: Some((format(named), 1)), checks: vec![check(Outcome::Passed), check(outcome)] },
        ],
    }
}

#[test]
fn invariant_3_deliverable_is_one_function_of_status_rights_and_checks() {
    use Outcome::{Failed, Passed, Warning};
    let now = at(100);
    let (this, other) = (format("leaderboard"), format("billboard"));
    let ask = |creative: &Creative, run: Option<&CheckRun>, target: Option<&FormatId>| {
        deliverable(creative, run, now, target).map(|revision| revision.no.get())
    };
    // Approved.
    assert_eq!(ask(&approved(), None, None), Ok(1));
    assert_eq!(ask(&approved(), Some(&run(Warning, "leaderboard", Warning)), Some(&this)), Ok(1));
    let status = |status| Err(NotDeliverable::Status(status));
    assert_eq!(ask(&processing(ChangePolicy::Staged), None, None), status(Status::Processing));
    assert_eq!(ask(&pending(), None, None), status(Status::PendingReview));
    let rejected = pending().review(no(1), Decision::Reject, None, None, stamp(4)).expect("legal").state;
    assert_eq!(ask(&rejected, None, None), status(Status::Rejected));
    // Not suspended, not archived.
    let suspended = approved().suspend(Party::System, None, None, stamp(4)).expect("legal").state;
    assert_eq!(ask(&suspended, None, None), status(Status::Suspended));
    let archived = approved().archive(Party::Owner, true, None, None, stamp(4)).expect("legal").state;
    assert_eq!(ask(&archived, None, None), status(Status::Archived));
    // Rights cover now: from the beginning on, until just before the end.
    for (from, until, runs) in [
        (Some(100), None, true),
        (Some(101), None, false),
        (None, Some(101), true),
        (None, Some(100), false),
        (Some(50), Some(150), true),
    ] {
        let mut creative = approved();
        creative.metadata.rights = Window::new(from.map(at), until.map(at)).expect("forwards");
        assert_eq!(ask(&creative, None, None), if runs { Ok(1) } else { Err(NotDeliverable::Rights) });
    }
    // No failed hard check for the target; without a target, none at all.
    let fails = run(Passed, "leaderboard", Failed);
    assert_eq!(ask(&approved(), Some(&fails), Some(&this)), Err(NotDeliverable::Format(this.clone())));
    assert_eq!(ask(&approved(), Some(&fails), Some(&other)), Ok(1));
    assert_eq!(ask(&approved(), Some(&fails), None), Err(NotDeliverable::Checks));
    let damaged = run(Failed, "leaderboard", Passed);
    for target in [None, Some(&this), Some(&other)] {
        assert_eq!(ask(&approved(), Some(&damaged), target), Err(NotDeliverable::Checks));
    }
}

#[test]
fn invariant_3_under_strict_a_change_stops_delivery_until_it_is_approved_and_under_staged_it_does_not() {
    for (policy, meanwhile) in [
        (ChangePolicy::Staged, Ok(1)),
        (ChangePolicy::Strict, Err(NotDeliverable::Status(Status::PendingReview))),
    ] {
        let creative = processing(policy).inspected(no(1), true, stamp(2)).expect("legal").state;
        let creative = creative.review(no(1), Decision::Approve, None, None, stamp(3)).expect("legal").state;
        let creative = creative.revise(hash(2), stamp(4)).expect("live").expect("new").state;
        let creative = creative.inspected(no(2), true, stamp(5)).expect("legal").state;
        let now = |creative: &Creative| deliverable(creative, None, at(9), None).map(|found| found.no.get());
        assert_eq!(now(&creative), meanwhile);
        let creative = creative.review(no(2), Decision::Approve, None, None, stamp(6)).expect("legal").state;
        assert_eq!(now(&creative), Ok(2));
    }
}

#[test]
fn invariant_4_same_content_is_unchanged_without_a_revision_or_an_event() {
    for creative in [processing(ChangePolicy::Staged), pending(), approved(), staged()] {
        let newest = creative.newest;
        assert_eq!(creative.revise(newest.hash, stamp(8)), Ok(None));
    }
}

#[test]
fn invariant_9_a_review_of_a_superseded_revision_is_refused() {
    let first = pending();
    let change = first.revise(hash(2), stamp(4)).expect("live").expect("new content");
    assert_eq!(change.revisions, [(no(1), RevisionState::Superseded)]);
    let creative = change.state.inspected(no(2), true, stamp(5)).expect("passes").state;
    for decision in [Decision::Approve, Decision::Reject] {
        let refused = creative.clone().review(no(1), decision, None, None, stamp(6)).expect_err("superseded");
        assert_eq!(refused, Refused::Superseded { asked: 1, newest: 2 });
        assert_eq!(refused.to_string(), "revision 1 was superseded by revision 2; decide on that one");
    }
    let late = creative.clone().inspected(no(1), true, stamp(6));
    assert_eq!(late.expect_err("superseded"), Refused::Superseded { asked: 1, newest: 2 });
    let unknown = creative.review(no(3), Decision::Approve, None, None, stamp(6));
    assert_eq!(unknown.expect_err("not there yet"), Refused::Superseded { asked: 3, newest: 2 });
}

#[test]
fn invariant_11_the_system_never_archives_what_is_assigned() {
    let note = Note::parse("idle for a year").ok();
    let refused = approved().archive(Party::System, true, None, note.clone(), stamp(4));
    assert_eq!(refused.expect_err("in use"), Refused::Assigned);
    assert!(approved().archive(Party::System, false, None, note.clone(), stamp(4)).is_ok());
    assert!(approved().archive(Party::Owner, true, None, note, stamp(4)).is_ok(), "its owner may");
}
