//! A request that is remembered while nobody knows what came of it, so that it can be made again.

use serde_json::{Value, json};

use crate::bytes;
use crate::http::{Answer, Client};

/// A request that changes something.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it is: `upload`, `create`, `upsert`, `amend`, `review` or `assign`.
    pub op: String,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// The version in `If-Match`.
    pub seen: Option<u64>,
    /// The JSON body; of an upload, what its bytes are made from.
    pub body: Value,
}

impl Asked {
    /// A request without conditions.
    pub fn new(op: &str, method: &str, path: String, body: Value) -> Self {
        Self { op: op.into(), method: method.into(), path, key: None, seen: None, body }
    }

    /// An upload of a picture, or of so many bytes of noise.
    pub fn upload(seed: u64, noise: Option<usize>) -> Self {
        let body = json!({ "seed": seed.to_string(), "noise": noise });
        Self::new("upload", "POST", "/v1/blobs".into(), body)
    }

    /// As it is written down.
    pub fn written(&self) -> Value {
        let Self { op, method, path, key, seen, body } = self;
        json!({ "op": op, "method": method, "path": path, "key": key, "seen": seen, "body": body })
    }

    /// What was written down.
    pub fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let (op, method, path) = (text("op"), text("method"), text("path"));
        Self {
            op: op.unwrap_or_default(),
            method: method.unwrap_or_default(),
            path: path.unwrap_or_default(),
            key: text("key"),
            seen: value["seen"].as_u64(),
            body: value["body"].clone(),
        }
    }

    /// The bytes of an upload.
    pub fn bytes(&self) -> Vec<u8> {
        let seed = self.body["seed"].as_str().and_then(|seed| seed.parse().ok()).unwrap_or_default();
        match self.body["noise"].as_u64().and_then(|size| usize::try_from(size).ok()) {
            Some(size) => bytes::noise(seed, size),
            None => bytes::picture(seed),
        }
    }

    /// Makes the request.
    pub fn send(&self, client: &Client) -> anyhow::Result<Answer> {
        if self.op == "upload" {
            return client.upload(&self.bytes());
        }
        let seen = self.seen.map(|seen| format!("\"{seen}\""));
        let mut headers = Vec::new();
        if let Some(key) = &self.key {
            headers.push(("idempotency-key", key.as_str()));
        }
        if let Some(seen) = &seen {
            headers.push(("if-match", seen.as_str()));
        }
        client.json(&self.method, &self.path, &headers, &self.body)
    }
}
