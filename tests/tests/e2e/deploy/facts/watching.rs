//! S31 to S36: how it is reached, watched and scaled.

use anyhow::{Context as _, ensure};

use super::{DEPLOYMENT, Fact, nothing};

const SERVICE: &str = "Service/app-creativestore";
const MONITOR: &str = "ServiceMonitor/app-creativestore";
const RULES: &str = "PrometheusRule/app-creativestore-rules";
const GROUP: &str = "spec/groups/creativestore.rules";
const HPA: &str = "HorizontalPodAutoscaler/app-creativestore-hpa";
const VPA: &str = "VerticalPodAutoscaler/app-creativestore-vpa";

/// The document's alerts: their severity, for how long when it says so, and what it says of when.
const ALERTS: [(&str, &str, Option<&str>, &[&str]); 9] = [
    ("CreativestorePodDown", "critical", Some("1m"), &["up{", " == 0"]),
    ("CreativestoreInsufficientPods", "warning", None, &["replicas_available", " < ", ", 2)"]),
    ("CreativestoreErrorRateHigh", "warning", None, &["http_requests_total", "status=~\"5..\"", "> 0.03"]),
    (
        "CreativestoreErrorRateCritical",
        "critical",
        None,
        &["http_requests_total", "status=~\"5..\"", "> 0.05"],
    ),
    ("CreativestoreLatencyHigh", "warning", None, &["histogram_quantile(0.95", "> 0.5"]),
    ("CreativestoreLatencyCritical", "critical", None, &["histogram_quantile(0.95", "> 1"]),
    ("CreativestoreFrequentRestarts", "warning", None, &["status_restarts_total", "> 3"]),
    ("CreativestoreCpuHigh", "warning", None, &["container_cpu_usage_seconds_total", "> 0.8"]),
    ("CreativestoreMemoryHigh", "warning", None, &["container_memory_working_set_bytes", "> 0.8"]),
];

