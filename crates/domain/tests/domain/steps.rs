//! A creative under any sequence of steps: what must hold after each of them.

use creativestore_domain::account::ChangePolicy;
use creativestore_domain::creative::{Creative, Standing};
use creativestore_domain::event::{Change, Happening};
use creativestore_domain::review::Decision;
use creativestore_domain::revision::{RevisionNo, RevisionState};
use creativestore_domain::states::{EDGES, Party, Refused, Status, Step};
use proptest::prelude::*;
use std::collections::BTreeMap;

use crate::given::{hash, no, processing, stamp};

/// Something that somebody tries.
#[derive(Clone, Debug)]
enum Try {
    Inspected { off_by: u32, passed: bool },
    Review { off_by: u32, decision: Decision },
    Revise(u32),
    Resubmit,
    Archive { by: Party, assigned: bool },
    Unarchive { rereview: bool },
    Rereview,
    Suspend(Party),
    Resume(Party),
    Revoke(Party),
}

fn tries() -> impl Strategy<Value = Try> {
    let party = || prop_oneof![Just(Party::System), Just(Party::Owner), Just(Party::Reviewer)];
    let decision = prop_oneof![Just(Decision::Approve), Just(Decision::Reject)];
    let off_by = || prop_oneof![8 => Just(0u32), 1 => 1..3u32];
    prop_oneof![
        4 => (off_by(), prop::bool::weighted(0.8)).prop_map(|(off_by, passed)| Try::Inspected { off_by, passed }),
        4 => (off_by(), decision).prop_map(|(off_by, decision)| Try::Review { off_by, decision }),
        2 => (1..6u32).prop_map(Try::Revise),
        1 => Just(Try::Resubmit),
        1 => (party(), any::<bool>()).prop_map(|(by, assigned)| Try::Archive { by, assigned }),
        2 => any::<bool>().prop_map(|rereview| Try::Unarchive { rereview }),
        1 => Just(Try::Rereview),
        1 => party().prop_map(Try::Suspend),
        1 => party().prop_map(Try::Resume),
        1 => party().prop_map(Try::Revoke),
    ]
}

fn attempt(creative: Creative, what: &Try, n: u128) -> Result<Option<Change<Creative>>, Refused> {
    let stamp = stamp(n);
    let seen = |off_by: u32| no(creative.newest.no.get().saturating_sub(off_by).max(1));
    match what.clone() {
        Try::Inspected { off_by, passed } => {
            let seen = seen(off_by);
            creative.inspected(seen, passed, stamp).map(Some)
        }
        Try::Review { off_by, decision } => {
            let seen = seen(off_by);
            creative.review(seen, decision, None, None, stamp).map(Some)
        }
        Try::Revise(content) => creative.revise(hash(content), stamp),
        Try::Resubmit => creative.resubmit(None, stamp).map(Some),
        Try::Archive { by, assigned } => creative.archive(by, assigned, None, None, stamp).map(Some),
        Try::Unarchive { rereview } => creative.unarchive(rereview, None, stamp).map(Some),
        Try::Rereview => creative.rereview(None, None, stamp).map(Some),
        Try::Suspend(by) => creative.suspend(by, None, None, stamp).map(Some),
        Try::Resume(by) => creative.resume(by, None, stamp).map(Some),
        Try::Revoke(by) => creative.revoke(by, None, None, stamp).map(Some),
    }
}

/// The revisions as a store would keep them, from nothing but the changes.
type Kept = BTreeMap<RevisionNo, RevisionState>;

fn keep(kept: &mut Kept, change: &Change<Creative>) {
    if let Happening::RevisionAdded { revision, .. } = change.event.what {
        assert_eq!(kept.insert(revision, RevisionState::Processing), None, "a revision was overwritten");
    }
    for (revision, state) in &change.revisions {
        let before = kept.insert(*revision, *state);
        assert!(before.is_some(), "revision {revision} moved and was never there");
        assert_ne!(before, Some(RevisionState::Superseded), "revision {revision} came back");
    }
}

fn holds(creative: &Creative, kept: &Kept) {
    let undecided =
        |state: &RevisionState| matches!(state, RevisionState::Processing | RevisionState::PendingReview);
    let staged: Vec<_> = kept.iter().filter(|(_, state)| undecided(state)).map(|(no, _)| *no).collect();
    assert!(staged.len() <= 1, "two staged: {staged:?}");
    assert_eq!(creative.staged().map(|staged| staged.no), staged.first().copied());
    assert_eq!(kept.get(&creative.newest.no), Some(&creative.newest_state));
    assert_eq!(kept.keys().max(), Some(&creative.newest.no));
    assert_eq!(kept.len(), creative.newest.no.get() as usize, "revisions are numbered without gaps");
    assert_ne!(creative.newest_state, RevisionState::Superseded);
    if let Some(active) = creative.active {
        assert_eq!(kept.get(&active.no), Some(&RevisionState::Approved), "active is not approved");
        assert!(active.no <= creative.newest.no);
    }
    if creative.status() == Status::Approved {
        let active = creative.active.expect("approved means that something is active");
        if creative.change_policy == ChangePolicy::Strict {
            assert_eq!(active, creative.newest, "strict serves the newest or nothing");
        }
    }
    if creative.standing != Standing::Live {
        assert!(creative.active.is_some(), "only what was approved can stand aside");
    }
}

