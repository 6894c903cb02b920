//! Writing a change: the creative, the revisions that moved with it, the audit line and the event, in the unit of
//! work at hand.

use creativestore_domain::access::Actor;
use creativestore_domain::creative::Creative;
use creativestore_domain::event::Change;
use creativestore_domain::id::AccountId;
use creativestore_domain::revision::Revision;
use creativestore_ports::journal::{AuditEntry, Origin};
use creativestore_ports::store::{StoreError, UnitOfWork};

use crate::inside::Inside;
use crate::write::Write;

/// Writes a change of a creative that is there already. `newest` is given when what it is found by may have
/// changed.
pub(crate) async fn keep(
    work: &mut Write,
    inside: &Inside,
    origin: &Origin,
    change: Change<Creative>,
    newest: Option<&Revision>,
) -> Result<Creative, StoreError> {
    let Change { state, event, revisions } = change;
    work.creatives().save(&state, newest).await?;
    work.changes(&state);
    for (no, to) in revisions {
        work.revisions().set_state(state.account, state.id, no, to).await?;
    }
    work.journal().record(inside.audit_id(), origin, &event).await?;
    Ok(state)
}

/// Writes an audit line of something that is no event of a creative.
pub(crate) async fn note(
    work: &mut dyn UnitOfWork,
    inside: &Inside,
    account: Option<AccountId>,
    by: Actor,
    origin: &Origin,
    (action, subject, detail): (&str, String, String),
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        id: inside.audit_id(),
        account,
        by,
        at: inside.clock.now(),
        origin: origin.clone(),
        action: action.to_owned(),
        subject,
        detail,
    };
    work.journal().note(&entry).await
}
