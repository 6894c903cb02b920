//! JSON bodies: read with a bound, refused with a pointer to what is wrong.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use creativestore_usecases::FieldError;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::Edge;
use super::problem::{Code, Problem};

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Edge> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Problem> {
        expect_json(request.headers())?;
        let bytes = read(request.into_body(), edge.settings.body_limit).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON body that may be left out.
pub struct MaybeJson<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<Edge> for MaybeJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, edge.settings.body_limit).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(T::default()));
        }
        expect_json(&parts.headers)?;
        parse(&bytes).map(Self)
    }
}

fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    let typed = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).is_some_and(is_json);
    let refused = || Problem::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`");
    if typed { Ok(()) } else { Err(refused()) }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    to_bytes(body, limit).await.map_err(|error| {
        let error = error.into_inner();
        if error.to_string().contains("length limit exceeded") {
            Problem::new(Code::BodyTooLarge, format!("a JSON body may have {limit} bytes"))
        } else {
            Problem::new(Code::IncompleteUpload, format!("the body could not be read to its end: {error}"))
        }
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        if error.is_data() {
            Problem::field(Code::InvalidRequest, &pointer, plain(&error))
        } else {
            Problem::new(Code::MalformedBody, format!("the body is not JSON that can be read: {error}"))
        }
    })?;
    reader.end().map_err(|error| {
        Problem::new(Code::MalformedBody, format!("something follows the JSON value: {error}"))
    })?;
    Ok(parsed)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => "/?".into(),
    };
    path.iter().map(step).collect::<Vec<_>>().concat()
}

/// A key as it stands in a JSON pointer (RFC 6901).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What serde says, without the place in the text.
fn plain(error: &serde_json::Error) -> String {
    let said = error.to_string();
    with_nearest(said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said))
}

/// What serde says of an unknown field, with the nearest known one.
pub fn with_nearest(said: &str) -> String {
    let said = said.to_owned();
    let Some(rest) = said.strip_prefix("unknown field `") else { return said };
    let Some((unknown, known)) = rest.split_once('`') else { return said };
    let known = known.split('`').skip(1).step_by(2);
    let nearest = known.max_by(|a, b| strsim::jaro(a, unknown).total_cmp(&strsim::jaro(b, unknown)));
    match nearest.filter(|nearest| strsim::jaro(nearest, unknown) > 0.75) {
        Some(nearest) => format!("{said}; did you mean `{nearest}`?"),
        None => said,
    }
}

/// Gathers everything that is wrong with a body before it is refused.
#[derive(Debug, Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// The value, or nothing and one more error.
    pub fn take<T, E: std::fmt::Display>(&mut self, pointer: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.add(pointer, error.to_string())).ok()
    }

    /// The value of an optional field, or nothing; an error if it is there and cannot be read.
    pub fn maybe<S: AsRef<str>, T, E: std::fmt::Display>(
        &mut self,
        pointer: &str,
        given: Option<S>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        given.and_then(|text| self.take(pointer, parse(text.as_ref())))
    }

    /// One of a fixed set of words, or one more error that lists them.
    pub fn word<T>(
        &mut self,
        pointer: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        words: impl IntoIterator<Item = &'static str>,
    ) -> Option<T> {
        let found = parse(text);
        if found.is_none() {
            let words = words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            self.add(pointer, format!("`{text}` is not one of {words}"));
        }
        found
    }

    /// One more error.
    pub fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError::new(pointer, detail));
    }

    /// The value, if nothing at all was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        self.finish_as(Code::InvalidRequest, value)
    }

    /// The same, as a problem of another kind.
    pub fn finish_as<T>(self, code: Code, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::fields(code, self.0)),
        }
    }
}
