//! Lists without repetition, in the order of first sight, that stop growing at a bound.

use std::collections::HashSet;

use creativestore_domain::facts::{CalledUrl, UrlUsage};

use crate::bounds::{MAX_MACROS, MAX_NAME, MAX_URL, MAX_URLS};
use crate::refuse::shorten;

/// Names, once each.
#[derive(Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Takes a name, unless it is there or there are enough.
    pub fn add(&mut self, name: &str) {
        if self.0.len() < MAX_MACROS && !self.0.iter().any(|known| known == name) {
            self.0.push(shorten(name, MAX_NAME));
        }
    }

    /// The names.
    pub fn into_vec(self) -> Vec<String> {
        self.0
    }
}

/// URLs, once each.
#[derive(Debug, Default)]
pub struct Urls {
    list: Vec<CalledUrl>,
    known: HashSet<String>,
}

impl Urls {
    /// Takes a URL, unless it is there or there are enough. White space around it is no part of it.
    pub fn add(&mut self, url: &str, usage: UrlUsage, file: &str) {
        // Browsers leave out line breaks and tabs inside a URL; hiding something behind them must not work.
        let url = url.trim().replace(['\t', '\n', '\r'], "");
        if url.is_empty() || self.list.len() >= MAX_URLS {
            return;
        }
        let url = shorten(&url, MAX_URL);
        if self.known.insert(url.clone()) {
            self.list.push(CalledUrl { url, usage, file: file.to_owned() });
        }
    }

    /// The URLs.
    pub fn into_vec(self) -> Vec<CalledUrl> {
        self.list
    }
}
