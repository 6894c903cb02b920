//! Events of every kind, with all that may be in them and with as little as may be.

use creativestore_domain::access::Actor;
use creativestore_domain::event::{Event, EventType, Happening, Move};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ApiKeyId, AssignmentId, CreativeId, EventId, UserId};
use creativestore_domain::revision::{RevisionNo, RevisionState};
use creativestore_domain::states::{Reason, Status, Step};
use creativestore_domain::text::{ExternalRef, Note};
use creativestore_domain::time::Timestamp;
use creativestore_ports::journal::Published;
use uuid::Uuid;

/// An event in which this happened; with the trace of its request, or of none.
pub fn published(what: Happening, by: Actor, trace: bool) -> Published {
    let uuid = Uuid::from_u128(0x0192_f0c1_d2e3_7a4b_8c5d_6e7f_8091_a2b3);
    let event = Event {
        id: EventId::new(uuid),
        account: AccountId::new(uuid),
        creative: CreativeId::new(uuid),
        sequence: 10,
        at: Timestamp::from_micros(1_795_514_324_000_001),
        by,
        what,
    };
    let trace = trace.then(|| "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    Published { position: u64::MAX, event, trace }
}

/// A step on a revision.
pub fn step(
    step: Step,
    state: RevisionState,
    status: Status,
    reason: Option<Reason>,
    note: Option<&str>,
) -> Happening {
    Happening::StatusChanged {
        step,
        revision: RevisionNo::FIRST,
        revision_state: Move { from: state, to: state },
        status: Move { from: status, to: status },
        reason,
        note: note.map(|note| Note::parse(note).expect("a note")),
    }
}

/// What happens of this type: with everything, and with as little as may be.
pub fn happenings(of: EventType) -> [Happening; 2] {
    let hash = Sha256::of(b"a manifest");
    match of {
        EventType::Created => [hash, Sha256::from_bytes([0; 32])].map(|hash| Happening::Created { hash }),
        EventType::RevisionAdded => {
            [Some(RevisionNo::FIRST), None].map(|superseded| Happening::RevisionAdded {
                revision: RevisionNo::FIRST.next(),
                hash,
                superseded,
                status: Move { from: Status::PendingReview, to: Status::Processing },
            })
        }
        EventType::MetadataChanged => [4, 1].map(|count| Happening::MetadataChanged {
            fields: ["labels", "name", "rights", "concept"]
                .into_iter()
                .take(count)
                .map(str::to_owned)
                .collect(),
            version: 2,
        }),
        EventType::StatusChanged => [
            step(
                Step::Approve,
                RevisionState::PendingReview,
                Status::PendingReview,
                Some(Reason::ReviewPassed),
                Some("see the ticket"),
            ),
            step(Step::PassInspection, RevisionState::Processing, Status::Processing, None, None),
        ],
        EventType::AssignmentChanged => [true, false].map(|in_use| Happening::AssignmentChanged {
            assignment: AssignmentId::new(Uuid::nil()),
            package: ExternalRef::parse("package 7").expect("a reference"),
            in_use,
        }),
    }
}

/// One event of each kind with everything, and one with as little as may be.
pub fn events() -> Vec<Published> {
    let (user, key) = (UserId::new(Uuid::nil()), ApiKeyId::new(Uuid::max()));
    let of_each = EventType::ALL.iter().flat_map(|&of| {
        let [all, least] = happenings(of);
        assert_eq!((all.event_type(), least.event_type()), (of, of));
        [
            published(all.clone(), Actor::User(user), true),
            published(all, Actor::ApiKey(key), true),
            published(least, Actor::System, false),
        ]
    });
    of_each.collect()
}
