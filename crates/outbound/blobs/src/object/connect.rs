//! From a URL to a store. Knows which stores this build has, and nothing of blobs.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use url::Url;

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The text is no URL, or none that a store can be at.
    #[error("`{0}` is not the URL of an object store: s3://…, gs://…, az://…, file:///… or memory:///")]
    Url(String),
    /// This program was built without that cloud.
    #[error("this program was built without `{0}`")]
    NotBuilt(&'static str),
    /// The store has no such option.
    #[error("the store knows no option `{0}`")]
    Option(String),
    /// The store refuses what it was given.
    #[error("the object store: {0}")]
    Refused(#[from] object_store::Error),
    /// The folder cannot be made.
    #[error("the folder of the object store: {0}")]
    Folder(#[from] std::io::Error),
}

/// A store, and where in it blobs lie.
pub(super) struct Connected {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) prefix: Path,
    #[cfg(feature = "signed")]
    pub(super) signer: Option<Arc<dyn object_store::signer::Signer>>,
}

impl Connected {
    fn plain(store: impl ObjectStore) -> Self {
        Self {
            store: Arc::new(store),
            prefix: Path::default(),
            #[cfg(feature = "signed")]
            signer: None,
        }
    }
}

pub(super) fn connect(text: &str, options: &[(String, String)]) -> Result<Connected, OpenError> {
    let url = Url::parse(text).map_err(|_| OpenError::Url(text.to_owned()))?;
    match url.scheme() {
        "s3" | "s3a" => s3(&url, options),
        "gs" => google(&url, options),
        "az" | "abfs" | "abfss" => azure(&url, options),
        "file" | "memory" => {
            if let Some((unknown, _)) = options.first() {
                return Err(OpenError::Option(unknown.clone()));
            }
            if url.scheme() == "memory" {
                return Ok(Connected::plain(InMemory::new()));
            }
            let folder = url.to_file_path().map_err(|()| OpenError::Url(text.to_owned()))?;
            std::fs::create_dir_all(&folder)?;
            Ok(Connected::plain(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)))
        }
        _ => Err(OpenError::Url(text.to_owned())),
    }
}

#[cfg(feature = "signed")]
mod cloud {
    use std::time::Duration;

    use object_store::RetryConfig;
    use object_store::signer::Signer;

    use super::{Arc, Connected, ObjectStore, OpenError, Path, Url};

    /// A store that was built from a URL.
    pub(super) fn connected<S: ObjectStore + Signer>(url: &Url, store: S) -> Result<Connected, OpenError> {
        let prefix = Path::from_url_path(url.path())
            .map_err(|error| OpenError::Refused(object_store::Error::from(error)))?;
        let store = Arc::new(store);
        let signer: Arc<dyn Signer> = store.clone();
        Ok(Connected { store, prefix, signer: Some(signer) })
    }

    /// An option's name as this store knows it.
    pub(super) fn option<K: std::str::FromStr>(name: &str) -> Result<K, OpenError> {
        name.to_ascii_lowercase().parse().map_err(|_| OpenError::Option(name.to_owned()))
    }

    /// Somebody waits for an answer meanwhile.
    pub(super) fn retry() -> RetryConfig {
        RetryConfig { max_retries: 4, retry_timeout: Duration::from_secs(30), ..RetryConfig::default() }
    }
}

macro_rules! clouds {
    ($($name:ident, $feature:literal, $room:ident, $builder:ident;)*) => {$(
        #[cfg(feature = $feature)]
        fn $name(url: &Url, options: &[(String, String)]) -> Result<Connected, OpenError> {
            let mut builder =
                object_store::$room::$builder::new().with_url(url.as_str()).with_retry(cloud::retry());
            for (name, value) in options {
                builder = builder.with_config(cloud::option(name)?, value);
            }
            cloud::connected(url, builder.build()?)
        }

        #[cfg(not(feature = $feature))]
        fn $name(_: &Url, _: &[(String, String)]) -> Result<Connected, OpenError> {
            Err(OpenError::NotBuilt($feature))
        }
    )*};
}

clouds! {
    s3, "aws", aws, AmazonS3Builder;
    google, "gcp", gcp, GoogleCloudStorageBuilder;
    azure, "azure", azure, MicrosoftAzureBuilder;
}
