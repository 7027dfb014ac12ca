//! Node: programs of package.json, and scripts that run benchmarks.

use serde_json::Value;

use super::text::shell;
use super::tree::split;
use super::{Finding, MOST_OF_A_KIND, Proposal, Subject, Tree, counted, listed};

/// Libraries that measure; found among the dependencies.
const LIBRARIES: [&str; 6] = ["tinybench", "vitest", "mitata", "benchmark", "cronometro", "bench-node"];

/// Programs, then suites.
pub fn find(tree: &Tree) -> Vec<Finding> {
    let Some(package) = tree.text("package.json").and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Vec::new();
    };
    let build = build(tree, &package);
    let mut findings = Vec::new();
    findings.extend(programs(&package, build.as_deref()));
    findings.extend(suites(tree, &package));
    findings
}

/// Installs what the lock file has, and builds if there is a script for it.
fn build(tree: &Tree, package: &Value) -> Option<String> {
    let (install, run) = match () {
        () if tree.has("pnpm-lock.yaml") => ("pnpm install --frozen-lockfile", "pnpm run"),
        () if tree.has("yarn.lock") => ("yarn install --frozen-lockfile", "yarn run"),
        () if tree.has("bun.lock") || tree.has("bun.lockb") => ("bun install --frozen-lockfile", "bun run"),
        () if tree.has("package-lock.json") => ("npm ci", "npm run"),
        () => ("npm install", "npm run"),
    };
    let has_dependencies =
        ["dependencies", "devDependencies"].iter().any(|key| package.get(key).is_some_and(Value::is_object));
    let has_build = package.pointer("/scripts/build").is_some();
    match (has_dependencies, has_build) {
        (true, true) => Some(format!("{install} && {run} build")),
        (true, false) => Some(install.to_owned()),
        (false, true) => Some(format!("{run} build")),
        (false, false) => None,
    }
}

fn programs(package: &Value, build: Option<&str>) -> Option<Finding> {
    let own_name = package.get("name").and_then(Value::as_str).unwrap_or("program");
    let programs: Vec<(String, String)> = match package.get("bin")? {
        Value::String(path) => vec![(split(own_name).1.to_owned(), path.clone())],
        Value::Object(bins) => {
            bins.iter().filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned()))).collect()
        }
        _ => Vec::new(),
    };
    if programs.is_empty() {
        return None;
    }
    let proposal = |(name, path): &(String, String)| Proposal {
        name: name.clone(),
        subject: Subject::Program(vec![
            "node".to_owned(),
            path.trim_start_matches("./").to_owned(),
            "--version".to_owned(),
        ]),
        remark: "Edit: `--version` measures little more than the start of Node. Let it do typical work.".to_owned(),
    };
    let names: Vec<&String> = programs.iter().map(|(name, _)| name).collect();
    Some(Finding {
        what: format!("Node, {}: {}", counted(names.len(), "program"), listed(&names)),
        build: build.map(str::to_owned),
        proposals: programs.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
        open: None,
    })
}

fn suites(tree: &Tree, package: &Value) -> Option<Finding> {
    let scripts: Vec<&str> = package
        .get("scripts")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .filter(|name| name.contains("bench"))
        .collect();
    let has_dependency = |library: &&&str| {
        ["dependencies", "devDependencies"]
            .iter()
            .any(|key| package.get(key).is_some_and(|all| all.get(**library).is_some()))
    };
    let has_files = tree.paths().any(|path| split(path).1.contains(".bench."));
    let libraries: Vec<&&str> =
        LIBRARIES.iter().filter(|library| **library != "vitest" || has_files).filter(has_dependency).collect();
    if scripts.is_empty() && libraries.is_empty() {
        return None;
    }
    let what = match (scripts.as_slice(), libraries.as_slice()) {
        ([], libraries) => format!("Node, benchmarks with {}", listed(libraries)),
        (scripts, []) => format!("Node, {}: {}", counted(scripts.len(), "script"), listed(scripts)),
        (scripts, libraries) => {
            format!("Node, {}: {}, with {}", counted(scripts.len(), "script"), listed(scripts), listed(libraries))
        }
    };
    let run = scripts.first().map_or_else(|| "the benchmarks".to_owned(), |name| format!("npm run {}", shell(name)));
    Some(Finding {
        what,
        open: Some(format!(
            "they time themselves, and perfgate does not read what they print: let `{run}` append a line such as \
             {{\"metric\":\"parse\",\"value\":812,\"unit\":\"ns\",\"direction\":\"lower\"}} for each to the file that \
             PERFGATE_METRICS names, and run it once a round with `command`, `queries = 1` and `warmup = 0`"
        )),
        ..Finding::default()
    })
}
