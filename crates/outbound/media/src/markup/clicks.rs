//! Click tags, calls and URLs in script text, by their shapes (formats, section 3). Shapes only: what a script
//! really does is not known without running it, and nothing is run here.

use creativestore_domain::facts::{ClickTag, ClickTagForm, UrlUsage};

use super::Collector;
use super::script::{Token, Token::Mark, Token::Text, Token::Word, Tokens};
use crate::bounds::{MAX_NAME, MAX_URL};
use crate::refuse::shorten;

const BACK: usize = 2;
const AHEAD: usize = 5;

/// A token with its neighbours.
struct View<'a>([Token<'a>; BACK + 1 + AHEAD]);

impl<'a> View<'a> {
    fn back(&self, steps: usize) -> Token<'a> {
        self.0[BACK - steps]
    }

    fn now(&self) -> Token<'a> {
        self.0[BACK]
    }

    fn ahead(&self, steps: usize) -> Token<'a> {
        self.0[BACK + steps]
    }

    fn advance(&mut self, next: Token<'a>) {
        self.0.rotate_left(1);
        self.0[BACK + AHEAD] = next;
    }

    /// Whether something is assigned this far ahead.
    fn assigns(&self, steps: usize) -> bool {
        self.ahead(steps) == Mark('=') && !matches!(self.ahead(steps + 1), Mark('=' | '>'))
    }

    /// `= "text"` this far ahead.
    fn assigned(&self, steps: usize) -> Option<&'a str> {
        match self.ahead(steps + 1) {
            Text(text) if self.assigns(steps) => Some(text),
            _ => None,
        }
    }

    /// `.name(` ahead: a method is called.
    fn calls(&self, name: &str) -> bool {
        self.ahead(1) == Mark('.') && self.ahead(2) == Word(name) && self.ahead(3) == Mark('(')
    }

    fn after_dot(&self) -> bool {
        self.back(1) == Mark('.')
    }
}

/// Finds what the script text shows.
pub fn find(script: &str, in_head: bool, file: &str, into: &mut Collector) {
    let mut view = View([Token::Nothing; BACK + 1 + AHEAD]);
    let tokens = Tokens::of(script).chain([Token::Nothing; AHEAD + 1]);
    for token in tokens {
        view.advance(token);
        if let Some(tag) = click_tag(&view) {
            let url = tag.url.map(unescaped).filter(|url| !url.trim().is_empty());
            if let Some(url) = &url {
                into.urls.add(url, UrlUsage::Click, file);
            }
            into.click_tag(ClickTag {
                form: tag.form,
                name: shorten(tag.name, MAX_NAME),
                url: url.map(|url| shorten(&url, MAX_URL)),
                in_head,
                file: file.to_owned(),
            });
        }
        if let Some(call) = call(&view) {
            into.calls.add(call);
        }
        if let Text(text) = view.now() {
            urls(text, file, into);
        }
    }
}

struct Found<'a> {
    form: ClickTagForm,
    name: &'a str,
    url: Option<&'a str>,
}

fn click_tag<'a>(view: &View<'a>) -> Option<Found<'a>> {
    let found = |form, name, url| Some(Found { form, name, url });
    match view.now() {
        Word("Enabler") if ["exit", "exitOverride", "dynamicExit"].iter().any(|name| view.calls(name)) => {
            let name = if let Text(name) = view.ahead(4) { name } else { "exit" };
            found(ClickTagForm::EnablerExit, name, None)
        }
        Word("ExitApi") if view.calls("exit") => found(ClickTagForm::ExitApi, "exit", None),
        Word("mraid") if view.calls("open") => match view.ahead(4) {
            Text(url) => found(ClickTagForm::MraidOpen, "open", Some(url)),
            Word(name) => found(ClickTagForm::MraidOpen, name, None),
            _ => found(ClickTagForm::MraidOpen, "open", None),
        },
        Word("window") => match (view.ahead(1), view.ahead(2), view.ahead(3)) {
            (Mark('.'), Word(name), _) if is_click_tag(name) => {
                found(ClickTagForm::WindowProperty, name, view.assigned(3))
            }
            (Mark('['), Text(name), Mark(']')) if is_click_tag(name) => {
                found(ClickTagForm::WindowProperty, name, view.assigned(4))
            }
            _ => None,
        },
        Word(name) if is_click_tag(name) && !view.after_dot() => {
            let declared = matches!(view.back(1), Word("var" | "let" | "const"));
            if declared || view.assigns(1) {
                found(ClickTagForm::Variable, name, view.assigned(1))
            } else {
                None
            }
        }
        // get("clickTag"), params["clickTag"]: asked by name, other than of the window itself.
        Text(name) if is_click_tag(name) => match (view.back(1), view.back(2)) {
            (Mark('['), Word("window")) => None,
            (Mark('(' | '['), Word(_) | Mark(')')) => found(ClickTagForm::QueryString, name, None),
            _ => None,
        },
        Text(text) => found(ClickTagForm::QueryString, query_parameter(text)?, None),
        _ => None,
    }
}

