//! A pooler that is restarted, paused, or has one connection for everybody.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use creativestore_tests::http::Client;
use creativestore_tests::servers::pgbouncer::{Pgbouncer, Release};
use creativestore_tests::servers::postgres::Postgres;
use serde_json::json;

use super::{concepts, exactly, first, make_concept, settings, until_status};
use crate::program::PATIENCE;

#[test]
fn a_pooler_that_is_restarted_or_paused_is_waited_for() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    postgres.database("pooled")?;
    let mut pooler = Pgbouncer::start(Release::Newer, &postgres, 4)?;
    let (port, number) = (pooler.port.to_string(), pooler.port);
    let (replica, house) = first(&settings(&port, "pooled"))?;
    let anyone = replica.server.anyone();
    make_concept(&house.client, "at first", PATIENCE)?;

    drop(pooler);
    until_status(&anyone, 503)?;
    pooler = Pgbouncer::start_on(number, Release::Newer, &postgres, 4)?;
    until_status(&anyone, 200)?;
    make_concept(&house.client, "after a restart", PATIENCE)?;

    pooler.tell("PAUSE")?;
    let paused = house.client.clone();
    let waiting = std::thread::spawn(move || make_concept(&paused, "asked for in a pause", PATIENCE));
    until_status(&anyone, 503)?;
    pooler.tell("RESUME")?;
    waiting.join().ok().context("it does not panic")??;
    until_status(&anyone, 200)?;
    let all = ["at first", "after a restart", "asked for in a pause"].map(str::to_owned);
    exactly(&house.client, all.to_vec())?;
    ensure!(replica.server.terminate()?.success(), "it ended badly");
    Ok(())
}

/// How many ask at once, of how many accounts.
const CLIENTS: usize = 48;
const ACCOUNTS: usize = 6;

#[test]
fn one_connection_serves_48_clients_of_several_accounts_and_nobody_sees_anothers() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    for release in [Release::Packaged, Release::Newer] {
        let name = if release == Release::Packaged { "one_old" } else { "one_new" };
        postgres.database(name)?;
        let pooler = Pgbouncer::start(release, &postgres, 1)?;
        let port = pooler.port.to_string();
        let (replica, house) = first(&settings(&port, name))?;
        let clients = (0..ACCOUNTS).map(|number| account(&house.admin, number));
        let clients: Vec<Client> = clients.collect::<anyhow::Result<_>>()?;
        std::thread::scope(|scope| {
            let hands: Vec<_> = (0..CLIENTS)
                .map(|hand| {
                    let client = clients[hand % ACCOUNTS].clone();
                    scope.spawn(move || ask(&client, hand))
                })
                .collect();
            hands.into_iter().try_for_each(|hand| hand.join().expect("a hand does not panic"))
        })
        .with_context(|| name.to_owned())?;
        ensure!(replica.server.terminate()?.success(), "it ended badly");
    }
    Ok(())
}

fn account(admin: &Client, number: usize) -> anyhow::Result<Client> {
    let account = admin.post("/v1/accounts", &json!({ "name": format!("account {number}") }))?.expect(201)?;
    let key = json!({ "account": account["id"], "name": "test", "role": "admin" });
    let key = admin.post("/v1/api-keys", &key)?.expect(201)?;
    Ok(admin.with_bearer(key["secret"].as_str().context("a secret")?))
}

/// Makes things, and looks that all that is there is its account's own.
fn ask(client: &Client, hand: usize) -> anyhow::Result<()> {
    let own = format!("account {}:", hand % ACCOUNTS);
    for round in 0..4 {
        make_concept(client, &format!("{own} {hand} {round}"), Duration::from_mins(1))?;
        let found = concepts(client)?;
        ensure!(found.iter().all(|name| name.starts_with(&own)), "{own} sees {found:?}");
        ensure!(!found.is_empty(), "{own} sees nothing");
    }
    Ok(())
}
