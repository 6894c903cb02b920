//! The way in: signing in, an account, concepts, bytes, creatives. Knows nothing of what becomes of them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::http::Method;

use super::job::{Job, Work};
use super::wrong::{Stage, Wrong, equal, must, text, with_status};

/// The hash of bytes, as blobs are named by it.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

const BOUNDARY: &str = "the-edge-of-one-file";

impl<'a> Job<'a> {
    pub fn sign_in(&mut self, one_time_token: &str) -> Result<(), Wrong> {
        let answer = self.client.post("/v1/auth/token", &json!({ "one_time_token": one_time_token }))?;
        let session = with_status(&answer, 200)?;
        self.client = self.client.with_bearer(&text(&session, "/access_token")?);
        let me = with_status(&self.client.get("/v1/auth/me")?, 200)?;
        equal(&me, "/installation_admin", true)?;
        self.me = text(&me, "/id")?;
        Ok(())
    }

    pub fn make_account(&mut self) -> Result<(), Wrong> {
        let name = "The library of the samples";
        let answer = self.client.post("/v1/accounts", &json!({ "name": name }))?;
        let account = with_status(&answer, 201)?;
        equal(&account, "/name", name)?;
        self.account = text(&account, "/id")?;
        let read = with_status(&self.client.get(&format!("/v1/accounts/{}", self.account))?, 200)?;
        equal(&read, "/name", name)?;
        Ok(())
    }

    pub fn make_concepts(&mut self) -> Result<(), Wrong> {
        for sample in &self.samples.creatives {
            if self.concepts.contains_key(&sample.concept) {
                continue;
            }
            let answer = self.client.post(&self.about("/v1/concepts"), &json!({ "name": sample.concept }))?;
            let concept = with_status(&answer, 201)?;
            equal(&concept, "/name", sample.concept.as_str())?;
            self.concepts.insert(sample.concept.clone(), text(&concept, "/id")?);
        }
        Ok(())
    }

    /// Takes every creative's files in.
    pub fn upload(&mut self) {
        self.begin(Stage::Upload);
        let mut works = std::mem::take(&mut self.works);
        for work in &mut works {
            let files = work.sample.assets.values().filter_map(|asset| asset.file.as_deref());
            for file in files {
                match self.upload_file(file) {
                    Ok(sha256) => {
                        self.blobs.insert(file.to_owned(), sha256.clone());
                        work.blobs.insert(sha256);
                    }
                    Err(wrong) => {
                        self.mismatch(Stage::Upload, Some(work), wrong);
                        work.lost = true;
                        break;
                    }
                }
            }
            self.step();
        }
        self.works = works;
    }

    /// One file: bundles as the file of a form, everything else as the body itself with its hash announced. The
    /// second time is no second blob.
    fn upload_file(&self, file: &str) -> Result<String, Wrong> {
        let bytes = self.samples.bytes(file)?;
        let own = sha256(&bytes);
        let path = self.about("/v1/blobs");
        let bundle = std::path::Path::new(file).extension().is_some_and(|extension| extension == "zip");
        let answer = if bundle {
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file}\"\r\n\
                 content-type: application/zip\r\n\r\n"
            );
            let body = [head.as_bytes(), &bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
            let form = format!("multipart/form-data; boundary={BOUNDARY}");
            self.client.ask(Method::POST, &path, &[("content-type", &form)], Some(&body))?
        } else {
            let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&bytes)));
            let headers = [("content-type", "application/octet-stream"), ("content-digest", &digest)];
            self.client.ask(Method::POST, &path, &headers, Some(&bytes))?
        };
        let again = self.blobs.contains_key(file);
        let blob = with_status(&answer, if again { 200 } else { 201 })?;
        equal(&blob, "/sha256", own.as_str())?;
        equal(&blob, "/bytes", bytes.len())?;
        equal(&blob, "/created", !again)?;
        Ok(own)
    }

    /// Puts a creative in: every other one by its external id, and that twice, which must change nothing.
    pub fn create(&self, work: &mut Work<'a>) -> Result<(), Wrong> {
        let sample = work.sample;
        let concept = self.concepts.get(&sample.concept);
        let mut body = json!({
            "name": sample.name,
            "concept": concept,
            "labels": sample.labels,
            "manifest": self.samples.manifest(sample, &self.blobs)?,
        });
        let by_external_id =
            self.samples.creatives.iter().position(|it| it.external_id == sample.external_id);
        let creative = if by_external_id.is_some_and(|place| place % 2 == 0) {
            let path = self.about(&format!("/v1/creatives/by-external-id/{}", sample.external_id));
            let done = with_status(&self.client.put(&path, &body)?, 201)?;
            equal(&done, "/result", "created")?;
            let again = with_status(&self.client.put(&path, &body)?, 200)?;
            equal(&again, "/result", "unchanged")?;
            equal(&again, "/creative/id", text(&done, "/creative/id")?)?;
            done["creative"].clone()
        } else {
            body["external_id"] = sample.external_id.as_str().into();
            with_status(&self.client.post(&self.about("/v1/creatives"), &body)?, 201)?
        };
        described(&creative, work, &self.concepts)?;
        equal(&creative, "/newest/number", 1)?;
        work.id = text(&creative, "/id")?;
        work.revision = text(&creative, "/newest/sha256")?;
        Ok(())
    }
}

/// That a creative is described as its sample says.
pub fn described(
    creative: &Value,
    work: &Work<'_>,
    concepts: &BTreeMap<String, String>,
) -> Result<(), Wrong> {
    let sample = work.sample;
    equal(creative, "/external_id", sample.external_id.as_str())?;
    equal(creative, "/name", sample.name.as_str())?;
    equal(creative, "/kind", sample.kind.as_str())?;
    equal(creative, "/concept", concepts.get(&sample.concept).cloned())?;
    let labels = creative["labels"].as_array().cloned().unwrap_or_default();
    let same = labels.len() == sample.labels.len()
        && sample.labels.iter().all(|label| labels.iter().any(|it| it.as_str() == Some(label)));
    must(same, || format!("the labels {:?}", sample.labels), || creative["labels"].to_string())
}
