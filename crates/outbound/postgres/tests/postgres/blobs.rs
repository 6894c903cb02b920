//! Bytes in the database: the promises of a place for bytes, every way that it is reached, and what is true of this one
//! only: what lies in staging, what a slow client holds, and what a crash leaves.

use std::time::Duration;

use bytes::Bytes;
use creativestore_contract::Given;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream};
use creativestore_ports::store::{Intent, Store};
use creativestore_postgres::{PostgresBlobs, PostgresStore};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::oneshot;

use crate::given::{Way, ask, database, reaching, store};

async fn given(way: Way) -> Given<dyn Blobs> {
    let (store, _) = store(way).await;
    Given::new(Box::new(store.blobs()), store)
}

async fn direct() -> Given<dyn Blobs> {
    given(Way::Direct).await
}

async fn packaged() -> Given<dyn Blobs> {
    given(Way::Packaged).await
}

async fn newer() -> Given<dyn Blobs> {
    given(Way::Newer).await
}

mod directly {
    creativestore_contract::blobs_promises!(crate::blobs::direct);
}

mod behind_a_pooler_without_prepared_statements {
    creativestore_contract::blobs_promises!(crate::blobs::packaged);
}

mod behind_a_pooler_that_keeps_prepared_statements {
    creativestore_contract::blobs_promises!(crate::blobs::newer);
}

const CHUNK: usize = 256 * 1024;
const PLENTY: u64 = 1 << 30;

fn account() -> AccountId {
    AccountId::parse("acc_00000000000000000000000000000001").expect("an id")
}

/// Bytes of which no two chunks are alike.
fn noise(length: usize) -> Vec<u8> {
    let mut chance = creativestore_tests::chance::Chance::new(length as u64);
    let words = (0..length.div_ceil(8)).flat_map(|_| chance.draw().to_be_bytes());
    words.take(length).collect()
}

