//! Consul: whoever looks for the service finds each replica that is ready; nothing waits for Consul.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Instant;

use anyhow::ensure;
use creativestore_tests::servers::consul::Consul;
use creativestore_tests::servers::postgres::Postgres;
use creativestore_tests::servers::{free_port, wait};
use rustix::process::Signal;

use super::{first, settings, until_status};
use crate::program::PATIENCE;
use crate::server::SOON;

fn with_consul<'a>(mut settings: Vec<(&'a str, &'a str)>, addr: &'a str) -> Vec<(&'a str, &'a str)> {
    settings.extend([("CONSUL_ENABLED", "true"), ("CONSUL_ADDR", addr), ("SERVER_NAME", "creativestore")]);
    settings
}

/// The ports of the instances in the catalogue.
fn instances(consul: &Consul) -> Vec<u64> {
    let found = consul.get("/v1/catalog/service/creativestore").unwrap_or_default();
    found.as_array().into_iter().flatten().filter_map(|it| it["ServicePort"].as_u64()).collect()
}

fn passing(consul: &Consul) -> usize {
    let found = consul.get("/v1/health/service/creativestore?passing").unwrap_or_default();
    found.as_array().map_or(0, Vec::len)
}

#[test]
fn an_instance_is_in_the_catalogue_while_it_serves_and_comes_back_when_consul_forgets() -> anyhow::Result<()>
{
    let postgres = Postgres::start(false)?;
    postgres.database("registered")?;
    let number = free_port()?;
    let (port, addr) = (postgres.port.to_string(), format!("127.0.0.1:{number}"));
    let consul = Consul::start_on(number)?;
    let mut settings = with_consul(settings(&port, "registered"), &addr);
    settings.push(("SERVER_DRAIN_DELAY", "3s"));
    let (mut replica, _) = first(&settings)?;
    let own = u64::from(replica.address()?.port());
    wait("it is not registered", || instances(&consul) == [own] && passing(&consul) == 1)?;
    let found = consul.get("/v1/catalog/service/creativestore")?;
    ensure!(found[0]["ServiceTags"].to_string().contains("version="), "{found}");
    // Started again with nothing in it.
    consul.stop();
    wait("it does not say so", || {
        let health = replica.server.anyone().get("/health/ready");
        health.is_ok_and(|it| it.status == 200 && it.value()["dependencies"]["consul"]["state"] == "down")
    })?;
    let consul = Consul::start_on(number)?;
    wait("it is not registered again", || instances(&consul) == [own])?;
    // It leaves before it stops serving.
    replica.server.running.signal(Signal::TERM)?;
    wait("it is still in the catalogue", || instances(&consul).is_empty())?;
    ensure!(replica.server.anyone().get("/health/live")?.status == 200, "it serves on for the drain delay");
    ensure!(replica.server.running.end(PATIENCE)?.success(), "it ended badly");
    Ok(())
}

#[test]
fn a_consul_that_is_absent_hangs_or_talks_nonsense_delays_nothing() -> anyhow::Result<()> {
    let postgres = Postgres::start(false)?;
    let port = postgres.port.to_string();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let nonsense = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let nobody = free_port()?;
    let ways = [
        ("absent", nobody),
        ("silent", silent.local_addr()?.port()),
        ("nonsense", nonsense.local_addr()?.port()),
    ];
    std::thread::spawn(move || {
        for mut stream in nonsense.incoming().map_while(Result::ok) {
            use std::io::Write as _;
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n<html>{[nonsense");
        }
    });
    for (name, number) in ways {
        postgres.database(name)?;
        let addr = format!("127.0.0.1:{number}");
        let settings = with_consul(settings(&port, name), &addr);
        let (replica, house) = first(&settings)?;
        until_status(&replica.server.anyone(), 200)?;
        wait("it does not say that Consul is down", || {
            let health = replica.server.anyone().get("/health/ready");
            health.is_ok_and(|it| it.status == 200 && it.value()["dependencies"]["consul"]["state"] == "down")
        })?;
        ensure!(house.client.get("/v1/concepts")?.status == 200, "{name}: it does not serve");
        let start = Instant::now();
        ensure!(replica.server.terminate()?.success(), "{name}: it ended badly");
        ensure!(start.elapsed() < SOON, "{name}: its end took {:?}", start.elapsed());
    }
    drop(silent);
    Ok(())
}
