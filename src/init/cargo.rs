//! Cargo: programs, examples, and benchmarks by what their files use.

use toml::{Table, Value};

use super::suite::{self, Wording};
use super::text::shell;
use super::{Finding, MOST_OF_A_KIND, Proposal, Subject, Tree, counted, listed};

/// A package of the workspace, or the only one.
struct Package {
    /// Its folder with the `/` at its end; empty for the top.
    folder: String,
    name: String,
    manifest: Table,
}

/// What measures a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harness {
    Criterion,
    Libtest,
    Divan,
    Callgrind,
    Own,
}

/// A benchmark target.
struct Bench<'a> {
    package: &'a Package,
    name: String,
    file: String,
    harness: Harness,
}

/// Programs first, then benchmarks by their kind; examples only if there is neither.
pub fn find(tree: &Tree) -> Vec<Finding> {
    let Some(root) = tree.text("Cargo.toml").and_then(|text| text.parse::<Table>().ok()) else { return Vec::new() };
    let packages = packages(tree, &root);
    let mut build = String::from("cargo build --release");
    if tree.has("Cargo.lock") {
        build.push_str(" --locked");
    }
    if root.contains_key("workspace") {
        build.push_str(" --workspace");
    }
    let programs: Vec<String> = packages.iter().flat_map(|package| programs(tree, package)).collect();
    let benches: Vec<Bench<'_>> = packages.iter().flat_map(|package| benches(tree, package)).collect();
    let mut findings = Vec::new();
    findings.extend(of_programs("program", "target/release/", &programs, &build));
    findings.extend(of_benches(&benches));
    if findings.iter().all(|finding: &Finding| finding.proposals.is_empty()) {
        let examples: Vec<String> =
            packages.iter().flat_map(|package| tree.modules(&format!("{}examples/", package.folder))).collect();
        findings.extend(of_programs("example", "target/release/examples/", &examples, &format!("{build} --examples")));
    }
    if findings.is_empty() {
        findings.push(Finding {
            what: "a Rust library without programs, benchmarks and examples".to_owned(),
            build: Some(build),
            proposals: Vec::new(),
            open: Some(
                "write a program that does the typical work, such as examples/perf.rs, and measure that".to_owned(),
            ),
        });
    }
    findings
}

fn packages(tree: &Tree, root: &Table) -> Vec<Package> {
    let patterns = |key: &str| -> Vec<&str> {
        let list = root.get("workspace").and_then(|workspace| workspace.get(key)).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let (members, excluded) = (patterns("members"), patterns("exclude"));
    let is_member = |folder: &str| {
        let among = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, folder));
        folder.is_empty() || (among(&members) && !among(&excluded))
    };
    let package = |path: &str, text: &str| {
        let folder = path.strip_suffix("Cargo.toml")?;
        if !is_member(folder.trim_end_matches('/')) {
            return None;
        }
        let manifest: Table = text.parse().ok()?;
        let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
        Some(Package { folder: folder.to_owned(), name, manifest })
    };
    let is_manifest = |path: &str| path == "Cargo.toml" || path.ends_with("/Cargo.toml");
    tree.texts().filter(|(path, _)| is_manifest(path)).filter_map(|(path, text)| package(path, text)).collect()
}

/// Whether a pattern of members such as `crates/*` names a folder.
fn matches(pattern: &str, folder: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let (parts, wanted): (Vec<&str>, Vec<&str>) = (folder.split('/').collect(), pattern.split('/').collect());
    let one = |(part, wanted): (&&str, &&str)| match wanted.split_once('*') {
        Some((before, after)) => {
            part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
        }
        None => part == wanted,
    };
    parts.len() == wanted.len() && parts.iter().zip(&wanted).all(one)
}

/// The tables of `[[bin]]` or `[[bench]]`.
fn targets<'a>(package: &'a Package, key: &str) -> impl Iterator<Item = &'a Table> {
    package.manifest.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn text_of<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Value::as_str)
}

/// The names of what `cargo build` leaves in `target/release`.
fn programs(tree: &Tree, package: &Package) -> Vec<String> {
    let inside = |path: &str| tree.has(&format!("{}{path}", package.folder));
    let named = |path: &str| targets(package, "bin").any(|target| text_of(target, "path") == Some(path));
    let mut names = Vec::new();
    if inside("src/main.rs") && !named("src/main.rs") {
        names.push(package.name.clone());
    }
    names.extend(
        tree.modules(&format!("{}src/bin/", package.folder))
            .into_iter()
            .filter(|name| !named(&format!("src/bin/{name}.rs")) && !named(&format!("src/bin/{name}/main.rs"))),
    );
    let built = targets(package, "bin").filter(|target| !target.contains_key("required-features"));
    names.extend(built.filter_map(|target| text_of(target, "name")).map(str::to_owned));
    let hidden: Vec<&str> = targets(package, "bin")
        .filter(|target| target.contains_key("required-features"))
        .filter_map(|target| text_of(target, "name"))
        .collect();
    names.retain(|name| !hidden.contains(&name.as_str()));
    names.sort();
    names.dedup();
    names
}

fn of_programs(what: &str, folder: &str, names: &[String], build: &str) -> Option<Finding> {
    if names.is_empty() {
        return None;
    }
    let arguments: &[&str] = if what == "program" { &["--version"] } else { &[] };
    let proposal = |name: &String| Proposal {
        name: name.clone(),
        subject: Subject::Program(
            std::iter::once(format!("{folder}{name}")).chain(arguments.iter().map(|word| (*word).to_owned())).collect(),
        ),
        remark: match arguments {
            [] => "Measures the example from its start to its end.".to_owned(),
            _ => "Edit: `--version` measures no more than how the program starts. Let it do typical work.".to_owned(),
        },
    };
    Some(Finding {
        what: format!("Cargo, {}: {}", counted(names.len(), what), listed(names)),
        build: Some(build.to_owned()),
        proposals: names.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
        open: None,
    })
}

