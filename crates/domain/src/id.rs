//! Prefixed, time-ordered ids, one type per entity: a prefix that tells the entity, `_`, and a `UUIDv7` as 32
//! lower-case hex digits. Sorting the text sorts by time of creation.

use uuid::Uuid;

/// The text is not an id of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {article} id: expected `{prefix}_` and 32 lower-case hexadecimal digits", article = .noun)]
pub struct NotAnId {
    /// What the id would name, with its article: `a creative`.
    pub noun: &'static str,
    /// What ids of this kind begin with.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $noun:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What ids of this kind begin with.
            pub const PREFIX: &'static str = $prefix;

            /// The id around a UUID, which the caller took from the `Ids` port.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Reads the form that `Display` writes; nothing else is an id.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                parse($prefix, text).map(Self).ok_or(NotAnId { noun: $noun, prefix: $prefix })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(self.0.simple().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }
    )*};
}

fn parse(prefix: &str, text: &str) -> Option<Uuid> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    let plain =
        digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    plain.then(|| Uuid::try_parse(digits).ok()).flatten()
}

ids! {
    /// An account.
    AccountId = "acc", "an account";
    /// A concept.
    ConceptId = "con", "a concept";
    /// A creative.
    CreativeId = "cr", "a creative";
    /// A review.
    ReviewId = "rev", "a review";
    /// A check run.
    CheckRunId = "chk", "a check run";
    /// An assignment.
    AssignmentId = "asg", "an assignment";
    /// A user.
    UserId = "usr", "a user";
    /// An API key.
    ApiKeyId = "key", "an API key";
    /// A refresh token's family: all tokens that descend from one sign-in.
    FamilyId = "fam", "a token family";
    /// An event.
    EventId = "evt", "an event";
    /// An entry of the audit log.
    AuditId = "aud", "an audit entry";
    /// A unit of background work.
    JobId = "job", "a job";
    /// A worker's claim on a job: what fences off a worker that was thought dead.
    LeaseId = "lse", "a lease";
}
