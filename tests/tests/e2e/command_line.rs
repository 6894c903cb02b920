//! The command line, beside a running service and without one. Knows what is printed, and how commands end.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::program::{self, PATIENCE, Running, run, run_with};
use crate::server::{self, SOON, Server, World, sign_in};

#[test]
fn every_command_teaches() -> anyhow::Result<()> {
    let folder = server::folder();
    let commands: [(&[&str], &str); 11] = [
        (&["--help"], "Exit codes"),
        (&["serve", "--help"], "SIGTERM"),
        (&["migrate", "--help"], "up to date"),
        (&["config", "check", "--help"], "masked"),
        (&["user", "create", "--help"], "--grant"),
        (&["user", "list", "--help"], "--json"),
        (&["user", "invite", "--help"], "one-time token"),
        (&["user", "disable", "--help"], "login"),
        (&["token", "--help"], "--api-key"),
        (&["openapi", "--help"], "OpenAPI"),
        (&["events", "tail", "--help"], "--after"),
    ];
    for (arguments, word) in commands {
        let taught = run(folder.path(), arguments)?.well()?;
        ensure!(taught.contains(word) && taught.contains("Usage"), "{arguments:?}: {taught}");
    }
    for wrong in [&["sevre"][..], &[], &["serve", "--what"], &["token"], &["user", "create"]] {
        let err = run(folder.path(), wrong)?.with_code(2)?;
        ensure!(err.contains("Usage") || err.contains("error"), "{wrong:?}: {err}");
    }
    ensure!(!folder.path().join("data").exists(), "asking for help made a data folder");
    Ok(())
}

#[test]
fn the_document_is_the_one_that_is_kept() -> anyhow::Result<()> {
    let folder = server::folder();
    let printed = run(folder.path(), &["openapi"])?.well()?;
    let printed: Value = serde_json::from_str(&printed)?;
    let kept: Value = serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
    ensure!(printed == kept, "docs/openapi.json is another document");
    let World { server, .. } = &World::start(&[])?;
    ensure!(server.anyone().get("/openapi.json")?.expect(200)? == kept, "the service tells another one");
    Ok(())
}

fn invited(printed: &str) -> anyhow::Result<String> {
    let printed: Value = serde_json::from_str(printed)?;
    Ok(printed["one_time_token"].as_str().context("a token")?.to_owned())
}

#[test]
fn users_are_kept_beside_a_running_service() -> anyhow::Result<()> {
    let World { house, server, folder } = World::start(&[])?;
    let grant = format!("{}=reviewer", house.account);
    let create = ["user", "create", "grace@example.com", "--name", "Grace", "--grant", &grant, "--json"];
    let first = invited(&run(folder.path(), &create)?.well()?)?;
    let err = run(folder.path(), &create)?.with_code(1)?;
    ensure!(err.contains("already") || err.contains("one there"), "twice: {err}");
    let err = run(folder.path(), &["user", "create", "nobody"])?.with_code(1)?;
    ensure!(err.contains("--grant"), "{err}");

    let second = invited(&run(folder.path(), &["user", "invite", "grace@example.com", "--json"])?.well()?)?;
    ensure!(sign_in(&server.anyone(), &first).is_err(), "the earlier invitation still works");
    let grace = sign_in(&server.anyone(), &second)?;
    ensure!(sign_in(&server.anyone(), &second).is_err(), "it works twice");
    let me = grace.get("/v1/auth/me")?.expect(200)?;
    ensure!(me["name"] == "Grace" && me["accounts"][0]["role"] == "reviewer", "{me}");
    grace.put("/v1/auth/me/password", &json!({ "password": "correct horse battery" }))?.expect(204)?;

    let listed: Value = serde_json::from_str(&run(folder.path(), &["user", "list", "--json"])?.well()?)?;
    let listed = listed.as_array().context("a list")?;
    ensure!(listed.len() == 2, "{listed:?}");
    let people = run(folder.path(), &["user", "list"])?.well()?;
    ensure!(people.contains("grace@example.com") && people.contains("reviewer in"), "{people}");

    run(folder.path(), &["user", "disable", "grace@example.com"])?.well()?;
    // Whoever was let in a moment ago may be let in for a second more.
    let start = std::time::Instant::now();
    loop {
        let status = grace.get("/v1/auth/me")?.status;
        if status == 401 {
            break;
        }
        ensure!(status == 200 && start.elapsed().as_millis() < 2_500, "{status} {:?} later", start.elapsed());
    }
    let again = json!({ "login": "grace@example.com", "password": "correct horse battery" });
    let refused = server.anyone().post("/v1/auth/token", &again)?.problem(401)?;
    ensure!(refused == "credentials_invalid", "{refused}");
    let err = run(folder.path(), &["user", "invite", "grace@example.com"])?.with_code(1)?;
    ensure!(err.contains("no such user who may sign in"), "an invitation that nobody can use: {err}");
    let people = run(folder.path(), &["user", "list"])?.well()?;
    ensure!(people.contains("(locked out)"), "{people}");
    Ok(())
}

