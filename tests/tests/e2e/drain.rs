//! From start to end: what a signal does, and what must not be started beside or on top of what. Knows no creative.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::{noise, sha256};
use rustix::process::Signal;

use crate::program::{self, PATIENCE};
use crate::server::{self, SOON, Server, World};
use crate::wire::{Wire, upload_head};

/// Asks until the service is no longer ready.
fn unready(server: &Server) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < SOON {
        let answer = server.anyone().get("/health/ready")?;
        if answer.status == 503 {
            ensure!(answer.value()["status"] == "draining", "{}", answer.text());
            return Ok(());
        }
    }
    anyhow::bail!("still ready {SOON:?} after SIGTERM")
}

/// Connects until nobody listens any more.
fn deaf(server: &Server) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if Wire::to(server.address()).is_err() {
            return Ok(());
        }
    }
    anyhow::bail!("still listening {SOON:?} after SIGTERM")
}

#[test]
fn a_terminated_service_is_unready_serves_on_for_the_delay_and_ends_well() -> anyhow::Result<()> {
    let World { house, mut server, folder: _folder } = World::start(&[("SERVER_DRAIN_DELAY", "2s")])?;
    ensure!(server.anyone().get("/health/ready")?.status == 200, "not ready");
    let mut stream = house.client.follow(&house.account, 0)?;
    let start = Instant::now();
    server.running.signal(Signal::TERM)?;
    unready(&server)?;
    ensure!(server.anyone().get("/health/live")?.status == 200, "it lives");
    let put = house.client.upload(b"while it drains");
    let in_time = start.elapsed().as_secs() < 2;
    ensure!(!in_time || put?.status == 201, "refused while it drains");
    ensure!(stream.event().is_err(), "an event, though nothing happened to a creative");
    let status = server.running.end(SOON)?;
    ensure!(status.success() && start.elapsed().as_secs() >= 2, "{status} after {:?}", start.elapsed());
    ensure!(server.log().contains("ended"), "no word of it: {}", server.log());
    Ok(())
}

/// An upload that has begun when the service is told to end.
fn begun(server: &Server, key: &str, bytes: &[u8]) -> anyhow::Result<Wire> {
    let mut wire = Wire::to(server.address())?;
    let framing = format!("Expect: 100-continue\r\nContent-Length: {}", bytes.len());
    wire.send(upload_head(key, &framing))?;
    // It is read: the service waits for more.
    ensure!(wire.reply()?.status == 100, "it does not want the body");
    wire.send(&bytes[..bytes.len() / 2])?;
    server.running.signal(Signal::TERM)?;
    deaf(server)?;
    Ok(wire)
}

#[test]
fn an_upload_that_is_under_way_when_it_ends_is_finished() -> anyhow::Result<()> {
    let World { house, mut server, folder } = World::start(&[])?;
    let bytes = noise(3, 300_000);
    let mut wire = begun(&server, &house.key, &bytes)?;
    wire.send(&bytes[bytes.len() / 2..])?;
    let reply = wire.reply()?;
    ensure!(reply.status == 201 && reply.body.contains(&sha256(&bytes)), "{reply:?}");
    ensure!(server.running.end(SOON)?.success(), "it ended badly");
    let server = Server::start(folder.path(), &[])?;
    let kept = server.anyone().with_bearer(&house.key).get(&format!("/v1/blobs/{}", sha256(&bytes)))?;
    ensure!(kept.status == 200 && kept.body == bytes, "acknowledged and lost");
    Ok(())
}

#[test]
fn an_upload_that_does_not_come_to_its_end_is_cut_at_the_limit() -> anyhow::Result<()> {
    let World { house, mut server, folder } = World::start(&[("SERVER_SHUTDOWN_LIMIT", "500ms")])?;
    let bytes = noise(4, 300_000);
    let wire = begun(&server, &house.key, &bytes)?;
    ensure!(server.running.end(SOON)?.success(), "it ended badly");
    drop(wire);
    let server = Server::start(folder.path(), &[])?;
    let kept = server.anyone().with_bearer(&house.key).get(&format!("/v1/blobs/{}", sha256(&bytes)))?;
    ensure!(kept.problem(404)? == "not_found", "half an upload is there");
    ensure!(std::fs::read_dir(server.data().join("incoming"))?.count() == 0, "its bytes are left");
    Ok(())
}

