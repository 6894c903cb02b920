//! A stored VAST document, given out byte for byte as it was approved, but for two things: macros that have a
//! value are filled, and the manifest's own trackers are put in where the schemas have a place for them
//! (`Impression` after the ad's last one, `Viewable`, `Tracking` and `ClickTracking` in every linear creative).
//! Where an ad lacks the place, nothing is forced in: the event is reported as untold.

use std::ops::Range;

use super::scan::{Piece, What, attribute, local, scan};
use super::{Tag, TagError, TagInput, VastVersion, vast};
use crate::manifest::{Source, TrackerEvent};

/// The document as a tag.
pub(super) fn vast(input: &TagInput<'_>, version: Option<VastVersion>) -> Result<Tag, TagError> {
    let Some(text) = input.content("vast")? else {
        return match input.manifest.assets().get("vast").map(|asset| &asset.source) {
            Some(Source::External(external)) => {
                Ok(vast::wrapper(input, external.url.as_str(), version.unwrap_or(VastVersion::V4_2)))
            }
            _ => Err(TagError::Missing("vast")),
        };
    };
    let filled = fill(input, text)?;
    let document = Document::read(&filled)?;
    if let Some(asked) = version
        && document.version != asked.as_str()
    {
        return Err(TagError::VastVersion { found: document.version.to_owned(), asked });
    }
    let (body, told) = document.with_trackers(input);
    Ok(Tag { media_type: vast::XML, body, untold: input.untold(&told) })
}

fn fill(input: &TagInput<'_>, text: &str) -> Result<String, TagError> {
    let fill = input.fill();
    let piece = |Piece { what, range }: Piece<'_>| match what {
        // Inside CDATA nothing is an entity, and the URL begins after the opening bracket.
        What::Cdata => {
            let inside = range.start + 9..range.end - 3;
            format!("<![CDATA[{}]]>", fill.markup(&text[inside], false))
        }
        What::Aside => text[range].to_owned(),
        What::Text | What::Start(_) | What::Empty(_) | What::End(_) => fill.markup(&text[range], true),
    };
    Ok(scan(text)?.into_iter().map(piece).collect())
}

/// An element: its start tag, its end tag (empty when it is an empty element), its children.
struct Element<'t> {
    name: &'t str,
    start: Range<usize>,
    end: Range<usize>,
    children: Vec<usize>,
}

impl Element<'_> {
    fn is_empty(&self) -> bool {
        self.end.is_empty()
    }

    /// The prefix of its name, colon included: what is put inside has the same.
    fn prefix(&self) -> &str {
        &self.name[..self.name.len() - local(self.name).len()]
    }
}

struct Document<'t> {
    text: &'t str,
    version: &'t str,
    elements: Vec<Element<'t>>,
}

/// Changes: what stands in the range is replaced. In the order that they are to have where they meet.
type Edits = Vec<(Range<usize>, String)>;