fn pieces(bytes: &[u8]) -> ByteStream {
    let pieces: Vec<_> = bytes.chunks(10_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// Bytes that stop coming at their end, until they are let go on to their other end; and what tells that they stopped.
fn stalling(before: &[u8], after: &[u8]) -> (ByteStream, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let (stops, stopped) = oneshot::channel();
    let (go, goes) = oneshot::channel::<()>();
    let wait = stream::once(async move {
        stops.send(()).expect("somebody waits for it");
        let gone = goes.await.map(|()| Bytes::new());
        gone.map_err(|_| std::io::Error::other("the sender went away"))
    });
    (Box::pin(pieces(before).chain(wait).chain(pieces(after))), stopped, go)
}

async fn read(blobs: &PostgresBlobs, sha256: Sha256) -> std::io::Result<Vec<u8>> {
    let pieces = blobs.open(account(), sha256, None).await.expect("opens");
    Ok(pieces.try_collect::<Vec<Bytes>>().await?.concat())
}

/// How many uploads, chunks and blobs there are.
async fn counted(name: &str) -> String {
    const COUNT: &str = "SELECT (SELECT count(*) FROM blob_uploads), (SELECT count(*) FROM blob_chunks), \
         (SELECT count(*) FROM blob_contents)";
    ask(name, COUNT).await.expect("counts").trim().to_owned()
}

/// A store that has one connection, by a pooler that has one.
async fn narrow(way: Way) -> (PostgresStore, String) {
    let name = tokio::task::spawn_blocking(database).await.expect("a database");
    let mut settings = reaching(way, &name).await;
    settings.connections = 1;
    (PostgresStore::open(&settings).await.expect("opens"), name)
}

#[tokio::test]
async fn the_same_bytes_twice_and_twice_at_once_lie_there_once() {
    let (store, name) = store(Way::Packaged).await;
    let (blobs, bytes) = (store.blobs(), noise(3 * CHUNK + 1));
    let (before, after) = bytes.split_at(CHUNK * 2);
    let mut going = Vec::new();
    let mut goes = Vec::new();
    for _ in 0..4 {
        let (bytes, stopped, go) = stalling(before, after);
        let blobs = blobs.clone();
        going.push(tokio::spawn(async move { blobs.put(account(), bytes, PLENTY, None).await }));
        stopped.await.expect("it stops");
        goes.push(go);
    }
    assert_eq!(counted(&name).await, "4|8|0", "all of them are under way");
    for go in goes {
        go.send(()).expect("it goes on");
    }
    for put in going {
        put.await.expect("ran").expect("taken");
    }
    blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
    assert_eq!(counted(&name).await, "0|4|1");
    assert!(read(&blobs, Sha256::of(&bytes)).await.expect("read") == bytes);
}

#[tokio::test]
async fn what_fails_leaves_no_byte_behind_and_what_is_taken_away_neither() {
    let (store, name) = store(Way::Packaged).await;
    let (blobs, bytes) = (store.blobs(), noise(70 * CHUNK));
    let away = stream::once(async { Err(std::io::Error::other("away")) });
    let cut_off: ByteStream = Box::pin(pieces(&bytes[..CHUNK * 2]).chain(away));
    blobs.put(account(), cut_off, PLENTY, None).await.expect_err("cut off");
    assert_eq!(counted(&name).await, "0|0|0");
    blobs.put(account(), pieces(&bytes), 2 * CHUNK as u64, None).await.expect_err("too large");
    assert_eq!(counted(&name).await, "0|0|0");
    let other = Some(Sha256::of(b"other"));
    blobs.put(account(), pieces(&bytes[..CHUNK * 3]), PLENTY, other).await.expect_err("other bytes");
    assert_eq!(counted(&name).await, "0|0|0");
    let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
    assert_eq!(counted(&name).await, "0|70|1");
    blobs.delete(account(), kept.sha256).await.expect("taken away");
    assert_eq!(counted(&name).await, "0|0|0", "more than are cleared at once");
}

#[tokio::test]
async fn a_receiver_that_is_dropped_takes_its_chunks_away() {
    let (store, name) = store(Way::Packaged).await;
    let blobs = store.blobs();
    let (bytes, stopped, _go) = stalling(&noise(2 * CHUNK), b"");
    let putting = blobs.clone();
    let put = tokio::spawn(async move { putting.put(account(), bytes, PLENTY, None).await });
    stopped.await.expect("it stops");
    assert_eq!(counted(&name).await, "1|2|0");
    put.abort();
    put.await.expect_err("it was stopped");
    // Taken away in the background; there is nothing to wait for but its being gone.
    let gone = async {
        while counted(&name).await != "0|0|0" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("it is gone");
}

#[tokio::test]
async fn what_a_crash_left_is_swept_when_it_is_old_and_what_is_under_way_or_whole_stays() {
    let (store, name) = store(Way::Packaged).await;
    let blobs = store.blobs();
    let whole = blobs.put(account(), pieces(&noise(CHUNK + 1)), PLENTY, None).await.expect("taken");
    let (bytes, stopped, _go) = stalling(&noise(2 * CHUNK), b"");
    // A process that is gone: nothing of its upload is ever dropped.
    let mut crashed = Box::pin({
        let blobs = blobs.clone();
        async move { blobs.put(account(), bytes, PLENTY, None).await }
    });
    tokio::select! {
        _ = &mut crashed => panic!("it has no end"),
        stopped = stopped => stopped.expect("it stops"),
    }
    std::mem::forget(crashed);
    let (bytes, stopped, go) = stalling(&noise(3 * CHUNK), b"end");
    let putting = blobs.clone();
    let slow = tokio::spawn(async move { putting.put(account(), bytes, PLENTY, None).await });
    stopped.await.expect("it stops");
    assert_eq!(counted(&name).await, "2|7|1");
    assert_eq!(blobs.sweep_older(PostgresBlobs::ABANDONED).await.expect("sweeps"), 0);
    let old = "UPDATE blob_uploads SET touched_at = now() - interval '2 hours' \
         WHERE upload IN (SELECT upload FROM blob_chunks GROUP BY upload HAVING count(*) = 2)";
    ask(&name, old).await.expect("two hours pass");
    assert_eq!(blobs.sweep_older(PostgresBlobs::ABANDONED).await.expect("sweeps"), 1);
    assert_eq!(counted(&name).await, "1|5|1");
    go.send(()).expect("it goes on");
    slow.await.expect("ran").expect("taken");
    assert_eq!(blobs.size(account(), whole.sha256).await.expect("there"), CHUNK as u64 + 1);
}

#[tokio::test]
async fn an_upload_that_was_taken_for_abandoned_ends_in_an_error_and_keeps_nothing() {
    let (store, name) = store(Way::Packaged).await;
    let blobs = store.blobs();
    // It finds out with its next chunk, or when it would be published.
    for after in [noise(CHUNK), Vec::new()] {
        let (bytes, stopped, go) = stalling(&noise(2 * CHUNK), &after);
        let putting = blobs.clone();
        let put = tokio::spawn(async move { putting.put(account(), bytes, PLENTY, None).await });
        stopped.await.expect("it stops");
        assert_eq!(blobs.sweep_older(Duration::ZERO).await.expect("sweeps"), 1);
        go.send(()).expect("it goes on");
        let refused = put.await.expect("ran");
        assert!(matches!(refused, Err(BlobError::Unavailable(_))), "{refused:?}");
        assert_eq!(counted(&name).await, "0|0|0");
    }
}

#[tokio::test]
async fn slow_clients_hold_no_connection_when_there_is_only_one() {
    for way in [Way::PackagedOne, Way::NewerOne] {
        let (store, _) = narrow(way).await;
        let blobs = store.blobs();
        let (read_slowly, sent_slowly) = (noise(3 * CHUNK), noise(2 * CHUNK + 7));
        let kept = blobs.put(account(), pieces(&read_slowly), PLENTY, None).await.expect("taken");
        let mut reader = blobs.open(account(), kept.sha256, None).await.expect("opens");
        let mut got = reader.next().await.expect("a piece").expect("a piece").to_vec();
        let (bytes, stopped, go) = stalling(&sent_slowly[..CHUNK + 3], &sent_slowly[CHUNK + 3..]);
        let putting = blobs.clone();
        let writer = tokio::spawn(async move { putting.put(account(), bytes, PLENTY, None).await });
        stopped.await.expect("it stops");
        // Both stall. Others go on, by the same connection.
        for number in 0..20_u8 {
            let bytes = noise(1_000 + usize::from(number));
            let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
            assert!(read(&blobs, kept.sha256).await.expect("read") == bytes);
            let mut work = store.begin(Intent::Write).await.expect("begins");
            assert!(work.tenancy().account(account()).await.expect("asked").is_none());
            work.commit().await.expect("commits");
        }
        go.send(()).expect("it goes on");
        let sent = writer.await.expect("ran").expect("taken");
        assert!(read(&blobs, sent.sha256).await.expect("read") == sent_slowly);
        while let Some(piece) = reader.next().await {
            got.extend(piece.expect("a piece"));
        }
        assert!(got == read_slowly);
    }
}

#[tokio::test]
async fn whoever_reads_what_is_taken_away_is_told_so_and_gets_no_other_bytes() {
    let (store, _) = store(Way::Packaged).await;
    let (blobs, bytes) = (store.blobs(), noise(3 * CHUNK));
    let put = async || blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken").sha256;
    for range in [None, Some(5..bytes.len() as u64)] {
        for comes_again in [false, true] {
            let sha256 = put().await;
            let mut reader = blobs.open(account(), sha256, range.clone()).await.expect("opens");
            let first = reader.next().await.expect("a piece").expect("a piece");
            assert!(bytes[range.as_ref().map_or(0, |_| 5)..].starts_with(&first));
            blobs.delete(account(), sha256).await.expect("taken away");
            if comes_again {
                put().await;
            }
            let error = reader.next().await.expect("an end").expect_err("it is gone");
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
            assert!(reader.next().await.is_none());
        }
    }
}

#[tokio::test]
async fn damage_ends_in_an_error_before_the_last_chunk() {
    let (store, name) = store(Way::Direct).await;
    let (blobs, bytes) = (store.blobs(), noise(3 * CHUNK));
    for damage in [
        "UPDATE blob_chunks SET bytes = set_byte(bytes, 7, get_byte(bytes, 7) # 1) WHERE no = 1",
        "UPDATE blob_chunks SET bytes = substring(bytes FROM 2) WHERE no = 1",
        "DELETE FROM blob_chunks WHERE no = 1",
    ] {
        let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
        ask(&name, &format!("ALTER TABLE blob_chunks DISABLE TRIGGER ALL; {damage}")).await.expect("damaged");
        let pieces: Vec<_> = blobs.open(account(), kept.sha256, None).await.expect("opens").collect().await;
        let (last, before) = pieces.split_last().expect("a piece");
        let told = last.as_ref().expect_err("it is damaged").get_ref().and_then(|it| it.downcast_ref());
        assert!(matches!(told, Some(BlobError::Corrupt(sha256)) if *sha256 == kept.sha256), "{last:?}");
        assert!(before.len() < 3 && before.iter().all(Result::is_ok));
        blobs.delete(account(), kept.sha256).await.expect("taken away");
    }
}

/// A range needs the chunks that it lies in, and no other: all others are away.
#[tokio::test]
async fn a_range_reads_only_the_chunks_that_it_lies_in_and_a_reader_nothing_ahead() {
    let (store, name) = store(Way::Direct).await;
    let (blobs, bytes) = (store.blobs(), noise(80 * CHUNK));
    let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
    let mut reader = blobs.open(account(), kept.sha256, None).await.expect("opens");
    let first = reader.next().await.expect("a piece").expect("a piece");
    assert!(first == bytes[..CHUNK], "one chunk at a time");
    ask(&name, "DELETE FROM blob_chunks WHERE no NOT IN (40, 41)").await.expect("all others are away");
    reader.next().await.expect("an end").expect_err("the next one was not read before it was asked for");
    let (from, to) = (40 * CHUNK + 17, 42 * CHUNK);
    let range = blobs.open(account(), kept.sha256, Some(from as u64..to as u64)).await.expect("opens");
    let got = range.try_collect::<Vec<Bytes>>().await.expect("read").concat();
    assert!(got == bytes[from..to]);
}

/// What was pulled from the sender and is not in the database yet, at any time of an upload of 20 MiB: a chunk at most,
/// and the piece that came last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_of_20_mib_never_holds_more_than_a_chunk_and_a_piece() {
    const PIECE: usize = 100_000;
    let (store, name) = store(Way::Packaged).await;
    let (blobs, bytes) = (store.blobs(), noise(20 << 20));
    let sent = bytes.chunks(PIECE).enumerate().map(|(number, piece)| {
        let (name, piece) = (name.clone(), Bytes::copy_from_slice(piece));
        async move {
            if number % 5 == 4 {
                let kept = ask(&name, "SELECT count(*) FROM blob_chunks").await.expect("counts");
                let kept: usize = kept.trim().parse().expect("a number");
                let held = number * PIECE - kept * CHUNK;
                assert!(held <= CHUNK, "{held} bytes are held at piece {number}");
            }
            Ok(piece)
        }
    });
    let sent = stream::iter(sent.collect::<Vec<_>>()).then(|piece| piece);
    let kept = blobs.put(account(), Box::pin(sent), PLENTY, None).await.expect("taken");
    assert_eq!(kept.size, 20 << 20);
    assert!(read(&blobs, kept.sha256).await.expect("read") == bytes);
}

#[tokio::test]
async fn bytes_are_not_squeezed_again_and_never_change() {
    let (store, name) = store(Way::Direct).await;
    let flat = vec![7; CHUNK];
    store.blobs().put(account(), pieces(&flat), PLENTY, None).await.expect("taken");
    let stored = ask(&name, "SELECT sum(pg_column_size(bytes)) FROM blob_chunks").await.expect("asked");
    assert_eq!(stored.trim(), CHUNK.to_string());
    for change in ["UPDATE blob_chunks SET no = 1", "UPDATE blob_contents SET size = 1"] {
        let told = ask(&name, change).await.expect_err("refused");
        assert!(told.contains("kept bytes never change"), "{told}");
        let service = creativestore_tests::servers::postgres::SERVICE;
        let told = ask(&name, &format!("SET ROLE {service}; {change}")).await.expect_err("refused");
        assert!(told.contains("permission denied"), "{told}");
    }
}
