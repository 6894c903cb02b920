//! An account to work in on a fresh service, for commands that are about something else. Knows three routes.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::http::{Answer, Client};
use crate::service::Service;

/// An account, and its administrator.
pub struct Account {
    pub id: String,
    pub client: Client,
}

impl Account {
    /// Signs the first administrator in and makes an account.
    pub fn on(service: &Service) -> anyhow::Result<Self> {
        let token = service.one_time_token.as_deref().context("the service has a user already")?;
        let client = Client::new(&service.url);
        let session = due(&client.post("/v1/auth/token", &json!({ "one_time_token": token }))?, 200)?;
        let client = client.with_bearer(session["access_token"].as_str().context("an access token")?);
        let account = due(&client.post("/v1/accounts", &json!({ "name": "A fresh account" }))?, 201)?;
        let id = account["id"].as_str().context("an id")?.to_owned();
        Ok(Self { id, client })
    }

    /// The same account in another replica.
    pub fn at(&self, url: &str) -> Self {
        Self { id: self.id.clone(), client: self.client.at(url) }
    }

    /// A path with the account that it is about.
    pub fn path(&self, path: &str) -> String {
        format!("{path}{}account={}", if path.contains('?') { '&' } else { '?' }, self.id)
    }

    /// The secret of a new key that may read and write here.
    pub fn key(&self) -> anyhow::Result<String> {
        let wanted = json!({ "name": "A key", "role": "editor" });
        let key = due(&self.client.post(&self.path("/v1/api-keys"), &wanted)?, 201)?;
        Ok(key["secret"].as_str().context("a secret")?.to_owned())
    }
}

/// The JSON of an answer, whose status is the one that is due.
pub fn due(answer: &Answer, status: u16) -> anyhow::Result<Value> {
    ensure!(answer.status == status, "{}, where {status} is due", answer.told());
    Ok(answer.json())
}
