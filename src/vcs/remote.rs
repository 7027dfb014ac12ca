//! One branch of a remote: asked for, fetched, pushed. By the `git` program, so that credentials, proxies, ssh and whatever a CI
//! job has set up for it count here too.
//!
//! Here: its commands and what its answers mean. Not here: when to try again (`store`).

use super::program::{PATIENCE, Program};
use super::{ObjectId, Objects, Stop};

/// Lines of git's that are told.
const MOST_LINES: usize = 4;

/// Why a remote could not be reached, in git's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// There is no such program.
    #[error("there is no `git` program to do it with")]
    NoProgram,
    /// The server or the line had a weak moment.
    #[error("{0}")]
    Weak(String),
    /// Who asked may not.
    #[error("{0}")]
    Denied(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
    /// Nothing came for too long.
    #[error("it did not answer within {} s", PATIENCE.as_secs())]
    NoAnswer,
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// Why a push did not go through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// Somebody else was faster: the branch has other commits by now.
    #[error("{0}")]
    Race(String),
    /// A rule or a hook of the remote.
    #[error("{0}")]
    Refused(String),
    /// It was not reached, or lost on the way.
    #[error(transparent)]
    Unreached(#[from] RemoteError),
}

impl PushError {
    /// Whether the remote is known not to have taken what was pushed.
    pub fn is_certain(&self) -> bool {
        matches!(
            self,
            Self::Race(_) | Self::Refused(_) | Self::Unreached(RemoteError::NoProgram | RemoteError::Denied(_))
        )
    }
}

/// How much of a branch's history is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The newest commit.
    Tip,
    /// As much as the clone has of everything else: what is missing, or all of it.
    Usual,
    /// All of it, even into a clone whose history is cut off.
    All,
}

/// A remote of a repository.
#[derive(Debug, Clone)]
pub struct Remote {
    name: String,
    program: Program,
}

impl Remote {
    /// The remote of this name. Whether there is one, and whether the name is harmless, is the caller's business.
    pub fn new(name: &str, objects: &Objects) -> Self {
        Self { name: name.to_owned(), program: Program::new(objects) }
    }

    /// What git's settings call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The newest commit of a branch there; `None` if there is no such branch.
    pub fn tip(&self, branch: &str, stop: Stop<'_>) -> Result<Option<ObjectId>, RemoteError> {
        let reference = format!("refs/heads/{branch}");
        let said = self.program.run(&["ls-remote", "--quiet", "--", &self.name, &reference], stop)?;
        if !said.success {
            return Err(unreached(&said.err));
        }
        // A pattern of `ls-remote` matches the ends of names too.
        let line = said.out.lines().filter_map(|line| line.split_once('\t')).find(|(_, name)| *name == reference);
        let id = line.map(|(id, _)| id.parse().map_err(|_| RemoteError::Failed(format!("`{id}` is no commit"))));
        id.transpose()
    }

    /// Fetches a branch, and nothing else, and lets a reference here point to its newest commit.
    pub fn fetch(&self, branch: &str, into: &str, depth: Depth, stop: Stop<'_>) -> Result<(), RemoteError> {
        let what = format!("+refs/heads/{branch}:{into}");
        let mut arguments = vec![
            "-c",
            "gc.auto=0",
            "-c",
            "maintenance.auto=false",
            "-c",
            "fetch.writeCommitGraph=false",
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-prune",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            // A clone without file contents gets those of the data at once.
            "--no-filter",
            "--refmap=",
        ];
        match depth {
            Depth::Tip => arguments.push("--depth=1"),
            Depth::Usual => {}
            // Not the number that git takes for infinite: that is everything else's history too.
            Depth::All => arguments.push("--depth=1000000000"),
        }
        arguments.extend(["--", &self.name, &what]);
        let said = self.program.run(&arguments, stop)?;
        if said.success { Ok(()) } else { Err(unreached(&said.err)) }
    }

    /// The content of a file that a clone without contents has to get first.
    pub fn content(&self, file: ObjectId, stop: Stop<'_>) -> Result<String, RemoteError> {
        let said = self.program.run(&["cat-file", "blob", &file.to_string()], stop)?;
        if said.success { Ok(said.out) } else { Err(unreached(&said.err)) }
    }

    /// Lets a branch there point to a commit that was made from its newest one.
    pub fn push(&self, commit: ObjectId, branch: &str, stop: Stop<'_>) -> Result<(), PushError> {
        let what = format!("{commit}:refs/heads/{branch}");
        let arguments = [
            "push",
            "--porcelain",
            // Hooks of the user's are about code.
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
            "--",
            &self.name,
            &what,
        ];
        let said = self.program.run(&arguments, stop)?;
        if said.success { Ok(()) } else { Err(fault(&said.out, &said.err)) }
    }
}