pub const FACTS: &[Fact] = &[
    Fact {
        id: "S31",
        says: "a Service inside the cluster, 80 to 8080, and no Ingress",
        exactly: &[
            (SERVICE, "spec/type", r#""ClusterIP""#),
            (SERVICE, "spec/ports", r#"[{ "name": "http", "port": 80, "targetPort": 8080 }]"#),
        ],
        also: |it| {
            let selects = it.at(SERVICE, "spec/selector")?;
            let labels = it.at(DEPLOYMENT, "spec/template/metadata/labels")?;
            ensure!(contains(labels, selects), "{selects} does not select pods with {labels}");
            let outside = ["Ingress", "HTTPRoute", "Gateway", "VirtualService", "IngressRoute"];
            let open = it.objects().find(|(_, object)| outside.iter().any(|kind| object["kind"] == *kind));
            ensure!(open.is_none(), "{open:?}");
            Ok(())
        },
        broken_by: &[
            (SERVICE, "spec/selector", r#"{ "app": "app-creativestore" }"#),
            ("ServiceMonitor/app-creativestore", "kind", r#""Ingress""#),
        ],
    },
    Fact {
        id: "S32",
        says: "the port http of that Service is scraped every 30 s at /metrics, with pod, namespace and service",
        exactly: &[
            (MONITOR, "spec/endpoints/0/port", r#""http""#),
            (MONITOR, "spec/endpoints/0/path", r#""/metrics""#),
            (MONITOR, "spec/endpoints/0/interval", r#""30s""#),
            (
                MONITOR,
                "spec/endpoints/0/relabelings",
                r#"[{ "action": "replace", "sourceLabels": ["__meta_kubernetes_pod_name"], "targetLabel": "pod" },
                    { "action": "replace", "sourceLabels": ["__meta_kubernetes_namespace"], "targetLabel": "namespace" },
                    { "action": "replace", "sourceLabels": ["__meta_kubernetes_service_name"], "targetLabel": "service" }]"#,
            ),
        ],
        also: |it| {
            let selects = it.at(MONITOR, "spec/selector/matchLabels")?;
            let labels = it.at(SERVICE, "metadata/labels")?;
            ensure!(contains(labels, selects), "{selects} does not select the Service with {labels}");
            Ok(())
        },
        broken_by: &[(MONITOR, "spec/selector/matchLabels", r#"{ "app": "app-creativestore" }"#)],
    },
    Fact {
        id: "S33",
        says: "the alerts, their thresholds and severities, in one group looked at every 30 s",
        exactly: &[
            (RULES, "spec/groups/creativestore.rules/interval", r#""30s""#),
            (RULES, "spec/groups/0/name", r#""creativestore.rules""#),
        ],
        also: |it| {
            for (alert, severity, lasts, parts) in ALERTS {
                let field = |name: &str| it.text(RULES, &format!("{GROUP}/rules/{alert}/{name}"));
                ensure!(field("labels/severity")? == severity, "{alert} is {}", field("labels/severity")?);
                ensure!(lasts.is_none_or(|lasts| field("for").is_ok_and(|it| it == lasts)), "{alert}: for");
                let expression = field("expr")?;
                for part in parts {
                    ensure!(expression.contains(part), "{alert} has no `{part}`: {expression}");
                }
                let threshold = parts.last().context("a threshold")?;
                ensure!(expression.ends_with(threshold), "{alert} does not end with `{threshold}`");
            }
            Ok(())
        },
        broken_by: &[
            (RULES, "spec/groups/0/rules/CreativestorePodDown/for", r#""5m""#),
            (RULES, "spec/groups/0/rules/CreativestoreInsufficientPods/alert", r#""PodsMissing""#),
            (RULES, "spec/groups/0/rules/CreativestoreErrorRateCritical/labels/severity", r#""warning""#),
            (
                RULES,
                "spec/groups/0/rules/CreativestoreLatencyHigh/expr",
                r#""histogram_quantile(0.95, x) > 0.55""#,
            ),
            (
                RULES,
                "spec/groups/0/rules/CreativestoreLatencyCritical/expr",
                r#""histogram_quantile(0.99, x) > 1""#,
            ),
        ],
    },
    Fact {
        id: "S34",
        says: "2 to 5 pods, by 70 % of the CPU and 80 % of the memory that are requested",
        exactly: &[
            (HPA, "spec/minReplicas", "2"),
            (HPA, "spec/maxReplicas", "5"),
            (HPA, "spec/scaleTargetRef/kind", r#""Deployment""#),
            (
                HPA,
                "spec/metrics",
                r#"[{ "type": "Resource", "resource": { "name": "cpu",
                        "target": { "type": "Utilization", "averageUtilization": 70 } } },
                    { "type": "Resource", "resource": { "name": "memory",
                        "target": { "type": "Utilization", "averageUtilization": 80 } } }]"#,
            ),
        ],
        also: nothing,
        broken_by: &[],
    },
    Fact {
        id: "S35",
        says: "the vertical autoscaler only says what it would do, between 25m, 32Mi and 500m, 512Mi",
        exactly: &[
            (VPA, "spec/updatePolicy", r#"{ "updateMode": "Off" }"#),
            (
                VPA,
                "spec/resourcePolicy/containerPolicies/0/minAllowed",
                r#"{ "cpu": "25m", "memory": "32Mi" }"#,
            ),
            (
                VPA,
                "spec/resourcePolicy/containerPolicies/0/maxAllowed",
                r#"{ "cpu": "500m", "memory": "512Mi" }"#,
            ),
        ],
        also: |it| {
            let policy = it.text(VPA, "spec/resourcePolicy/containerPolicies/0/containerName")?;
            let container = it.text(DEPLOYMENT, "spec/template/spec/containers/0/name")?;
            ensure!(policy == container, "it is about {policy}");
            Ok(())
        },
        broken_by: &[(VPA, "spec/resourcePolicy/containerPolicies/0/containerName", r#""app""#)],
    },
    Fact {
        id: "S36",
        says: "one pod at a time may be taken from a node",
        exactly: &[
            ("PodDisruptionBudget/app-creativestore", "spec/maxUnavailable", "1"),
            (
                "PodDisruptionBudget/app-creativestore",
                "spec/selector",
                r#"{ "matchLabels": { "app": "creativestore" } }"#,
            ),
        ],
        also: |it| {
            let budget = it.at("PodDisruptionBudget/app-creativestore", "spec")?;
            ensure!(budget.get("minAvailable").is_none(), "two bounds");
            Ok(())
        },
        broken_by: &[("PodDisruptionBudget/app-creativestore", "spec/minAvailable", "1")],
    },
];

/// Whether labels have all that a selector asks for.
fn contains(labels: &serde_json::Value, selector: &serde_json::Value) -> bool {
    let wanted = selector.as_object().filter(|wanted| !wanted.is_empty());
    wanted.is_some_and(|wanted| wanted.iter().all(|(name, value)| labels.get(name) == Some(value)))
}
