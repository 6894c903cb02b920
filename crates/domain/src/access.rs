//! Who may do what, where: roles granted per account, and the actors that the records name.

use std::collections::BTreeMap;

use crate::id::{AccountId, ApiKeyId, UserId};

/// What a role allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Look at everything of the account, take tags and previews.
    Read,
    /// Put creatives in, change, assign, archive and resubmit them.
    Write,
    /// Decide on creatives.
    Review,
    /// Change the account, its members and its API keys, and read its audit log.
    Administer,
}

/// A role in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks and decides.
    Reviewer,
    /// Looks and puts in.
    Editor,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Reviewer, Self::Editor, Self::Admin];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role carries the permission.
    pub const fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => true,
            Permission::Write => matches!(self, Self::Editor | Self::Admin),
            Permission::Review => matches!(self, Self::Reviewer | Self::Admin),
            Permission::Administer => matches!(self, Self::Admin),
        }
    }
}

/// What somebody was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Administrator of the whole installation: every account, present and future, and who may make them.
    pub installation: bool,
    /// Roles by account.
    pub accounts: BTreeMap<AccountId, Role>,
}

impl Grants {
    /// Whether the permission is granted in the account.
    pub fn allow(&self, account: AccountId, permission: Permission) -> bool {
        self.installation || self.accounts.get(&account).is_some_and(|role| role.allows(permission))
    }

    /// Whether anything at all is granted in the account; if not, its ids are not to be told from unknown ones.
    pub fn know(&self, account: AccountId) -> bool {
        self.installation || self.accounts.contains_key(&account)
    }
}

/// Who did something, as the records name it. Written `usr_…`, `key_…` or `system`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A person who signed in.
    User(UserId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// This program itself.
    System,
}

impl Actor {
    /// Reads the form that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "system" {
            return Some(Self::System);
        }
        let user = UserId::parse(text).map(Self::User);
        user.ok().or_else(|| ApiKeyId::parse(text).map(Self::ApiKey).ok())
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::ApiKey(id) => id.fmt(f),
            Self::System => f.write_str("system"),
        }
    }
}
