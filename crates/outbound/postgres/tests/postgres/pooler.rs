//! Nobody sees another one's rows behind a pooler that hands server connections around; and the harness that shows it
//! sees wrong rows when statements go out unguarded.

use creativestore_domain::account::{Account, ChangePolicy};
use creativestore_domain::id::AccountId;
use creativestore_domain::text::Name;
use creativestore_domain::time::Timestamp;
use creativestore_ports::page::PageRequest;
use creativestore_ports::store::{Intent, Store};
use creativestore_postgres::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use creativestore_tests::servers::postgres::{PASSWORD, SERVICE};

use crate::given::{SERVERS, Way, store};

/// How many ask at once, and how often each.
pub const CLIENTS: u32 = 48;
const QUESTIONS: u32 = 40;

pub fn id(number: u32) -> AccountId {
    AccountId::parse(&format!("acc_{number:032x}")).expect("an id")
}

pub fn account(number: u32) -> Account {
    Account {
        id: id(number),
        name: Name::parse(&format!("Account {number}")).expect("a name"),
        brand_domain: None,
        operator: None,
        change_policy: ChangePolicy::Staged,
        version: 1,
        created_at: Timestamp::from_micros(1),
        updated_at: Timestamp::from_micros(1),
    }
}

pub async fn filled(store: &PostgresStore) {
    let mut work = store.begin(Intent::Write).await.expect("a unit of work");
    for number in 0..CLIENTS {
        work.tenancy().insert_account(&account(number)).await.expect("inserts");
    }
    work.commit().await.expect("commits");
}

/// Of all questions, how many were answered with another one's account, and how many with an error.
pub async fn interleaved(store: PostgresStore) -> (u32, u32) {
    let ask = |number| {
        let store = store.clone();
        tokio::spawn(async move {
            let (mut wrong, mut failed) = (0, 0);
            for question in 0..QUESTIONS {
                let intent = if question % 2 == 0 { Intent::Peek } else { Intent::Read };
                let answer = async {
                    let mut work = store.begin(intent).await?;
                    // Worded in two ways, so that a mix-up of statements shows, too.
                    if number % 2 == 0 {
                        return work.tenancy().account(id(number)).await;
                    }
                    let page = PageRequest { limit: 1, after: None };
                    let page = work.tenancy().accounts(Some(&[id(number)]), &page).await?;
                    Ok(page.items.into_iter().next())
                };
                match answer.await {
                    Ok(Some(account)) if account.id == id(number) => {}
                    Ok(_) => wrong += 1,
                    Err(_) => failed += 1,
                }
            }
            (wrong, failed)
        })
    };
    let mut total = (0, 0);
    for asked in (0..CLIENTS).map(ask).collect::<Vec<_>>() {
        let (wrong, failed) = asked.await.expect("asked");
        total = (total.0 + wrong, total.1 + failed);
    }
    total
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_another_ones_rows_with_one_server_connection_and_48_clients() {
    for way in [Way::PackagedOne, Way::NewerOne] {
        let (store, _) = store(way).await;
        filled(&store).await;
        assert_eq!(interleaved(store).await, (0, 0), "{way:?}");
    }
}

/// The same questions by plain sqlx, unnamed and outside a transaction: what the adapter makes impossible.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_safeguard_the_same_questions_get_other_ones_rows() {
    let (store, name) = store(Way::PackagedOne).await;
    filled(&store).await;
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(SERVERS.port(Way::PackagedOne))
        .database(&name)
        .username(SERVICE)
        .password(PASSWORD)
        .extra_float_digits(None);
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.expect("connects");
    let ask = |number| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut wrong = 0;
            for _ in 0..QUESTIONS {
                // Each client words it in its own way, as different requests do.
                let sql = format!("SELECT id FROM accounts WHERE id = $1 AND id = '{}'", id(number));
                let question = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql));
                let question = question.bind(id(number).to_string()).persistent(false);
                let answer = question.fetch_optional(&pool).await;
                wrong += u32::from(answer.is_ok_and(|found| found != Some(id(number).to_string())));
            }
            wrong
        })
    };
    let mut wrong = 0;
    for asked in (0..CLIENTS).map(ask).collect::<Vec<_>>() {
        wrong += asked.await.expect("asked");
    }
    assert!(wrong > 0, "the harness sees nothing");
}
