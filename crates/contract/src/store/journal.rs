//! The audit log, and the history of a creative.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::access::Actor;
use creativestore_domain::event::{Event, Happening, Move};
use creativestore_domain::id::{ApiKeyId, AssignmentId, AuditId};
use creativestore_domain::revision::RevisionState;
use creativestore_domain::states::{Reason, Status, Step};
use creativestore_domain::text::Note;
use creativestore_ports::journal::{AuditEntry, Origin};
use creativestore_ports::store::{Store, StoreError};

use crate::given::{
    accounts, acme, all_pages, at, audit_id, commit, first, hash, no, other, package, peeking, published,
    user, uuid, writing,
};

/// A line of an account's audit log, or of the installation's.
pub(super) fn line(number: u32, account: Option<creativestore_domain::id::AccountId>) -> AuditEntry {
    AuditEntry {
        id: AuditId::new(uuid(number)),
        account,
        by: Actor::ApiKey(ApiKeyId::new(uuid(8))),
        at: at(number.into()),
        origin: Origin {
            address: "2001:db8::1".parse().ok(),
            request_id: Some("req 'ü'".into()),
            trace: None,
        },
        action: "api_key.created".into(),
        subject: "key_1".into(),
        detail: "for \"people\" – 人".into(),
    }
}

/// An event of every kind, in sequence.
fn events() -> Vec<Event> {
    let status = Move { from: Status::PendingReview, to: Status::Approved };
    let moved = |step: Step, reason: Option<Reason>| Happening::StatusChanged {
        step,
        revision: no(2),
        revision_state: Move { from: RevisionState::PendingReview, to: RevisionState::Superseded },
        status,
        reason,
        note: reason.and_then(|_| Note::parse("Schön\u{a0}„so“").ok()),
    };
    let assigned = |in_use| Happening::AssignmentChanged {
        assignment: AssignmentId::new(uuid(5)),
        package: package("a package"),
        in_use,
    };
    let revision =
        |superseded| Happening::RevisionAdded { revision: no(3), hash: hash(1), superseded, status };
    let mut all = vec![
        Happening::Created { hash: hash(1) },
        revision(None),
        revision(Some(no(2))),
        Happening::MetadataChanged { fields: vec!["name".into(), "labels".into()], version: 7 },
        assigned(true),
        assigned(false),
        moved(Step::Approve, None),
    ];
    all.extend(Step::ALL.map(|step| moved(step, Some(Reason::ReviewFailure))));
    all.extend(Reason::ALL.iter().map(|reason| moved(Step::Reject, Some(*reason))));
    let event = |(position, what)| Event { what, ..published(position).event };
    (1..).zip(all).map(event).collect()
}

pub async fn invariant_7_recording_an_event_writes_its_audit_line_and_its_outbox_row(store: &dyn Store) {
    accounts(store).await;
    let all = events();
    let origin = Origin { address: "192.0.2.1".parse().ok(), request_id: Some("req".into()), trace: None };
    let mut work = writing(store).await;
    for event in &all {
        work.journal().record(audit_id(event), &origin, event).await.expect("recorded");
    }
    commit(work).await;
    let mut work = writing(store).await;
    let waiting = work.outbox().publish_next(200).await.expect("published");
    assert_eq!(waiting.into_iter().map(|published| published.event).collect::<Vec<_>>(), all);
    let lines = work.journal().audit(Some(acme()), &first(200)).await.expect("read").items;
    assert_eq!(lines.len(), all.len());
    for (line, event) in lines.iter().rev().zip(&all) {
        assert_eq!((line.id, line.account), (audit_id(event), Some(event.account)));
        assert_eq!((line.by, line.at, &line.origin), (event.by, event.at, &origin));
        assert_eq!(
            (line.action.as_str(), &line.subject),
            (event.what.type_name(), &event.creative.to_string())
        );
    }
}

pub async fn the_history_of_a_creative_is_its_events_by_sequence(store: &dyn Store) {
    accounts(store).await;
    let all = events();
    let mut work = writing(store).await;
    for event in &all {
        work.journal().record(audit_id(event), &Origin::default(), event).await.expect("recorded");
    }
    commit(work).await;
    let history = async |after, limit| {
        let id = all[0].creative;
        peeking(store).await.journal().history(acme(), id, after, limit).await.expect("read")
    };
    assert_eq!(history(0, 200).await, all);
    assert_eq!(history(3, 2).await, all[3..5]);
    assert_eq!(history(u64::from(u32::MAX), 9).await, []);
}

pub async fn a_sequence_number_and_an_event_are_written_once(store: &dyn Store) {
    accounts(store).await;
    let event = published(1).event;
    let mut work = writing(store).await;
    work.journal().record(audit_id(&event), &Origin::default(), &event).await.expect("recorded");
    commit(work).await;
    let same_sequence = Event { id: published(2).event.id, ..event.clone() };
    let same_id = Event { sequence: 2, ..event };
    for again in [same_sequence, same_id] {
        let id = AuditId::new(uuid(9));
        let twice = writing(store).await.journal().record(id, &Origin::default(), &again).await;
        assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    }
}

pub async fn the_audit_log_reads_back_newest_first_and_a_line_is_never_written_over(store: &dyn Store) {
    accounts(store).await;
    let bare = AuditEntry { origin: Origin::default(), by: Actor::System, ..line(3, Some(acme())) };
    let by_a_user = AuditEntry { by: user(4), ..line(4, Some(acme())) };
    let all = [line(1, Some(acme())), line(2, Some(acme())), bare, by_a_user];
    let mut work = writing(store).await;
    for line in [&all[2], &all[0], &all[3], &all[1]] {
        work.journal().note(line).await.expect("noted");
    }
    commit(work).await;
    for limit in [1, 3, 4, 200] {
        let listed = all_pages(limit, async |page| {
            peeking(store).await.journal().audit(Some(acme()), &page).await.expect("a page")
        });
        let mut listed = listed.await;
        listed.reverse();
        assert_eq!(listed, all);
    }
    let over = AuditEntry { detail: "something else".into(), ..all[0].clone() };
    let twice = writing(store).await.journal().note(&over).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
}

pub async fn the_audit_log_of_the_installation_is_apart_from_those_of_accounts(store: &dyn Store) {
    accounts(store).await;
    let mut work = writing(store).await;
    let lines = [(1, None), (2, Some(acme())), (3, Some(other())), (4, None), (5, None)];
    for (number, account) in lines {
        work.journal().note(&line(number, account)).await.expect("noted");
    }
    commit(work).await;
    for account in [None, Some(acme()), Some(other())] {
        let listed = all_pages(2, async |page| {
            peeking(store).await.journal().audit(account, &page).await.expect("a page")
        });
        let of: Vec<_> = lines.iter().rev().filter(|(_, of)| *of == account).map(|(n, _)| *n).collect();
        let ids: Vec<_> = of.into_iter().map(|number| AuditId::new(uuid(number))).collect();
        assert_eq!(listed.await.into_iter().map(|line| line.id).collect::<Vec<_>>(), ids);
    }
}
