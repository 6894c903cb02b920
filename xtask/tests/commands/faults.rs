//! Everything that is broken, stage by stage. Knows the routes of each stage and what its answers look like.

use crate::demo::breaks;
use crate::proxy::Damage::{Body, Status, Text, Without};
use crate::proxy::{Damage, Fault};

fn fault(name: &'static str, method: &'static str, path: fn(&str) -> bool, damage: Damage) -> Fault {
    Fault { name, method, path, damage }
}

/// The path without its query.
fn plain(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

/// A creative itself, and nothing below it.
fn creative(path: &str) -> bool {
    plain(path).strip_prefix("/v1/creatives/cr_").is_some_and(|rest| !rest.contains('/'))
}

fn page_of_preview(path: &str) -> bool {
    path.strip_prefix("/preview/").is_some_and(|rest| !rest.contains('/'))
}

#[test]
fn a_broken_sign_in_is_seen() {
    breaks(
        "sign_in",
        vec![
            fault("refused", "POST", |it| it == "/v1/auth/token", Status(500)),
            fault("no token", "POST", |it| it == "/v1/auth/token", Text("access_token", "no_token")),
            fault(
                "no administrator",
                "GET",
                |it| it == "/v1/auth/me",
                Text("_admin\":true", "_admin\":false"),
            ),
        ],
    );
}

#[test]
fn a_broken_account_is_seen() {
    breaks(
        "account",
        vec![
            fault("refused", "POST", |it| it == "/v1/accounts", Status(503)),
            fault(
                "another name",
                "GET",
                |it| it.starts_with("/v1/accounts/"),
                Text("The library", "A library"),
            ),
        ],
    );
}

#[test]
fn a_broken_concept_is_seen() {
    breaks(
        "concept",
        vec![
            fault("refused", "POST", |it| plain(it) == "/v1/concepts", Status(500)),
            fault("another name", "POST", |it| plain(it) == "/v1/concepts", Text("Aurora", "Borealis")),
        ],
    );
}

#[test]
fn a_broken_upload_is_seen() {
    let route = |it: &str| plain(it) == "/v1/blobs";
    breaks(
        "upload",
        vec![
            fault("refused", "POST", route, Status(507)),
            fault("another hash", "POST", route, Text("\"sha256\":\"", "\"sha256\":\"0")),
            fault("another size", "POST", route, Text("\"bytes\":", "\"bytes\":1")),
            fault("there before", "POST", route, Text("\"created\":true", "\"created\":false")),
        ],
    );
}

#[test]
fn a_broken_creation_is_seen() {
    let by_id = |it: &str| it.starts_with("/v1/creatives/by-external-id/");
    breaks(
        "create",
        vec![
            fault("refused", "POST", |it| plain(it) == "/v1/creatives", Status(422)),
            fault("refused by id", "PUT", by_id, Status(500)),
            fault("changed by nothing", "PUT", by_id, Text("\"unchanged\"", "\"changed\"")),
            fault("another kind", "POST", |it| plain(it) == "/v1/creatives", Text("\"image\"", "\"html5\"")),
        ],
    );
}

#[test]
fn a_broken_inspection_is_seen() {
    let stream = |it: &str| plain(it) == "/v1/events" && !it.contains("limit");
    breaks(
        "inspect",
        vec![
            fault("no stream", "GET", stream, Status(500)),
            fault("an empty stream", "GET", stream, Body("")),
            fault("another status told", "GET", stream, Text("\"to\":\"rejected\"", "\"to\":\"approved\"")),
            fault("not there", "GET", creative, Status(404)),
            fault("another status", "GET", creative, Text("\"pending_review\"", "\"approved\"")),
        ],
    );
}

#[test]
fn broken_checks_are_seen() {
    let checks = |it: &str| plain(it).ends_with("/checks") && it.starts_with("/v1/creatives/");
    breaks(
        "checks",
        vec![
            fault("not there", "GET", checks, Status(404)),
            fault("nothing fails", "GET", checks, Text("\"outcome\":\"failed\"", "\"outcome\":\"passed\"")),
            fault(
                "everything fails",
                "GET",
                checks,
                Text("\"outcome\":\"passed\"", "\"outcome\":\"failed\""),
            ),
            fault("another rule", "GET", checks, Text("\"rule\":\"version\"", "\"rule\":\"weight\"")),
            fault("nothing to mend it", "GET", checks, Text("\"fix\":\"", "\"fix\":\"\",\"was\":\"")),
            fault("no run", "GET", checks, Body("{\"run\":null}")),
            fault(
                "runs nowhere",
                "POST",
                |it| plain(it) == "/v1/checks",
                Text("\"iab_leaderboard_728x90\"", "\"iab_other\""),
            ),
        ],
    );
}

#[test]
fn a_broken_review_is_seen() {
    let route = |it: &str| plain(it).ends_with("/reviews");
    breaks(
        "review",
        vec![
            fault("refused", "POST", route, Status(409)),
            fault(
                "undecided",
                "POST",
                route,
                Text("\"status\":\"approved\"", "\"status\":\"pending_review\""),
            ),
            fault(
                "the other way",
                "POST",
                route,
                Text("\"decision\":\"reject\"", "\"decision\":\"approve\""),
            ),
            fault("another revision", "POST", route, Text("\"revision\":1", "\"revision\":2")),
        ],
    );
}

#[test]
fn a_broken_assignment_is_seen() {
    let route = |it: &str| plain(it) == "/v1/assignments";
    breaks(
        "assignment",
        vec![
            fault("refused", "POST", route, Status(500)),
            fault("another package", "POST", route, Text("pkg-samples", "pkg-others")),
            fault("everything may be used", "POST", route, Status(201)),
        ],
    );
}

#[test]
fn a_broken_tag_is_seen() {
    let taken = |it: &str| plain(it).ends_with("/tag");
    let fetched = |it: &str| it.starts_with("/tags/");
    let asset = |it: &str| it.starts_with("/assets/");
    breaks(
        "tag",
        vec![
            fault("refused", "POST", taken, Status(422)),
            fault("empty", "POST", taken, Text("\"body\":\"", "\"body\":\"\",\"was\":\"")),
            fault("no click macro", "POST", taken, Text("{CLICK_URL}", "")),
            fault("no tracker", "POST", taken, Text("events.auroracoffee.example", "events.example")),
            fault(
                "another landing page",
                "POST",
                taken,
                Text("auroracoffee.example%2Forder", "x.example%2Forder"),
            ),
            fault("no address", "GET", fetched, Status(404)),
            fault("empty at its address", "GET", fetched, Body("")),
            fault("another at its address", "GET", fetched, Text("<", " <")),
            fault("another type", "GET", fetched, Without("content-type")),
            fault("no asset", "GET", asset, Status(404)),
            fault("other bytes", "GET", asset, Body("other bytes")),
            fault("a bundle's page changed", "GET", asset, Text("<body>", "<body><script></script>")),
            fault("no sandbox", "GET", asset, Without("content-security-policy")),
        ],
    );
}

#[test]
fn a_broken_preview_is_seen() {
    let made = |it: &str| plain(it).ends_with("/preview");
    let inside = |it: &str| it.starts_with("/preview/") && !page_of_preview(it);
    breaks(
        "preview",
        vec![
            fault("refused", "POST", made, Status(500)),
            fault("not there", "GET", page_of_preview, Status(410)),
            fault("no policy", "GET", page_of_preview, Without("content-security-policy")),
            fault("no sandbox", "GET", page_of_preview, Text(" sandbox=", " box=")),
            fault("an open sandbox", "GET", page_of_preview, Text("allow-scripts", "allow-same-origin")),
            fault("nothing inside", "GET", inside, Status(404)),
            fault("no sandbox inside", "GET", inside, Without("content-security-policy")),
        ],
    );
}

#[test]
fn a_broken_reading_back_is_seen() {
    let revision = |it: &str| plain(it).ends_with("/revisions/1");
    let bytes = |it: &str| it.starts_with("/v1/blobs/") && !it.contains("/facts");
    let listed = |it: &str| plain(it) == "/v1/creatives";
    breaks(
        "read_back",
        vec![
            fault(
                "another status",
                "GET",
                creative,
                Text("\"status\":\"approved\"", "\"status\":\"archived\""),
            ),
            fault("not active", "GET", creative, Text("\"active\":{", "\"active\":null,\"was\":{")),
            fault("no revision", "GET", revision, Status(404)),
            fault("another revision", "GET", revision, Text("\"sha256\":\"", "\"sha256\":\"0")),
            fault("other content", "GET", revision, Text("auroracoffee.example", "x.example")),
            fault("another decision", "GET", revision, Text("\"reject\"", "\"approve\"")),
            fault("another note", "GET", revision, Text("raffle", "lottery")),
            fault("other bytes", "GET", bytes, Body("other bytes")),
            fault("no bytes", "GET", bytes, Status(404)),
            fault("not assigned", "GET", |it| plain(it) == "/v1/assignments", Body("{\"items\":[]}")),
            fault("no list", "GET", listed, Status(500)),
            fault("an empty list", "GET", listed, Body("{\"items\":[]}")),
        ],
    );
}

#[test]
fn broken_events_are_seen() {
    let page = |it: &str| plain(it) == "/v1/events" && it.contains("limit");
    let both = |it: &str| plain(it) == "/v1/events";
    breaks(
        "events",
        vec![
            fault("no page", "GET", page, Status(500)),
            fault("an empty page", "GET", page, Body("{\"items\":[],\"after\":0}")),
            fault("another event", "GET", page, Text("\"creative.created\"", "\"creative.changed\"")),
            fault("a gap", "GET", both, Text("0000001\"", "0000009\"")),
            fault("another end", "GET", both, Text("\"to\":\"approved\"", "\"to\":\"archived\"")),
            fault("not put to use", "GET", both, Text("\"assignment.changed\"", "\"assignment.looked_at\"")),
        ],
    );
}

#[test]
fn a_broken_audit_log_is_seen() {
    let route = |it: &str| plain(it) == "/v1/audit";
    breaks(
        "audit",
        vec![
            fault("refused", "GET", route, Status(403)),
            fault("empty", "GET", route, Body("{\"items\":[]}")),
            fault("nobody", "GET", route, Text("\"by\":\"usr_", "\"by\":\"nobody_")),
            fault("another deed", "GET", route, Text("\"creative.created\"", "\"creative.found\"")),
        ],
    );
}
