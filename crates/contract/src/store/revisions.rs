//! Revisions, check runs and reviews.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::collections::BTreeSet;

use creativestore_domain::access::Actor;
use creativestore_domain::check::{Check, CheckRun, Outcome, Report};
use creativestore_domain::id::{ApiKeyId, CheckRunId, CreativeId, ReviewId};
use creativestore_domain::manifest::{
    Asset, AssetKind, External, Kind, Manifest, Source, Tracker, TrackerEvent,
};
use creativestore_domain::review::{Decision, Review, ReviewScope};
use creativestore_domain::revision::{Revision, RevisionState};
use creativestore_domain::states::Reason;
use creativestore_domain::text::{Note, WebUrl};
use creativestore_ports::store::{Store, StoreError};

use crate::given::{
    acme, all_pages, at, commit, creatives, format, hash, made, made_of, manifest, no, peeking, revised,
    user, uuid, writing,
};

/// A review of a revision.
pub(super) fn review(number: u32, of: &Revision) -> Review {
    Review {
        id: ReviewId::new(uuid(number)),
        account: of.account,
        creative: of.creative,
        revision: of.no,
        hash: of.hash,
        scope: ReviewScope::Library,
        decision: Decision::Approve,
        reason: Reason::ReviewPassed,
        note: None,
        by: user(901),
        at: at(number.into()),
    }
}

pub(super) fn run(number: u32, seconds: i64) -> CheckRun {
    CheckRun { id: CheckRunId::new(uuid(number)), at: at(seconds), checker: 1, reports: Vec::new() }
}

/// Content with something in every place that content can have something in.
fn full() -> Manifest {
    let url = |text: &str| WebUrl::parse(text).expect("a URL");
    let external = External {
        url: url("https://cdn.example/a.mp4?x=1&y={CLICK_URL}"),
        media_type: Some("video/mp4".into()),
        width: Some(1920),
        height: Some(1080),
        duration_ms: Some(u64::from(u32::MAX) * 2),
        bitrate_kbps: Some(4_000),
    };
    let assets = [
        ("video", AssetKind::Video, Source::External(external)),
        ("title", AssetKind::Text, Source::Inline("Zeile eins\nZeile \"zwei\" – 二 \\".into())),
        ("poster", AssetKind::Image, Source::Blob(hash(5))),
    ];
    let assets = assets.map(|(slot, kind, source)| (slot.to_owned(), Asset { kind, source })).into();
    let trackers: BTreeSet<Tracker> = TrackerEvent::ALL
        .into_iter()
        .map(|event| Tracker { event, url: url(&format!("https://t.example/{}", event.as_str())) })
        .collect();
    let formats = ["box", "Tower_1-2"].map(format).into();
    Manifest::new(Kind::VideoHosted, formats, assets, Some(url("https://acme.example/?a=%20#b")), trackers)
        .expect("a manifest")
}

async fn get(store: &dyn Store, creative: CreativeId, number: u32) -> Option<Revision> {
    peeking(store).await.revisions().get(acme(), creative, no(number)).await.expect("read")
}

pub async fn a_revision_reads_back_as_it_was_written(store: &dyn Store) {
    let markup =
        Asset { kind: AssetKind::Html, source: Source::Inline("<script>\t'\"\u{1}</script>".into()) };
    let bare = External {
        url: WebUrl::parse("http://acme.example").expect("a URL"),
        media_type: None,
        width: None,
        height: None,
        duration_ms: None,
        bitrate_kbps: None,
    };
    let bare = Asset { kind: AssetKind::Image, source: Source::External(bare) };
    let of = |kind, slot: &str, asset| {
        Manifest::new(kind, BTreeSet::new(), [(slot.to_owned(), asset)].into(), None, BTreeSet::new())
            .expect("a manifest")
    };
    let manifests = [full(), of(Kind::DisplayTag, "tag", markup), of(Kind::Image, "image", bare)];
    let all: Vec<_> =
        (100..).zip(manifests).map(|(number, content)| made_of(number, acme(), content, |_| {})).collect();
    creatives(store, &all).await;
    for made in &all {
        let read = get(store, made.creative.id, 1).await.expect("there");
        assert_eq!(read, made.revision);
        assert_eq!(read.manifest.canonical_hash(), read.hash, "it is the content that it was");
    }
    assert_eq!(get(store, all[0].creative.id, 2).await, None);
}

pub async fn a_number_is_taken_once(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let again = Revision { author: Actor::System, ..first.revision.clone() };
    let twice = writing(store).await.revisions().insert(&again).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    assert_eq!(get(store, first.creative.id, 1).await, Some(first.revision));
}

pub async fn revisions_come_newest_first(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, &[first.clone(), made(101, acme())]).await;
    let mut now = first.creative;
    for number in 2..=12 {
        (now, _) = revised(store, now, manifest(1_000 + number), 200 + i64::from(number)).await;
    }
    for limit in [1, 5, 12, 200] {
        let listed = all_pages(limit, async |page| {
            peeking(store).await.revisions().list(acme(), now.id, &page).await.expect("a page")
        });
        let numbers: Vec<u32> = listed.await.into_iter().map(|revision| revision.no.get()).collect();
        assert_eq!(numbers, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    }
}