fn benches<'a>(tree: &Tree, package: &'a Package) -> Vec<Bench<'a>> {
    let folder = format!("{}benches/", package.folder);
    let file_of = |name: &str| {
        let given = targets(package, "bench")
            .find(|target| text_of(target, "name") == Some(name))
            .and_then(|target| text_of(target, "path"))
            .map(|path| format!("{}{path}", package.folder));
        given
            .into_iter()
            .chain([format!("{folder}{name}.rs"), format!("{folder}{name}/main.rs")])
            .find(|file| tree.has(file))
    };
    let mut names: Vec<String> =
        targets(package, "bench").filter_map(|target| text_of(target, "name")).map(str::to_owned).collect();
    let is_automatic =
        package.manifest.get("package").and_then(|package| package.get("autobenches")) != Some(&Value::Boolean(false));
    if is_automatic {
        let renamed: Vec<String> = names.iter().filter_map(|name| file_of(name)).collect();
        let is_new = |name: &String| {
            !renamed.contains(&format!("{folder}{name}.rs")) && !renamed.contains(&format!("{folder}{name}/main.rs"))
        };
        names.extend(tree.modules(&folder).into_iter().filter(is_new));
    }
    names.sort();
    names.dedup();
    let bench = |name: String| {
        let file = file_of(&name)?;
        let harness = tree.text(&file).map_or(Harness::Own, harness);
        Some(Bench { package, name, file, harness })
    };
    names.into_iter().filter_map(bench).collect()
}

/// By what the file uses. Wrappers keep the name of what they wrap.
fn harness(text: &str) -> Harness {
    let has = |word: &str| text.contains(word);
    match () {
        () if has("iai") || has("gungraun") => Harness::Callgrind,
        () if has("criterion_main!") || has("criterion_group!") => Harness::Criterion,
        () if has("divan::") => Harness::Divan,
        () if has("#![feature(test)]") => Harness::Libtest,
        () => Harness::Own,
    }
}

fn of_benches(benches: &[Bench<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (harness, called) in [
        (Harness::Criterion, "criterion benchmarks"),
        (Harness::Libtest, "#[bench] benchmarks"),
        (Harness::Divan, "divan benchmarks"),
        (Harness::Callgrind, "benchmarks that count instructions under valgrind"),
        (Harness::Own, "benchmarks with a harness of their own"),
    ] {
        let those: Vec<&Bench<'_>> = benches.iter().filter(|bench| bench.harness == harness).collect();
        if those.is_empty() {
            continue;
        }
        let files: Vec<&str> = those.iter().map(|bench| bench.file.as_str()).collect();
        let what = format!("{called} in {}", listed(&files));
        findings.push(match harness {
            Harness::Criterion | Harness::Libtest => suites(what, &those, harness),
            Harness::Callgrind => Finding {
                what,
                open: Some(
                    "perfgate counts instructions by itself: `counters = [\"instructions\"]` in a [[benchmark]] of a program"
                        .to_owned(),
                ),
                ..Finding::default()
            },
            Harness::Divan | Harness::Own => Finding {
                what,
                open: Some(
                    "perfgate does not read what they report. Let a script run them, and append a line such as \
                     {\"metric\":\"parse\",\"value\":812,\"unit\":\"ns\",\"direction\":\"lower\"} for each to the file that \
                     PERFGATE_METRICS names; or measure a program that does the same work"
                        .to_owned(),
                ),
                ..Finding::default()
            },
        });
    }
    findings
}

/// One suite for each package: a run of `cargo bench` with all its benchmarks.
fn suites(what: String, benches: &[&Bench<'_>], harness: Harness) -> Finding {
    let mut packages: Vec<&Package> = Vec::new();
    for bench in benches {
        if !packages.iter().any(|known| known.folder == bench.package.folder) {
            packages.push(bench.package);
        }
    }
    let of_package = |package: &Package| -> String {
        let names = benches.iter().filter(|bench| bench.package.folder == package.folder);
        let targets: String = names.map(|bench| format!(" --bench {}", shell(&bench.name))).collect();
        let choice = if package.folder.is_empty() { String::new() } else { format!(" -p {}", shell(&package.name)) };
        format!("{choice}{targets}")
    };
    let proposal = |package: &&Package| {
        let run = format!("cargo bench --quiet{}", of_package(package));
        let script = match harness {
            Harness::Criterion => suite::criterion(&format!("{run} -- --noplot --warm-up-time 1 --measurement-time 1")),
            _ => suite::script(&run, Wording::Bencher, ""),
        };
        let name = if package.folder.is_empty() { "bench".to_owned() } else { format!("bench-{}", package.name) };
        let speed = match harness {
            Harness::Criterion => {
                " Each benchmark gets two seconds a round: less than criterion's usual eight, but in every round."
            }
            _ => " `#[bench]` needs a nightly toolchain.",
        };
        Proposal { name, subject: Subject::Suite(script), remark: format!("{}{speed}", suite::REMARK) }
    };
    let builds: Vec<String> =
        packages.iter().map(|package| format!("cargo bench --no-run{}", of_package(package))).collect();
    Finding {
        what,
        build: Some(builds.join(" && ")),
        proposals: packages.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
        open: None,
    }
}
