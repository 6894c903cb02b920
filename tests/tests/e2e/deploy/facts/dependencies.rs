//! S23 to S30: what it depends on, and where its secrets come from.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};

use super::{DEPLOYMENT, Fact, nothing};
use crate::deploy::file;
use crate::deploy::rendered::Rendered;

const EXTERNAL: &str = "ExternalSecret/app-creativestore-db-secret";
const OWN_KEY: &str = "yldm/production/creativestore";
const SHARED_KEY: &str = "yldm/database";

/// What the service's own key in Vault has.
const PROPERTIES: [&str; 13] = [
    "db_host",
    "db_port",
    "db_name",
    "db_user",
    "db_password",
    "redis_host",
    "redis_port",
    "redis_password",
    "redis_db",
    "redis_pubsub_db",
    "jwt_secret",
    "jwt_expires_in",
    "jwt_refresh_expires_in",
];

pub const FACTS: &[Fact] = &[
    Fact {
        id: "S23",
        says: "the database is reached through its pooler, by a plain value that wins over the Secret's",
        exactly: &[(
            DEPLOYMENT,
            "spec/template/spec/containers/0/env/DB_HOST",
            r#"{ "name": "DB_HOST", "value": "pgbouncer.postgres.svc.cluster.local" }"#,
        )],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S24",
        says: "all other credentials come from the Secret creativestore-db-secret, and only from there",
        exactly: &[(
            DEPLOYMENT,
            "spec/template/spec/containers/0/envFrom",
            r#"[{ "secretRef": { "name": "creativestore-db-secret" } }]"#,
        )],
        also: |it| {
            let secret: Vec<_> = variables(it)?.into_iter().filter(|name| name != "DB_HOST").collect();
            let plain =
                it.at(DEPLOYMENT, "spec/template/spec/containers/0/env")?.as_array().context("a list")?;
            let twice = plain.iter().find(|it| secret.iter().any(|name| it["name"] == *name.as_str()));
            ensure!(twice.is_none(), "{twice:?} is in the open");
            Ok(())
        },
        broken_by: &[(
            DEPLOYMENT,
            "spec/template/spec/containers/0/env/POD_IP",
            r#"{ "name": "DB_PASSWORD", "value": "secret" }"#,
        )],
    },
    Fact {
        id: "S25",
        says: "that Secret is made from vault-backend and looked at every hour",
        exactly: &[
            (EXTERNAL, "spec/refreshInterval", r#""1h""#),
            (EXTERNAL, "spec/secretStoreRef", r#"{ "kind": "ClusterSecretStore", "name": "vault-backend" }"#),
            (EXTERNAL, "spec/target/name", r#""creativestore-db-secret""#),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S26",
        says: "every property of yldm/production/creativestore, as the variable of a setting",
        exactly: &[],
        also: |it| {
            let wanted: BTreeSet<_> =
                PROPERTIES.map(|property| (property.to_uppercase(), property.to_owned())).into();
            let found = remote(it, OWN_KEY)?;
            ensure!(found == wanted, "{:?}", found.symmetric_difference(&wanted).collect::<Vec<_>>());
            let settings = std::fs::read_to_string(file("docs/configuration.md"))?;
            for (variable, _) in found {
                ensure!(settings.contains(&format!("| `{variable}` |")), "{variable} is no setting's");
            }
            Ok(())
        },
        broken_by: &[
            (EXTERNAL, "spec/data/JWT_SECRET/remoteRef/property", r#""secret""#),
            (EXTERNAL, "spec/data/REDIS_DB/secretKey", r#""REDIS_DATABASE""#),
            (EXTERNAL, "spec/data/DB_PORT/remoteRef/key", r#""elsewhere""#),
        ],
    },
    Fact {
        id: "S27",
        says: "the administrator of all databases comes from yldm/database",
        exactly: &[],
        also: |it| {
            let wanted = [("DB_ADMIN_USER", "user"), ("DB_ADMIN_PASSWORD", "password")]
                .map(|(variable, property)| (variable.to_owned(), property.to_owned()));
            let found = remote(it, SHARED_KEY)?;
            ensure!(found == wanted.into(), "{found:?}");
            let all = it.at(EXTERNAL, "spec/data")?.as_array().map_or(0, Vec::len);
            ensure!(all == PROPERTIES.len() + 2, "{all} keys");
            Ok(())
        },
        broken_by: &[
            (EXTERNAL, "spec/data/DB_ADMIN_USER/remoteRef/property", r#""name""#),
            (EXTERNAL, "spec/data/DB_ADMIN_PASSWORD/remoteRef/key", r#""yldm/production/creativestore""#),
        ],
    },
    Fact {
        id: "S28",
        says: "Redis database 7 for the cache and 1 for events, unless the Secret says otherwise",
        exactly: &[
            ("configuration", "redis/db", r#""${REDIS_DB:7}""#),
            ("configuration", "pubsub/redis/db", r#""${REDIS_PUBSUB_DB:1}""#),
            (EXTERNAL, "spec/data/REDIS_DB/remoteRef/property", r#""redis_db""#),
            (EXTERNAL, "spec/data/REDIS_PUBSUB_DB/remoteRef/property", r#""redis_pubsub_db""#),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S29",
        says: "it registers itself in Consul, under its pod's address",
        exactly: &[
            (DEPLOYMENT, "spec/template/spec/containers/0/env/CONSUL_ENABLED/value", r#""true""#),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/env/CONSUL_ADDR/value",
                r#""consul.consul.svc.cluster.local:8500""#,
            ),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/env/POD_IP/valueFrom/fieldRef/fieldPath",
                r#""status.podIP""#,
            ),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S30",
        says: "nothing but the ExternalSecret knows of Vault",
        exactly: &[],
        also: |it| {
            for (key, object) in it.objects().filter(|(key, _)| *key != EXTERNAL) {
                ensure!(!object.to_string().to_lowercase().contains("vault"), "{key} does");
            }
            Ok(())
        },
        broken_by: &[
            (DEPLOYMENT, "metadata/annotations/vault.hashicorp.com~1agent-inject", r#""true""#),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/env/POD_IP",
                r#"{ "name": "VAULT_ADDR", "value": "http://vault" }"#,
            ),
        ],
    },
];

/// The variables that the Secret has.
pub fn variables(it: &Rendered) -> anyhow::Result<Vec<String>> {
    let data = it.at(EXTERNAL, "spec/data")?.as_array().context("a list")?;
    data.iter().map(|it| it["secretKey"].as_str().map(str::to_owned).context("a key")).collect()
}

/// What comes from a key in Vault: variable and property.
fn remote(it: &Rendered, key: &str) -> anyhow::Result<BTreeSet<(String, String)>> {
    let data = it.at(EXTERNAL, "spec/data")?.as_array().context("a list")?;
    let of_it = data.iter().filter(|it| it["remoteRef"]["key"] == key);
    let pairs = of_it.map(|it| Some((it["secretKey"].as_str()?, it["remoteRef"]["property"].as_str()?)));
    let pairs = pairs.map(|pair| pair.map(|(variable, property)| (variable.to_owned(), property.to_owned())));
    pairs.collect::<Option<_>>().context("a variable and a property")
}
