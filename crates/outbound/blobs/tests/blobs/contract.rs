//! The promises of a place for bytes, kept by a temporary folder.

use creativestore_blobs::LocalBlobs;
use creativestore_contract::Given;
use creativestore_ports::blobs::Blobs;

async fn fresh() -> Given<dyn Blobs> {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = LocalBlobs::open(folder.path()).await.expect("opens");
    Given::new(Box::new(blobs), folder)
}

creativestore_contract::blobs_promises!(crate::contract::fresh);
