//! Rendering the tag of a creative's active revision.

use creativestore_domain::access::Permission;
use creativestore_domain::creative::RevisionRef;
use creativestore_domain::deliverable::deliverable;
use creativestore_domain::format::FormatId;
use creativestore_domain::id::{AccountId, AssignmentId, CreativeId};
use creativestore_domain::tag::{self, Channel, Click, Macros, Tag};

use crate::caller::Caller;
use crate::failure::{Failure, FieldError};
use crate::inside::Inside;
use crate::manifests;
use crate::material::{Links, Material};

/// Which tag.
#[derive(Clone, Debug)]
pub struct Render {
    /// Of which creative.
    pub creative: CreativeId,
    /// In which shape; the usual one of its kind when `None`.
    pub channel: Option<Channel>,
    /// For which use.
    pub assignment: Option<AssignmentId>,
    /// The format that it will run as: its checks must not have failed.
    pub format: Option<FormatId>,
    /// Values for macros; the others stay in place.
    pub macros: Macros,
    /// How a click is led.
    pub click: Click,
}

/// A tag and what it was made from.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The account that the creative is in.
    pub account: AccountId,
    /// The tag.
    pub tag: Tag,
    /// Its shape.
    pub channel: Channel,
    /// The revision that it runs.
    pub revision: RevisionRef,
}

/// Renders the tag. The same revision, assignment and macros give the same bytes. Refused when the creative may not
/// be delivered now.
pub async fn render(
    inside: &Inside,
    caller: &Caller,
    request: Render,
    links: &dyn Links,
) -> Result<Rendered, Failure> {
    let account = caller.account(Permission::Read)?;
    let Render { creative: id, channel, assignment, format, macros, click } = request;
    let mut work = inside.read().await?;
    let creative = work.creatives().get(account, id).await?.ok_or(Failure::NotFound("creative"))?;
    let target = manifests::target(&inside.catalogue, creative.kind, format.as_ref())?;
    let run = match creative.active {
        Some(active) => work.revisions().newest_run(account, id, active.no).await?,
        None => None,
    };
    let active = deliverable(&creative, run.as_ref(), inside.clock.now(), format.as_ref())?;
    let assignment = match assignment {
        None => None,
        Some(assignment) => {
            let found = work.assignments().get(account, assignment).await?;
            let found = found.filter(|it| it.creative == id && it.ended_at.is_none());
            Some(found.ok_or_else(|| {
                let detail = "there is no such assignment of this creative that is in use";
                Failure::Invalid(vec![FieldError::new("/assignment", detail)])
            })?)
        }
    };
    let revision =
        work.revisions().get(account, id, active.no).await?.ok_or(Failure::NotFound("revision"))?;
    let material = Material::load(inside, work.as_mut(), creative, revision).await?;
    drop(work);
    let channel = channel.unwrap_or(Channel::of(material.revision.manifest.kind())[0]);
    let size = target.and_then(|format| format.size);
    let links = material.links(links);
    let input = material.input(&links, assignment.as_ref(), size, &macros, &click);
    Ok(Rendered { account, tag: tag::tag(&input, channel)?, channel, revision: active })
}
