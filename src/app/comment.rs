//! `perfgate comment`: what a comparison found, below the pull request that it is about. One comment, kept up to date.

mod document;
mod job;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use super::AppError;
use super::output::Console;
use crate::cli::When;
use crate::forge::{self, CommentId, Forge, GitHub, Intent, Patience, Posted, PullRequest, Settings};
use crate::gate::{Comparison, Decision, ExitStatus, Verdict};
use crate::render::{self, markdown};
use crate::sut::Interrupt;
use job::{Change, Job, Place, variable};

/// A single request may take this long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Long waits look this often whether somebody wants the program to stop.
const SLICE: Duration = Duration::from_millis(50);

/// Warnings about what the change does to the rules of its own gate.
const RULES: [&str; 2] = ["policy-of-base", "accepted-new"];

/// What the user asked for.
pub struct Wish<'a> {
    /// The comparison document, or why there is none.
    pub content: Content<'a>,
    /// What tells comments of several gates apart.
    pub comment_id: &'a str,
    /// When to comment.
    pub when: When,
    /// The pull request, if not that of the event.
    pub pull_request: Option<u64>,
    /// How long failures of the API may take.
    pub patience: Duration,
    /// Whether to tell only what would be done.
    pub dry_run: bool,
}

/// What is to be said.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// What this document says.
    Document(&'a Path),
    /// That nothing was measured, and why.
    NotRun(&'a str),
}

/// The same, read.
enum News {
    Comparison(Box<Comparison>),
    NotRun(String),
}

/// Posts or updates the comment.
pub fn comment(wish: &Wish<'_>, console: &Console, interrupt: &Interrupt) -> Result<ExitStatus, AppError> {
    let id = CommentId::parse(wish.comment_id)
        .map_err(|expected| AppError::usage(format!("--comment-id cannot be used: {expected}")))?;
    let job = Job::here()?;
    let news = match wish.content {
        Content::Document(path) => News::Comparison(Box::new(document::read(path, job.is_hostile)?)),
        Content::NotRun(reason) => News::NotRun(reason.to_owned()),
    };
    let text = |room: usize| news.text(&job, room);
    let wanted = forge::Wish { id: &id, run: job.run, text: &text, create: news.creates(wish.when) };
    if wish.dry_run {
        console.print(&text(forge::MOST_BYTES))?;
    }
    if wish.when == When::Never {
        console.note("no comment, because of --when never");
        return Ok(ExitStatus::Success);
    }
    let place = wish.pull_request.map_or_else(|| job.place.clone(), Place::PullRequest);
    if let Place::None(why) = &place {
        console.note(&format!("no comment: {}", render::one_line(why)));
        return Ok(ExitStatus::Success);
    }
    let told = |error| AppError::forge(&error, job.read_only);
    let github = connect(wish.patience, interrupt)?;
    for number in pull_requests(&place, &news, &github, console).map_err(told)? {
        if wish.dry_run {
            foretell(number, &forge::intend(&github, number, &wanted).map_err(told)?, console);
        } else {
            tell(number, &forge::post(&github, number, &wanted).map_err(told)?, console)?;
        }
    }
    Ok(ExitStatus::Success)
}

fn connect(patience: Duration, interrupt: &Interrupt) -> Result<GitHub, AppError> {
    let token = variable("GITHUB_TOKEN").ok_or_else(|| {
        AppError::usage("there is no token to comment with: GITHUB_TOKEN is not set")
            .hint("in a workflow's step: env: { GITHUB_TOKEN: \"${{ github.token }}\" }")
    })?;
    let repository = variable("GITHUB_REPOSITORY").ok_or_else(|| {
        AppError::usage("which repository it is, nobody says: GITHUB_REPOSITORY is not set")
            .hint("outside GitHub Actions: GITHUB_REPOSITORY=owner/name perfgate comment …")
    })?;
    let certificates = match env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        Some(path) => Some(fs::read(&path).map_err(|error| AppError::unreadable(Path::new(&path), &error))?),
        None => None,
    };
    let interrupt = interrupt.clone();
    let patience = Patience::new(patience, Box::new(move |time| wait(time, &interrupt)));
    Settings::new(variable("GITHUB_API_URL").as_deref(), &repository, &token)
        .and_then(|settings| GitHub::new(settings, patience, TIMEOUT, certificates.as_deref()))
        .map_err(|error| AppError::forge(&error, None))
}