impl<'t> Document<'t> {
    fn read(text: &'t str) -> Result<Self, TagError> {
        let mut elements: Vec<Element<'t>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for Piece { what, range } in scan(text)? {
            match what {
                What::Start(name) | What::Empty(name) => {
                    let end = range.end..range.end;
                    let this = elements.len();
                    if let Some(parent) = open.last() {
                        elements[*parent].children.push(this);
                    }
                    elements.push(Element { name, start: range, end, children: Vec::new() });
                    if matches!(what, What::Start(_)) {
                        open.push(this);
                    }
                }
                What::End(_) => {
                    if let Some(this) = open.pop() {
                        elements[this].end = range;
                    }
                }
                What::Text | What::Cdata | What::Aside => {}
            }
        }
        let version = elements.first().and_then(|root| attribute(&text[root.start.clone()], "version"));
        Ok(Self { text, version: version.unwrap_or_default(), elements })
    }

    fn children<'d>(&'d self, of: &'d Element<'t>, name: &'d str) -> impl Iterator<Item = &'d Element<'t>> {
        of.children.iter().map(|at| &self.elements[*at]).filter(move |child| local(child.name) == name)
    }

    fn child<'d>(&'d self, of: &'d Element<'t>, name: &'d str) -> Option<&'d Element<'t>> {
        self.children(of, name).last()
    }

    /// The document with the manifest's trackers, and the events that every ad of it now tells.
    fn with_trackers(&self, input: &TagInput<'_>) -> (String, Vec<TrackerEvent>) {
        let mut edits = Edits::new();
        let mut told = TrackerEvent::ALL.to_vec();
        let root = self.elements.first().filter(|root| local(root.name) == "VAST");
        let ads: Vec<_> = root.into_iter().flat_map(|root| self.children(root, "Ad")).collect();
        if ads.is_empty() {
            told.clear();
        }
        for ad in ads {
            let Some(ad) = self.child(ad, "InLine").or_else(|| self.child(ad, "Wrapper")) else {
                told.clear();
                continue;
            };
            if !self.impressions(ad, input, &mut edits) {
                told.retain(|event| *event != TrackerEvent::Impression);
            }
            if !self.viewable(ad, input, &mut edits) {
                told.retain(|event| *event != TrackerEvent::ViewableImpression);
            }
            let creatives = self.children(ad, "Creatives").flat_map(|all| self.children(all, "Creative"));
            let linears: Vec<_> = creatives.flat_map(|creative| self.children(creative, "Linear")).collect();
            if linears.is_empty() {
                told.retain(|event| {
                    matches!(event, TrackerEvent::Impression | TrackerEvent::ViewableImpression)
                });
            }
            for linear in linears {
                self.linear(linear, input, &mut edits);
            }
        }
        (apply(self.text, edits), told)
    }

    fn is_4(&self) -> bool {
        self.version.starts_with('4')
    }

    fn impressions(&self, ad: &Element<'t>, input: &TagInput<'_>, edits: &mut Edits) -> bool {
        let Some(last) = self.child(ad, "Impression") else { return false };
        let ours = vast::told_to(input, TrackerEvent::Impression, "Impression", ad.prefix());
        edits.push((last.end.end..last.end.end, ours));
        true
    }

    fn viewable(&self, ad: &Element<'t>, input: &TagInput<'_>, edits: &mut Edits) -> bool {
        let Some(last) = self.child(ad, "Impression").filter(|_| self.is_4()) else { return false };
        let prefix = ad.prefix();
        let ours = vast::told_to(input, TrackerEvent::ViewableImpression, "Viewable", prefix);
        if ours.is_empty() {
            return true;
        }
        if let Some(there) = self.child(ad, "ViewableImpression") {
            edits.push(self.inside(there, ours));
        } else {
            // The order of the schemas: Impression, Pricing, ViewableImpression.
            let before = self.child(ad, "Pricing").unwrap_or(last).end.end.max(last.end.end);
            edits.push((
                before..before,
                format!("<{prefix}ViewableImpression>{ours}</{prefix}ViewableImpression>"),
            ));
        }
        true
    }

    fn linear(&self, linear: &Element<'t>, input: &TagInput<'_>, edits: &mut Edits) {
        let prefix = linear.prefix();
        let tracking = vast::tracking(input, prefix);
        let clicks = vast::clicks(input, prefix);
        let around = |name: &str, inside: &str| format!("<{prefix}{name}>{inside}</{prefix}{name}>");
        if linear.is_empty() {
            let mut inside = String::new();
            if !tracking.is_empty() {
                inside += &around("TrackingEvents", &tracking);
            }
            if !clicks.is_empty() {
                inside += &around("VideoClicks", &clicks);
            }
            edits.push(self.inside(linear, inside));
            return;
        }
        if !tracking.is_empty() {
            if let Some(there) = self.child(linear, "TrackingEvents") {
                edits.push(self.inside(there, tracking));
            } else {
                // Since 4.0 they come before the duration, until then after it.
                let before: &[&str] =
                    if self.is_4() { &["Icons"] } else { &["Icons", "CreativeExtensions", "Duration"] };
                let last = before.iter().filter_map(|name| Some(self.child(linear, name)?.end.end)).max();
                let at = last.unwrap_or(linear.start.end);
                edits.push((at..at, around("TrackingEvents", &tracking)));
            }
        }
        if !clicks.is_empty() {
            if let Some(there) = self.child(linear, "VideoClicks") {
                // Up to 3.0 `ClickThrough` comes first; in 4.2 it may come after.
                match self.child(there, "ClickThrough").filter(|_| !self.is_4()) {
                    Some(through) => edits.push((through.end.end..through.end.end, clicks)),
                    None => edits.push(self.inside(there, clicks)),
                }
            } else {
                let media = self.child(linear, "MediaFiles").filter(|_| !self.is_4());
                let at = media.map_or(linear.end.start, |media| media.start.start);
                edits.push((at..at, around("VideoClicks", &clicks)));
            }
        }
    }

    /// Puts something at the beginning of an element, which an empty one is opened for.
    fn inside(&self, element: &Element<'t>, ours: String) -> (Range<usize>, String) {
        let end = element.start.end;
        if ours.is_empty() || !element.is_empty() {
            return (end..end, ours);
        }
        debug_assert!(self.text[..end].ends_with("/>"), "an empty element ends so");
        (end - 2..end, format!(">{ours}</{}>", element.name))
    }
}

fn apply(text: &str, mut edits: Edits) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len() + 1024);
    let mut done = 0;
    for (range, instead) in edits {
        out.push_str(&text[done..range.start]);
        out.push_str(&instead);
        done = range.end;
    }
    out.push_str(&text[done..]);
    out
}
