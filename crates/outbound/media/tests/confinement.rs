//! What the confined process cannot do, shown beside the same process without the lock, and what its death
//! means to the server: a refused file, and the next one works.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use creativestore_domain::facts::{Facts, Refusal, RefusalCode};
use creativestore_media::{MediaInspector, MediaSettings};
use creativestore_ports::blobs::{BlobError, ByteStream};
use creativestore_ports::inspector::{Derived, DerivedSink, Inspector, InspectorError};
use futures_util::stream;

#[derive(Default)]
struct Kept(Vec<Derived>);

#[async_trait]
impl DerivedSink for Kept {
    async fn keep(&mut self, derived: Derived) -> Result<(), BlobError> {
        self.0.push(derived);
        Ok(())
    }
}

struct Full;

#[async_trait]
impl DerivedSink for Full {
    async fn keep(&mut self, _: Derived) -> Result<(), BlobError> {
        Err(BlobError::Unavailable(std::io::Error::other("the disk is full")))
    }
}

fn settings(args: &[&str]) -> MediaSettings {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_media-probe"));
    MediaSettings {
        require_confinement: args.is_empty(),
        cpu_seconds: 1,
        wall_time: Duration::from_mins(1),
        recycle_above: 64 << 20,
        ..MediaSettings::new(program, args.iter().map(Into::into).collect())
    }
}

fn confined() -> MediaInspector {
    MediaInspector::new(settings(&[]))
}

fn unconfined() -> MediaInspector {
    MediaInspector::new(settings(&["unconfined"]))
}

fn bytes(text: &str) -> ByteStream {
    Box::pin(stream::iter([Ok(Bytes::from(text.to_owned()))]))
}

async fn refusal(inspector: &MediaInspector, order: &str) -> Refusal {
    match inspector.inspect(None, bytes(order), &mut Kept::default()).await.expect("an answer") {
        Facts::Refused(mut refusals) if refusals.len() == 1 => refusals.remove(0),
        other => panic!("{other:?}"),
    }
}

async fn answer(inspector: &MediaInspector, order: &str) -> String {
    let refusal = refusal(inspector, order).await;
    assert_eq!(refusal.code, RefusalCode::UnknownType, "{refusal:?}");
    refusal.found
}

/// The order is denied by the lock, and only by the lock.
async fn denied_by_the_lock(order: &str) {
    let denied = answer(&confined(), order).await;
    assert!(denied.starts_with("denied: "), "{order}: {denied}");
    assert_eq!(answer(&unconfined(), order).await, "done", "{order}");
}

#[tokio::test]
async fn a_confined_process_opens_no_file() {
    denied_by_the_lock("open /etc/passwd").await;
    denied_by_the_lock("open /proc/self/status").await;
}

#[tokio::test]
async fn a_confined_process_writes_no_file() {
    denied_by_the_lock("create /dev/null").await;
}

#[tokio::test]
async fn a_confined_process_connects_to_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    denied_by_the_lock(&format!("connect {}", listener.local_addr().expect("an address"))).await;
}

#[tokio::test]
async fn a_confined_process_starts_no_program() {
    denied_by_the_lock("exec /bin/true").await;
}

#[tokio::test]
async fn a_confined_process_forks_no_thread() {
    denied_by_the_lock("thread").await;
}

#[tokio::test]
async fn a_confined_process_gets_no_gibibyte() {
    denied_by_the_lock("reserve").await;
}

#[tokio::test]
async fn a_confined_process_sees_no_environment() {
    assert_eq!(answer(&confined(), "environment").await, "done");
}

#[tokio::test]
async fn the_kernel_confirms_the_lock() {
    let inspector = confined();
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await.expect("a process");
    let read = |what: &str| std::fs::read_to_string(format!("/proc/{pid}/{what}")).expect("of a process");
    let (status, limits) = (read("status"), read("limits"));
    let shown = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.split_whitespace().next().expect("a value").to_owned()
    };
    assert_eq!(shown(&status, "Seccomp:"), "2", "a filter is in place");
    assert_eq!(shown(&status, "NoNewPrivs:"), "1");
    assert_eq!(shown(&status, "Threads:"), "1");
    for (limit, most) in [
        ("Max address space", "268435456"),
        ("Max file size", "0"),
        ("Max core file size", "0"),
        ("Max processes", "0"),
        ("Max open files", "3"),
    ] {
        assert_eq!(shown(&limits, limit), most, "{limit}");
    }
}

