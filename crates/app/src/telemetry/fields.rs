//! The fields of a span as a JSON object, for lines in JSON. What `tracing_subscriber` has for it gathers them as values
//! first, which cost each request more than all else about its span.

use std::fmt::{self, Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormattedFields;
use tracing_subscriber::fmt::format::{FormatFields, Writer};

/// As long as what is usually written.
const USUAL: usize = 128;

/// Writes fields as they come.
pub struct Fields;

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut object = Object(String::with_capacity(USUAL));
        object.0.push('{');
        fields.record(&mut object);
        object.0.push('}');
        writer.write_str(&object.0)
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let mut object = Object(std::mem::take(&mut current.fields));
        object.0.pop();
        fields.record(&mut object);
        object.0.push('}');
        current.fields = object.0;
        Ok(())
    }
}

/// An object, without its end.
struct Object(String);

impl Object {
    fn field(&mut self, field: &Field, value: impl fmt::Display) {
        let comma = if self.0.ends_with('{') { "" } else { "," };
        let name = field.name().trim_start_matches("r#");
        write!(self.0, "{comma}\"{name}\":{value}").expect("a text takes everything");
    }
}

impl Visit for Object {
    fn record_str(&mut self, field: &Field, value: &str) {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        if value.bytes().all(plain) {
            self.field(field, format_args!("\"{value}\""));
        } else {
            self.field(field, serde_json::to_string(value).expect("a text can be written"));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::Fields;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn fields_of_a_span_are_an_object_with_what_is_added_later() {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
        let layer = layer.json().with_current_span(true).with_span_list(false).fmt_fields(Fields);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!(
                "it",
                plain = "req_1",
                odd = "a \"b\" \\ \n é",
                none = Option::<&str>::None,
                below = -3,
                above = 3_u64,
                yes = true,
                shown = %"as text",
                later = tracing::field::Empty,
            );
            span.in_scope(|| tracing::info!("one"));
            span.record("later", "now");
            span.in_scope(|| tracing::info!("two"));
            let empty = tracing::info_span!("bare", later = tracing::field::Empty);
            empty.record("later", 7);
            empty.in_scope(|| tracing::info!("three"));
        });
        let lines = lines.0.lock().expect("nobody panicked").clone();
        let lines = String::from_utf8(lines).expect("text");
        let spans: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON")["span"].clone())
            .collect();
        let mut one = json!({
            "name": "it", "plain": "req_1", "odd": "a \"b\" \\ \n é", "below": -3, "above": 3, "yes": true,
            "shown": "as text",
        });
        assert_eq!(spans[0], one);
        one["later"] = json!("now");
        assert_eq!(spans[1], one);
        assert_eq!(spans[2], json!({ "name": "bare", "later": 7 }));
    }
}
