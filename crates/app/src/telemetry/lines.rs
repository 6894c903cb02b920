//! Log lines that say which request they belong to. Knows nothing of what else is in them.

use std::fmt::{self, Write as _};

use creativestore_ports::journal::Origin;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer, format};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How fields are written at the end of a line.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Into the object that the line is.
    Json,
    /// After what is there for people.
    Text,
}

/// Writes lines as another format does, with what is known of the request at hand.
pub struct Lines<F> {
    form: Form,
    line: F,
    at_hand: fn() -> Option<Origin>,
}

impl Lines<Format<Json>> {
    /// A line is an object, for machines.
    pub fn json() -> Self {
        let line = format().json().flatten_event(true).with_current_span(false).with_span_list(false);
        Self { form: Form::Json, line, at_hand: creativestore_rest::at_hand }
    }
}

impl Lines<Format> {
    /// For people.
    pub fn text(colours: bool) -> Self {
        let line = format().with_ansi(colours).with_target(false);
        Self { form: Form::Text, line, at_hand: creativestore_rest::at_hand }
    }
}

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(Origin { request_id, trace, .. }) = (self.at_hand)() else {
            return self.line.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.line.format_event(context, Writer::new(&mut line), event)?;
        line.truncate(line.trim_end_matches('\n').len());
        if matches!(self.form, Form::Json) && line.ends_with('}') {
            line.pop();
        }
        // Neither has anything in it that would have to be escaped: see where requests are read.
        let fields = [("request_id", request_id.as_deref()), ("traceparent", trace.as_deref())];
        for (name, value) in fields.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            match self.form {
                Form::Json => write!(line, ",\"{name}\":\"{value}\"")?,
                Form::Text => write!(line, " {name}={value}")?,
            }
        }
        let end = match self.form {
            Form::Json => "}\n",
            Form::Text => "\n",
        };
        writer.write_str(&line)?;
        writer.write_str(end)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::{MakeWriter, layer};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Written {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    impl Written {
        fn text(&self) -> String {
            let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            String::from_utf8(bytes).expect("text")
        }
    }

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    const NONE: fn() -> Option<Origin> = || None;
    const ONE: fn() -> Option<Origin> =
        || Some(Origin { address: None, request_id: Some("req_1".into()), trace: Some(TRACE.into()) });

    fn json_of(at_hand: fn() -> Option<Origin>) -> Value {
        let written = Written::default();
        let lines = layer().event_format(Lines { at_hand, ..Lines::json() });
        let lines = tracing_subscriber::registry().with(lines.with_writer(written.clone()));
        tracing::subscriber::with_default(lines, || tracing::warn!(odd = "a \"b\" }\n", "it happened"));
        let text = written.text();
        assert!(text.ends_with("}\n"), "{text}");
        let mut line: Value = serde_json::from_str(&text).expect("a line of JSON");
        line.as_object_mut().expect("an object").remove("timestamp").expect("a time");
        line
    }

    #[test]
    fn a_line_of_json_is_an_object_with_the_request_at_hand() {
        let target = module_path!();
        let mut line =
            json!({ "level": "WARN", "message": "it happened", "odd": "a \"b\" }\n", "target": target });
        assert_eq!(json_of(NONE), line);
        line["request_id"] = json!("req_1");
        line["traceparent"] = json!(TRACE);
        assert_eq!(json_of(ONE), line);
    }

    #[test]
    fn a_line_for_people_ends_with_the_request_at_hand() {
        let text = |at_hand: fn() -> Option<Origin>| {
            let written = Written::default();
            let lines = layer().event_format(Lines { at_hand, ..Lines::text(false) });
            let lines = tracing_subscriber::registry().with(lines.with_writer(written.clone()));
            tracing::subscriber::with_default(lines, || tracing::warn!(many = 3, "it happened"));
            let text = written.text();
            let (_time, line) = text.split_once(' ').expect("a time");
            line.to_owned()
        };
        assert_eq!(text(NONE), " WARN it happened many=3\n");
        assert_eq!(text(ONE), format!(" WARN it happened many=3 request_id=req_1 traceparent={TRACE}\n"));
    }
}
