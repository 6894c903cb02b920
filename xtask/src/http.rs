//! Asking an HTTP service on this machine, blocking. Knows no route, no body and no account.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request, Response};
use ureq::{Agent, Body};

use crate::interrupt;

/// No answer takes longer than this.
const PATIENCE: Duration = Duration::from_mins(1);
/// No answer is larger than this.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A service, and who asks it.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    bearer: Option<String>,
}

/// What a service said, whatever its status.
pub struct Answer {
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client {
    /// Asks the service at this address as nobody in particular.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // What is asked here is on this machine, whatever the environment says.
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { agent: config.into(), base: base.trim_end_matches('/').to_owned(), bearer: None }
    }

    /// Asks the same service as whoever this token or key belongs to.
    #[must_use]
    pub fn with_bearer(&self, bearer: &str) -> Self {
        Self { bearer: Some(bearer.to_owned()), ..self.clone() }
    }

    /// Asks another service as the same.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// What addresses of the service begin with.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask(Method::GET, path, &[], None)
    }

    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, body)
    }

    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(Method::PUT, path, body)
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let headers = [("content-type", "application/json")];
        self.ask(method, path, &headers, Some(body.to_string().as_bytes()))
    }

    /// Asks; `path` may be a whole address of the same service.
    pub fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> anyhow::Result<Answer> {
        interrupt::check()?;
        let asked = format!("{method} {path}");
        let mut response = match body {
            Some(body) => self.agent.run(self.request(method, path, headers, body)?)?,
            None => self.agent.run(self.request(method, path, headers, ())?)?,
        };
        let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec()?;
        let (head, _) = response.into_parts();
        Ok(Answer { asked, status: head.status.as_u16(), headers: head.headers, body })
    }

    fn request<B>(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: B,
    ) -> anyhow::Result<Request<B>> {
        let address = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let mut request = Request::builder().method(method).uri(address);
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.body(body)?)
    }

    /// Follows server-sent events and hands on the data of each until `enough` says so. An error when that does
    /// not come to pass in time, or the stream ends before.
    pub fn follow(
        &self,
        path: &str,
        patience: Duration,
        mut enough: impl FnMut(Value) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        interrupt::check()?;
        let headers = [("accept", "text/event-stream"), ("last-event-id", "0")];
        let request = self.request(Method::GET, path, &headers, ())?;
        let request = self.agent.configure_request(request).timeout_global(Some(patience)).build();
        let response: Response<Body> = self.agent.run(request)?;
        anyhow::ensure!(response.status() == 200, "status {} of the stream {path}", response.status());
        let start = Instant::now();
        let mut lines = BufReader::new(response.into_body().into_reader()).lines();
        while start.elapsed() < patience {
            interrupt::check()?;
            let Some(line) = lines.next() else { anyhow::bail!("the stream {path} ended") };
            let line = line?;
            if let Some(data) = line.strip_prefix("data:")
                && enough(serde_json::from_str(data.trim_start())?)?
            {
                return Ok(());
            }
        }
        anyhow::bail!("the stream {path} did not tell enough within {} s", patience.as_secs())
    }
}

impl Answer {
    /// The body as JSON, `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The status, and what a problem says of itself, in one line.
    pub fn told(&self) -> String {
        let problem = self.json();
        match problem["detail"].as_str() {
            Some(detail) => {
                format!("status {} to {}: {detail}", self.status, self.asked)
            }
            None => format!("status {} to {}", self.status, self.asked),
        }
    }
}
