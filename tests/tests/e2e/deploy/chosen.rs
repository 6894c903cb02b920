//! What the source document leaves open and `deploy/` decides: how little a pod may do, how it ends, and what the other
//! overlays leave out.

use anyhow::{Context as _, ensure};

use super::facts::{DEPLOYMENT, Fact, nothing, unbreakable, wrong};
use super::rendered::{GUARDED, LOCAL, OVERLAYS, PLAIN, Rendered};

const CHOSEN: &[Fact] = &[
    Fact {
        id: "confined",
        says: "not root, nothing writable but /tmp, no capabilities, the runtime's seccomp filter",
        exactly: &[
            (
                DEPLOYMENT,
                "spec/template/spec/securityContext",
                r#"{ "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532,
                    "seccompProfile": { "type": "RuntimeDefault" } }"#,
            ),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/securityContext",
                r#"{ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                    "capabilities": { "drop": ["ALL"] } }"#,
            ),
            (
                DEPLOYMENT,
                "spec/template/spec/containers/0/volumeMounts/temporary",
                r#"{ "name": "temporary", "mountPath": "/tmp" }"#,
            ),
            (DEPLOYMENT, "spec/template/spec/volumes/temporary/emptyDir", r#"{ "sizeLimit": "64Mi" }"#),
            (DEPLOYMENT, "spec/template/spec/automountServiceAccountToken", "false"),
            (DEPLOYMENT, "spec/template/spec/enableServiceLinks", "false"),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "ends",
        says: "it gets longer to end than it takes to drain and to finish, as documented",
        exactly: &[(DEPLOYMENT, "spec/template/spec/terminationGracePeriodSeconds", "30")],
        also: |it| {
            let grace = it.at(DEPLOYMENT, "spec/template/spec/terminationGracePeriodSeconds")?.as_u64();
            ensure!(grace > Some(10 + 15), "{grace:?} s");
            Ok(())
        },
        broken_by: &[(DEPLOYMENT, "spec/template/spec/terminationGracePeriodSeconds", "25")],
    },
    Fact {
        id: "starts",
        says: "no startup probe, since liveness does not depend on the database",
        exactly: &[],
        also: |it| {
            let container = it.at(DEPLOYMENT, "spec/template/spec/containers/0")?;
            ensure!(
                container.get("startupProbe").is_none() && container.get("command").is_none(),
                "{container}"
            );
            Ok(())
        },
        broken_by: &[
            (DEPLOYMENT, "spec/template/spec/containers/0/startupProbe", "{}"),
            (DEPLOYMENT, "spec/template/spec/containers/0/command", r#"["sh"]"#),
        ],
    },
    Fact {
        id: "spread",
        says: "spread over zones if it can be, and emptied from nodes even when it is not well",
        exactly: &[
            (
                DEPLOYMENT,
                "spec/template/spec/topologySpreadConstraints",
                r#"[{ "topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1,
                    "whenUnsatisfiable": "ScheduleAnyway", "matchLabelKeys": ["pod-template-hash"],
                    "labelSelector": { "matchLabels": { "app": "creativestore" } } }]"#,
            ),
            ("PodDisruptionBudget/app-creativestore", "spec/unhealthyPodEvictionPolicy", r#""AlwaysAllow""#),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "argo",
        says: "Argo CD leaves the number of pods to the autoscaler",
        exactly: &[
            ("application", "kind", r#""Application""#),
            ("application", "spec/destination/namespace", r#""app""#),
            ("application", "spec/ignoreDifferences/0/name", r#""app-creativestore""#),
            ("application", "spec/ignoreDifferences/0/jsonPointers", r#"["/spec/replicas"]"#),
            (
                "application",
                "spec/syncPolicy/syncOptions",
                r#"["RespectIgnoreDifferences=true", "ServerSideApply=true"]"#,
            ),
        ],
        also: nothing,
        broken_by: &[],
    },
];

#[test]
fn what_was_chosen_is_so_and_each_assertion_can_fail() -> anyhow::Result<()> {
    let (chosen, rendered) = (CHOSEN.iter().collect::<Vec<_>>(), Rendered::production()?);
    let wrong = wrong(&chosen, &rendered);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unbreakable = unbreakable(&chosen, &rendered)?;
    ensure!(unbreakable.is_empty(), "still hold:\n{}", unbreakable.join("\n"));
    Ok(())
}

#[test]
fn every_container_of_every_overlay_is_kept_from_what_it_does_not_need() -> anyhow::Result<()> {
    for overlay in OVERLAYS {
        let rendered = Rendered::overlay(overlay)?;
        for (key, object) in rendered.objects().filter(|(key, _)| key.starts_with("Deployment/")) {
            let pod = &object["spec"]["template"]["spec"];
            ensure!(pod["securityContext"]["runAsNonRoot"] == true, "{overlay}: {key} may be root");
            ensure!(pod["automountServiceAccountToken"] == false, "{overlay}: {key} has a token");
            for container in pod["containers"].as_array().into_iter().flatten() {
                let may = &container["securityContext"];
                let least =
                    may["allowPrivilegeEscalation"] == false && may["capabilities"]["drop"][0] == "ALL";
                ensure!(least, "{overlay}: {key}: {may}");
                ensure!(
                    container["resources"]["limits"]["memory"].is_string(),
                    "{overlay}: {key} has no limit"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn the_plain_overlay_has_no_custom_resources_and_brings_what_is_missing() -> anyhow::Result<()> {
    let plain = Rendered::overlay(PLAIN)?;
    for (key, object) in plain.objects() {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        let known = ["v1", "apps/v1", "policy/v1", "autoscaling/v2"].contains(&version);
        ensure!(known, "{key} is of {version}, which not every cluster has");
    }
    let base = std::fs::read_to_string(super::file("configs/base/production.yaml"))?;
    ensure!(plain.text("ConfigMap/base-config", "data/production.yaml")? == base, "another base");
    let secret = plain.at("Secret/creativestore-db-secret", "data")?.as_object().context("variables")?;
    let mut wanted = super::facts::variables(&Rendered::production()?)?;
    wanted.sort();
    ensure!(secret.keys().eq(wanted.iter()), "other variables than production's: {:?}", secret.keys());
    let pod = plain.at(DEPLOYMENT, "spec/template/spec")?;
    for only_there in ["nodeSelector", "priorityClassName"] {
        ensure!(pod.get(only_there).is_none(), "{only_there} waits for what is not there");
    }
    plain
        .at(DEPLOYMENT, "spec/template/spec/containers/0/env/DB_HOST")
        .expect_err("the database's address is in the Secret");
    Ok(())
}

#[test]
fn the_local_overlay_brings_its_database_and_an_image_from_this_machine() -> anyhow::Result<()> {
    let local = Rendered::overlay(LOCAL)?;
    let image = local.text(DEPLOYMENT, "spec/template/spec/containers/0/image")?;
    ensure!(image == "creativestore:local", "{image}");
    ensure!(*local.at(DEPLOYMENT, "spec/replicas")? == 1, "more than one");
    for needed in ["Namespace/app", "Service/postgres", "Service/redis"] {
        local.at(needed, "")?;
    }
    local.at(DEPLOYMENT, "spec/template/spec/imagePullSecrets").expect_err("nothing is pulled");
    Ok(())
}

#[test]
fn the_network_policy_is_about_our_pods_and_adds_nothing_else_to_production() -> anyhow::Result<()> {
    let (guarded, production) = (Rendered::overlay(GUARDED)?, Rendered::production()?);
    let policy = guarded.at("NetworkPolicy/app-creativestore", "spec")?;
    ensure!(policy["podSelector"]["matchLabels"]["app"] == "creativestore", "{policy}");
    ensure!(policy["policyTypes"] == serde_json::json!(["Ingress", "Egress"]), "{policy}");
    let other = guarded
        .objects()
        .find(|(key, object)| !key.starts_with("NetworkPolicy/") && production.0.get(*key) != Some(*object));
    ensure!(other.is_none(), "{other:?}");
    ensure!(guarded.objects().count() == production.objects().count() + 1, "something is missing");
    Ok(())
}