/// Waits; `false` if somebody asked the program to stop.
fn wait(time: Duration, interrupt: &Interrupt) -> bool {
    let begun = Instant::now();
    while !interrupt.is_set() {
        match time.checked_sub(begun.elapsed()) {
            Some(left) if !left.is_zero() => thread::sleep(left.min(SLICE)),
            _ => return true,
        }
    }
    false
}

impl News {
    /// Whether a comment is made where there is none.
    fn creates(&self, when: When) -> bool {
        match (when, self) {
            (When::Always, _) | (When::Auto, Self::NotRun(_)) => true,
            (When::Auto, Self::Comparison(comparison)) => is_news(comparison),
            (When::OnRegression, Self::Comparison(comparison)) => has_regression(comparison),
            (When::OnRegression, Self::NotRun(_)) | (When::Never, _) => false,
        }
    }

    /// What the comment says, in at most so many bytes.
    fn text(&self, job: &Job, room: usize) -> String {
        let foot = foot(job);
        let room = room.saturating_sub(foot.len());
        let text = match self {
            Self::Comparison(comparison) => markdown::comparison_within(comparison, room),
            Self::NotRun(reason) => markdown::not_run(reason),
        };
        format!("{text}{foot}")
    }
}

/// Which commit and run it is about: what a comment that is updated no longer says by its place in the conversation.
fn foot(job: &Job) -> String {
    let commit = job.commit.as_deref().and_then(|commit| commit.get(..8)).map(|short| format!("commit {short}"));
    let run = job.link().map(|link| format!("[run]({link})"));
    let parts: Vec<String> = commit.into_iter().chain(run).collect();
    if parts.is_empty() { String::new() } else { format!("\n<sub>{}</sub>\n", parts.join(" · ")) }
}

/// Whether a reader who expects nothing to change should be told.
fn is_news(comparison: &Comparison) -> bool {
    comparison.verdict != Verdict::Pass
        || comparison.rows.iter().any(|row| row.decision() != Some(Decision::Unchanged))
        // A change of the gate's own rules is one to be seen.
        || comparison.warnings.iter().any(|warning| RULES.contains(&warning.code.as_str()))
}

fn has_regression(comparison: &Comparison) -> bool {
    comparison.rows.iter().any(|row| row.decision() == Some(Decision::Regression))
}

/// The pull requests to comment on: none, if the change is no longer what was measured.
fn pull_requests(
    place: &Place,
    news: &News,
    forge: &dyn Forge,
    console: &Console,
) -> Result<Vec<u64>, forge::ForgeError> {
    let change = match place {
        Place::PullRequest(number) => return Ok(vec![*number]),
        Place::None(_) => return Ok(Vec::new()),
        Place::Change(change) => change,
    };
    let open = forge.pull_requests(&change.owner, &change.branch)?;
    let base = match news {
        News::Comparison(comparison) => comparison.base.commit.as_ref().map(ToString::to_string),
        News::NotRun(_) => None,
    };
    let found = of_change(change, &open, base.as_deref());
    match &found {
        Found::Now(numbers) => return Ok(numbers.clone()),
        Found::MovedOn(number) => console.note(&format!(
            "no comment: #{number} has moved on since {} was measured; the run of its newest commit will comment",
            change.commit.get(..8).unwrap_or_default()
        )),
        Found::Nothing => console.note(&format!(
            "no comment: no open pull request comes from `{}` of `{}`",
            render::one_line(&change.branch),
            render::one_line(&change.repository)
        )),
    }
    Ok(Vec::new())
}

/// Where a change stands now.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It is the newest commit of these pull requests.
    Now(Vec<u64>),
    /// This pull request has a newer one.
    MovedOn(u64),
    /// It is not (or no longer) in a pull request.
    Nothing,
}

/// The pull requests of a change. The same commit may be in several, with different bases: those that the event names count, then
/// those whose base is what was compared with; what that leaves open gets the comment in each.
fn of_change(change: &Change, open: &[PullRequest], base: Option<&str>) -> Found {
    let same = |repository: &String| repository.eq_ignore_ascii_case(&change.repository);
    let of_branch = || open.iter().filter(|one| one.repository.as_ref().is_some_and(same));
    let mut now: Vec<&PullRequest> = of_branch().filter(|one| one.head == change.commit).collect();
    let conditions: [&dyn Fn(&PullRequest) -> bool; 2] =
        [&|one| change.named.contains(&one.number), &|one| Some(one.base.as_str()) == base];
    for condition in conditions {
        if now.iter().any(|one| condition(one)) {
            now.retain(|one| condition(one));
        }
    }
    match (now.as_slice(), of_branch().next()) {
        ([], None) => Found::Nothing,
        ([], Some(other)) => Found::MovedOn(other.number),
        (now, _) => Found::Now(now.iter().map(|one| one.number).collect()),
    }
}

