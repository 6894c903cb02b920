//! What was measured, as a document.

use creativestore_domain::facts::{
    Animation, BundleFile, CalledUrl, ClickTag, ClickTagForm, Facts, Html5Facts, ImageFacts, ImageType,
    MarkupFacts, Refusal, RefusalCode, TextFacts, UrlUsage,
};
use creativestore_domain::hash::Sha256;
use creativestore_ports::store::StoreError;
use serde::{Deserialize, Serialize};

use super::vast::VastTwin;
use super::{read, word, write};
use crate::corrupt;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FactsTwin {
    Image(ImageTwin),
    Html5(Html5Twin),
    Vast(VastTwin),
    Markup(MarkupTwin),
    Text { bytes: u64, characters: u32 },
    Refused(Vec<RefusalTwin>),
}

#[derive(Serialize, Deserialize)]
struct RefusalTwin {
    code: String,
    at: String,
    found: String,
    allowed: String,
}

#[derive(Serialize, Deserialize)]
struct ImageTwin {
    image_type: String,
    width: u32,
    height: u32,
    bytes: u64,
    alpha: bool,
    orientation: u8,
    colour_profile: Option<String>,
    animation: Option<AnimationTwin>,
    perceptual_hash: String,
}

#[derive(Serialize, Deserialize)]
struct AnimationTwin {
    frames: u32,
    pass_ms: u64,
    plays: Option<u32>,
    shortest_frame_ms: u32,
}

#[derive(Serialize, Deserialize)]
struct Html5Twin {
    bytes: u64,
    unpacked_bytes: u64,
    entry: String,
    entry_candidates: u32,
    files: Vec<FileTwin>,
    depth: u32,
    nested_archives: Vec<String>,
    markup: MarkupTwin,
    initial_bytes: u64,
    initial_requests: u32,
}

#[derive(Serialize, Deserialize)]
struct FileTwin {
    path: String,
    bytes: u64,
    sha256: String,
    media_type: String,
}

