//! Whether every object is what its kind says. Schemas of built-in kinds come with the tool; those of custom kinds are
//! in a folder beside the repository, which may not be there.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use creativestore_tests::tools::python;
use serde_json::{Value, json};

use super::file;
use super::rendered::{OVERLAYS, PRODUCTION, Rendered};

/// What came of looking.
struct Looked {
    wrong: Vec<String>,
    unchecked: Vec<String>,
}

fn look<'a>(objects: impl Iterator<Item = &'a Value>, schemas: Option<&PathBuf>) -> anyhow::Result<Looked> {
    let objects = serde_json::to_string(&objects.collect::<Vec<_>>())?;
    let folder = schemas.map(|folder| folder.display().to_string());
    let said = python::run(include_str!("kinds.py"), folder.as_deref().as_slice(), &objects)?;
    let [wrong, unchecked] = ["wrong", "unchecked"].map(|part| {
        let said: Value = serde_json::from_str(&said)?;
        anyhow::Ok(serde_json::from_value(said[part].clone())?)
    });
    Ok(Looked { wrong: wrong?, unchecked: unchecked? })
}

/// Where schemas of custom kinds are: in the data beside the repository, or where a variable says that the data are.
#[expect(clippy::disallowed_methods, reason = "where the data lie is for whoever runs the tests to say")]
fn schemas() -> Option<PathBuf> {
    let given = std::env::var_os("CREATIVESTORE_DATA").map(PathBuf::from);
    let schemas = given.unwrap_or_else(|| file("../shared/data")).join("crds");
    schemas.is_dir().then_some(schemas)
}

#[test]
fn every_object_of_every_overlay_is_valid() -> anyhow::Result<()> {
    let schemas = schemas();
    let mut unchecked = Vec::new();
    for overlay in OVERLAYS {
        let rendered = Rendered::overlay(overlay)?;
        let looked = look(rendered.objects().map(|(_, object)| object), schemas.as_ref())?;
        ensure!(looked.wrong.is_empty(), "{overlay}:\n{}", looked.wrong.join("\n"));
        if overlay == PRODUCTION {
            unchecked = looked.unchecked;
        }
    }
    ensure!(schemas.is_none() || unchecked.is_empty(), "not checked: {unchecked:?}");
    if !unchecked.is_empty() {
        // Past what the test runner holds back of a test that passes.
        let kinds = unchecked.join(", ");
        writeln!(std::io::stderr(), "not checked, for want of ../shared/data/crds: {kinds}")?;
    }
    Ok(())
}

#[test]
fn what_a_kind_does_not_know_or_misses_is_refused() -> anyhow::Result<()> {
    let production = Rendered::production()?;
    let container = "spec/template/spec/containers/0";
    let refused = |object: &str, path: &str, value: Value, schemas: Option<&PathBuf>| {
        let mut broken = production.clone();
        broken.put(object, path, value)?;
        let looked = look(std::iter::once(&broken.0[object]), schemas)?;
        let place = format!("{path} of {object}");
        ensure!(!looked.wrong.is_empty() && looked.unchecked.is_empty(), "{place} was not refused");
        Ok(())
    };
    for (object, path, value) in [
        ("Deployment/app-creativestore", &format!("{container}/livenessProb"), json!({})),
        ("Deployment/app-creativestore", &format!("{container}/livenessProbe/initialDelay"), json!(30)),
        ("Deployment/app-creativestore", &"spec/replicas".to_owned(), json!("2")),
        ("Service/app-creativestore", &"spec/ports/0/targetport".to_owned(), json!(8080)),
        ("Service/app-creativestore", &"metadata/label".to_owned(), json!({})),
        ("PodDisruptionBudget/app-creativestore", &"spec/maxUnavailble".to_owned(), json!(1)),
        ("HorizontalPodAutoscaler/app-creativestore-hpa", &"spec/maxReplica".to_owned(), json!(5)),
    ] {
        refused(object, path, value, None)?;
    }
    let Some(schemas) = schemas() else { return Ok(()) };
    for (object, path, value) in [
        ("ServiceMonitor/app-creativestore", "spec/endpoints/0/intervall", json!("30s")),
        ("ServiceMonitor/app-creativestore", "spec/endpoints/0/interval", json!("half a minute")),
        ("ServiceMonitor/app-creativestore", "specification", json!({})),
        ("ServiceMonitor/app-creativestore", "metadata/lables", json!({})),
        ("PrometheusRule/app-creativestore-rules", "spec/groups/0/rules/0/severity", json!("critical")),
        ("PrometheusRule/app-creativestore-rules", "spec/groups/0/interval", json!(30)),
        ("ExternalSecret/app-creativestore-db-secret", "spec/refreshIntervall", json!("1h")),
        ("ExternalSecret/app-creativestore-db-secret", "spec/data/0/remoteRef/propertie", json!("x")),
        ("VerticalPodAutoscaler/app-creativestore-vpa", "spec/updatePolicy/updateMode", json!("Sometimes")),
        ("VerticalPodAutoscaler/app-creativestore-vpa", "apiVersion", json!("autoscaling.k8s.io/v7")),
    ] {
        refused(object, path, value, Some(&schemas))?;
    }
    Ok(())
}

#[test]
fn custom_kinds_are_named_when_there_are_no_schemas_for_them() -> anyhow::Result<()> {
    let production = Rendered::production()?;
    let looked = look(production.objects().map(|(_, object)| object), None)?;
    let kinds: Option<Vec<_>> =
        looked.unchecked.iter().map(|name| name.split('/').next()).collect::<Option<Vec<_>>>();
    let kinds = kinds.context("kinds")?;
    assert_eq!(kinds, ["ExternalSecret", "PrometheusRule", "ServiceMonitor", "VerticalPodAutoscaler"]);
    assert!(looked.wrong.is_empty(), "{:?}", looked.wrong);
    Ok(())
}