#[tokio::test]
async fn a_process_that_takes_a_gibibyte_is_a_refused_file() {
    let inspector = confined();
    let refusal = refusal(&inspector, "take").await;
    assert_eq!(refusal.code, RefusalCode::InspectionFailed);
    assert_eq!(refusal.found, "looking inside took more than 256 MiB");
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_eq!(answer(&unconfined(), "take").await, "done");
}

#[tokio::test]
async fn a_process_that_computes_too_long_is_a_refused_file() {
    let inspector = confined();
    let refusal = refusal(&inspector, "compute").await;
    assert_eq!(refusal.code, RefusalCode::InspectionFailed);
    assert_eq!(refusal.found, "looking inside took more than 1 s of computing");
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_eq!(answer(&unconfined(), "compute").await, "done");
}

#[tokio::test]
async fn every_inspection_has_the_whole_share_of_computing() {
    let inspector = confined();
    for _ in 0..3 {
        assert_eq!(answer(&inspector, "compute-a-little").await, "done");
    }
}

#[tokio::test]
async fn a_process_that_loops_for_ever_is_killed_even_without_the_lock() {
    let inspector =
        MediaInspector::new(MediaSettings { wall_time: Duration::from_secs(3), ..settings(&["unconfined"]) });
    let refusal = refusal(&inspector, "compute-for-ever").await;
    assert_eq!(refusal.code, RefusalCode::InspectionFailed);
    assert_eq!(refusal.found, "looking inside took longer than 3s");
    assert_eq!(inspector.process_id().await, None);
}

#[tokio::test]
async fn every_death_is_a_refused_file_and_the_next_one_works() {
    let inspector = confined();
    for (order, found) in [
        ("break", "the program that looked inside broke (a defect; please report it)"),
        ("leave", "the process that looked inside ended early (exit status: 3)"),
        ("abort", "the process that looked inside died of signal 6"),
        ("garbage", "the process that looked inside gave an answer that makes no sense"),
        ("escape ../../etc/passwd", "the process that looked inside gave an answer that makes no sense"),
        ("endless", "the process that looked inside gave an answer that makes no sense"),
    ] {
        let refusal = refusal(&inspector, order).await;
        assert_eq!(refusal.code, RefusalCode::InspectionFailed, "{order}");
        assert_eq!(refusal.found, found, "{order}");
        assert_eq!(answer(&inspector, "nothing").await, "done", "after {order}");
    }
}

#[tokio::test]
async fn a_process_that_dies_while_it_is_idle_is_replaced() {
    let inspector = confined();
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await.expect("a process");
    let raw = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    rustix::process::kill_process(raw, rustix::process::Signal::KILL).expect("killed");
    let found = refusal(&inspector, "nothing").await;
    // The kill may be seen only while the next request is written; that one is then lost.
    assert!(matches!(found.code, RefusalCode::UnknownType | RefusalCode::InspectionFailed));
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_ne!(inspector.process_id().await, Some(pid));
}

#[tokio::test]
async fn a_process_is_used_again_until_it_is_worn_out() {
    let inspector = MediaInspector::new(MediaSettings { recycle_after: 3, ..settings(&[]) });
    let mut pids = Vec::new();
    for _ in 0..3 {
        answer(&inspector, "nothing").await;
        pids.push(inspector.process_id().await);
    }
    assert_eq!(pids[0], pids[1]);
    assert_eq!(pids[2], None, "the third inspection was its last");
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_ne!(inspector.process_id().await, pids[0]);
}

#[tokio::test]
async fn a_process_that_holds_much_memory_is_not_used_again() {
    let inspector = MediaInspector::new(MediaSettings { recycle_above: 1, ..settings(&[]) });
    answer(&inspector, "nothing").await;
    assert_eq!(inspector.process_id().await, None);
}

#[tokio::test]
async fn an_idle_process_is_ended_and_reaped() {
    let inspector = confined();
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await.expect("a process");
    assert!(!inspector.release(Duration::from_hours(1)).await, "it is not idle for an hour");
    assert!(inspector.release(Duration::ZERO).await);
    assert_eq!(inspector.process_id().await, None);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "not even a zombie is left");
    assert_eq!(answer(&inspector, "nothing").await, "done");
}

