//! The media process, seen from inside: it confines itself, then answers one request after another until its
//! input ends. Refuses to know files, the network, the environment and the clock on the wall.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use creativestore_domain::facts::{Facts, INSPECTOR_VERSION, Refusal, RefusalCode};
use creativestore_domain::manifest::AssetKind;
use creativestore_ports::inspector::Derived;

use crate::confine;
use crate::frame::{self, MAX_CHUNK, MAX_JSON, Tag, broken};
pub use crate::refuse::Emit;
use crate::refuse::{bytes_for_people, refusal};
use crate::setup::{Hello, Request, Setup};
use crate::twin;

/// Measures bytes, handing out what is derived from them; an error means that nobody listens any more.
pub type Inspect = fn(Option<AssetKind>, &[u8], &mut Emit<'_>) -> io::Result<Facts>;

/// Whether the process locks itself in. The shipped program always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// Before the first request.
    Full,
    /// Not at all: for tests that show that the lock is what denies.
    None,
}

/// The whole of `creativestore media-child`. Must be called before anything starts a thread.
pub fn main() -> ExitCode {
    serve(Confinement::Full, crate::look::look)
}

/// Answers requests on standard input and output with `inspect` until the input ends.
pub fn serve(confinement: Confinement, inspect: Inspect) -> ExitCode {
    let (stdin, stdout) = (io::stdin().lock(), io::stdout().lock());
    let child = Child { from: stdin, to: BufWriter::new(stdout), confinement, inspect };
    match child.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

struct Child<R, W: Write> {
    from: R,
    to: BufWriter<W>,
    confinement: Confinement,
    inspect: Inspect,
}

impl<R: Read, W: Write> Child<R, W> {
    fn run(mut self) -> io::Result<()> {
        let mut payload = Vec::new();
        if frame::read(&mut self.from, &mut payload)? != Some(Tag::Setup) {
            return Err(broken("the first frame must be the setup"));
        }
        let setup: Setup = serde_json::from_slice(&payload)?;
        let unconfined = match self.confinement {
            Confinement::Full => confine::confine(&setup).err(),
            Confinement::None => Some("confinement is switched off".into()),
        };
        let hello = Hello { inspector_version: INSPECTOR_VERSION, unconfined };
        frame::write(&mut self.to, Tag::Hello, &serde_json::to_vec(&hello)?)?;
        self.to.flush()?;
        while let Some(tag) = frame::read(&mut self.from, &mut payload)? {
            if tag != Tag::Request {
                return Err(broken(format!("a {tag:?} frame where a request is due")));
            }
            let request: Request = serde_json::from_slice(&payload)?;
            let expected = request.expected().map_err(broken)?;
            self.answer(setup, expected, &mut payload)?;
        }
        Ok(())
    }

    fn answer(&mut self, setup: Setup, expected: Option<AssetKind>, payload: &mut Vec<u8>) -> io::Result<()> {
        let Some(input) = self.take(setup.max_input_bytes, payload)? else { return Ok(()) };
        let facts = match input {
            Ok(bytes) => {
                if self.confinement == Confinement::Full {
                    confine::allow_cpu(setup.cpu_seconds).map_err(broken)?;
                }
                let to = &mut self.to;
                (self.inspect)(expected, &bytes, &mut |derived| hand_out(to, &derived))?
            }
            Err(refusal) => Facts::Refused(vec![refusal]),
        };
        let mut answer = serde_json::to_vec(&twin::Facts::from(&facts))?;
        if answer.len() > MAX_JSON {
            let found = format!("{} to report", bytes_for_people(answer.len() as u64));
            let too_much = refusal(RefusalCode::TooLarge, found, bytes_for_people(MAX_JSON as u64));
            answer = serde_json::to_vec(&twin::Facts::from(&Facts::Refused(vec![too_much])))?;
        }
        frame::write(&mut self.to, Tag::Facts, &answer)?;
        self.to.flush()
    }

    /// The input up to its end; `None` when the other side gave up on it.
    fn take(&mut self, most: u64, payload: &mut Vec<u8>) -> io::Result<Option<Result<Vec<u8>, Refusal>>> {
        let mut bytes = Vec::new();
        let mut size = 0_u64;
        loop {
            match frame::read(&mut self.from, payload)? {
                Some(Tag::Bytes) => {
                    size += payload.len() as u64;
                    if size <= most {
                        bytes.extend_from_slice(payload);
                    } else {
                        bytes = Vec::new();
                    }
                }
                Some(Tag::End) if size > most => return Ok(Some(Err(too_large(most)))),
                Some(Tag::End) => return Ok(Some(Ok(bytes))),
                Some(Tag::Abort) => return Ok(None),
                Some(tag) => return Err(broken(format!("a {tag:?} frame inside an input"))),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

/// The refusal of an input beyond what is read here.
pub fn too_large(most: u64) -> Refusal {
    refusal(
        RefusalCode::TooLarge,
        format!("more than {}", bytes_for_people(most)),
        format!("at most {}", bytes_for_people(most)),
    )
}

fn hand_out(to: &mut impl Write, derived: &Derived) -> io::Result<()> {
    let head = twin::Derived::from(derived);
    frame::write(to, Tag::Derived, &serde_json::to_vec(&head)?)?;
    for chunk in derived.bytes.chunks(MAX_CHUNK) {
        frame::write(to, Tag::Bytes, chunk)?;
    }
    to.flush()
}
