//! The media process with another mind: each input names something that a confined process must not be able to
//! do, and the answer says whether it could. With `unconfined` it does the same without the lock; with `shipped`
//! it is the media process as it ships.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode};

use bytes::Bytes;
use creativestore_domain::facts::{Facts, Recipe, Refusal, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_media::child::{Confinement, Emit, serve};
use creativestore_ports::inspector::Derived;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("shipped") => creativestore_media::child::main(),
        Some("unconfined") => serve(Confinement::None, attempt),
        _ => serve(Confinement::Full, attempt),
    }
}

fn attempt(_: Option<AssetKind>, order: &[u8], emit: &mut Emit<'_>) -> io::Result<Facts> {
    let order = String::from_utf8_lossy(order);
    let (verb, rest) = order.split_once(' ').unwrap_or((&order, ""));
    let outcome = match verb {
        "open" => File::open(rest).map(|_| ()),
        "create" => File::create(rest).map(|_| ()),
        "connect" => TcpStream::connect(rest).map(|_| ()),
        "exec" => Command::new(rest).status().map(|_| ()),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(|_| ()),
        "reserve" => Vec::<u8>::new().try_reserve_exact(1 << 30).map_err(io::Error::other),
        "take" => {
            black_box(Vec::<u8>::with_capacity(1 << 30));
            Ok(())
        }
        "compute" => {
            compute(3);
            Ok(())
        }
        "compute-a-little" => {
            compute(1);
            Ok(())
        }
        "compute-for-ever" => {
            compute(i64::MAX);
            Ok(())
        }
        "environment" => match std::env::vars_os().next() {
            None => Ok(()),
            Some((name, _)) => Err(io::Error::other(name.to_string_lossy().into_owned())),
        },
        "garbage" => {
            io::stdout().write_all(b"\x08\x05\0\0\0hello and more").and_then(|()| io::stdout().flush())
        }
        "break" => panic!("as it was told"),
        "leave" => std::process::exit(3),
        "abort" => std::process::abort(),
        "derive" => (0..rest.parse().unwrap_or(0)).try_for_each(|index| {
            emit(derived(Recipe::File(format!("{index}")), Bytes::from(vec![b'x'; 300_000])))
        }),
        "escape" => emit(derived(Recipe::File(rest.to_owned()), Bytes::from_static(b"x"))),
        "endless" => loop {
            emit(derived(Recipe::Thumbnail(64), Bytes::from(vec![b'x'; 1 << 20])))?;
        },
        _ => Ok(()),
    };
    let found = match outcome {
        Ok(()) => "done".into(),
        Err(error) => format!("denied: {error}"),
    };
    Ok(Facts::Refused(vec![Refusal {
        code: RefusalCode::UnknownType,
        at: String::new(),
        found,
        allowed: String::new(),
    }]))
}

fn derived(recipe: Recipe, bytes: Bytes) -> Derived {
    Derived { recipe, media_type: "text/plain".into(), size: None, bytes }
}

/// Computes for so many seconds of CPU time, however busy the machine is.
fn compute(seconds: i64) {
    let used = || rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
    let mut number = 1_u64;
    let end = used().saturating_add(seconds);
    while used() < end {
        for _ in 0..1_000_000 {
            number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}
