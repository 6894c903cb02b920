//! The state table, against a copy of the design's that was written down independently, row by row.

use creativestore_domain::states::{EDGES, Party, Reason, Refused, Status, Step, take};

use Party::{Owner, Reviewer, System};
use Status::{Approved, Archived, PendingReview, Processing, Rejected, Suspended};

/// From, step, to, who.
const TABLE: [(Status, Step, Status, &[Party]); 13] = [
    (Processing, Step::PassInspection, PendingReview, &[System]),
    (Processing, Step::FailInspection, Rejected, &[System]),
    (PendingReview, Step::Approve, Approved, &[Reviewer, System]),
    (PendingReview, Step::Reject, Rejected, &[Reviewer]),
    (Approved, Step::Rereview, PendingReview, &[Reviewer]),
    (Approved, Step::Suspend, Suspended, &[System, Reviewer]),
    (Suspended, Step::Resume, Approved, &[System, Reviewer]),
    (Suspended, Step::Revoke, Rejected, &[System, Reviewer]),
    (Approved, Step::Revoke, Rejected, &[Reviewer]),
    (Approved, Step::Archive, Archived, &[Owner, System]),
    (Archived, Step::Unarchive, Approved, &[Owner]),
    (Archived, Step::UnarchiveForReview, PendingReview, &[Owner]),
    (Rejected, Step::Resubmit, Processing, &[Owner]),
];

#[test]
fn every_status_step_and_party_is_legal_by_the_table_or_refused_by_name() {
    let mut legal = 0;
    for from in Status::ALL {
        for step in Step::ALL {
            let row = TABLE.iter().find(|(status, edge, ..)| *status == from && *edge == step);
            for by in [System, Owner, Reviewer] {
                match (row, take(from, step, by, None)) {
                    (Some((_, _, to, parties)), Ok((reached, _))) => {
                        assert!(parties.contains(&by), "{by:?} took {step:?} from {from:?}");
                        assert_eq!(reached, *to);
                        legal += 1;
                    }
                    (Some((_, _, _, parties)), Err(refused)) => {
                        assert!(!parties.contains(&by), "{by:?} was refused {step:?} from {from:?}");
                        assert_eq!(refused, Refused::Party { from, step, by });
                    }
                    (None, Err(Refused::Step { from: named, step: asked, possible })) => {
                        assert_eq!((named, asked), (from, step));
                        let listed = TABLE.iter().filter(|row| row.0 == from).map(|row| row.1);
                        assert_eq!(possible, listed.collect::<Vec<_>>());
                    }
                    (None, other) => panic!("{step:?} from {from:?} by {by:?} gave {other:?}"),
                }
            }
        }
    }
    assert_eq!(legal, TABLE.iter().map(|row| row.3.len()).sum::<usize>());
    assert_eq!(EDGES.len(), TABLE.len());
}

#[test]
fn a_refusal_names_the_state_and_what_is_possible_from_there() {
    let refused = take(Rejected, Step::Approve, Reviewer, None).expect_err("not in the table");
    assert_eq!(
        refused.to_string(),
        "`approve` is not possible while it is `rejected`; possible from there: `resubmit`"
    );
    let refused = take(PendingReview, Step::Approve, Owner, None).expect_err("not theirs");
    assert_eq!(refused.to_string(), "`approve` is not for the owner to take while it is `pending_review`");
}

#[test]
fn a_reason_is_legal_for_its_edge_or_refused_naming_the_legal_ones() {
    for edge in EDGES {
        for reason in Reason::ALL {
            let by = edge.by[0];
            match take(edge.from, edge.step, by, Some(*reason)) {
                Ok((to, recorded)) => {
                    assert!(edge.reasons.contains(reason));
                    assert_eq!((to, recorded), (edge.to, Some(*reason)));
                }
                Err(Refused::Reason { step, reason: named, allowed }) => {
                    assert!(!edge.reasons.contains(reason));
                    assert_eq!((step, named, allowed), (edge.step, *reason, edge.reasons.to_vec()));
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        let (_, recorded) = take(edge.from, edge.step, edge.by[0], None).expect("legal");
        assert_eq!(recorded, edge.reasons.first().copied(), "the first reason is the usual one");
    }
}

#[test]
fn a_rejection_is_never_recorded_without_a_reason() {
    for edge in EDGES.iter().filter(|edge| edge.to == Rejected) {
        let (_, reason) = take(edge.from, edge.step, edge.by[0], None).expect("legal");
        assert!(reason.is_some(), "{edge:?}");
    }
}

#[test]
fn names_are_read_back_as_they_are_written() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
    for step in Step::ALL {
        assert_eq!(Step::parse(step.as_str()), Some(step));
    }
    for reason in Reason::ALL {
        assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
    }
    assert_eq!(Status::parse("Approved"), None);
}
