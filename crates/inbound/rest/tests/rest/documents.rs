//! The documents that are generated from the code and kept beside it.

use std::path::{Path, PathBuf};

use crate::world::World;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs").join(name)
}

/// Compares with what is kept.
fn held(name: &str, is: &str) {
    let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&new, is).expect("the target folder can be written");
    let kept = std::fs::read_to_string(docs(name)).unwrap_or_default();
    assert!(
        kept == is,
        "docs/{name} is not what the code says. If the change is meant, look at the difference and keep it:\n\
         cp {} {}",
        new.display(),
        docs(name).display()
    );
}

#[test]
fn the_openapi_document_is_the_one_that_is_kept() {
    let document = creativestore_rest::openapi().to_pretty_json().expect("JSON");
    held("openapi.json", &(document + "\n"));
}

#[test]
fn the_page_of_errors_is_the_one_that_is_kept() {
    held("errors.md", &creativestore_rest::errors_page());
}

#[tokio::test]
async fn the_document_is_served_as_it_is_kept() {
    let world = World::new().await;
    let told = world.ask_unknown("GET", "/openapi.json").told().await;
    assert_eq!(told.header("content-type"), "application/json");
    assert_eq!(told.json()["openapi"].as_str().map(|version| &version[..4]), Some("3.1."));
    assert_eq!(told.json(), serde_json::to_value(creativestore_rest::openapi()).expect("JSON"));
    world.ask_unknown("GET", "/docs").told().await.expect(404, "not_found");
}

#[test]
fn every_route_of_the_main_job_is_described() {
    let document = serde_json::to_value(creativestore_rest::openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let mut described: Vec<_> = paths
        .iter()
        .map(|(path, methods)| {
            let mut methods: Vec<_> = methods.as_object().expect("methods").keys().cloned().collect();
            methods.sort_unstable();
            format!("{path} {}", methods.join(","))
        })
        .collect();
    described.sort_unstable();
    insta::assert_snapshot!(described.join("\n"), @"
    /v1/accounts get,post
    /v1/accounts/{account} get,patch
    /v1/accounts/{account}/members get,post
    /v1/api-keys get,post
    /v1/api-keys/{id} delete
    /v1/assignments get,post
    /v1/assignments/{id} delete
    /v1/audit get
    /v1/auth/me get
    /v1/auth/me/password put
    /v1/auth/refresh post
    /v1/auth/revoke post
    /v1/auth/token post
    /v1/blobs post
    /v1/blobs/{sha256} get
    /v1/blobs/{sha256}/facts get
    /v1/blobs/{sha256}/renditions/{recipe} get
    /v1/checks post
    /v1/concepts get,post
    /v1/concepts/{id} get,patch
    /v1/creatives get,post
    /v1/creatives/by-external-id/{external_id} put
    /v1/creatives/{id} get,patch
    /v1/creatives/{id}/archive post
    /v1/creatives/{id}/preview post
    /v1/creatives/{id}/resubmit post
    /v1/creatives/{id}/revisions get,post
    /v1/creatives/{id}/revisions/{n} get
    /v1/creatives/{id}/revisions/{n}/checks get
    /v1/creatives/{id}/revisions/{n}/reviews post
    /v1/creatives/{id}/tag post
    /v1/creatives/{id}/unarchive post
    /v1/events get
    /v1/formats get
    /v1/formats/{id} get
    /v1/reviews/queue get
    ");
}

#[tokio::test]
async fn a_path_is_counted_under_the_template_of_the_route_that_it_leads_to() {
    let world = World::new().await;
    let document = serde_json::to_value(creativestore_rest::openapi()).expect("JSON");
    let described = document["paths"].as_object().expect("paths").keys().map(String::as_str);
    let followed = [
        "/openapi.json",
        "/preview/{token}",
        "/preview/{token}/content",
        "/preview/{token}/files/{sha256}",
        "/preview/{token}/files/{sha256}/{*path}",
        "/assets/{token}",
        "/assets/{token}/{*path}",
        "/tags/{token}/{channel}",
    ];
    for template in described.chain(followed) {
        let path = template.replace("{*path}", "a/b").replace(['{', '}'], "");
        assert_eq!(world.service.route(&path), Some(template));
        // No route has this method, and what is no route has none at all.
        world.ask_unknown("TRACE", &path).told().await.expect(405, "method_not_allowed");
    }
    for path in ["/", "/v1", "/v1/creatives/", "/tags/a", "/docs"] {
        assert_eq!(world.service.route(path), None);
        world.ask_unknown("TRACE", path).told().await.expect(404, "not_found");
    }
}

#[test]
fn every_operation_says_what_it_does_and_has_a_name_of_its_own() {
    let document = serde_json::to_value(creativestore_rest::openapi()).expect("JSON");
    let mut names = std::collections::BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].is_string(), "{method} {path}");
            let name = operation["operationId"].as_str().expect("a name");
            assert!(names.insert(name.to_owned()), "{method} {path}: {name} is taken");
        }
    }
}

#[test]
fn every_problem_has_a_code_of_its_own() {
    let codes: std::collections::BTreeSet<_> =
        creativestore_rest::Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), creativestore_rest::Code::ALL.len());
}