#[tokio::test]
async fn an_idle_process_goes_by_itself() {
    let inspector = MediaInspector::new(MediaSettings { idle_after: Duration::ZERO, ..settings(&[]) });
    answer(&inspector, "nothing").await;
    while inspector.process_id().await.is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_abandoned_inspection_leaves_no_process() {
    let inspector = confined();
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await.expect("a process");
    let mut kept = Kept::default();
    // Never ready: whoever asked gives up in the middle.
    let waiting = inspector.inspect(None, Box::pin(stream::pending()), &mut kept);
    tokio::time::timeout(Duration::from_millis(1), waiting).await.expect_err("it waits for bytes");
    assert_eq!(inspector.process_id().await, None);
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_ne!(inspector.process_id().await, Some(pid));
}

#[tokio::test]
async fn a_process_that_cannot_be_confined_is_not_used_where_that_is_required() {
    let inspector =
        MediaInspector::new(MediaSettings { require_confinement: true, ..settings(&["unconfined"]) });
    let error =
        inspector.inspect(None, bytes("nothing"), &mut Kept::default()).await.expect_err("unconfined");
    assert!(
        matches!(&error, InspectorError::Unavailable(why) if why.contains("cannot be confined")),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_that_is_not_there_is_unavailable() {
    let inspector = MediaInspector::new(MediaSettings::new("/nowhere/creativestore".into(), vec![]));
    let error =
        inspector.inspect(None, bytes("nothing"), &mut Kept::default()).await.expect_err("no program");
    assert!(matches!(error, InspectorError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn an_input_that_is_too_large_is_refused_and_the_process_stays() {
    let inspector = MediaInspector::new(MediaSettings { max_input_bytes: 10, ..settings(&[]) });
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await;
    let refusal = refusal(&inspector, "eleven bytes").await;
    assert_eq!(refusal.code, RefusalCode::TooLarge);
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_eq!(inspector.process_id().await, pid);
}

#[tokio::test]
async fn an_input_that_never_comes_is_given_up_and_the_process_stays() {
    let inspector = MediaInspector::new(MediaSettings { wall_time: Duration::from_secs(3), ..settings(&[]) });
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await;
    let never: ByteStream = Box::pin(stream::pending());
    let error = inspector.inspect(None, never, &mut Kept::default()).await.expect_err("nothing came");
    assert!(matches!(error, InspectorError::Blob(BlobError::Incomplete(_))), "{error}");
    assert_eq!(inspector.process_id().await, pid);
}

#[tokio::test]
async fn an_input_that_breaks_off_is_an_error_and_the_process_stays() {
    let inspector = confined();
    answer(&inspector, "nothing").await;
    let pid = inspector.process_id().await;
    let cut: ByteStream = Box::pin(stream::iter([
        Ok(Bytes::from_static(b"noth")),
        Err(std::io::Error::other("the connection is gone")),
    ]));
    let error = inspector.inspect(None, cut, &mut Kept::default()).await.expect_err("cut");
    assert!(matches!(error, InspectorError::Blob(BlobError::Incomplete(_))), "{error}");
    assert_eq!(answer(&inspector, "nothing").await, "done");
    assert_eq!(inspector.process_id().await, pid);
}

#[tokio::test]
async fn what_is_derived_arrives_whole_and_in_order() {
    let inspector = confined();
    let mut kept = Kept::default();
    inspector.inspect(None, bytes("derive 20"), &mut kept).await.expect("an answer");
    assert_eq!(kept.0.len(), 20);
    for (index, derived) in kept.0.iter().enumerate() {
        assert_eq!(derived.recipe.to_string(), format!("file:{index}"));
        assert_eq!(derived.bytes.len(), 300_000);
    }
}

#[tokio::test]
async fn a_derived_file_that_cannot_be_kept_is_an_error_and_the_next_one_works() {
    let inspector = confined();
    let error = inspector.inspect(None, bytes("derive 20"), &mut Full).await.expect_err("full");
    assert!(matches!(error, InspectorError::Blob(BlobError::Unavailable(_))), "{error}");
    assert_eq!(answer(&inspector, "nothing").await, "done");
}

#[tokio::test]
async fn inherited_descriptors_are_closed() {
    // Made without close-on-exec, as a careless parent would.
    let (reader, writer) = rustix::pipe::pipe().expect("a pipe");
    let inspector = confined();
    answer(&inspector, "nothing").await;
    drop(writer);
    // The end of the pipe is only seen when no process holds the writing side any more.
    let read = tokio::task::spawn_blocking(move || rustix::io::read(&reader, &mut [0_u8; 1]));
    let read = tokio::time::timeout(Duration::from_secs(30), read).await.expect("closed").expect("read");
    assert_eq!(read, Ok(0));
}
