//! A server that speaks S3: the promises, uploads in parts, and links. Signatures are made again here, by the published
//! rules, and those rules are checked against the published example.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use creativestore_blobs::ObjectBlobs;
use creativestore_contract::Given;
use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::{Blobs, Served};
use creativestore_tests::servers::moto::{BUCKET, Moto};
use futures_util::{StreamExt, TryStreamExt, stream};
use hmac::{Hmac, KeyInit, Mac};
use url::Url;

use crate::given::{account, noise, opened, pieces};

/// Those of the published example.
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const PLENTY: u64 = 1 << 30;

static SERVER: LazyLock<Moto> = LazyLock::new(|| Moto::start().expect("a server that speaks S3"));

/// Blobs under a prefix of their own.
async fn blobs() -> ObjectBlobs {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let endpoint = tokio::task::spawn_blocking(|| SERVER.endpoint()).await.expect("started");
    let options = [
        ("endpoint", endpoint.as_str()),
        ("allow_http", "true"),
        ("region", "us-east-1"),
        ("access_key_id", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    opened(&format!("s3://{BUCKET}/test/{}", NUMBER.fetch_add(1, Ordering::SeqCst)), &options)
}

async fn given() -> Given<dyn Blobs> {
    Given::new(Box::new(blobs().await), ())
}

creativestore_contract::blobs_promises!(crate::s3::given);

/// The keys below a prefix of the bucket, and of the uploads that are not put together.
async fn listed(query: &'static str) -> String {
    let url = format!("{}/{BUCKET}?{query}", SERVER.endpoint());
    let asked = tokio::task::spawn_blocking(move || ureq::get(url).call()?.body_mut().read_to_string());
    asked.await.expect("asked").expect("answered")
}

#[tokio::test]
async fn a_blob_goes_in_parts_and_an_upload_that_fails_leaves_no_part() {
    let (blobs, bytes) = (blobs().await, noise((11 << 20) + 7));
    let away = stream::once(async { Err(std::io::Error::other("away")) });
    let cut_off = Box::pin(pieces(&bytes).chain(away));
    blobs.put(account(), cut_off, PLENTY, None).await.expect_err("cut off");
    assert!(!listed("uploads").await.contains("<Upload>"), "no parts are left");
    let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
    let read = blobs.open(account(), kept.sha256, None).await.expect("opens");
    assert!(read.try_collect::<Vec<Bytes>>().await.expect("read").concat() == bytes);
    let keys = listed("list-type=2").await;
    assert!(keys.contains(&kept.sha256.to_string()) && !keys.contains("/incoming/"), "{keys}");
}

#[tokio::test]
async fn a_link_leads_to_the_bytes_asks_for_the_headers_and_is_signed_by_the_rules() {
    let (blobs, bytes) = (blobs().await, noise(1_000));
    let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
    let served = Served {
        content_type: Some("image/png".into()),
        content_disposition: Some("attachment; filename*=UTF-8''%E5%8F%8C%2011.png".into()),
    };
    let link = blobs.link(account(), kept.sha256, Duration::from_mins(5), &served).await.expect("signed");
    let link = Url::parse(&link.expect("a link")).expect("a URL");
    let asked =
        |name: &str| link.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(asked("X-Amz-Expires").as_deref(), Some("300"));
    // Part of what is signed; this server keeps its own headers whatever is asked for.
    assert_eq!(asked("response-content-type"), served.content_type);
    assert_eq!(asked("response-content-disposition"), served.content_disposition);
    assert_eq!(asked("X-Amz-Signature"), Some(signature(&link)));
    let got = link.to_string();
    let answer = tokio::task::spawn_blocking(move || ureq::get(got).call()).await.expect("asked");
    let mut answer = answer.expect("answered");
    assert!(answer.body_mut().read_to_vec().expect("read") == bytes);
    let for_ever = blobs.link(account(), kept.sha256, Duration::MAX, &Served::default()).await;
    let for_ever = for_ever.expect("signed").expect("a link");
    assert!(for_ever.contains("X-Amz-Expires=604800"), "{for_ever}");
}

/// What AWS publishes of its query string authentication.
#[test]
fn the_rules_give_the_signature_that_is_published() {
    let example = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host";
    let published = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(signature(&Url::parse(example).expect("a URL")), published);
}

/// The signature (version 4) of a GET of this URL, with no header signed but the host: a canonical request, a string to
/// sign, and a key that is made for the day.
fn signature(url: &Url) -> String {
    let mut pairs: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
    pairs.retain(|pair| !pair.starts_with("X-Amz-Signature="));
    pairs.sort_unstable();
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let canonical =
        format!("GET\n{}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD", url.path(), pairs.join("&"));
    let asked =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).expect("it is there").1.into_owned();
    let (date, credential) = (asked("X-Amz-Date"), asked("X-Amz-Credential"));
    let scope = credential.split_once('/').expect("a key and a scope").1;
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", Sha256::of(canonical.as_bytes()));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    hex::encode(mac(&key, &to_sign))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
