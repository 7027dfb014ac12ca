//! What a store could not do, and what to do about it.

use super::AppError;
use crate::gate::ExitStatus;
use crate::store::{Place, StoreError};
use crate::vcs::{PushError, RemoteError};
use crate::wire::WireError;

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let told = Self::usage(error.to_string());
        match error {
            StoreError::Unusable { problem: WireError::Newer(_), .. } => told.hint("upgrade perfgate"),
            StoreError::Unusable { place: Place::File(path), .. } => told
                .hint(format!("bring it back from git: git checkout -- '{}'", path.display()))
                .hint("or delete it and record that commit again: perfgate record"),
            StoreError::Unusable { place: Place::Branch { branch, path }, .. } => told
                .hint(format!("what it was is in the branch's history: git log --all -- '{path}'"))
                .hint(format!("or remove it from `{branch}`, and record that commit again: perfgate record")),
            StoreError::NoRemote(_) => {
                told.hint("git remote -v lists them; what follows the last `@` of a `git:` store names one")
            }
            StoreError::OtherThings { .. } => {
                told.hint("name a branch of its own for baselines, such as git:perfgate-data; it need not exist yet")
            }
            StoreError::CheckedOut { .. } => {
                told.hint("check something else out there: baselines are added behind its back")
            }
            StoreError::NotFetched { source, .. } => {
                access(told, &source, "the job may have to read: `permissions: contents: read`")
            }
            StoreError::NotPushed { branch, remote, kept, source, .. } => {
                not_pushed(told, &branch, &remote, kept, &source)
            }
            StoreError::Interrupted { kept } => {
                let kept = match kept {
                    0 => String::new(),
                    kept => {
                        format!("; {} in this clone until they are pushed: perfgate baselines push", recordings(kept))
                    }
                };
                Self { status: ExitStatus::Interrupted, message: format!("interrupted{kept}"), hints: Vec::new() }
            }
            StoreError::Vcs(error) => error.into(),
            StoreError::Io { .. } | StoreError::NotABaseline => told,
        }
    }
}

fn recordings(kept: usize) -> String {
    if kept == 1 { "1 recording stays".to_owned() } else { format!("{kept} recordings stay") }
}

/// What to do about a push that did not go through; first of all, that nothing is lost.
fn not_pushed(told: AppError, branch: &str, remote: &str, kept: usize, source: &PushError) -> AppError {
    let told = match kept {
        0 => told,
        kept => told.hint(format!(
            "nothing is lost: {} in this clone (refs/perfgate/pending/{branch}); `perfgate baselines push`, or the next \
             `perfgate record`, sends what is there. A CI job's clone is thrown away: there, save the result too (-o result.json)",
            recordings(kept)
        )),
    };
    match source {
        PushError::Race(_) => told.hint("others push to that branch all the time: try again when fewer do"),
        PushError::Refused(_) => told.hint(format!(
            "a rule or a hook of {remote} is against it: let those who record push to `{branch}`, or name another branch"
        )),
        PushError::Unreached(error) => {
            access(told, error, "in GitHub Actions the job that records needs `permissions: contents: write`")
        }
    }
}

fn access(told: AppError, error: &RemoteError, right: &str) -> AppError {
    match error {
        RemoteError::Denied(_) => told.hint(right),
        RemoteError::NoProgram => told.hint("install git; perfgate needs it to fetch and push"),
        _ => told,
    }
}