pub async fn invariant_1_nothing_of_a_revision_changes_but_its_state(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let id = first.creative.id;
    for state in RevisionState::ALL {
        let mut work = writing(store).await;
        work.revisions().set_state(acme(), id, no(1), state).await.expect("it moves");
        commit(work).await;
        assert_eq!(get(store, id, 1).await, Some(Revision { state, ..first.revision.clone() }));
    }
    let (_, second) = revised(store, first.creative, manifest(9), 200).await;
    assert_eq!(get(store, id, 2).await, Some(second));
    let superseded = Revision { state: RevisionState::Superseded, ..first.revision };
    assert_eq!(get(store, id, 1).await, Some(superseded), "new content is another revision");
}

pub async fn invariant_1_a_step_of_one_revision_moves_no_other(store: &dyn Store) {
    use RevisionState::{Approved, Processing, Superseded};
    let (first, beside) = (made(100, acme()), made(101, acme()));
    creatives(store, &[first.clone(), beside.clone()]).await;
    let id = first.creative.id;
    let (now, _) = revised(store, first.creative, manifest(8), 200).await;
    revised(store, now, manifest(9), 201).await;
    let states = async || {
        let mut states = Vec::new();
        for (creative, number) in [(id, 1), (id, 2), (id, 3), (beside.creative.id, 1)] {
            states.push(get(store, creative, number).await.expect("there").state);
        }
        states
    };
    assert_eq!(states().await, [Superseded, Superseded, Processing, Processing]);
    let mut work = writing(store).await;
    work.revisions().set_state(acme(), id, no(2), Approved).await.expect("it moves");
    commit(work).await;
    assert_eq!(states().await, [Superseded, Approved, Processing, Processing]);
}

pub async fn a_revision_that_is_not_there_does_not_move(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let unknown = CreativeId::new(uuid(1));
    for (creative, number) in [(first.creative.id, 2), (unknown, 1)] {
        let state = RevisionState::Approved;
        let moved = writing(store).await.revisions().set_state(acme(), creative, no(number), state).await;
        assert!(matches!(moved, Err(StoreError::Stale)), "{moved:?}");
    }
}

pub async fn a_check_run_reads_back_as_it_was_written_and_the_newest_counts(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, &[first.clone(), made(101, acme())]).await;
    let id = first.creative.id;
    let newest = async |number| {
        peeking(store).await.revisions().newest_run(acme(), id, no(number)).await.expect("read")
    };
    assert_eq!(newest(1).await, None);
    let checks = Outcome::ALL.map(|outcome| Check {
        rule: "dimensions".into(),
        outcome,
        at: "assets/bundle/größe.html".into(),
        found: "728x91 \"'".into(),
        allowed: "728x90".into(),
        source: "IAB, §3".into(),
        fix: String::new(),
    });
    let checks = checks.to_vec();
    let reports = vec![
        Report { format: None, checks: Vec::new() },
        Report { format: Some((format("box"), 7)), checks },
    ];
    let full = CheckRun { checker: 3, reports, ..run(5, 300) };
    let (earlier, same_moment) = (run(9, 200), run(6, 300));
    let keep = async |run: &CheckRun| {
        let mut work = writing(store).await;
        work.revisions().insert_run(acme(), id, no(1), run).await.expect("kept");
        commit(work).await;
    };
    keep(&full).await;
    assert_eq!(newest(1).await, Some(full.clone()));
    keep(&earlier).await;
    assert_eq!(newest(1).await, Some(full), "by when it was made, not by when it was written");
    keep(&same_moment).await;
    assert_eq!(newest(1).await, Some(same_moment), "the id decides in the same moment");
    assert_eq!(newest(2).await, None);
}

pub async fn reviews_read_back_as_they_were_written_oldest_first(store: &dyn Store) {
    let first = made(100, acme());
    creatives(store, std::slice::from_ref(&first)).await;
    let note = Note::parse("Das Logo ist zu klein.\u{a0}„Bitte“ 🎄").ok();
    let approval = review(3, &first.revision);
    let rejection = Review {
        decision: Decision::Reject,
        reason: Reason::PolicyRevocation,
        note,
        by: Actor::ApiKey(ApiKeyId::new(uuid(5))),
        ..review(4, &first.revision)
    };
    let last = Review { by: Actor::System, ..review(5, &first.revision) };
    let mut work = writing(store).await;
    for review in [&rejection, &last, &approval] {
        work.reviews().insert(review).await.expect("kept");
    }
    commit(work).await;
    let of = async |number| {
        peeking(store).await.reviews().of(acme(), first.creative.id, no(number)).await.expect("read")
    };
    assert_eq!(of(1).await, [approval.clone(), rejection, last]);
    assert_eq!(of(2).await, []);
    let twice = writing(store).await.reviews().insert(&approval).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
}
