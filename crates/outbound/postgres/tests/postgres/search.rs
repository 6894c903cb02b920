//! Postgres finds what SQLite finds, in the same order, page by page, among ten thousand creatives.

use creativestore_contract::sameness::{QUESTIONS, answer, fill, questions};
use creativestore_sqlite::SqliteStore;

use crate::given::{Way, ask, store};

const SEED: u64 = 2026;

/// Writes the terms of half of the creatives again as the binary of the schema before does, which knows of no moment.
const AS_BEFORE: &str = "WITH taken AS (
    DELETE FROM creative_terms WHERE hashtext(creative_id) % 2 = 0 RETURNING account_id, term, creative_id)
  INSERT INTO creative_terms (account_id, term, creative_id) SELECT account_id, term, creative_id FROM taken";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_lists_of_ten_thousand_creatives_are_the_same_on_both_databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = SqliteStore::open(&folder.path().join("creativestore.db")).await.expect("opens");
    sqlite.migrate().await.expect("migrates");
    let (postgres, name) = store(Way::Direct).await;
    // One writes at a time into SQLite.
    tokio::join!(fill(&sqlite, SEED, 1), fill(&postgres, SEED, 4));
    ask(&name, AS_BEFORE).await.expect("the schema serves the binary before");
    // As the server does by itself a minute after so many rows came; until then its plans for them are poor.
    ask(&name, "ANALYZE").await.expect("analyzes");
    let (mut found, mut several) = (0, 0);
    for (number, question) in questions(SEED).iter().enumerate() {
        let (one, another) = tokio::join!(answer(&sqlite, question), answer(&postgres, question));
        assert!(one == another, "{number}: {question:?}\n{one:#?}\n{another:#?}");
        found += u32::from(!one.0.is_empty());
        several += u32::from(one.1.is_some());
    }
    // Otherwise they would be alike in finding nothing.
    assert!(found > QUESTIONS / 2 && several > QUESTIONS / 10, "{found} found something, {several} went on");
}
