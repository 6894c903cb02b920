//! Users, API keys and refresh tokens.

use crate::rows::{ApiKeyRow, GrantRow, RefreshTokenRow, UserRow, grants};
use crate::statements as sql;
use async_trait::async_trait;
use creativestore_domain::access::Role;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{AccountId, ApiKeyId, FamilyId, UserId};
use creativestore_domain::text::Login;
use creativestore_domain::time::Timestamp;
use creativestore_ports::people::{ApiKey, People, RefreshToken, User};
use creativestore_ports::store::StoreError;

use super::{Connection, Read, Work};
use crate::statement::Statement;

impl<C: Connection> Work<C> {
    async fn with_grants(&mut self, row: Option<UserRow>) -> Result<Option<User>, StoreError>
    where
        GrantRow: Read<C::Row>,
    {
        let Some(row) = row else { return Ok(None) };
        let pairs = self.all("grant", Statement::new(sql::GRANTS_OF).bind(row.id.clone())).await?;
        row.into_domain(grants(pairs)?).map(Some)
    }

    async fn write_grants(&mut self, user: &User) -> Result<(), StoreError> {
        self.run("grant", Statement::new(sql::GRANTS_CLEAR).bind(user.id.to_string())).await?;
        for (account, role) in &user.grants.accounts {
            let insert = Statement::new(sql::GRANT_INSERT)
                .bind(user.id.to_string())
                .bind(account.to_string())
                .bind(role.as_str());
            self.run("grant", insert).await?;
        }
        Ok(())
    }

    async fn write_user(&mut self, statement: &'static str, user: &User) -> Result<u64, StoreError> {
        let row = UserRow::from(user);
        let write = Statement::new(statement)
            .bind(row.id)
            .bind(row.login)
            .bind(row.name)
            .bind(row.password)
            .bind(row.one_time_token)
            .bind(row.installation)
            .bind(row.created_at)
            .bind(row.disabled_at);
        self.run("user", write).await
    }
}

#[async_trait]
impl<C> People for Work<C>
where
    C: Connection,
    UserRow: Read<C::Row>,
    GrantRow: Read<C::Row>,
    ApiKeyRow: Read<C::Row>,
    RefreshTokenRow: Read<C::Row>,
{
    async fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.write_user(sql::USER_INSERT, user).await?;
        self.write_grants(user).await
    }

    async fn save_user(&mut self, user: &User) -> Result<(), StoreError> {
        if self.write_user(sql::USER_SAVE, user).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.write_grants(user).await
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = self.one("user", Statement::new(sql::USER_GET).bind(id.to_string())).await?;
        self.with_grants(row).await
    }

    async fn user_by_login(&mut self, login: &Login) -> Result<Option<User>, StoreError> {
        let row = self.one("user", Statement::new(sql::USER_BY_LOGIN).bind(login.to_string())).await?;
        self.with_grants(row).await
    }

    async fn user_by_one_time_token(&mut self, token: Sha256) -> Result<Option<User>, StoreError> {
        let row =
            self.one("user", Statement::new(sql::USER_BY_ONE_TIME_TOKEN).bind(token.to_string())).await?;
        self.with_grants(row).await
    }

    async fn users(&mut self) -> Result<Vec<User>, StoreError> {
        let rows: Vec<UserRow> = self.all("user", Statement::new(sql::USER_LIST)).await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            users.extend(self.with_grants(Some(row)).await?);
        }
        Ok(users)
    }

    async fn members(&mut self, account: AccountId) -> Result<Vec<(User, Role)>, StoreError> {
        let rows: Vec<UserRow> =
            self.all("user", Statement::new(sql::USER_MEMBERS).bind(account.to_string())).await?;
        let mut members = Vec::with_capacity(rows.len());
        for row in rows {
            let user = self.with_grants(Some(row)).await?;
            members.extend(
                user.and_then(|user| user.grants.accounts.get(&account).copied().map(|role| (user, role))),
            );
        }
        Ok(members)
    }

    async fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        let row = ApiKeyRow::from(key);
        let insert = Statement::new(sql::KEY_INSERT)
            .bind(row.id)
            .bind(row.account_id)
            .bind(row.name)
            .bind(row.role)
            .bind(row.secret)
            .bind(row.created_at)
            .bind(row.expires_at)
            .bind(row.revoked_at);
        self.run("API key", insert).await.map(drop)
    }

    async fn api_key_by_secret(&mut self, secret: Sha256) -> Result<Option<ApiKey>, StoreError> {
        let row = self.one("API key", Statement::new(sql::KEY_BY_SECRET).bind(secret.to_string())).await?;
        row.map(ApiKeyRow::into_domain).transpose()
    }

    async fn api_key(&mut self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.one("API key", Statement::new(sql::KEY_GET).bind(id.to_string())).await?;
        row.map(ApiKeyRow::into_domain).transpose()
    }

    async fn api_keys(&mut self, account: AccountId) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<ApiKeyRow> =
            self.all("API key", Statement::new(sql::KEY_LIST).bind(account.to_string())).await?;
        rows.into_iter().map(ApiKeyRow::into_domain).collect()
    }

    async fn revoke_api_key(
        &mut self,
        account: AccountId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let revoke =
            Statement::new(sql::KEY_REVOKE).bind(account.to_string()).bind(id.to_string()).bind(at.micros());
        Ok(self.run("API key", revoke).await? > 0)
    }

    async fn insert_refresh_token(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let row = RefreshTokenRow::from(token);
        let insert = Statement::new(sql::REFRESH_INSERT)
            .bind(row.token)
            .bind(row.family)
            .bind(row.holder)
            .bind(row.issued_at)
            .bind(row.expires_at)
            .bind(row.used_at)
            .bind(row.revoked_at);
        self.run("refresh token", insert).await.map(drop)
    }

    async fn refresh_token(&mut self, token: Sha256) -> Result<Option<RefreshToken>, StoreError> {
        let row = self.one("refresh token", Statement::new(sql::REFRESH_GET).bind(token.to_string())).await?;
        row.map(RefreshTokenRow::into_domain).transpose()
    }

    async fn use_refresh_token(&mut self, token: Sha256, at: Timestamp) -> Result<(), StoreError> {
        let update = Statement::new(sql::REFRESH_USE).bind(token.to_string()).bind(at.micros());
        self.run_on_one("refresh token", update).await
    }

    async fn revoke_family(&mut self, family: FamilyId, at: Timestamp) -> Result<(), StoreError> {
        let revoke = Statement::new(sql::REFRESH_REVOKE).bind(family.to_string()).bind(at.micros());
        self.run("refresh token", revoke).await.map(drop)
    }

    async fn forget_refresh_tokens(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.run("refresh token", Statement::new(sql::REFRESH_FORGET).bind(before.micros())).await
    }
}
