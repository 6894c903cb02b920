//! S12 to S22: what is mounted, and what the program is told.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{DEPLOYMENT, Fact, nothing};
use crate::deploy::file;

const CONFIG: &str = "ConfigMap/app-creativestore-config";
const SERVICE_FILE: &str = "configs/services/creativestore.yaml";

pub const FACTS: &[Fact] = &[
    Fact {
        id: "S12",
        says: "the shared base is mounted as a folder, the service's own file by subPath, byte for byte",
        exactly: &[
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/volumeMounts/base",
                r#"{ "name": "base", "mountPath": "/root/configs/base", "readOnly": true }"#,
            ),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/volumeMounts/service",
                r#"{ "name": "service", "mountPath": "/root/configs/services/creativestore.yaml",
                    "subPath": "creativestore.yaml", "readOnly": true }"#,
            ),
            (DEPLOYMENT, "spec/template/spec/volumes/base/configMap", r#"{ "name": "base-config" }"#),
            (
                DEPLOYMENT,
                "spec/template/spec/volumes/service/configMap",
                r#"{ "name": "app-creativestore-config" }"#,
            ),
        ],
        also: |it| {
            let kept = std::fs::read_to_string(file(SERVICE_FILE))?;
            ensure!(it.text(CONFIG, "data/creativestore.yaml")? == kept, "it is not {SERVICE_FILE}");
            let files = it.at(CONFIG, "data")?.as_object().map(serde_json::Map::len);
            ensure!(files == Some(1), "{files:?} files");
            Ok(())
        },
        broken_by: &[(CONFIG, "data/creativestore.yaml", r#""redis: {}""#), (CONFIG, "data/more", r#""""#)],
    },
    Fact {
        id: "S13",
        says: "CONFIG_FILE is relative, so the working directory is /root",
        exactly: &[
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/env/CONFIG_FILE/value",
                r#""configs/services/creativestore.yaml""#,
            ),
            (DEPLOYMENT, "spec/template/spec/containers/0/workingDir", r#""/root""#),
        ],
        also: |it| {
            let told = it.text(DEPLOYMENT, "spec/template/spec/containers/0/env/CONFIG_FILE/value")?;
            let mounted =
                it.text(DEPLOYMENT, "spec/template/spec/containers/0/volumeMounts/service/mountPath")?;
            ensure!(format!("/root/{told}") == mounted, "{told} is not what is mounted at {mounted}");
            Ok(())
        },
        broken_by: &[(
            DEPLOYMENT,
            "spec/template/spec/containers/0/volumeMounts/service/mountPath",
            r#""/etc/creativestore.yaml""#,
        )],
    },
    Fact {
        id: "S14",
        says: "the service's file overrides the base's production.yaml in what S15 to S20 say, and nothing else",
        exactly: &[(DEPLOYMENT, "spec/template/spec/containers/0/env/ENVIRONMENT/value", r#""production""#)],
        also: |it| {
            let mut keys = BTreeSet::new();
            flatten("", it.0.get("configuration").context("the file")?, &mut keys);
            let wanted = [
                "database.database",
                "pubsub.dead_letter.key",
                "pubsub.prefix",
                "pubsub.redis.db",
                "redis.db",
                "tracing.service_name",
            ];
            ensure!(keys.iter().eq(wanted.iter()), "{keys:?}");
            ensure!(file("configs/base/production.yaml").is_file(), "there is no base");
            Ok(())
        },
        broken_by: &[("configuration", "redis/host", r#""redis""#)],
    },
    of_the_file(
        "S15",
        "the database",
        &[("configuration", "database/database", r#""${DB_NAME:yldm_creativestore}""#)],
    ),
    of_the_file("S16", "Redis database 7", &[("configuration", "redis/db", r#""${REDIS_DB:7}""#)]),
    of_the_file(
        "S17",
        "its name in traces",
        &[("configuration", "tracing/service_name", r#""yldm-creativestore""#)],
    ),
    of_the_file(
        "S18",
        "what names begin with",
        &[("configuration", "pubsub/prefix", r#""yldm:creativestore""#)],
    ),
    of_the_file(
        "S19",
        "events in Redis database 1",
        &[("configuration", "pubsub/redis/db", r#""${REDIS_PUBSUB_DB:1}""#)],
    ),
    of_the_file(
        "S20",
        "the list of dead letters",
        &[("configuration", "pubsub/dead_letter/key", r#""yldm:creativestore:deadletter""#)],
    ),
    Fact {
        id: "S21",
        says: "production, release, no Swagger UI",
        exactly: &[
            (DEPLOYMENT, "spec/template/spec/containers/0/env/ENV/value", r#""production""#),
            (DEPLOYMENT, "spec/template/spec/containers/0/env/ENVIRONMENT/value", r#""production""#),
            (DEPLOYMENT, "spec/template/spec/containers/0/env/SERVER_MODE/value", r#""release""#),
            (DEPLOYMENT, "spec/template/spec/containers/0/env/SWAGGER_AUTO_GEN/value", r#""false""#),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S22",
        says: "its name and its port",
        exactly: &[
            (DEPLOYMENT, "spec/template/spec/containers/0/env/SERVER_NAME/value", r#""creativestore""#),
            (DEPLOYMENT, "spec/template/spec/containers/0/env/SERVER_PORT/value", r#""8080""#),
        ],
        also: nothing,
        broken_by: &[],
    },
];

/// What the service's file says to the letter.
const fn of_the_file(
    id: &'static str,
    says: &'static str,
    exactly: &'static [(&'static str, &'static str, &'static str)],
) -> Fact {
    Fact { id, says, exactly, also: nothing, broken_by: &[] }
}

fn flatten(before: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value.as_object() {
        Some(fields) => {
            for (name, value) in fields {
                let name = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
                flatten(&name, value, keys);
            }
        }
        None => {
            keys.insert(before.to_owned());
        }
    }
}
