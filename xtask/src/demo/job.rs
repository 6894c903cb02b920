//! The main job, from signing in to the audit log, through the API of any service: the order of its stages, and what
//! became of each creative. Each stage is a file beside this one; none knows how the service was started.

use std::collections::{BTreeMap, BTreeSet};

use indicatif::ProgressBar;
use serde_json::Value;

use super::samples::{Sample, Samples};
use super::wrong::{Mismatch, Stage, Wrong};
use crate::http::Client;
use crate::interrupt;

/// The stages that every creative passes one by one.
const STEPS: u64 = 9;

/// The job under way.
pub struct Job<'a> {
    pub samples: &'a Samples,
    /// Nobody in particular, then the administrator.
    pub client: Client,
    /// The administrator's id.
    pub me: String,
    pub account: String,
    /// The id of each concept by its name.
    pub concepts: BTreeMap<String, String>,
    /// The hash of each uploaded file by its name.
    pub blobs: BTreeMap<String, String>,
    pub works: Vec<Work<'a>>,
    pub mismatches: Vec<Mismatch>,
    /// Where one sample can run.
    pub matrix: Option<(String, Value)>,
    progress: &'a ProgressBar,
}

/// One creative under way.
pub struct Work<'a> {
    pub sample: &'a Sample,
    /// Empty until it was put in.
    pub id: String,
    /// The canonical hash of its revision.
    pub revision: String,
    /// The files of its assets that were uploaded, by hash.
    pub blobs: BTreeSet<String>,
    pub assignment: Option<String>,
    /// The tag's channel and address.
    pub tag: Option<(String, String)>,
    pub preview: Option<String>,
    /// The creative, its checks and its decisions, as they are read back in the end.
    pub creative: Value,
    pub checks: Value,
    pub reviews: Value,
    /// Whether it went wrong: no further steps make sense.
    pub lost: bool,
}

impl<'a> Job<'a> {
    /// Does all of it with a service at this address, whose first administrator signs in with this token. An error
    /// only when it is interrupted; what goes wrong is among the mismatches.
    pub fn run(
        samples: &'a Samples,
        url: &str,
        one_time_token: &str,
        progress: &'a ProgressBar,
    ) -> anyhow::Result<Self> {
        let mut job = Self {
            samples,
            client: Client::new(url),
            me: String::new(),
            account: String::new(),
            concepts: BTreeMap::new(),
            blobs: BTreeMap::new(),
            works: samples.creatives.iter().map(Work::new).collect(),
            mismatches: Vec::new(),
            matrix: None,
            progress,
        };
        progress.set_length(STEPS * samples.creatives.len() as u64);
        job.all_stages(one_time_token);
        interrupt::check()?;
        progress.finish_and_clear();
        Ok(job)
    }

    fn all_stages(&mut self, one_time_token: &str) {
        // Without these there is nobody to be and nowhere to go.
        if !self.once(Stage::SignIn, |job| job.sign_in(one_time_token))
            || !self.once(Stage::Account, Self::make_account)
        {
            return;
        }
        self.once(Stage::Concept, Self::make_concepts);
        self.upload();
        self.each(Stage::Create, |job, work| job.create(work));
        self.inspect();
        self.each(Stage::Checks, |job, work| job.check(work));
        self.once(Stage::Checks, Self::where_can_it_run);
        self.each(Stage::Review, |job, work| job.review(work));
        self.each(Stage::Assignment, |job, work| job.assign(work));
        self.each(Stage::Tag, |job, work| job.take_tag(work));
        self.each(Stage::Preview, |job, work| job.preview(work));
        self.read_back();
        self.once(Stage::ReadBack, |job| job.list());
        self.once(Stage::Events, |job| job.events());
        self.once(Stage::Audit, |job| job.audit());
    }

    /// A stage that is about all creatives; says whether it went well.
    fn once(&mut self, stage: Stage, step: impl FnOnce(&mut Self) -> Result<(), Wrong>) -> bool {
        self.begin(stage);
        let done = step(self);
        let well = done.is_ok();
        if let Err(wrong) = done {
            self.mismatch(stage, None, wrong);
        }
        well
    }

    /// A stage that every creative passes by itself.
    fn each(&mut self, stage: Stage, step: impl Fn(&Self, &mut Work<'a>) -> Result<(), Wrong>) {
        self.begin(stage);
        let mut works = std::mem::take(&mut self.works);
        for work in works.iter_mut().filter(|work| !work.lost) {
            if let Err(wrong) = step(self, work) {
                self.mismatch(stage, Some(work), wrong);
                work.lost = true;
            }
            self.progress.inc(1);
        }
        self.works = works;
    }

    /// The end of every creative, lost or not: what the table says is read here.
    fn read_back(&mut self) {
        self.begin(Stage::ReadBack);
        let mut works = std::mem::take(&mut self.works);
        for work in works.iter_mut().filter(|work| !work.id.is_empty()) {
            let read = self.read(work);
            // That a creative which went wrong before does not end as it must is no news.
            if let Err(wrong) = read
                && !work.lost
            {
                self.mismatch(Stage::ReadBack, Some(work), wrong);
            }
            self.progress.inc(1);
        }
        self.works = works;
    }

    pub fn mismatch(&mut self, stage: Stage, work: Option<&Work<'_>>, wrong: Wrong) {
        let creative = work.map(|work| work.sample.external_id.clone());
        let Wrong { expected, found } = wrong;
        self.mismatches.push(Mismatch { stage, creative, expected, found });
    }

    /// Says what is being done now.
    pub fn begin(&self, stage: Stage) {
        self.progress.set_message(stage.words());
    }

    /// One step further, of the stages that are not `each`.
    pub fn step(&self) {
        self.progress.inc(1);
    }

    /// A path of the API with the account that it is about.
    pub fn about(&self, path: &str) -> String {
        format!("{path}{}account={}", if path.contains('?') { '&' } else { '?' }, self.account)
    }
}

impl<'a> Work<'a> {
    fn new(sample: &'a Sample) -> Self {
        Self {
            sample,
            id: String::new(),
            revision: String::new(),
            blobs: BTreeSet::new(),
            assignment: None,
            tag: None,
            preview: None,
            creative: Value::Null,
            checks: Value::Null,
            reviews: Value::Null,
            lost: false,
        }
    }

    /// A path below the creative's.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/creatives/{}{below}", self.id)
    }
}
