//! The frames that go between the server and its media process: a tag, a length, a payload. Knows nothing of
//! what the payloads mean; refuses lengths beyond the bound before reading a byte of them.

use std::io::{self, Read, Write};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// To the process, once and first: its limits, as JSON.
    Setup = 1,
    /// From the process, once and first: how it is confined, as JSON.
    Hello = 2,
    /// To the process: what the following bytes are said to be, as JSON.
    Request = 3,
    /// Either way: a piece of bytes.
    Bytes = 4,
    /// To the process: the bytes are complete.
    End = 5,
    /// To the process: forget the bytes of this request.
    Abort = 6,
    /// From the process: a derived file follows in `Bytes` frames, described as JSON.
    Derived = 7,
    /// From the process: the facts as JSON; the request is answered.
    Facts = 8,
}

impl Tag {
    const ALL: [Self; 8] = [
        Self::Setup,
        Self::Hello,
        Self::Request,
        Self::Bytes,
        Self::End,
        Self::Abort,
        Self::Derived,
        Self::Facts,
    ];

    fn parse(byte: u8) -> io::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|tag| *tag as u8 == byte)
            .ok_or_else(|| broken(format!("{byte:#04x} starts no frame")))
    }
}

/// The most bytes of one `Bytes` frame.
pub const MAX_CHUNK: usize = 256 * 1024;
/// The most bytes of one JSON payload.
pub const MAX_JSON: usize = 8 * 1024 * 1024;

const HEAD: usize = 5;

/// The other side does not keep to the protocol.
pub fn broken(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

fn head(tag: Tag, payload: &[u8]) -> io::Result<[u8; HEAD]> {
    let length = u32::try_from(payload.len()).map_err(|_| broken("a frame is too long"))?;
    let mut head = [tag as u8, 0, 0, 0, 0];
    head[1..].copy_from_slice(&length.to_le_bytes());
    Ok(head)
}

fn parse_head(head: [u8; HEAD]) -> io::Result<(Tag, usize)> {
    let [tag, a, b, c, d] = head;
    let tag = Tag::parse(tag)?;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).map_err(broken_length)?;
    let allowed = if tag == Tag::Bytes { MAX_CHUNK } else { MAX_JSON };
    if length > allowed {
        return Err(broken(format!("a {tag:?} frame of {length} bytes; at most {allowed} are allowed")));
    }
    Ok((tag, length))
}

fn broken_length(_: std::num::TryFromIntError) -> io::Error {
    broken("a frame is too long")
}

/// Writes one frame, without flushing.
pub fn write(to: &mut impl Write, tag: Tag, payload: &[u8]) -> io::Result<()> {
    to.write_all(&head(tag, payload)?)?;
    to.write_all(payload)
}

/// Reads one frame into `payload`; `None` when the other side closed between two frames.
pub fn read(from: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<Option<Tag>> {
    let mut head = [0; HEAD];
    if from.read(&mut head[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut head[1..])?;
    let (tag, length) = parse_head(head)?;
    payload.resize(length, 0);
    from.read_exact(payload)?;
    Ok(Some(tag))
}

/// Sends one frame.
pub async fn send(to: &mut (impl AsyncWrite + Unpin), tag: Tag, payload: &[u8]) -> io::Result<()> {
    to.write_all(&head(tag, payload)?).await?;
    to.write_all(payload).await
}

/// Receives one frame; the other side closing is an error.
pub async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(Tag, Vec<u8>)> {
    let mut head = [0; HEAD];
    from.read_exact(&mut head).await?;
    let (tag, length) = parse_head(head)?;
    // The buffer grows with what really arrives, not with what the length promises.
    let mut payload = Vec::new();
    from.take(length as u64).read_to_end(&mut payload).await?;
    if payload.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((tag, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back_as_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, Tag::Request, b"{}").expect("written");
        let mut payload = Vec::new();
        let mut rest = bytes.as_slice();
        assert_eq!(read(&mut rest, &mut payload).expect("read"), Some(Tag::Request));
        assert_eq!(payload, b"{}");
        assert_eq!(read(&mut rest, &mut payload).expect("end"), None);
    }

    #[test]
    fn a_length_beyond_the_bound_is_refused_before_reading() {
        let head = [Tag::Bytes as u8, 0xff, 0xff, 0xff, 0xff];
        let error = read(&mut head.as_slice(), &mut Vec::new()).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_unknown_tag_is_refused() {
        let error = read(&mut [99, 0, 0, 0, 0].as_slice(), &mut Vec::new()).expect_err("unknown");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_frame_cut_in_the_middle_is_an_error() {
        let mut bytes = Vec::new();
        write(&mut bytes, Tag::Bytes, b"abcdef").expect("written");
        for cut in 1..bytes.len() {
            read(&mut &bytes[..cut], &mut Vec::new()).expect_err("cut");
        }
    }
}
