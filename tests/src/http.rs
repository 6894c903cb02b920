//! Asking a service over HTTP, blocking and bounded. Knows no route and no body.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};
use ureq::{Agent, AsSendBody, BodyReader};

/// No answer and no stream takes longer than this.
const PATIENCE: Duration = Duration::from_mins(1);
/// No answer is larger than this.
const MOST_BYTES: u64 = 64 << 20;

/// A service, and who asks it.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    bearer: Option<String>,
}

/// What a service said, whatever its status.
pub struct Answer {
    /// The method and the path that were asked.
    pub asked: String,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Client {
    /// Asks the service at this address as nobody in particular.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // What is asked here is on this machine, whatever the environment says.
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { agent: config.into(), base: base.to_owned(), bearer: None }
    }

    /// Asks the same service as whoever this token or key belongs to.
    #[must_use]
    pub fn with_bearer(&self, bearer: &str) -> Self {
        Self { bearer: Some(bearer.to_owned()), ..self.clone() }
    }

    /// What addresses of the service begin with.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET.
    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, &[], ())
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask("DELETE", path, &[], ())
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.json("POST", path, &[], body)
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.json("PUT", path, &[], body)
    }

    /// Asks with a JSON body.
    pub fn json(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> anyhow::Result<Answer> {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        self.ask(method, path, &headers, body.to_string().as_bytes())
    }

    /// POST of the bytes of a blob.
    pub fn upload(&self, bytes: &[u8]) -> anyhow::Result<Answer> {
        self.ask("POST", "/v1/blobs", &[("content-type", "application/octet-stream")], bytes)
    }

    /// Asks; `path` may be a whole address.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsSendBody,
    ) -> anyhow::Result<Answer> {
        let asked = format!("{method} {path}");
        let request = self.request(method, path, headers, body)?;
        let request = self.agent.configure_request(request).allow_non_standard_methods(true).build();
        let mut response = self.agent.run(request).with_context(|| asked.clone())?;
        let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec();
        let body = body.with_context(|| asked.clone())?;
        let (head, _) = response.into_parts();
        Ok(Answer { asked, status: head.status.as_u16(), headers: head.headers, body })
    }

    fn request<B>(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: B,
    ) -> anyhow::Result<Request<B>> {
        let address = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let mut request = Request::builder().method(method.parse::<Method>()?).uri(address);
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.body(body)?)
    }

    /// The events after a position, as they come.
    pub fn follow(&self, account: &str, after: u64) -> anyhow::Result<Stream> {
        let headers = [("accept", "text/event-stream"), ("last-event-id", &after.to_string())];
        let request = self.request("GET", &format!("/v1/events?account={account}"), &headers, ())?;
        let response = self.agent.run(request)?;
        ensure!(response.status() == 200, "status {} of the stream", response.status());
        Ok(Stream(BufReader::new(response.into_body().into_reader())))
    }
}

/// Events as they come; an error when none comes any more.
pub struct Stream(BufReader<BodyReader<'static>>);

impl Stream {
    /// The next event. Waits for it.
    pub fn event(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                bail!("the stream of events ended");
            }
            if let Some(data) = line.strip_prefix("data:") {
                return Ok(serde_json::from_str(data.trim())?);
            }
        }
    }

    /// The next event of which this holds. Waits for it.
    pub fn until(&mut self, enough: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        loop {
            let event = self.event()?;
            if enough(&event) {
                return Ok(event);
            }
        }
    }

    /// The creative stands where an event says that it is no longer being looked into. Waits for it.
    pub fn inspected(&mut self, creative: &str) -> anyhow::Result<String> {
        let event = self.until(|event| {
            event["subject"] == creative && event["data"]["revision_state"]["from"] == "processing"
        })?;
        Ok(event["data"]["revision_state"]["to"].as_str().unwrap_or_default().to_owned())
    }
}

impl Answer {
    /// The body as JSON, `Null` when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON if this is the status.
    pub fn expect(&self, status: u16) -> anyhow::Result<Value> {
        ensure!(
            self.status == status,
            "{}: {} instead of {status}: {}",
            self.asked,
            self.status,
            self.text()
        );
        Ok(self.value())
    }

    /// The code of the problem if this is the status.
    pub fn problem(&self, status: u16) -> anyhow::Result<String> {
        let problem = self.expect(status)?;
        let code = problem["type"].as_str().and_then(|it| it.strip_prefix("urn:creativestore:problem:"));
        Ok(code.with_context(|| format!("{}: no problem: {}", self.asked, self.text()))?.to_owned())
    }
}
