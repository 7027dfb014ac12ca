//! One comment per pull request and gate, whoever else writes at the same time.
//!
//! A forge has no "write this if nobody else has": runs that begin together all find no comment, and all make one. So every run
//! looks again after it has written, and goes on until what it sees is as it should be: the text of the newest run in the oldest
//! comment, and no other comment of this gate. Only the newest run brings its text there; one that sees a newer text writes none.

use super::marker::{self, CommentId, Marker, Run};
use super::{Comment, Forge, ForgeError};

/// The longest comment, in bytes, mark included. GitHub takes 65,536 characters.
pub const MOST_BYTES: usize = 60_000;

/// How often the text is halved when the forge does not accept it.
const MOST_CUTS: u32 = 3;

/// After so many looks somebody else is writing without end.
const MOST_LOOKS: usize = 8;

/// What is to stand in the comment.
pub struct Wish<'a> {
    /// Whose comment.
    pub id: &'a CommentId,
    /// The run that measured, where it was one.
    pub run: Option<Run>,
    /// The text, in at most so many bytes.
    pub text: &'a dyn Fn(usize) -> String,
    /// Whether to make a comment where there is none; one that is there is always brought up to date.
    pub create: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// There was none, and now there is.
    Created(Comment),
    /// The one that was there has the text now.
    Updated(Comment),
    /// It had it already.
    Unchanged(Comment),
    /// A newer run was faster: its text stays.
    Newer(Comment),
    /// There is none, and none was wanted.
    NotWanted,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Make a comment.
    Create,
    /// Give this one another text.
    Update(Comment),
    /// Nothing: it has the text already.
    Leave(Comment),
    /// Nothing: its text is of a newer run.
    LeaveNewer(Comment),
    /// Nothing: there is none, and none is wanted.
    NotWanted,
}

/// A text with its mark.
struct Body {
    marker: Marker,
    text: String,
}

impl Body {
    fn of(wish: &Wish<'_>, most: usize) -> Self {
        let text = (wish.text)(most.saturating_sub(marker::MOST_BYTES));
        let marker = Marker::new(wish.id, wish.run, &text);
        Self { text: format!("{marker}\n{text}"), marker }
    }
}

/// One step towards one comment with the newest text.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Create,
    Update(u64),
    Delete(Vec<u64>),
    Done,
}

/// Brings the comment up to date.
pub fn post(forge: &dyn Forge, pull_request: u64, wish: &Wish<'_>) -> Result<Posted, ForgeError> {
    let author = forge.author()?;
    let mut cuts = 0;
    let mut body = Body::of(wish, MOST_BYTES);
    // What this run made: a forge may not list at once what it has just been given.
    let mut made: Option<Comment> = None;
    let (mut created, mut updated) = (false, false);
    let mut gone = None;
    for _ in 0..MOST_LOOKS {
        let mine = mine(forge.comments(pull_request)?, made.as_ref(), &author, wish.id);
        let done = match step(&mine, &body, wish.create) {
            Step::Create => forge.create(pull_request, &body.text).map(|comment| {
                created = true;
                made = Some(comment);
            }),
            Step::Update(id) => forge.update(id, &body.text).map(|comment| {
                updated = true;
                if made.as_ref().is_some_and(|made| made.id == id) {
                    made = Some(comment);
                }
            }),
            Step::Delete(ids) => {
                made = made.filter(|made| !ids.contains(&made.id));
                ids.into_iter().try_for_each(|id| forge.delete(id))
            }
            Step::Done => return Ok(outcome(&mine, &body, created, updated)),
        };
        match done {
            Err(ForgeError::NotAccepted { .. }) if cuts < MOST_CUTS => {
                cuts += 1;
                body = Body::of(wish, MOST_BYTES >> cuts);
            }
            // Somebody else has just removed it: look again.
            Err(error @ ForgeError::NotThere { .. }) if !mine.is_empty() => {
                made = None;
                gone = Some(error);
            }
            other => {
                other?;
                gone = None;
            }
        }
    }
    if let Some(error) = gone {
        return Err(error);
    }
    // Others write without end, and will end with the same: what was written is there, or will be seen to.
    Ok(outcome(&mine(forge.comments(pull_request)?, made.as_ref(), &author, wish.id), &body, created, updated))
}

/// What `post` would do, without doing it.
pub fn intend(forge: &dyn Forge, pull_request: u64, wish: &Wish<'_>) -> Result<Intent, ForgeError> {
    let mine = mine(forge.comments(pull_request)?, None, &forge.author()?, wish.id);
    let body = Body::of(wish, MOST_BYTES);
    if let Some(newest) = newer(&mine, &body) {
        return Ok(Intent::LeaveNewer(newest.clone()));
    }
    Ok(match (mine.into_iter().next(), wish.create) {
        (None, true) => Intent::Create,
        (None, false) => Intent::NotWanted,
        (Some(oldest), _) if Marker::read(&oldest.body).as_ref() == Some(&body.marker) => Intent::Leave(oldest),
        (Some(oldest), _) => Intent::Update(oldest),
    })
}

/// The comments of this gate, the oldest first: by their mark *and* their author. A mark can be copied by anybody.
fn mine(mut all: Vec<Comment>, made: Option<&Comment>, author: &str, id: &CommentId) -> Vec<Comment> {
    if let Some(made) = made
        && !all.iter().any(|comment| comment.id == made.id)
    {
        all.push(made.clone());
    }
    let is_mine = |comment: &Comment| {
        comment.author.eq_ignore_ascii_case(author) && Marker::read(&comment.body).is_some_and(|mark| mark.is_of(id))
    };
    all.retain(is_mine);
    all.sort_by_key(|comment| comment.id);
    all
}

/// The comment whose text is newer than ours, and newer than that of any other.
fn newer<'a>(mine: &'a [Comment], ours: &Body) -> Option<&'a Comment> {
    let marked = mine.iter().filter_map(|comment| Some((Marker::read(&comment.body)?, comment)));
    let newer = marked.filter(|(mark, _)| mark.is_newer_than(&ours.marker));
    newer.max_by_key(|(mark, comment)| (mark.run(), comment.id)).map(|(_, comment)| comment)
}

fn step(mine: &[Comment], ours: &Body, create: bool) -> Step {
    let Some((oldest, younger)) = mine.split_first() else {
        return if create { Step::Create } else { Step::Done };
    };
    match newer(mine, ours) {
        // Its run will look again, and fold what there is.
        Some(newest) if newest.id != oldest.id => Step::Done,
        // Before the younger ones go, so that the newest text is always somewhere.
        None if Marker::read(&oldest.body).as_ref() != Some(&ours.marker) => Step::Update(oldest.id),
        _ if younger.is_empty() => Step::Done,
        _ => Step::Delete(younger.iter().map(|comment| comment.id).collect()),
    }
}

fn outcome(mine: &[Comment], ours: &Body, created: bool, updated: bool) -> Posted {
    if let Some(newest) = newer(mine, ours) {
        return Posted::Newer(newest.clone());
    }
    match mine.first() {
        None => Posted::NotWanted,
        Some(oldest) if created => Posted::Created(oldest.clone()),
        Some(oldest) if updated => Posted::Updated(oldest.clone()),
        Some(oldest) => Posted::Unchanged(oldest.clone()),
    }
}

#[cfg(test)]
mod tests;
