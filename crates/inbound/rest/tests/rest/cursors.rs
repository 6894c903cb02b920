//! Lists, page by page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::world::World;

async fn concepts(world: &World, count: usize) {
    for n in 0..count {
        let body = json!({ "name": format!("Concept {n}") });
        assert_eq!(world.ask("POST", "/v1/concepts").json(body).told().await.status.as_u16(), 201);
    }
}

async fn cursor(world: &World, path: &str) -> String {
    let told = world.ask("GET", path).told().await;
    told.json()["next"].as_str().unwrap_or_else(|| panic!("{path}: {}", told.text())).to_owned()
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_repeat() {
    let world = World::new().await;
    concepts(&world, 7).await;
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let told = world.ask("GET", &format!("/v1/concepts?limit=3{next}")).told().await.json();
        let items = told["items"].as_array().expect("items");
        seen.extend(items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()));
        match told["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    let newest_first: Vec<_> = (0..7).rev().map(|n| format!("Concept {n}")).collect();
    assert_eq!(seen, newest_first);
}

#[tokio::test]
async fn a_forged_cursor_is_refused() {
    let world = World::new().await;
    concepts(&world, 3).await;
    let good = cursor(&world, "/v1/concepts?limit=1").await;
    for n in 0..good.len() {
        let mut forged = good.clone().into_bytes();
        forged[n] = if forged[n] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).expect("ASCII");
        let told = world.ask("GET", &format!("/v1/concepts?limit=1&cursor={forged}")).told().await;
        // The last character may carry bits that mean nothing; all others count.
        if n + 1 < good.len() {
            told.expect(400, "cursor_invalid");
        }
    }
    let plain = URL_SAFE_NO_PAD.encode("n5|con_00000000000000000000000000000001");
    for odd in ["", "x", "%00", "%F0%9F%92%A9", plain.as_str(), &good[1..], &format!("{good}A")] {
        let told = world.ask("GET", &format!("/v1/concepts?limit=1&cursor={odd}")).told().await;
        told.expect(400, "cursor_invalid");
    }
}

#[tokio::test]
async fn a_cursor_of_another_principal_list_filter_or_sort_is_refused() {
    let world = World::new().await;
    concepts(&world, 3).await;
    for picture in ["image 300x250", "image 300x251", "image 300x252"] {
        world.creative(picture).await;
    }
    let ours = cursor(&world, "/v1/concepts?limit=1").await;
    for path in ["/v1/creatives", "/v1/accounts", "/v1/assignments", "/v1/audit", "/v1/reviews/queue"] {
        let told = world.ask("GET", &format!("{path}?limit=1&cursor={ours}")).told().await;
        told.expect(400, "cursor_invalid");
    }
    let told = world.ask_other("GET", &format!("/v1/concepts?limit=1&cursor={ours}")).told().await;
    told.expect(400, "cursor_invalid");
    let filtered = cursor(&world, "/v1/creatives?limit=1&kind=image&sort=name").await;
    for query in [
        "kind=image",
        "sort=name",
        "kind=html5&sort=name",
        "kind=image&sort=-name",
        "kind=image&sort=name&q=a",
    ] {
        let told = world.ask("GET", &format!("/v1/creatives?limit=1&{query}&cursor={filtered}")).told().await;
        told.expect(400, "cursor_invalid");
    }
    let path = format!("/v1/creatives?limit=2&kind=image&sort=name&cursor={filtered}");
    assert_eq!(world.ask("GET", &path).told().await.json()["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_limit_is_a_number_from_1_to_200() {
    let world = World::new().await;
    for odd in ["0", "201", "-1", "1e2", "x", ""] {
        let told = world.ask("GET", &format!("/v1/creatives?limit={odd}")).told().await;
        told.expect(400, "invalid_parameter");
    }
    for path in ["/v1/creatives?limit=1", "/v1/creatives?limit=200"] {
        assert_eq!(world.ask("GET", path).told().await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn creatives_are_found_by_every_filter() {
    let world = World::new().await;
    let concept = world.ask("POST", "/v1/concepts").json(json!({ "name": "Winter" })).told().await.json();
    let concept = concept["id"].as_str().expect("an id");
    let id = world.approved("image 300x250").await;
    let body = json!({ "name": "Café 節日", "labels": ["winter"], "concept": concept });
    let told =
        world.ask("PATCH", &format!("/v1/creatives/{id}")).header("if-match", "*").json(body).told().await;
    assert_eq!(told.status.as_u16(), 200, "{}", told.text());
    world.creative("image 300x251").await;
    for query in [
        "label=winter",
        "status=approved,archived",
        "q=cafe",
        "q=caf",
        "q=%E7%AF%80",
        &format!("concept={concept}"),
        "label=winter&status=approved&kind=image&format=box_300x250&created_until=2030-01-01T00:00:00Z",
    ] {
        let told = world.ask("GET", &format!("/v1/creatives?{query}")).told().await.json();
        let found: Vec<_> = told["items"].as_array().expect("items").iter().map(|it| &it["id"]).collect();
        assert_eq!(found, [&json!(id)], "{query}");
    }
    for query in ["kind=html5", "label=summer", "q=summer", "created_from=2030-01-01T00:00:00Z"] {
        let told = world.ask("GET", &format!("/v1/creatives?{query}")).told().await;
        assert_eq!(told.json()["items"], json!([]), "{query}");
    }
    for query in ["kind=poem", "status=done", "sort=size", "created_from=now", "concept=x", "format=A%20b"] {
        let told = world.ask("GET", &format!("/v1/creatives?{query}")).told().await;
        told.expect(400, "invalid_parameter");
        assert_eq!(told.pointers(), [query.split('=').next().expect("a name")]);
    }
}

#[tokio::test]
async fn a_page_has_each_creative_as_it_is_shown_alone_and_as_it_is_now() {
    let world = World::new().await;
    let empty = world.ask("GET", "/v1/creatives").told().await;
    assert_eq!((empty.status.as_u16(), empty.json()), (200, json!({ "items": [], "next": null })));
    let mut ids = Vec::new();
    for picture in ["image 300x250", "image 300x251", "image 300x252"] {
        ids.push(world.creative(picture).await);
    }
    ids.reverse();
    for name in ["\"a\", \\ {}", "双十一 É", "c"] {
        let changes = json!({ "name": name });
        let amend = world.ask("PATCH", &format!("/v1/creatives/{}", ids[1])).header("if-match", "*");
        assert_eq!(amend.json(changes).told().await.status.as_u16(), 200);
        // As it was written for the first time, and as it was written before.
        for _ in 0..2 {
            let mut alone = Vec::new();
            for id in &ids {
                alone.push(world.ask("GET", &format!("/v1/creatives/{id}")).told().await.json());
            }
            assert_eq!(alone[1]["name"], name);
            let page = world.ask("GET", "/v1/creatives?limit=2").told().await;
            assert_eq!(page.header("content-type"), "application/json");
            let page = page.json();
            assert_eq!(page["items"], json!(alone[..2]));
            let path =
                format!("/v1/creatives?limit=2&cursor={}", page["next"].as_str().expect("another page"));
            let last = world.ask("GET", &path).told().await.json();
            assert_eq!(last, json!({ "items": alone[2..], "next": null }));
        }
    }
}
