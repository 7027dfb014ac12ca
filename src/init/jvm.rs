//! The JVM: JMH, by Maven or Gradle.

use super::tree::split;
use super::{Finding, Tree};

/// JMH, if a build file asks for it.
pub fn find(tree: &Tree) -> Vec<Finding> {
    let is_build = |path: &str| ["pom.xml", "build.gradle", "build.gradle.kts"].contains(&split(path).1);
    let asks = |text: &str| ["jmh-core", "me.champeau.jmh", "jmh-generator"].iter().any(|word| text.contains(word));
    let found = tree.texts().find(|(path, text)| is_build(path) && asks(text));
    found
        .map(|(path, _)| Finding {
            what: format!("JMH benchmarks ({path})"),
            open: Some(
                "perfgate does not read what JMH reports. A fixed amount of work can be timed as a whole: a `command` such as \
                 [\"java\", \"-jar\", \"target/benchmarks.jar\", \"-f\", \"0\", \"-bm\", \"ss\", \"-wi\", \"5\", \"-i\", \"5\"], \
                 with the [build] command that makes the jar"
                    .to_owned(),
            ),
            ..Finding::default()
        })
        .into_iter()
        .collect()
}
