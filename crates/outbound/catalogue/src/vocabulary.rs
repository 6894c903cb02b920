//! The vocabulary of tests as data files write it, and its meaning in the domain. Knows every question by name and
//! no limit.

use creativestore_domain::facts::ClickTagForm;
use creativestore_domain::format::Test;
use creativestore_domain::manifest::Kind;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::fault::Problem;
use crate::file::UnitTwin;

/// A test, by its name in the data: `max_files = 100`, `https_only`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum TestTwin {
    Dimensions(Vec<String>),
    MinSize { slot: String, size: String },
    MaxSize(String),
    AspectRatio { slot: String, ratios: Vec<String> },
    MaxBytes(Amount),
    MaxInitialBytes(Amount),
    MaxSubloadBytes(Amount),
    MaxInitialRequests(u32),
    ImageTypes(Vec<String>),
    MaxAnimationMs(u64),
    FrameRateBelow(u32),
    MaxFiles(u32),
    MaxDepth(u32),
    FileExtensions(Vec<String>),
    NoNestedArchives,
    OneEntryFile,
    CompleteHtml,
    AdSizeMeta,
    OrientationOrSize(Vec<String>),
    ClickTag { forms: Vec<ClickTagFormTwin>, in_head: bool },
    HttpsOnly,
    ResourceHosts(Vec<String>),
    NoElements(Vec<String>),
    NoCalls(Vec<String>),
    HasClick,
    VastVersions(Vec<String>),
    VastNamespace,
    VastHasAd,
    VastImpression,
    VastAdTitle,
    VastCreatives,
    VastAdSystem,
    VastDuration,
    VastMediaFiles,
    VastUniversalAdId,
    VastOneUniversalAdId,
    VastAdServingId,
    VastAttributes,
    VastWrapperUri,
    VastNoVpaid,
    VastProgressiveMp4,
    LinearDuration { allowed_ms: Vec<u64>, tolerance_ms: u64 },
    MaxCharacters { slot: String, max: u32 },
    IntegerBetween { slot: String, min: i64, max: i64 },
    MediaTypes(Vec<String>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClickTagFormTwin {
    Variable,
    WindowProperty,
    QueryString,
    EnablerExit,
    ExitApi,
    MraidOpen,
}

/// A number, or `{name}`: the number of that name of the unit that the format is made of.
pub(crate) enum Amount {
    Given(u64),
    OfUnit(String),
}

// By hand: of an untagged enum serde could only say that nothing matched.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrName;

        impl Visitor<'_> for NumberOrName {
            type Value = Amount;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number, or the name of a number of the unit, as in \"{initial}\"")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
                let below = |_| E::custom("a number below 0, where an amount is due");
                u64::try_from(number).map(Amount::Given).map_err(below)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
                Ok(Amount::Given(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
                name.map(|name| Amount::OfUnit(name.to_owned()))
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(NumberOrName)
    }
}

/// The row of the table that a format is made of, and which of its numbers were asked for.
pub(crate) struct Row<'a> {
    pub(crate) unit: Option<&'a UnitTwin>,
    pub(crate) size: Option<&'a str>,
    pub(crate) asked: Vec<(&'a str, &'a str)>,
}

impl Row<'_> {
    fn amount(&mut self, amount: &Amount) -> Result<u64, Problem> {
        let name = match amount {
            Amount::Given(number) => return positive(*number),
            Amount::OfUnit(name) => name,
        };
        let unit = self.unit.map_or_else(|| "none".to_owned(), |unit| unit.id.clone());
        let missing = || Problem::NoSuchNumber { unit, number: name.clone() };
        let unit = self.unit.ok_or_else(missing.clone())?;
        let (name, number) = unit.numbers.get_key_value(name).ok_or_else(missing)?;
        self.asked.push((&unit.id, name));
        positive(*number)
    }

    fn size(&self, text: &str) -> Result<(u32, u32), Problem> {
        size(&text.replace("{size}", self.size.unwrap_or("{size}")))
    }
}

