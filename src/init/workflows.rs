//! The texts of the GitHub workflows.
//!
//! Three files, so that code of a pull request never runs with a right to write: one measures and may only read, one comments
//! and runs nothing of the pull request, one records what is on the main branch.

use std::fmt;
use std::str::FromStr;

use super::text::{visible, yaml};

const PULL_REQUEST: &str = include_str!("workflows/perf-pr.yml");
const COMMENT: &str = include_str!("workflows/perf-comment.yml");
const MAIN: &str = include_str!("workflows/perf-main.yml");

/// A workflow's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its name in `.github/workflows`.
    pub name: &'static str,
    /// What it does, for people.
    pub purpose: String,
    /// What it says.
    pub text: String,
}

/// Where perfgate's action is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `OWNER/REPOSITORY@REVISION`.
    uses: String,
    /// What people call that revision.
    version: Option<String>,
}

/// No such action can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no action: it is written OWNER/REPOSITORY@COMMIT")]
pub struct InvalidAction(String);

impl Action {
    /// What stands where the action's place is not known; a person has to fill it in.
    pub fn unknown() -> Self {
        Self { uses: "OWNER/perfgate@COMMIT".to_owned(), version: None }
    }

    /// The action of the program that was built from this repository (`OWNER/NAME`) at this commit, if both are known.
    pub fn of_build(repository: Option<&str>, commit: Option<&str>, version: &str) -> Option<Self> {
        let action: Self = format!("{}@{}", repository?, commit?).parse().ok()?;
        action.is_pinned().then(|| Self { version: Some(format!("v{version}")), ..action })
    }

    /// Whether it names a commit, which cannot be moved to another content.
    pub fn is_pinned(&self) -> bool {
        let revision = self.uses.rsplit('@').next().unwrap_or_default();
        revision.len() == 40 && revision.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
    }

    /// Whether somebody has to fill it in.
    pub fn is_unknown(&self) -> bool {
        *self == Self::unknown()
    }
}

impl FromStr for Action {
    type Err = InvalidAction;

    fn from_str(text: &str) -> Result<Self, InvalidAction> {
        let is_word =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let is_revision = |word: &str| !word.is_empty() && word.split('/').all(is_word);
        let is_action = text.split_once('@').is_some_and(|(place, revision)| {
            place.split('/').count() >= 2 && place.split('/').all(is_word) && is_revision(revision)
        });
        if is_action { Ok(Self { uses: text.to_owned(), version: None }) } else { Err(InvalidAction(text.to_owned())) }
    }
}

impl fmt::Display for Action {
    /// As a workflow uses it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uses)?;
        match &self.version {
            Some(version) => write!(f, " # {version}"),
            None => Ok(()),
        }
    }
}

/// What the workflows depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The branch that is recorded, and that pull requests are for.
    pub branch: String,
    /// perfgate's action.
    pub action: Action,
    /// The folder of the configuration, relative to the top of the repository; empty for the top itself.
    pub folder: String,
    /// The configuration's name, if it is not the usual one.
    pub configuration: Option<String>,
    /// How a revision becomes runnable, as a shell command; `None`: it runs as it is.
    pub build: Option<String>,
}

/// The three workflows.
pub fn workflows(setting: &Setting) -> Vec<Workflow> {
    let workflow =
        |name, purpose: &str, template| Workflow { name, purpose: purpose.to_owned(), text: filled(template, setting) };
    vec![
        workflow("perf-pr.yml", "measures each pull request and its base, side by side", PULL_REQUEST),
        workflow("perf-comment.yml", "comments on it, also if it comes from a fork", COMMENT),
        workflow("perf-main.yml", &format!("records each commit of {}", visible(&setting.branch)), MAIN),
    ]
}

fn filled(template: &str, setting: &Setting) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let lines = match line.trim_start() {
            "@PLACE@" => place(setting),
            "@BUILD@" => built(setting),
            "@ACTION-UNKNOWN@" if setting.action.is_unknown() => vec![
                "# Fill in: the repository of perfgate, and the full name of the commit of it that you trust."
                    .to_owned(),
            ],
            "@ACTION-UNKNOWN@" => Vec::new(),
            other => vec![
                other
                    .replace("@BRANCH@", &yaml(&pattern(&setting.branch)))
                    .replace("@PLAIN_BRANCH@", &visible(&setting.branch))
                    .replace("@ACTION@", &setting.action.to_string()),
            ],
        };
        for line in lines {
            let line = format!("{indent}{line}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    // A part that is left out takes the blank line after it along.
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    format!("{}\n", text.trim_end())
}

/// Where the configuration is, unless it is where the action looks.
fn place(setting: &Setting) -> Vec<String> {
    let mut lines = Vec::new();
    if !setting.folder.is_empty() {
        lines.push(format!("working-directory: {}", yaml(&setting.folder)));
    }
    if let Some(name) = &setting.configuration {
        lines.push(format!("config: {}", yaml(name)));
    }
    lines
}

/// The step that builds. A command that GitHub would take for an expression of its own is left to a person.
fn built(setting: &Setting) -> Vec<String> {
    let Some(build) = setting.build.as_deref().filter(|build| !build.contains("${{")) else { return Vec::new() };
    let mut lines = vec!["- name: Build".to_owned()];
    if !setting.folder.is_empty() {
        lines.push(format!("  working-directory: {}", yaml(&setting.folder)));
    }
    lines.push(format!("  run: {}", yaml(build)));
    lines
}

/// A branch's name as a pattern that matches nothing else.
fn pattern(branch: &str) -> String {
    let mut pattern = String::new();
    for (position, c) in branch.chars().enumerate() {
        if "*?+[]\\".contains(c) || (position == 0 && c == '!') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
