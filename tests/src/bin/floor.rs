//! The floor that `cargo xtask bench` measures against: bare axum, one answer, always the same bytes and headers. Knows
//! nothing of what they mean.

use std::error::Error;
use std::fs;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::TcpListener;

/// The server writes these by itself.
const ITS_OWN: [&str; 3] = ["connection", "content-length", "date"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(threads)) = (arguments.next(), arguments.next()) else {
        return Err("usage: floor FILE THREADS: in the file header lines, an empty line, the body".into());
    };
    let answer = fs::read(path)?;
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").ok_or("no empty line after the headers")?;
    let mut headers = HeaderMap::new();
    for line in std::str::from_utf8(&answer[..end])?.lines() {
        let (name, value) = line.split_once(':').ok_or("a header without a colon")?;
        if !ITS_OWN.contains(&name.to_ascii_lowercase().as_str()) {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value.trim())?);
        }
    }
    let body = Bytes::copy_from_slice(&answer[end + 4..]);
    let answer = move || {
        let told = (headers.clone(), body.clone());
        async { told }
    };
    let router = Router::new().route("/v1/creatives/{id}", get(answer));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads.parse()?).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        axum::serve(listener, router).await
    })?;
    Ok(())
}
