//! Who am I?

use creativestore_domain::access::Actor;
use creativestore_domain::text::Name;

use crate::caller::Caller;
use crate::failure::{Failure, Unauthenticated};
use crate::inside::Inside;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Me {
    /// As the records name them.
    pub actor: Actor,
    /// What others call them.
    pub name: Name,
}

/// Who makes this request; what they were granted stands in the caller.
pub async fn me(inside: &Inside, caller: &Caller) -> Result<Me, Failure> {
    let mut work = inside.read().await?;
    let name = match caller.actor {
        Actor::User(id) => work.people().user(id).await?.map(|user| user.name),
        Actor::ApiKey(id) => work.people().api_key(id).await?.map(|key| key.name),
        Actor::System => None,
    };
    Ok(Me { actor: caller.actor, name: name.ok_or(Unauthenticated::TokenInvalid)? })
}