#[test]
fn a_second_signal_ends_it_at_once() -> anyhow::Result<()> {
    let World { mut server, .. } = World::start(&[("SERVER_DRAIN_DELAY", "10m")])?;
    server.running.signal(Signal::TERM)?;
    unready(&server)?;
    server.running.signal(Signal::TERM)?;
    let status = server.running.end(SOON)?;
    ensure!(status.code() == Some(1), "{status}");
    Ok(())
}

/// What a start that cannot succeed says.
fn refused(folder: &std::path::Path, settings: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut command = program::command(folder, &["serve", "--json"]);
    command.envs(settings.iter().copied());
    let ended = program::run_with(command, "")?;
    ensure!(ended.out.is_empty(), "it said that it was ready: {}", ended.out);
    let err = ended.with_code(1)?;
    ensure!(err.contains("creativestore: ") && !err.contains("panicked"), "{err}");
    Ok(err)
}

#[test]
fn a_folder_is_served_by_one_process_and_a_port_too() -> anyhow::Result<()> {
    let World { server, folder, house: _house } = World::start(&[])?;
    let second = refused(folder.path(), &[])?;
    ensure!(second.contains("another process serves the folder data"), "{second}");
    let port = server.address().rsplit(':').next().context("a port")?;
    let elsewhere = server::folder();
    let second = refused(elsewhere.path(), &[("SERVER_PORT", port)])?;
    ensure!(second.contains(port) && second.contains("SERVER_PORT"), "{second}");
    ensure!(server.anyone().get("/health/ready")?.status == 200, "the first one suffered");
    Ok(())
}

#[test]
fn all_mistakes_of_a_configuration_are_told_at_once() -> anyhow::Result<()> {
    let folder = server::folder();
    std::fs::write(
        folder.path().join("mine.yaml"),
        "server:\n  prot: 1\n  threads: many\njwt:\n  secret: ${NO_SUCH_VARIABLE}\nlimits:\n  burst: -1\n",
    )?;
    for arguments in [&["serve"][..], &["config", "check"], &["migrate"], &["user", "list"]] {
        let mut command = program::command(folder.path(), arguments);
        command.env("CONFIG_FILE", "mine.yaml").env("SERVER_PORT", "http").env("LOG_FORMAT", "xml");
        let err = program::run_with(command, "")?.with_code(78)?;
        for mistake in
            ["server.prot", "server.port", "server.threads", "NO_SUCH_VARIABLE", "limits.burst", "LOG_FORMAT"]
        {
            ensure!(err.contains(mistake), "{arguments:?}: nothing of {mistake} in: {err}");
        }
    }
    ensure!(!folder.path().join("data").exists(), "it began all the same");
    Ok(())
}

#[test]
fn migrating_twice_or_beside_a_running_service_changes_nothing() -> anyhow::Result<()> {
    let folder = server::folder();
    let first = program::run(folder.path(), &["migrate"])?.well()?;
    let second = program::run(folder.path(), &["migrate"])?.well()?;
    ensure!(first == second && first.contains("up to date"), "{first}{second}");
    let server = Server::start(folder.path(), &[])?;
    let admin = server.admin()?;
    program::run(folder.path(), &["migrate"])?.well()?;
    ensure!(admin.get("/v1/auth/me")?.status == 200, "the service suffered");
    ensure!(server.terminate()?.success(), "it ended badly");
    Ok(())
}

/// Says that the schema is of another version, which works with binaries made for `serves` and later.
fn pretend(folder: &std::path::Path, version: i64, serves: i64) -> anyhow::Result<()> {
    use sqlx::{ConnectOptions as _, Connection as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("data/creativestore.db"));
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut connection = options.connect().await?;
        let insert = sqlx::query("INSERT INTO schema_versions (version, serves) VALUES ($1, $2)");
        insert.bind(version).bind(serves).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    })
}