/// The test that a rule of a format of this kind means.
pub(crate) fn convert(twin: &TestTwin, kind: Kind, row: &mut Row<'_>) -> Result<Test, Problem> {
    Ok(match twin {
        TestTwin::Dimensions(sizes) => {
            Test::Dimensions(some(sizes)?.iter().map(|size| row.size(size)).collect::<Result<_, _>>()?)
        }
        TestTwin::MinSize { slot, size } => {
            let (width, height) = row.size(size)?;
            Test::MinSize { slot: slot_of(kind, slot)?, width, height }
        }
        TestTwin::MaxSize(size) => {
            let (width, height) = row.size(size)?;
            Test::MaxSize { width, height }
        }
        TestTwin::AspectRatio { slot, ratios } => {
            let ratios = some(ratios)?.iter().map(|text| ratio(text)).collect::<Result<_, _>>()?;
            Test::AspectRatio { slot: slot_of(kind, slot)?, ratios }
        }
        TestTwin::MaxBytes(max) => Test::MaxBytes(row.amount(max)?),
        TestTwin::MaxInitialBytes(max) => Test::MaxInitialBytes(row.amount(max)?),
        TestTwin::MaxSubloadBytes(max) => Test::MaxSubloadBytes(row.amount(max)?),
        TestTwin::MaxInitialRequests(max) => Test::MaxInitialRequests(positive(*max)?),
        TestTwin::ImageTypes(types) => Test::ImageTypes(some(types)?.to_vec()),
        TestTwin::MaxAnimationMs(max) => Test::MaxAnimationMs(positive(*max)?),
        TestTwin::FrameRateBelow(rate) => Test::FrameRateBelow(positive(*rate)?),
        TestTwin::MaxFiles(max) => Test::MaxFiles(positive(*max)?),
        // Zero levels means: all files at the root.
        TestTwin::MaxDepth(max) => Test::MaxDepth(*max),
        TestTwin::FileExtensions(endings) => Test::FileExtensions(some(endings)?.to_vec()),
        TestTwin::NoNestedArchives => Test::NoNestedArchives,
        TestTwin::OneEntryFile => Test::OneEntryFile,
        TestTwin::CompleteHtml => Test::CompleteHtml,
        TestTwin::AdSizeMeta => Test::AdSizeMeta,
        TestTwin::OrientationOrSize(sizes) => {
            let sizes = some(sizes)?.iter().map(|size| row.size(size)).collect::<Result<_, _>>()?;
            Test::OrientationOrSize(sizes)
        }
        // No form named means any.
        TestTwin::ClickTag { forms, in_head } => {
            Test::ClickTag { forms: forms.iter().map(|form| click_tag(*form)).collect(), in_head: *in_head }
        }
        TestTwin::HttpsOnly => Test::HttpsOnly,
        // No host named means: from the bundle only.
        TestTwin::ResourceHosts(hosts) => Test::ResourceHosts(hosts.clone()),
        TestTwin::NoElements(names) => Test::NoElements(some(names)?.to_vec()),
        TestTwin::NoCalls(names) => Test::NoCalls(some(names)?.to_vec()),
        TestTwin::HasClick => Test::HasClick,
        TestTwin::VastVersions(versions) => Test::VastVersions(some(versions)?.to_vec()),
        TestTwin::VastNamespace => Test::VastNamespace,
        TestTwin::VastHasAd => Test::VastHasAd,
        TestTwin::VastImpression => Test::VastImpression,
        TestTwin::VastAdTitle => Test::VastAdTitle,
        TestTwin::VastCreatives => Test::VastCreatives,
        TestTwin::VastAdSystem => Test::VastAdSystem,
        TestTwin::VastDuration => Test::VastDuration,
        TestTwin::VastMediaFiles => Test::VastMediaFiles,
        TestTwin::VastUniversalAdId => Test::VastUniversalAdId,
        TestTwin::VastOneUniversalAdId => Test::VastOneUniversalAdId,
        TestTwin::VastAdServingId => Test::VastAdServingId,
        TestTwin::VastAttributes => Test::VastAttributes,
        TestTwin::VastWrapperUri => Test::VastWrapperUri,
        TestTwin::VastNoVpaid => Test::VastNoVpaid,
        TestTwin::VastProgressiveMp4 => Test::VastProgressiveMp4,
        TestTwin::LinearDuration { allowed_ms, tolerance_ms } => {
            Test::LinearDuration { allowed_ms: some(allowed_ms)?.to_vec(), tolerance_ms: *tolerance_ms }
        }
        TestTwin::MaxCharacters { slot, max } => {
            Test::MaxCharacters { slot: slot_of(kind, slot)?, max: positive(*max)? }
        }
        TestTwin::IntegerBetween { min, max, .. } if min > max => return Err(Problem::Range),
        TestTwin::IntegerBetween { slot, min, max } => {
            Test::IntegerBetween { slot: slot_of(kind, slot)?, min: *min, max: *max }
        }
        TestTwin::MediaTypes(types) => Test::MediaTypes(some(types)?.to_vec()),
    })
}

/// `300x250`
pub(crate) fn size(text: &str) -> Result<(u32, u32), Problem> {
    pair(text, 'x').ok_or_else(|| Problem::Size(text.to_owned()))
}

/// `4:3`
fn ratio(text: &str) -> Result<(u32, u32), Problem> {
    pair(text, ':').ok_or_else(|| Problem::Ratio(text.to_owned()))
}

/// Two positive numbers as people write them: digits only, no leading zero.
fn pair(text: &str, between: char) -> Option<(u32, u32)> {
    let number = |text: &str| {
        let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        if plain { text.parse::<u32>().ok() } else { None }
    };
    let (first, second) = text.split_once(between)?;
    Some((number(first)?, number(second)?))
}

fn positive<N: Copy + Default + PartialEq>(number: N) -> Result<N, Problem> {
    if number == N::default() { Err(Problem::Zero) } else { Ok(number) }
}

fn some<T>(list: &[T]) -> Result<&[T], Problem> {
    if list.is_empty() { Err(Problem::Empty) } else { Ok(list) }
}

/// A slot that creatives of the kind have: a rule about any other would be kept by everything.
fn slot_of(kind: Kind, slot: &str) -> Result<String, Problem> {
    let mut slots = kind.required_slots().iter().chain(kind.optional_slots());
    if slots.any(|(name, _)| *name == slot) {
        Ok(slot.to_owned())
    } else {
        Err(Problem::Slot(slot.to_owned()))
    }
}

const fn click_tag(twin: ClickTagFormTwin) -> ClickTagForm {
    match twin {
        ClickTagFormTwin::Variable => ClickTagForm::Variable,
        ClickTagFormTwin::WindowProperty => ClickTagForm::WindowProperty,
        ClickTagFormTwin::QueryString => ClickTagForm::QueryString,
        ClickTagFormTwin::EnablerExit => ClickTagForm::EnablerExit,
        ClickTagFormTwin::ExitApi => ClickTagForm::ExitApi,
        ClickTagFormTwin::MraidOpen => ClickTagForm::MraidOpen,
    }
}
