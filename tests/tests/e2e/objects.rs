//! Bytes in a store that speaks S3: the whole job, and links straight to it. The binary is built with that store, as
//! `cargo xtask test` does.

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::sha256;
use creativestore_tests::http::Client;
use creativestore_tests::servers::moto::{BUCKET, Moto};

use crate::flow::{all_the_way, sample};
use crate::server::World;

#[test]
fn with_bytes_in_an_object_store_a_creative_goes_all_the_way_and_bytes_come_straight_from_there()
-> anyhow::Result<()> {
    let store = Moto::start()?;
    let (url, endpoint) = (format!("s3://{BUCKET}/creatives"), store.endpoint());
    let settings = [
        ("STORAGE_URL", url.as_str()),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "anybody"),
        ("AWS_SECRET_ACCESS_KEY", "anything"),
    ];
    all_the_way(&settings)?;
    let World { house, server, folder: _folder } = World::start(&settings)?;
    let picture = sample("aurora-300x250.jpg");
    house.upload(&picture)?;
    let path = format!("/v1/blobs/{}", sha256(&picture));
    ensure!(house.client.get(&path)?.body == picture, "through the service");
    let led = house.client.get(&format!("{path}?direct=true"))?;
    ensure!(led.status == 307 && led.header("cache-control") == "private, no-store", "{}", led.status);
    let link = led.header("location");
    ensure!(link.starts_with(&endpoint) && link.contains("X-Amz-Signature="), "{link}");
    // This store ignores what S3 promises about it.
    ensure!(link.contains("response-content-disposition=attachment"), "a browser would show it: {link}");
    let direct = Client::new(&endpoint).get(link)?;
    ensure!(direct.status == 200 && direct.body == picture, "straight from the store: {}", direct.status);
    let another = house.client.get(&format!("/v1/blobs/{}?direct=true", sha256(b"nothing")))?;
    another.problem(404).context("what is not there has no link")?;
    ensure!(server.terminate()?.success(), "it ended badly");
    Ok(())
}