#[derive(Serialize, Deserialize)]
struct MarkupTwin {
    bytes: u64,
    doctype: bool,
    html_and_body: bool,
    ad_size: Option<(u32, u32)>,
    ad_orientation: Option<String>,
    click_tags: Vec<ClickTagTwin>,
    urls: Vec<UrlTwin>,
    elements: Vec<String>,
    calls: Vec<String>,
    macros: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ClickTagTwin {
    form: String,
    name: String,
    url: Option<String>,
    in_head: bool,
    file: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct UrlTwin {
    url: String,
    usage: String,
    file: String,
}

/// Facts as they are kept.
pub fn facts_text(facts: &Facts) -> String {
    write(&match facts {
        Facts::Image(image) => FactsTwin::Image(image.into()),
        Facts::Html5(html5) => FactsTwin::Html5(html5.into()),
        Facts::Vast(vast) => FactsTwin::Vast(vast.into()),
        Facts::Markup(markup) => FactsTwin::Markup(markup.into()),
        Facts::Text(TextFacts { bytes, characters }) => {
            FactsTwin::Text { bytes: *bytes, characters: *characters }
        }
        Facts::Refused(refusals) => FactsTwin::Refused(
            refusals
                .iter()
                .map(|Refusal { code, at, found, allowed }| RefusalTwin {
                    code: code.as_str().into(),
                    at: at.clone(),
                    found: found.clone(),
                    allowed: allowed.clone(),
                })
                .collect(),
        ),
    })
}

/// Facts as they were kept.
pub fn facts_from(text: &str) -> Result<Facts, StoreError> {
    Ok(match read("facts", text)? {
        FactsTwin::Image(image) => Facts::Image(image.into_domain()?),
        FactsTwin::Html5(html5) => Facts::Html5(html5.into_domain()?),
        FactsTwin::Vast(vast) => Facts::Vast(vast.into_domain()?),
        FactsTwin::Markup(markup) => Facts::Markup(markup.into_domain()?),
        FactsTwin::Text { bytes, characters } => Facts::Text(TextFacts { bytes, characters }),
        FactsTwin::Refused(refusals) => {
            let refusal = |RefusalTwin { code, at, found, allowed }| {
                let parse = |code: &str| RefusalCode::ALL.into_iter().find(|it| it.as_str() == code);
                Ok(Refusal { code: word("refusal code", &code, parse)?, at, found, allowed })
            };
            Facts::Refused(refusals.into_iter().map(refusal).collect::<Result<_, StoreError>>()?)
        }
    })
}

impl From<&ImageFacts> for ImageTwin {
    fn from(image: &ImageFacts) -> Self {
        let ImageFacts {
            image_type,
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile,
            animation,
            perceptual_hash,
        } = image.clone();
        let animation = animation.map(|Animation { frames, pass_ms, plays, shortest_frame_ms }| {
            AnimationTwin { frames, pass_ms, plays, shortest_frame_ms }
        });
        Self {
            image_type: image_type.media_type().into(),
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile,
            animation,
            perceptual_hash: format!("{perceptual_hash:016x}"),
        }
    }
}

impl ImageTwin {
    fn into_domain(self) -> Result<ImageFacts, StoreError> {
        let Self {
            image_type,
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile,
            animation,
            perceptual_hash,
        } = self;
        let parse = |text: &str| ImageType::ALL.into_iter().find(|it| it.media_type() == text);
        let animation = animation.map(|AnimationTwin { frames, pass_ms, plays, shortest_frame_ms }| {
            Animation { frames, pass_ms, plays, shortest_frame_ms }
        });
        Ok(ImageFacts {
            image_type: word("image type", &image_type, parse)?,
            width,
            height,
            bytes,
            alpha,
            orientation,
            colour_profile,
            animation,
            perceptual_hash: u64::from_str_radix(&perceptual_hash, 16)
                .map_err(|_| corrupt("perceptual hash", &perceptual_hash))?,
        })
    }
}

impl From<&Html5Facts> for Html5Twin {
    fn from(html5: &Html5Facts) -> Self {
        let Html5Facts {
            bytes,
            unpacked_bytes,
            entry,
            entry_candidates,
            files,
            depth,
            nested_archives,
            markup,
            initial_bytes,
            initial_requests,
        } = html5;
        let file = |BundleFile { path, bytes, sha256, media_type }: &BundleFile| FileTwin {
            path: path.clone(),
            bytes: *bytes,
            sha256: sha256.to_string(),
            media_type: media_type.clone(),
        };
        Self {
            bytes: *bytes,
            unpacked_bytes: *unpacked_bytes,
            entry: entry.clone(),
            entry_candidates: *entry_candidates,
            files: files.iter().map(file).collect(),
            depth: *depth,
            nested_archives: nested_archives.clone(),
            markup: markup.into(),
            initial_bytes: *initial_bytes,
            initial_requests: *initial_requests,
        }
    }
}

impl Html5Twin {
    fn into_domain(self) -> Result<Html5Facts, StoreError> {
        let Self {
            bytes,
            unpacked_bytes,
            entry,
            entry_candidates,
            files,
            depth,
            nested_archives,
            markup,
            initial_bytes,
            initial_requests,
        } = self;
        let file = |FileTwin { path, bytes, sha256, media_type }| {
            let sha256 = Sha256::parse(&sha256).map_err(|_| corrupt("hash", &sha256))?;
            Ok(BundleFile { path, bytes, sha256, media_type })
        };
        Ok(Html5Facts {
            bytes,
            unpacked_bytes,
            entry,
            entry_candidates,
            files: files.into_iter().map(file).collect::<Result<_, StoreError>>()?,
            depth,
            nested_archives,
            markup: markup.into_domain()?,
            initial_bytes,
            initial_requests,
        })
    }
}

impl From<&MarkupFacts> for MarkupTwin {
    fn from(markup: &MarkupFacts) -> Self {
        let MarkupFacts {
            bytes,
            doctype,
            html_and_body,
            ad_size,
            ad_orientation,
            click_tags,
            urls,
            elements,
            calls,
            macros,
        } = markup.clone();
        let tag = |ClickTag { form, name, url, in_head, file }| ClickTagTwin {
            form: ClickTagForm::as_str(form).into(),
            name,
            url,
            in_head,
            file,
        };
        Self {
            bytes,
            doctype,
            html_and_body,
            ad_size,
            ad_orientation,
            click_tags: click_tags.into_iter().map(tag).collect(),
            urls: urls.into_iter().map(Into::into).collect(),
            elements,
            calls,
            macros,
        }
    }
}

impl MarkupTwin {
    fn into_domain(self) -> Result<MarkupFacts, StoreError> {
        let Self {
            bytes,
            doctype,
            html_and_body,
            ad_size,
            ad_orientation,
            click_tags,
            urls,
            elements,
            calls,
            macros,
        } = self;
        let tag = |ClickTagTwin { form, name, url, in_head, file }| {
            let parse = |text: &str| ClickTagForm::ALL.into_iter().find(|it| it.as_str() == text);
            Ok(ClickTag { form: word("click tag form", &form, parse)?, name, url, in_head, file })
        };
        Ok(MarkupFacts {
            bytes,
            doctype,
            html_and_body,
            ad_size,
            ad_orientation,
            click_tags: click_tags.into_iter().map(tag).collect::<Result<_, StoreError>>()?,
            urls: urls.into_iter().map(UrlTwin::into_domain).collect::<Result<_, StoreError>>()?,
            elements,
            calls,
            macros,
        })
    }
}

impl From<CalledUrl> for UrlTwin {
    fn from(CalledUrl { url, usage, file }: CalledUrl) -> Self {
        Self { url, usage: usage.as_str().into(), file }
    }
}

impl UrlTwin {
    pub(super) fn into_domain(self) -> Result<CalledUrl, StoreError> {
        let Self { url, usage, file } = self;
        let parse = |text: &str| UrlUsage::ALL.into_iter().find(|it| it.as_str() == text);
        Ok(CalledUrl { url, usage: word("URL usage", &usage, parse)?, file })
    }
}