/// What a push that failed has to say: `out` is in git's format for programs.
fn fault(out: &str, err: &str) -> PushError {
    let summary = out.lines().find_map(|line| line.strip_prefix("!\t")?.split_once('\t').map(|(_, summary)| summary));
    match summary {
        None => unreached(err).into(),
        Some(summary) if is_race(summary) => PushError::Race(summary.to_owned()),
        // The remote's own explanation comes first.
        Some(summary) => {
            let said: Vec<&str> = err.lines().filter_map(|line| line.strip_prefix("remote:")).collect();
            let said = words(&said.join("\n"));
            PushError::Refused(if said.is_empty() { summary.to_owned() } else { format!("{said} {summary}") })
        }
    }
}

/// What git says when it did not come through.
fn unreached(err: &str) -> RemoteError {
    const DENIED: [&str; 6] =
        ["error: 403", "error: 401", "denied", "not granted", "could not read username", "authentication failed"];
    const WEAK: [&str; 10] = [
        "error: 429",
        "error: 500",
        "error: 502",
        "error: 503",
        "error: 504",
        "timed out",
        "reset by peer",
        "hung up",
        "early eof",
        "rpc failed",
    ];
    let lower = err.to_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    match words(err) {
        words if has(&DENIED) => RemoteError::Denied(words),
        words if has(&WEAK) => RemoteError::Weak(words),
        words => RemoteError::Failed(words),
    }
}

/// Whether somebody else was faster: noticed here, or there when both had begun.
fn is_race(summary: &str) -> bool {
    const NOTICED_THERE: [&str; 6] = [
        "cannot lock ref",
        "failed to lock",
        "failed to update ref",
        "reference already exists",
        "incorrect old value",
        "unable to create",
    ];
    summary.starts_with("[rejected]") || NOTICED_THERE.iter().any(|sign| summary.contains(sign))
}

/// The lines that say something, as one: without hints, without what stands in addresses before the host.
fn words(text: &str) -> String {
    let tidy = |line: &str| {
        let line = line.trim().trim_start_matches("remote:").trim().trim_end_matches('.');
        let is_hint = ["hint:", "To ", "Everything up-to-date"].iter().any(|start| line.starts_with(start));
        (!line.is_empty() && !is_hint).then(|| anonymous(line))
    };
    let mut lines: Vec<String> = text.lines().filter_map(tidy).collect();
    lines.dedup();
    lines.truncate(MOST_LINES);
    lines.join("; ")
}

/// An address may hold a password; what is told ends up in a log.
fn anonymous(line: &str) -> String {
    let mut parts = line.split("://");
    let mut safe = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let host = part.find(['/', ' ', '\'']).unwrap_or(part.len());
        let begin = part.get(..host).and_then(|before| before.rfind('@')).map_or(0, |at| at + 1);
        safe.push_str("://");
        safe.push_str(part.get(begin..).unwrap_or_default());
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(summary: &str, err: &str) -> PushError {
        fault(&format!("To /r\n!\tabc:refs/heads/d\t{summary}\nDone\n"), err)
    }

    #[test]
    fn a_lost_race_is_known_whoever_notices_it() {
        for summary in [
            "[rejected] (fetch first)",
            "[rejected] (non-fast-forward)",
            "[remote rejected] (cannot lock ref 'refs/heads/d': is at 1 but expected 2)",
            "[remote rejected] (reference already exists)",
            "[remote rejected] (failed to update ref)",
            "[remote rejected] (incorrect old value provided)",
        ] {
            assert_eq!(of(summary, "error: failed to push"), PushError::Race(summary.to_owned()));
        }
    }

    #[test]
    fn what_trying_again_does_not_change_is_no_race() {
        let err = "remote: error: GH006: Protected branch update failed.        \nremote: \nTo /r\nerror: failed to push\nhint: x\n";
        let refused = of("[remote rejected] (protected branch hook declined)", err);
        let told = "error: GH006: Protected branch update failed [remote rejected] (protected branch hook declined)";
        assert_eq!(refused, PushError::Refused(told.to_owned()));
    }

    #[test]
    fn why_a_remote_was_not_reached_is_told_apart() {
        let denied = "remote: Permission to o/r.git denied to bot.\n\
                      fatal: unable to access 'https://x:secret@host/o/r.git/': The requested URL returned error: 403\n";
        let told = "Permission to o/r.git denied to bot; fatal: unable to access 'https://host/o/r.git/': \
                    The requested URL returned error: 403";
        assert_eq!(fault("", denied), PushError::Unreached(RemoteError::Denied(told.to_owned())));
        assert!(matches!(unreached("fatal: '/gone' does not appear to be a git repository"), RemoteError::Failed(_)));
        for err in
            ["error: RPC failed; HTTP 502", "fatal: the remote end hung up unexpectedly", "URL returned error: 503"]
        {
            assert!(matches!(unreached(err), RemoteError::Weak(_)), "{err}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_not_told() {
        assert_eq!(
            anonymous("at 'https://user:pa@ss@host/x' and ssh://git@h y@z"),
            "at 'https://host/x' and ssh://h y@z"
        );
        assert_eq!(anonymous("no address, a@b"), "no address, a@b");
    }
}