#[test]
fn a_token_is_had_for_every_credential() -> anyhow::Result<()> {
    let World { house, server, folder } = World::start(&[])?;
    let create = ["user", "create", "ada", "--admin", "--json"];
    let once = invited(&run(folder.path(), &create)?.well()?)?;
    let token = |arguments: &[&str], input: &str| {
        let arguments = [&["token", "--server", &server.url], arguments].concat();
        run_with(program::command(folder.path(), &arguments), input)
    };
    let access = token(&["--one-time-token", &once], "")?.well()?;
    let ada = server.anyone().with_bearer(access.trim());
    ensure!(ada.get("/v1/auth/me")?.expect(200)?["installation_admin"] == true, "not an administrator");
    ada.put("/v1/auth/me/password", &json!({ "password": "correct horse battery" }))?.expect(204)?;

    let whole = token(&["--login", "ada", "--json"], "correct horse battery\n")?.well()?;
    let whole: Value = serde_json::from_str(&whole)?;
    ensure!(whole["refresh_token"].is_string() && whole["expires_in"] == 900, "{whole}");
    let refreshed = json!({ "refresh_token": whole["refresh_token"] });
    server.anyone().post("/v1/auth/refresh", &refreshed)?.expect(200)?;

    let access = token(&["--api-key", "-"], &format!("{}\n", house.key))?.well()?;
    let program = server.anyone().with_bearer(access.trim()).get("/v1/auth/me")?.expect(200)?;
    ensure!(program["accounts"][0]["account"] == *house.account, "{program}");

    for (arguments, input) in [
        (&["--one-time-token", once.as_str()][..], ""),
        (&["--login", "ada"], "wrong\n"),
        (&["--api-key", "cs_key_none"], ""),
    ] {
        let err = token(arguments, input)?.with_code(1)?;
        ensure!(err.contains("credentials are not valid"), "{err}");
    }
    let nowhere = ["token", "--server", "http://127.0.0.1:1", "--api-key", "x"];
    let err = run(folder.path(), &nowhere)?.with_code(1)?;
    ensure!(err.contains("http://127.0.0.1:1"), "{err}");
    Ok(())
}

#[test]
fn a_tail_of_events_goes_on_after_the_service_was_away() -> anyhow::Result<()> {
    let World { house, mut server, folder } = World::start(&[])?;
    let make = |client: &creativestore_tests::http::Client, n: u32| {
        let tag = json!({ "type": "html", "text": format!("<p>{n}</p>") });
        let manifest = json!({ "kind": "display_tag", "assets": { "tag": tag } });
        client.post("/v1/creatives", &json!({ "name": n.to_string(), "manifest": manifest }))?.expect(201)
    };
    make(&house.client, 1)?;
    let arguments = ["events", "tail", "--server", &server.url, "--json", "--count", "4"];
    let mut command = program::command(folder.path(), &arguments);
    command.env("CREATIVESTORE_TOKEN", &house.key).stderr(std::process::Stdio::null());
    let mut tail = Running::spawn(command)?;
    let mut lines = Vec::new();
    for _ in 0..2 {
        lines.push(tail.line(PATIENCE)?.context("an event")?);
    }
    server.running.kill()?;
    let port = server.address().rsplit(':').next().context("a port")?.to_owned();
    let server = Server::start(folder.path(), &[("SERVER_PORT", &port)])?;
    make(&server.anyone().with_bearer(&house.key), 2)?;
    while let Some(line) = tail.line(PATIENCE)? {
        lines.push(line);
    }
    ensure!(tail.end(SOON)?.success() && lines.len() == 4, "{lines:?}");
    let events: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line)).collect::<Result<_, _>>()?;
    let told: Vec<_> = events.iter().map(|it| (it["position"].as_str(), it["sequence"].as_str())).collect();
    let (first, second) = (Some("00000000000000000001"), Some("00000000000000000002"));
    let expected = [(Some("1"), first), (Some("2"), second), (Some("3"), first), (Some("4"), second)];
    ensure!(told == expected, "{told:?}");

    let arguments = ["events", "tail", "--server", &server.url, "--token", &house.key, "--after", "3"];
    let people = run(folder.path(), &[&arguments[..], &["--count", "1"]].concat())?.well()?;
    ensure!(people.contains("creative.status_changed") && people.contains("by system"), "{people}");
    let arguments = ["events", "tail", "--server", &server.url, "--token", "cs_key_none"];
    run(folder.path(), &arguments)?.with_code(1)?;
    Ok(())
}

#[test]
fn the_configuration_is_shown_without_its_secrets() -> anyhow::Result<()> {
    let folder = server::folder();
    let secret = "f3b1c7d95a0e4862b7c9d1e3f5a70819";
    std::fs::write(folder.path().join("mine.yaml"), "limits:\n  burst: 7\n")?;
    for format in [&["config", "check"][..], &["config", "check", "--json"]] {
        let mut command = program::command(folder.path(), format);
        command
            .env("JWT_SECRET", secret)
            .env("LINKS_SECRET", secret.repeat(2))
            .env("CONFIG_FILE", "mine.yaml");
        let shown = run_with(command, "")?.well()?;
        ensure!(!shown.contains(secret), "a secret is shown: {shown}");
        for word in ["jwt.secret", "JWT_SECRET", "limits.burst", "mine.yaml", "storage.folder"] {
            ensure!(shown.contains(word), "nothing of {word}: {shown}");
        }
    }
    Ok(())
}

#[test]
fn no_secret_comes_into_the_log() -> anyhow::Result<()> {
    let World { house, server, folder } = World::start(&[("LOG_LEVEL", "trace")])?;
    house.client.get("/v1/auth/me")?.expect(200)?;
    let first = server.one_time_token.clone().context("a token")?;
    let kept = std::fs::read_to_string(folder.path().join("data/jwt-secret"))?;
    let log = server.log();
    ensure!(log.len() > 1_000, "nothing was logged");
    for secret in [first.as_str(), &house.key, kept.trim()] {
        ensure!(!log.contains(secret), "a secret is in the log");
    }
    Ok(())
}
