//! Creatives and their revisions.

mod amend;
mod archive;
mod checks;
mod create;
mod get;
mod list;
mod notice;
mod resubmit;
mod revise;
mod revision;
mod revisions;
mod step;
mod unarchive;
mod upsert;

pub use amend::{Amend, amend};
pub use archive::archive;
pub use checks::checks;
pub use create::{Create, create};
pub use get::get;
pub use list::list;
pub use notice::{Noticed, notice};
pub use resubmit::resubmit;
pub use revise::{Revised, revise};
pub use revision::{Seen, revision};
pub use revisions::revisions;
pub use unarchive::unarchive;
pub use upsert::{Upsert, Upserted, upsert};

use creativestore_domain::creative::Creative;
use creativestore_domain::id::JobId;
use creativestore_domain::manifest::Manifest;
use creativestore_domain::revision::{Revision, RevisionNo, RevisionState};
use creativestore_domain::time::Timestamp;
use creativestore_ports::jobs::Job;
use creativestore_ports::store::{StoreError, UnitOfWork};

use crate::inside::Inside;

/// The revision that a creative's newest reference names, made from this content.
fn newest_revision(
    creative: &Creative,
    manifest: Manifest,
    author: creativestore_domain::access::Actor,
    parent: Option<RevisionNo>,
    at: Timestamp,
) -> Revision {
    Revision {
        account: creative.account,
        creative: creative.id,
        no: creative.newest.no,
        manifest,
        hash: creative.newest.hash,
        author,
        parent,
        state: RevisionState::Processing,
        created_at: at,
    }
}

/// Asks for the newest revision to be looked inside and checked.
async fn ask_for_inspection(
    work: &mut dyn UnitOfWork,
    inside: &Inside,
    creative: &Creative,
) -> Result<(), StoreError> {
    let job = Job {
        id: inside.id(JobId::new),
        account: creative.account,
        creative: creative.id,
        revision: creative.newest.no,
        tries: 0,
        due: inside.clock.now(),
    };
    work.jobs().enqueue(&job).await
}
