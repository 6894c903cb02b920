//! Accounts, concepts, members, keys and the audit log over the wire.

use creativestore_domain::access::Role;
use creativestore_domain::account::Account;
use creativestore_domain::concept::Concept;
use creativestore_ports::journal::{AuditEntry, Origin};
use creativestore_ports::people::{ApiKey, User};
use creativestore_wire::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

/// An account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The brand's domain.
    pub brand_domain: Option<String>,
    /// Who acts for the brand.
    pub operator: Option<String>,
    /// What new creatives get as their change policy: `staged` or `strict`.
    pub change_policy: String,
    /// What `If-Match` names, in quotes.
    pub version: u32,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, name, brand_domain, operator, change_policy, version, created_at, updated_at } =
            account;
        Self {
            id: id.to_string(),
            name: name.to_string(),
            brand_domain: brand_domain.map(|it| it.to_string()),
            operator: operator.map(|it| it.to_string()),
            change_policy: change_policy.as_str().into(),
            version,
            created_at: rfc3339(created_at),
            updated_at: rfc3339(updated_at),
        }
    }
}

/// A concept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConceptView {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// What people call it.
    pub name: String,
    /// What `If-Match` names, in quotes.
    pub version: u32,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

impl From<Concept> for ConceptView {
    fn from(concept: Concept) -> Self {
        let Concept { id, account, name, version, created_at, updated_at } = concept;
        Self {
            id: id.to_string(),
            account: account.to_string(),
            name: name.to_string(),
            version,
            created_at: rfc3339(created_at),
            updated_at: rfc3339(updated_at),
        }
    }
}

/// Somebody who was granted something in an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// The user.
    pub user: String,
    /// What they sign in with.
    pub login: String,
    /// What others call them.
    pub name: String,
    /// `viewer`, `reviewer`, `editor` or `admin`.
    pub role: String,
}

impl MemberView {
    /// A user with their role.
    pub fn new(user: User, role: Role) -> Self {
        let User { id, login, name, .. } = user;
        Self {
            user: id.to_string(),
            login: login.to_string(),
            name: name.to_string(),
            role: role.as_str().into(),
        }
    }
}

/// A key for a program, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiKeyView {
    /// Its id.
    pub id: String,
    /// The account that it is for.
    pub account: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// When it was made.
    pub created_at: String,
    /// When it stops working by itself.
    pub expires_at: Option<String>,
    /// When it was taken back.
    pub revoked_at: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, account, name, role, secret: _, created_at, expires_at, revoked_at } = key;
        Self {
            id: id.to_string(),
            account: account.to_string(),
            name: name.to_string(),
            role: role.as_str().into(),
            created_at: rfc3339(created_at),
            expires_at: expires_at.map(rfc3339),
            revoked_at: revoked_at.map(rfc3339),
        }
    }
}

/// A line of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditView {
    /// Its id.
    pub id: String,
    /// Who: `usr_…`, `key_…` or `system`.
    pub by: String,
    /// When.
    pub at: String,
    /// From which address.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What: an event's type, or `api_key.created`, `session.started`, …
    pub action: String,
    /// To what.
    pub subject: String,
    /// More, for people.
    pub detail: String,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry {
            id,
            account: _,
            by,
            at,
            origin: Origin { address, request_id, trace: _ },
            action,
            subject,
            detail,
        } = entry;
        Self {
            id: id.to_string(),
            by: by.to_string(),
            at: rfc3339(at),
            address: address.map(|it| it.to_string()),
            request_id: request_id.as_deref().map(str::to_owned),
            action,
            subject,
            detail,
        }
    }
}