fn told(before: &Creative, change: &Change<Creative>) {
    let after = &change.state;
    assert_eq!(after.sequence, before.sequence + 1);
    assert_eq!(change.event.sequence, after.sequence);
    assert_eq!(after.version, before.version, "no step touches the metadata version");
    assert_eq!((after.id, after.account, after.created_at), (before.id, before.account, before.created_at));
    if let Happening::StatusChanged { step, revision_state, status, .. } = &change.event.what {
        assert_eq!((status.from, status.to), (before.status(), after.status()));
        // A revision moves by the table, too; it stays where it is when the creative as a whole steps aside.
        let edge = EDGES.iter().find(|edge| edge.step == *step).expect("a step of the table");
        let aside = matches!(step, Step::Archive | Step::Unarchive | Step::Suspend | Step::Resume);
        assert_eq!(aside, revision_state.from == revision_state.to, "{edge:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_steps_keeps_the_rules_of_revisions(
        strict in any::<bool>(),
        tries in prop::collection::vec(tries(), 0..60),
    ) {
        let mut creative = processing(if strict { ChangePolicy::Strict } else { ChangePolicy::Staged });
        let mut kept = Kept::from([(no(1), RevisionState::Processing)]);
        holds(&creative, &kept);
        for (n, what) in tries.iter().enumerate() {
            let before = creative.clone();
            match attempt(creative, what, n as u128 + 10) {
                Ok(Some(change)) => {
                    told(&before, &change);
                    keep(&mut kept, &change);
                    creative = change.state;
                    holds(&creative, &kept);
                }
                Ok(None) | Err(_) => creative = before,
            }
        }
    }
}

/// A creative in the status, by the shortest way.
fn standing_at(status: Status) -> Creative {
    let approved = crate::given::approved;
    match status {
        Status::Processing => processing(ChangePolicy::Staged),
        Status::PendingReview => crate::given::pending(),
        Status::Approved => approved(),
        Status::Suspended => {
            approved().suspend(Party::System, None, None, stamp(4)).expect("is suspended").state
        }
        Status::Rejected => {
            processing(ChangePolicy::Staged).inspected(no(1), false, stamp(2)).expect("fails").state
        }
        Status::Archived => {
            approved().archive(Party::Owner, false, None, None, stamp(4)).expect("is archived").state
        }
    }
}

/// The step of a creative that stands for a step of the table, where the party may be chosen.
fn step(creative: Creative, step: Step, by: Party) -> Option<Result<Change<Creative>, Refused>> {
    let stamp = stamp(9);
    let seen = creative.newest.no;
    let fixed = |party: Party| (by == party).then_some(());
    Some(match step {
        Step::PassInspection => fixed(Party::System).map(|()| creative.inspected(seen, true, stamp))?,
        Step::FailInspection => fixed(Party::System).map(|()| creative.inspected(seen, false, stamp))?,
        Step::Approve => {
            fixed(Party::Reviewer).map(|()| creative.review(seen, Decision::Approve, None, None, stamp))?
        }
        Step::Reject => {
            fixed(Party::Reviewer).map(|()| creative.review(seen, Decision::Reject, None, None, stamp))?
        }
        Step::Rereview => fixed(Party::Reviewer).map(|()| creative.rereview(None, None, stamp))?,
        Step::Suspend => creative.suspend(by, None, None, stamp),
        Step::Resume => creative.resume(by, None, stamp),
        Step::Revoke => creative.revoke(by, None, None, stamp),
        Step::Archive => creative.archive(by, false, None, None, stamp),
        Step::Unarchive => fixed(Party::Owner).map(|()| creative.unarchive(false, None, stamp))?,
        Step::UnarchiveForReview => fixed(Party::Owner).map(|()| creative.unarchive(true, None, stamp))?,
        Step::Resubmit => fixed(Party::Owner).map(|()| creative.resubmit(None, stamp))?,
    })
}

#[test]
fn a_creative_takes_exactly_the_steps_of_the_table() {
    let mut taken = 0;
    for status in Status::ALL {
        for asked in Step::ALL {
            for by in [Party::System, Party::Owner, Party::Reviewer] {
                let creative = standing_at(status);
                assert_eq!(creative.status(), status);
                let Some(result) = step(creative, asked, by) else { continue };
                let edge = EDGES.iter().find(|edge| edge.from == status && edge.step == asked);
                match edge.filter(|edge| edge.by.contains(&by)) {
                    Some(edge) => {
                        assert_eq!(result.expect("legal").state.status(), edge.to);
                        taken += 1;
                    }
                    None => assert!(
                        matches!(result, Err(Refused::Step { .. } | Refused::Party { .. })),
                        "{asked:?} from {status:?} by {by:?} gave {result:?}"
                    ),
                }
            }
        }
    }
    // All rows for all parties, but for the auto-approval, which no step offers yet.
    assert_eq!(taken, EDGES.iter().map(|edge| edge.by.len()).sum::<usize>() - 1);
}

#[test]
fn the_active_revision_is_not_pulled_back_into_review_behind_a_rejected_one() {
    let creative = crate::given::approved().revise(hash(2), stamp(4)).expect("live").expect("new").state;
    let creative = creative.inspected(no(2), false, stamp(5)).expect("fails").state;
    assert_eq!(creative.status(), Status::Approved);
    let refused = creative.clone().rereview(None, None, stamp(6)).expect_err("nothing could decide on it");
    assert_eq!(refused, Refused::Superseded { asked: 1, newest: 2 });
    let suspended = creative.suspend(Party::Reviewer, None, None, stamp(6)).expect("stops it").state;
    assert_eq!(suspended.status(), Status::Suspended);
}

#[test]
fn a_creative_that_stands_aside_takes_no_new_content_and_no_decision() {
    for status in [Status::Suspended, Status::Archived] {
        let creative = standing_at(status);
        assert!(matches!(creative.clone().revise(hash(2), stamp(6)), Err(Refused::Step { .. })));
        let review = creative.review(no(1), Decision::Approve, None, None, stamp(6));
        assert!(matches!(review, Err(Refused::Step { .. })));
    }
}