#[test]
fn a_schema_from_the_future_is_refused_unless_it_serves_this_binary() -> anyhow::Result<()> {
    let folder = server::folder();
    program::run(folder.path(), &["migrate"])?.well()?;
    pretend(folder.path(), 1_000, 1)?;
    let server = Server::start(folder.path(), &[])?;
    ensure!(server.anyone().get("/health/ready")?.status == 200, "a later schema that serves it");
    ensure!(server.terminate()?.success(), "it ended badly");
    pretend(folder.path(), 2_000, 2_000)?;
    let err = refused(folder.path(), &[])?;
    ensure!(err.contains("version 2000") && err.contains("newer"), "{err}");
    let err = program::run(folder.path(), &["user", "list"])?.with_code(1)?;
    ensure!(err.contains("version 2000"), "{err}");
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_written_is_named() -> anyhow::Result<()> {
    let folder = server::folder();
    // Not even the administrator of the machine can make files there.
    for place in ["/proc/self", "/proc/self/data"] {
        let err = refused(folder.path(), &[("STORAGE_FOLDER", place)])?;
        ensure!(err.contains(place), "{err}");
    }
    std::fs::write(folder.path().join("data"), "a file")?;
    let err = refused(folder.path(), &[])?;
    ensure!(err.contains("data"), "{err}");
    Ok(())
}

#[test]
fn when_no_more_can_be_written_it_says_so_keeps_what_it_has_and_goes_on() -> anyhow::Result<()> {
    let World { house, server, folder } = World::start(&[])?;
    let small = house.upload(b"a small one")?;
    ensure!(server.terminate()?.success(), "it ended badly");
    // The signal is ignored and stays ignored, so that writing beyond the limit fails as on a full disk.
    let mut command = std::process::Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" serve --json";
    let log = std::fs::File::options().append(true).open(folder.path().join("log"))?;
    command.args(["-c", script]).arg(program::program()).current_dir(folder.path()).env_clear();
    command.env("SERVER_PORT", "0").env("LIMITS_REQUESTS_PER_SECOND", "1000000").stderr(log);
    command.env("LIMITS_BURST", "1000000").stdin(std::process::Stdio::null());
    let running = program::Running::spawn(command)?;
    let line = running.line(PATIENCE)?.with_context(|| server::log(folder.path()))?;
    let server = Server::ready(running, folder.path(), &line)?;
    let client = server.anyone().with_bearer(&house.key);

    let large = noise(5, 6 << 20);
    let mut wire = Wire::to(server.address())?;
    wire.send(upload_head(&house.key, &format!("Content-Length: {}", large.len())))?;
    // It has had enough before all of it has come.
    let _ = wire.send(&large);
    let reply = wire.reply()?;
    ensure!(reply.status == 503 && reply.body.contains("problem:unavailable"), "{reply:?}");
    ensure!(std::fs::read_dir(server.data().join("incoming"))?.count() == 0, "a part of it is left");
    ensure!(client.get(&format!("/v1/blobs/{}", sha256(&large)))?.status == 404, "it is there");
    let mut made = Vec::new();
    let refused = loop {
        ensure!(made.len() < 2_000, "the database never came to the end of the disk");
        let answer = client.post("/v1/concepts", &serde_json::json!({ "name": "c".repeat(200) }))?;
        if answer.status != 201 {
            break answer;
        }
        made.push(answer.value()["id"].as_str().context("an id")?.to_owned());
    };
    ensure!(refused.problem(503)? == "unavailable", "{}", refused.text());
    ensure!(client.get(&format!("/v1/blobs/{small}"))?.status == 200, "reading stopped, too");
    ensure!(server.anyone().get("/health/live")?.status == 200, "it died");
    server.terminate()?;

    let server = Server::start(folder.path(), &[])?;
    let client = server.anyone().with_bearer(&house.key);
    for id in made {
        client.get(&format!("/v1/concepts/{id}"))?.expect(200)?;
    }
    ensure!(client.upload(&large)?.status == 201, "it has not recovered");
    Ok(())
}
