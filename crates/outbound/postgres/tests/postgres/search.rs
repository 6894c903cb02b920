//! Postgres finds what SQLite finds, in the same order, page by page, among ten thousand creatives.

use creativestore_contract::sameness::{QUESTIONS, answer, fill, questions};
use creativestore_domain::format::FormatId;
use creativestore_domain::id::AccountId;
use creativestore_domain::search::QueryTerm;
use creativestore_domain::states::Status;
use creativestore_domain::text::Label;
use creativestore_ports::creatives::{CreativeFilter, Sort, SortBy};
use creativestore_ports::page::{Key, PageRequest, Position};
use creativestore_sql::list::{Lead, Shown, creatives};
use creativestore_sql::statement::{Arg, Statement};
use creativestore_sqlite::SqliteStore;

use crate::given::{Way, ask, store};

const SEED: u64 = 2026;

/// Writes what half of the creatives are found by again as the binary of the schema before does, which knows of no moment.
fn as_before() -> String {
    let of = |(table, column)| {
        format!(
            "WITH taken AS (
               DELETE FROM {table} WHERE hashtext(creative_id) % 2 = 0 RETURNING account_id, {column}, creative_id)
             INSERT INTO {table} (account_id, {column}, creative_id) SELECT account_id, {column}, creative_id FROM taken;"
        )
    };
    [("creative_terms", "term"), ("creative_labels", "label"), ("creative_formats", "format_id")]
        .map(of)
        .concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_lists_of_ten_thousand_creatives_are_the_same_on_both_databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = SqliteStore::open(&folder.path().join("creativestore.db")).await.expect("opens");
    sqlite.migrate().await.expect("migrates");
    let (postgres, name) = store(Way::Direct).await;
    // One writes at a time into SQLite.
    tokio::join!(fill(&sqlite, SEED, 1), fill(&postgres, SEED, 4));
    ask(&name, &as_before()).await.expect("the schema serves the binary before");
    // As the server does by itself a minute after so many rows came; until then its plans for them are poor.
    ask(&name, "VACUUM ANALYZE").await.expect("vacuums and analyzes");
    walks_are_planned_once(&name).await;
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

/// Whoever begins with a part has the plan that is meant, and the same one whatever is looked for.
async fn walks_are_planned_once(name: &str) {
    let every = CreativeFilter::default();
    let filter = CreativeFilter {
        format: Some(FormatId::parse("banner").expect("a format")),
        label: Some(Label::parse("winter").expect("a label")),
        statuses: vec![Status::Approved, Status::Rejected],
        terms: vec![QueryTerm::Exact("sale".into()), QueryTerm::Prefix("h".into())],
        ..CreativeFilter::default()
    };
    let account = AccountId::new("00000000-0000-7000-8000-000000000001".parse().expect("a UUID"));
    let id = "cr_00000000000070008000000000000001".to_owned();
    let after = Some(Position { key: Key::Number(1_000_000), id });
    let list = |place: usize, values: &[&str]| (place, values.iter().map(ToString::to_string).collect());
    for (lead, meant) in [
        (Lead::Order, "creatives_by_created"),
        (Lead::Few(1), "creatives_pkey"),
        (Lead::Walk(vec![list(2, &["sale"])]), "creative_terms_in_order"),
        (Lead::Walk(vec![list(0, &["banner"]), list(1, &["winter"])]), "Merge Join"),
        (
            Lead::Walk(vec![list(3, &["holiday", "holidays"]), list(4, &["approved", "rejected"])]),
            "Merge Join",
        ),
    ] {
        let filter = if lead == Lead::Order { &every } else { &filter };
        for descending in [true, false] {
            for (after, shown) in [(None, Shown::Listed), (after.clone(), Shown::Whole)] {
                let (sort, page) =
                    (Sort { by: SortBy::Created, descending }, PageRequest { limit: 50, after });
                let Statement { sql, args, .. } = creatives(account, filter, sort, &page, &lead, shown);
                let value = |arg: &Arg| match arg {
                    Arg::Text(text) => format!("'{text}'"),
                    Arg::Number(number) => number.to_string(),
                    other => panic!("{other:?}"),
                };
                let values: Vec<_> = args.iter().map(value).collect();
                let plan = async |mode| {
                    let explain = format!(
                        "SET plan_cache_mode = {mode}; PREPARE it AS {sql}; EXPLAIN EXECUTE it ({})",
                        values.join(", ")
                    );
                    ask(name, &explain).await.expect("explains")
                };
                let (once, anew) = (plan("force_generic_plan").await, plan("force_custom_plan").await);
                assert_eq!(once, anew, "{lead:?}");
                let gathers = ["Hash", "Seq Scan", "Gather"].iter().any(|gathers| once.contains(gathers));
                assert!(once.contains(meant) && !gathers, "{lead:?}\n{sql}\n{once}");
            }
        }
    }
}
