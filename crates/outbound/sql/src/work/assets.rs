//! Records of blobs, facts and renditions.

use crate::document::{facts_from, facts_text};
use crate::rows::{BlobRow, RenditionRow};
use crate::{number, statements as sql};
use async_trait::async_trait;
use creativestore_domain::facts::{Facts, Recipe, Rendition};
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::assets::{Assets, BlobRecord};
use creativestore_ports::store::StoreError;

use super::{Connection, Document, Read, Work};
use crate::statement::Statement;

/// How "by the bytes alone" is written in a column that is part of a key.
fn expected_name(expected: Option<AssetKind>) -> &'static str {
    expected.map_or("any", AssetKind::as_str)
}

#[async_trait]
impl<C> Assets for Work<C>
where
    C: Connection,
    BlobRow: Read<C::Row>,
    RenditionRow: Read<C::Row>,
    Document: Read<C::Row>,
{
    async fn record_blob(&mut self, blob: &BlobRecord) -> Result<bool, StoreError> {
        let BlobRecord { account, sha256, bytes, created_at } = blob;
        let insert = Statement::new(sql::BLOB_INSERT)
            .bind(account.to_string())
            .bind(sha256.to_string())
            .bind(number(*bytes))
            .bind(created_at.micros());
        Ok(self.run("blob", insert).await? > 0)
    }

    async fn blob(&mut self, account: AccountId, sha256: Sha256) -> Result<Option<BlobRecord>, StoreError> {
        let get = Statement::new(sql::BLOB_GET).bind(account.to_string()).bind(sha256.to_string());
        self.one("blob", get).await?.map(BlobRow::into_domain).transpose()
    }

    async fn keep_facts(
        &mut self,
        account: AccountId,
        sha256: Sha256,
        expected: Option<AssetKind>,
        inspector: u32,
        facts: &Facts,
    ) -> Result<(), StoreError> {
        let keep = Statement::new(sql::FACTS_KEEP)
            .bind(account.to_string())
            .bind(sha256.to_string())
            .bind(expected_name(expected))
            .bind(i64::from(inspector))
            .bind(facts_text(facts));
        self.run("facts", keep).await.map(drop)
    }

    async fn facts(
        &mut self,
        account: AccountId,
        sha256: Sha256,
        expected: Option<AssetKind>,
        inspector: u32,
    ) -> Result<Option<Facts>, StoreError> {
        let get = Statement::new(sql::FACTS_GET)
            .bind(account.to_string())
            .bind(sha256.to_string())
            .bind(expected_name(expected))
            .bind(i64::from(inspector));
        let row: Option<Document> = self.one("facts", get).await?;
        row.map(|row| facts_from(&row.document)).transpose()
    }

    async fn keep_rendition(
        &mut self,
        account: AccountId,
        source: Sha256,
        rendition: &Rendition,
    ) -> Result<(), StoreError> {
        let row = RenditionRow::from(rendition);
        let keep = Statement::new(sql::RENDITION_KEEP)
            .bind(account.to_string())
            .bind(source.to_string())
            .bind(row.recipe)
            .bind(row.sha256)
            .bind(row.bytes)
            .bind(row.media_type)
            .bind(row.width)
            .bind(row.height);
        self.run("rendition", keep).await.map(drop)
    }

    async fn rendition(
        &mut self,
        account: AccountId,
        source: Sha256,
        recipe: &Recipe,
    ) -> Result<Option<Rendition>, StoreError> {
        let get = Statement::new(sql::RENDITION_GET)
            .bind(account.to_string())
            .bind(source.to_string())
            .bind(recipe.to_string());
        self.one("rendition", get).await?.map(RenditionRow::into_domain).transpose()
    }

    async fn renditions(&mut self, account: AccountId, source: Sha256) -> Result<Vec<Rendition>, StoreError> {
        let get = Statement::new(sql::RENDITION_ALL).bind(account.to_string()).bind(source.to_string());
        let rows: Vec<RenditionRow> = self.all("rendition", get).await?;
        rows.into_iter().map(RenditionRow::into_domain).collect()
    }
}