fn tell(number: u64, posted: &Posted, console: &Console) -> Result<(), AppError> {
    let (comment, what) = match posted {
        Posted::Created(comment) => (comment, "made the comment"),
        Posted::Updated(comment) => (comment, "updated the comment"),
        Posted::Unchanged(comment) => (comment, "the comment is up to date already"),
        Posted::Newer(comment) => (comment, "a newer run has commented already, and its comment stays"),
        Posted::NotWanted => {
            console.note(&format!("#{number}: no comment is there, and none is wanted"));
            return Ok(());
        }
    };
    console.note(&format!("#{number}: {what}"));
    console.print(&format!("{}\n", comment.url))
}

fn foretell(number: u64, intent: &Intent, console: &Console) {
    let would = match intent {
        Intent::Create => "would make a comment".to_owned(),
        Intent::Update(comment) => format!("would update {}", comment.url),
        Intent::Leave(comment) => format!("would leave {}, which is up to date", comment.url),
        Intent::LeaveNewer(comment) => format!("would leave {}, which is of a newer run", comment.url),
        Intent::NotWanted => "would do nothing: no comment is there, and none is wanted".to_owned(),
    };
    console.note(&format!("#{number}: {would}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0000000000000000000000000000000000000001";
    const NEW: &str = "0000000000000000000000000000000000000002";

    fn change(named: &[u64]) -> Change {
        Change {
            owner: "ann".to_owned(),
            repository: "ann/r".to_owned(),
            branch: "faster".to_owned(),
            commit: NEW.to_owned(),
            named: named.to_vec(),
        }
    }

    fn open(number: u64, repository: Option<&str>, head: &str, base: &str) -> PullRequest {
        let repository = repository.map(str::to_owned);
        PullRequest { number, repository, head: head.to_owned(), base: base.to_owned() }
    }

    #[test]
    fn a_change_belongs_to_the_pull_request_with_its_repository_and_commit() {
        let all = [open(1, Some("ann/other"), NEW, "x"), open(2, Some("Ann/R"), NEW, "x"), open(3, None, NEW, "x")];
        assert_eq!(of_change(&change(&[]), &all, None), Found::Now(vec![2]));
        assert_eq!(of_change(&change(&[]), &all[..1], None), Found::Nothing);
        assert_eq!(of_change(&change(&[]), &[], None), Found::Nothing);
    }

    #[test]
    fn a_change_that_has_moved_on_gets_no_comment() {
        let all = [open(2, Some("ann/r"), OLD, "x")];
        assert_eq!(of_change(&change(&[]), &all, None), Found::MovedOn(2));
        assert_eq!(of_change(&change(&[2]), &all, Some("x")), Found::MovedOn(2));
    }

    #[test]
    fn of_several_with_the_same_commit_the_event_decides_then_the_base() {
        let all =
            [open(2, Some("ann/r"), NEW, "x"), open(3, Some("ann/r"), NEW, "y"), open(4, Some("ann/r"), NEW, "y")];
        assert_eq!(of_change(&change(&[]), &all, None), Found::Now(vec![2, 3, 4]));
        assert_eq!(of_change(&change(&[]), &all, Some("x")), Found::Now(vec![2]));
        assert_eq!(of_change(&change(&[]), &all, Some("z")), Found::Now(vec![2, 3, 4]));
        assert_eq!(of_change(&change(&[3, 9]), &all, Some("x")), Found::Now(vec![3]));
        assert_eq!(of_change(&change(&[2, 3, 4]), &all, Some("y")), Found::Now(vec![3, 4]));
    }

    #[test]
    fn a_wait_ends_when_somebody_wants_to_stop() {
        let interrupt = Interrupt::default();
        assert!(wait(Duration::ZERO, &interrupt));
        interrupt.flag().store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(!wait(Duration::from_secs(3600), &interrupt));
    }
}