/// `clickTag`, `clickTAG`, `click_tag`, `clickTag2`.
fn is_click_tag(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.eq_ignore_ascii_case("clicktag") || name.eq_ignore_ascii_case("click_tag")
}

/// The name in `…clickTag=…`: a piece of a query string, or of an expression that looks for one.
fn query_parameter(text: &str) -> Option<&str> {
    text.match_indices('=').take(50).find_map(|(end, _)| {
        let before = &text[..end];
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        Some(&before[start..]).filter(|name| is_click_tag(name))
    })
}

/// A call that some platforms refuse.
fn call(view: &View<'_>) -> Option<&'static str> {
    let Word(word) = view.now() else { return None };
    let of_window = view.after_dot() && matches!(view.back(2), Word("window" | "self" | "globalThis"));
    let global = !view.after_dot() || of_window;
    let opens = view.ahead(1) == Mark('(');
    match word {
        "window" if view.calls("open") => Some("window.open"),
        "open" if opens && !view.after_dot() && view.back(1) != Word("function") => Some("window.open"),
        "localStorage" if global => Some("localStorage"),
        "eval" if global && opens && view.back(1) != Word("function") => Some("eval"),
        "document" if view.calls("write") || view.calls("writeln") => Some("document.write"),
        "Enabler" if view.calls("exit") || view.calls("exitOverride") => Some("Enabler.exit"),
        "ExitApi" if view.calls("exit") => Some("ExitApi.exit"),
        "mraid" if view.calls("open") => Some("mraid.open"),
        "parent" if of_window || global && reaches_out(view) => Some("parent"),
        "top" if of_window || global && reaches_out(view) => Some("top"),
        _ => None,
    }
}

/// `parent` and `top` are also names of variables; it is the frame outside when it is used as one.
fn reaches_out(view: &View<'_>) -> bool {
    view.ahead(1) == Mark('.')
        && matches!(
            view.ahead(2),
            Word(
                "location"
                    | "document"
                    | "postMessage"
                    | "window"
                    | "frames"
                    | "open"
                    | "parent"
                    | "top"
                    | "self"
            )
        )
}

/// The URLs in a string of a script: it may be one, or hold some.
fn urls(text: &str, file: &str, into: &mut Collector) {
    let text = unescaped(text);
    if is_protocol_relative(&text) {
        into.urls.add(&text, UrlUsage::Script, file);
        return;
    }
    let mut rest = text.as_str();
    while let Some(at) = rest.find("http") {
        rest = &rest[at..];
        let scheme = ["http://", "https://"].into_iter().find(|scheme| rest.starts_with(scheme));
        let Some(scheme) = scheme else {
            rest = &rest[4..];
            continue;
        };
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`' | ')'))
            .unwrap_or(rest.len());
        let url = &rest[..end];
        if end > scheme.len() && !is_namespace(url) {
            into.urls.add(url, UrlUsage::Script, file);
        }
        rest = &rest[end.max(scheme.len())..];
    }
}

/// `//cdn.example.com/…`
fn is_protocol_relative(text: &str) -> bool {
    text.strip_prefix("//").is_some_and(|rest| {
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        host.contains('.') && host.split('.').all(label)
    })
}

/// Names of XML vocabularies look like URLs and are never called.
pub fn is_namespace(url: &str) -> bool {
    let names = [
        "2000/svg",
        "1999/xlink",
        "1999/xhtml",
        "1998/Math/MathML",
        "XML/1998/namespace",
        "2000/xmlns",
        "TR/",
    ];
    ["http://www.w3.org/", "https://www.w3.org/"]
        .iter()
        .filter_map(|host| url.strip_prefix(host))
        .any(|path| names.iter().any(|name| path.starts_with(name)))
}

fn unescaped(text: &str) -> String {
    text.replace("\\/", "/")
}
