//! S1 to S11: what runs, and where.

use anyhow::ensure;
use serde_json::Value;

use super::{DEPLOYMENT, Fact, POD, nothing};
use crate::deploy::rendered::Rendered;

const CONFIG: &str = "ConfigMap/app-creativestore-config";

pub const FACTS: &[Fact] = &[
    Fact {
        id: "S1",
        says: "namespace app, prefix app-, and what refers to what follows it",
        exactly: &[
            ("kustomization", "namespace", r#""app""#),
            ("kustomization", "namePrefix", r#""app-""#),
            (
                "HorizontalPodAutoscaler/app-creativestore-hpa",
                "spec/scaleTargetRef/name",
                r#""app-creativestore""#,
            ),
            ("VerticalPodAutoscaler/app-creativestore-vpa", "spec/targetRef/name", r#""app-creativestore""#),
            ("PrometheusRule/app-creativestore-rules", "metadata/name", r#""app-creativestore-rules""#),
            (
                DEPLOYMENT,
                "spec/template/spec/volumes/service/configMap/name",
                r#""app-creativestore-config""#,
            ),
        ],
        also: named,
        broken_by: &[
            ("Service/app-creativestore", "metadata/namespace", r#""default""#),
            ("Service/app-creativestore", "metadata/name", r#""creativestore""#),
        ],
    },
    Fact {
        id: "S2",
        says: "2 replicas, also pinned by the kustomization",
        exactly: &[
            (DEPLOYMENT, "spec/replicas", "2"),
            ("inline", "spec/replicas", "2"),
            ("kustomization", "replicas", r#"[{ "name": "creativestore", "count": 2 }]"#),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S3",
        says: "the kustomization's tag 2.5.0, which the updater writes by semver, wins over the inline 2.3.1",
        exactly: &[
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/image",
                r#""ghcr.io/yldm-tech/creativestore:2.5.0""#,
            ),
            ("inline", "spec/template/spec/containers/0/image", r#""ghcr.io/yldm-tech/creativestore:2.3.1""#),
            (
                "kustomization",
                "images",
                r#"[{ "name": "ghcr.io/yldm-tech/creativestore", "newTag": "2.5.0" }]"#,
            ),
            ("application", "spec/source/path", r#""deploy/creativestore""#),
        ],
        also: updated,
        broken_by: &[
            (
                "application",
                "metadata/annotations/argocd-image-updater.argoproj.io~1creativestore.update-strategy",
                r#""newest-build""#,
            ),
            (
                "application",
                "metadata/annotations/argocd-image-updater.argoproj.io~1write-back-target",
                r#""values""#,
            ),
        ],
    },
    Fact {
        id: "S4",
        says: "nodes with workload=app, production-medium, and replicas on different nodes if it can be",
        exactly: &[
            (DEPLOYMENT, "spec/template/spec/nodeSelector", r#"{ "workload": "app" }"#),
            (DEPLOYMENT, "spec/template/spec/priorityClassName", r#""production-medium""#),
            (
                DEPLOYMENT,
                "spec/template/spec/affinity",
                r#"{ "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": 100,
                    "podAffinityTerm": { "topologyKey": "kubernetes.io/hostname",
                    "labelSelector": { "matchLabels": { "app": "creativestore" } } } }] } }"#,
            ),
            (DEPLOYMENT, "spec/template/metadata/labels/app", r#""creativestore""#),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S5",
        says: "the container listens on 8080, named http",
        exactly: &[(
            DEPLOYMENT,
            "spec/template/spec/containers/0/ports",
            r#"[{ "name": "http", "containerPort": 8080 }]"#,
        )],
        also: |it| {
            let told = it.text(DEPLOYMENT, "spec/template/spec/containers/0/env/SERVER_PORT/value")?;
            ensure!(told == "8080", "the program is told to listen on {told}");
            Ok(())
        },
        broken_by: &[(DEPLOYMENT, "spec/template/spec/containers/0/env/SERVER_PORT/value", r#""80""#)],
    },
    Fact {
        id: "S6",
        says: "requests 50m and 64Mi, limits 200m and 256Mi",
        exactly: &[(
            DEPLOYMENT,
            "spec/template/spec/containers/0/resources",
            r#"{ "requests": { "cpu": "50m", "memory": "64Mi" }, "limits": { "cpu": "200m", "memory": "256Mi" } }"#,
        )],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S7",
        says: "rolls with one more and none fewer",
        exactly: &[(
            DEPLOYMENT,
            "spec/strategy",
            r#"{ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 0, "maxSurge": 1 } }"#,
        )],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S8",
        says: "the probes, their paths and times",
        exactly: &[
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/livenessProbe",
                r#"{ "httpGet": { "path": "/health/live", "port": "http" }, "initialDelaySeconds": 30,
                    "periodSeconds": 10 }"#,
            ),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/readinessProbe",
                r#"{ "httpGet": { "path": "/health/ready", "port": "http" }, "initialDelaySeconds": 15,
                    "periodSeconds": 5, "timeoutSeconds": 5 }"#,
            ),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S9",
        says: "the image is pulled with ghcr-secret",
        exactly: &[(DEPLOYMENT, "spec/template/spec/imagePullSecrets", r#"[{ "name": "ghcr-secret" }]"#)],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S10",
        says: "nothing that outlives the pod is on its disk",
        exactly: &[],
        also: stateless,
        broken_by: &[
            (
                DEPLOYMENT,
                "spec/template/spec/volumes/temporary",
                r#"{ "name": "temporary", "persistentVolumeClaim": { "claimName": "it" } }"#,
            ),
            (
                DEPLOYMENT,
                "spec/template/spec/volumes/base",
                r#"{ "name": "base", "hostPath": { "path": "/" } }"#,
            ),
            ("Service/app-creativestore", "kind", r#""PersistentVolumeClaim""#),
            (DEPLOYMENT, "kind", r#""StatefulSet""#),
        ],
    },
    Fact {
        id: "S11",
        says: "the reloader restarts it when a ConfigMap or Secret changes, and finds them by names that stay",
        exactly: &[
            (DEPLOYMENT, "metadata/annotations/reloader.stakater.com~1auto", r#""true""#),
            (CONFIG, "metadata/name", r#""app-creativestore-config""#),
        ],
        also: nothing,
        broken_by: &[],
    },
];

/// What the document names before the prefix is there with it, and so is everything else.
fn named(it: &Rendered) -> anyhow::Result<()> {
    for (key, object) in it.objects() {
        let metadata = &object["metadata"];
        ensure!(metadata["namespace"] == "app", "{key} is in {}", metadata["namespace"]);
        let name = metadata["name"].as_str().unwrap_or_default();
        ensure!(
            name == "app-creativestore" || name.starts_with("app-creativestore-"),
            "{key} is named {name}"
        );
    }
    Ok(())
}

fn updated(it: &Rendered) -> anyhow::Result<()> {
    let annotation = |name: &str| {
        let path = format!("metadata/annotations/argocd-image-updater.argoproj.io~1{name}");
        it.text("application", &path).map(str::to_owned)
    };
    let list = annotation("image-list")?;
    ensure!(list == "creativestore=ghcr.io/yldm-tech/creativestore:2.x", "{list}");
    for (name, value) in [
        ("creativestore.update-strategy", "semver"),
        ("creativestore.kustomize.image-name", "ghcr.io/yldm-tech/creativestore"),
        ("write-back-method", "git"),
        ("write-back-target", "kustomization"),
    ] {
        let is = annotation(name)?;
        ensure!(is == value, "{name} is {is}");
    }
    Ok(())
}

fn stateless(it: &Rendered) -> anyhow::Result<()> {
    for (key, object) in it.objects() {
        let kind = object["kind"].as_str().unwrap_or_default();
        ensure!(
            !["PersistentVolumeClaim", "PersistentVolume", "StatefulSet"].contains(&kind),
            "{key}: {kind}"
        );
    }
    let volumes = it.at(DEPLOYMENT, &format!("{POD}/volumes"))?.as_array().map_or(&[][..], Vec::as_slice);
    for volume in volumes {
        let fields = volume.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let passing = |field: &str| ["name", "configMap", "emptyDir"].contains(&field);
        ensure!(fields.clone().all(passing) && fields.count() == 2, "{volume}");
        let bounded =
            volume.get("emptyDir").is_none_or(|it| it.get("sizeLimit").is_some_and(Value::is_string));
        ensure!(bounded, "{volume} has no bound");
    }
    Ok(())
}
