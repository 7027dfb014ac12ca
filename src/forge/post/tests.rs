//! `post` against a forge in memory, where others write between any two of its requests.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::*;
use crate::forge::PullRequest;

const ME: &str = "github-actions[bot]";

/// What happens at the forge right before a request is handled.
type Happening = Box<dyn FnOnce(&Memory)>;

/// A forge in memory.
#[derive(Default)]
struct Memory {
    comments: RefCell<Vec<Comment>>,
    last_id: Cell<u64>,
    /// One for each listing to come.
    before_listing: RefCell<VecDeque<Happening>>,
    /// One for each writing to come.
    before_writing: RefCell<VecDeque<Happening>>,
    /// Texts may not be longer.
    most: Option<usize>,
    /// The newest comment is not listed so many times.
    lag: Cell<usize>,
    writes: Cell<usize>,
}

impl Memory {
    fn with(comments: &[(&str, &str)]) -> Self {
        let memory = Self::default();
        comments.iter().for_each(|(author, body)| drop(memory.add(author, body)));
        memory
    }

    fn add(&self, author: &str, body: &str) -> Comment {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let comment = Comment { id, author: author.to_owned(), body: body.to_owned(), url: format!("#{id}") };
        self.comments.borrow_mut().push(comment.clone());
        comment
    }

    fn happens(&self, queue: &RefCell<VecDeque<Happening>>) {
        let happening = queue.borrow_mut().pop_front();
        if let Some(happening) = happening {
            happening(self);
        }
    }

    fn check(&self, body: &str) -> Result<(), ForgeError> {
        self.writes.set(self.writes.get() + 1);
        match self.most {
            Some(most) if body.len() > most => Err(ForgeError::NotAccepted { message: "body is too long".to_owned() }),
            _ => Ok(()),
        }
    }

    /// Number and text below the mark of every comment.
    fn texts(&self) -> Vec<(u64, String)> {
        let text = |body: &str| body.split_once('\n').map_or(body, |(_, text)| text).to_owned();
        self.comments.borrow().iter().map(|comment| (comment.id, text(&comment.body))).collect()
    }
}

impl Forge for Memory {
    fn author(&self) -> Result<String, ForgeError> {
        Ok(ME.to_owned())
    }

    fn comments(&self, _: u64) -> Result<Vec<Comment>, ForgeError> {
        self.happens(&self.before_listing);
        let mut all = self.comments.borrow().clone();
        if self.lag.get() > 0 && all.pop().is_some() {
            self.lag.set(self.lag.get() - 1);
        }
        Ok(all)
    }

    fn create(&self, _: u64, body: &str) -> Result<Comment, ForgeError> {
        self.happens(&self.before_writing);
        self.check(body)?;
        Ok(self.add(ME, body))
    }

    fn update(&self, id: u64, body: &str) -> Result<Comment, ForgeError> {
        self.happens(&self.before_writing);
        self.check(body)?;
        let mut comments = self.comments.borrow_mut();
        let gone = ForgeError::NotThere { what: "update the comment".to_owned(), message: "Not Found".to_owned() };
        let comment = comments.iter_mut().find(|comment| comment.id == id).ok_or(gone)?;
        comment.body = body.to_owned();
        Ok(comment.clone())
    }

    fn delete(&self, id: u64) -> Result<(), ForgeError> {
        self.comments.borrow_mut().retain(|comment| comment.id != id);
        Ok(())
    }

    fn pull_requests(&self, _: &str, _: &str) -> Result<Vec<PullRequest>, ForgeError> {
        Ok(Vec::new())
    }
}

fn id() -> CommentId {
    CommentId::parse("perfgate").unwrap()
}

fn run(id: u64) -> Option<Run> {
    Some(Run { id, attempt: 1 })
}

/// The comment that a run with this text leaves.
fn body(run_id: u64, text: &str) -> String {
    format!("{}\n{text}", Marker::new(&id(), run(run_id), text))
}

fn posted(memory: &Memory, run_id: u64, text: &str) -> Posted {
    let text = |_: usize| text.to_owned();
    post(memory, 1, &Wish { id: &id(), run: run(run_id), text: &text, create: true }).unwrap()
}

#[test]
fn the_first_run_makes_the_comment_and_the_next_one_updates_it() {
    let memory = Memory::with(&[("ann", "nice work")]);
    assert!(matches!(posted(&memory, 10, "red"), Posted::Created(comment) if comment.id == 2));
    assert!(matches!(posted(&memory, 11, "green"), Posted::Updated(comment) if comment.id == 2));
    assert_eq!(memory.texts(), [(1, "nice work".to_owned()), (2, "green".to_owned())]);
}

#[test]
fn the_same_again_writes_nothing() {
    let memory = Memory::default();
    posted(&memory, 10, "red");
    let writes = memory.writes.get();
    assert!(matches!(posted(&memory, 10, "red"), Posted::Unchanged(_)));
    assert_eq!(memory.writes.get(), writes);
}

#[test]
fn another_text_of_the_same_run_is_written() {
    let memory = Memory::default();
    posted(&memory, 10, "red");
    assert!(matches!(posted(&memory, 10, "cancelled"), Posted::Updated(_)));
    assert_eq!(memory.texts(), [(1, "cancelled".to_owned())]);
}

#[test]
fn an_older_run_leaves_the_text_of_a_newer_one() {
    let memory = Memory::default();
    posted(&memory, 11, "green");
    assert!(matches!(posted(&memory, 10, "red"), Posted::Newer(_)));
    assert_eq!(memory.texts(), [(1, "green".to_owned())]);
    assert!(matches!(posted(&memory, 9, "red"), Posted::Newer(_)));
}

#[test]
fn a_mark_by_somebody_else_is_nobody_s_comment() {
    let memory = Memory::with(&[("mallory", &body(99, "all is well"))]);
    assert!(matches!(posted(&memory, 10, "red"), Posted::Created(comment) if comment.id == 2));
    assert_eq!(memory.texts(), [(1, "all is well".to_owned()), (2, "red".to_owned())]);
}

#[test]
fn another_gate_s_comment_is_left_alone() {
    let other = format!("{}\nother", Marker::new(&CommentId::parse("perfgate-nightly").unwrap(), run(99), "other"));
    let memory = Memory::with(&[(ME, &other)]);
    posted(&memory, 10, "red");
    assert_eq!(memory.texts(), [(1, "other".to_owned()), (2, "red".to_owned())]);
}

#[test]
fn where_none_is_wanted_none_is_made_but_one_that_is_there_is_updated() {
    let memory = Memory::default();
    let wish = |text: &'static str, run_id: u64| {
        let text = move |_: usize| text.to_owned();
        post(&memory, 1, &Wish { id: &id(), run: run(run_id), text: &text, create: false }).unwrap()
    };
    assert_eq!(wish("green", 10), Posted::NotWanted);
    assert_eq!(memory.texts(), []);
    posted(&memory, 11, "red");
    assert!(matches!(wish("green", 12), Posted::Updated(_)));
    assert_eq!(memory.texts(), [(1, "green".to_owned())]);
}

/// Two runs that both found no comment; the second one made its own in the middle of what the first does, then looks again.
#[test]
fn two_that_race_end_with_the_newer_text_in_the_older_comment() {
    for (first, second) in [(10, 11), (11, 10)] {
        // While the first makes its comment, the second has made one already.
        let memory = Memory::default();
        memory
            .before_writing
            .borrow_mut()
            .push_back(Box::new(move |memory| drop(memory.add(ME, &body(second, "second")))));
        posted(&memory, first, "first");
        posted(&memory, second, "second");
        let text = if first > second { "first" } else { "second" };
        assert_eq!(memory.texts(), [(1, text.to_owned())], "{first} and {second}");

        // Right after the first has made its comment, the second makes one.
        let memory = Memory::default();
        memory.before_listing.borrow_mut().extend([
            Box::new(|_: &Memory| ()) as Happening,
            Box::new(move |memory: &Memory| drop(memory.add(ME, &body(second, "second")))),
        ]);
        posted(&memory, first, "first");
        posted(&memory, second, "second");
        assert_eq!(memory.texts(), [(1, text.to_owned())], "{first} and {second}");
    }
}

#[test]
fn an_older_text_that_was_written_over_ours_is_replaced() {
    let memory = Memory::with(&[(ME, &body(9, "old"))]);
    // Run 10 had looked before run 11 wrote, and writes after it.
    let late =
        |memory: &Memory| memory.comments.borrow_mut().iter_mut().for_each(|comment| comment.body = body(10, "red"));
    memory.before_listing.borrow_mut().extend([Box::new(|_: &Memory| ()) as Happening, Box::new(late)]);
    posted(&memory, 11, "green");
    assert_eq!(memory.texts(), [(1, "green".to_owned())]);
}

#[test]
fn duplicates_of_an_earlier_race_are_folded_into_the_oldest() {
    let memory = Memory::with(&[(ME, &body(7, "a")), ("ann", "hm"), (ME, &body(8, "b")), (ME, &body(8, "c"))]);
    posted(&memory, 10, "red");
    assert_eq!(memory.texts(), [(1, "red".to_owned()), (2, "hm".to_owned())]);
    let memory = Memory::with(&[(ME, &body(12, "newest")), (ME, &body(8, "c"))]);
    assert!(matches!(posted(&memory, 10, "red"), Posted::Newer(comment) if comment.id == 1));
    assert_eq!(memory.texts(), [(1, "newest".to_owned())]);
}

#[test]
fn what_a_newer_run_is_about_to_fold_is_left_to_it() {
    let memory = Memory::with(&[(ME, &body(7, "a")), (ME, &body(12, "newest")), (ME, &body(8, "c"))]);
    let before = memory.texts();
    assert!(matches!(posted(&memory, 10, "red"), Posted::Newer(comment) if comment.id == 2));
    assert_eq!(memory.texts(), before);
    posted(&memory, 12, "newest");
    assert_eq!(memory.texts(), [(1, "newest".to_owned())]);
}

#[test]
fn a_comment_that_disappears_is_made_again() {
    let memory = Memory::with(&[(ME, &body(9, "old"))]);
    memory.before_writing.borrow_mut().push_back(Box::new(|memory| memory.comments.borrow_mut().clear()));
    assert!(matches!(posted(&memory, 10, "red"), Posted::Created(_)));
    assert_eq!(memory.texts(), [(2, "red".to_owned())]);
}

#[test]
fn a_comment_that_is_listed_but_never_there_is_an_error() {
    let memory = Memory::with(&[(ME, &body(9, "old"))]);
    for _ in 0..100 {
        memory.before_writing.borrow_mut().push_back(Box::new(|memory| memory.comments.borrow_mut().clear()));
        memory.before_listing.borrow_mut().push_back(Box::new(|memory| {
            memory.comments.borrow_mut().clear();
            memory.add(ME, &body(9, "old"));
        }));
    }
    let text = |_: usize| "red".to_owned();
    let wish = Wish { id: &id(), run: run(10), text: &text, create: true };
    assert!(matches!(post(&memory, 1, &wish), Err(ForgeError::NotThere { .. })));
}

#[test]
fn a_list_that_lags_behind_makes_no_second_comment() {
    let memory = Memory::default();
    memory
        .before_listing
        .borrow_mut()
        .extend([Box::new(|_: &Memory| ()) as Happening, Box::new(|memory: &Memory| memory.lag.set(1))]);
    assert!(matches!(posted(&memory, 10, "red"), Posted::Created(_)));
    assert_eq!(memory.texts(), [(1, "red".to_owned())]);
}

#[test]
fn a_text_that_is_not_accepted_is_halved_three_times() {
    let text = |room: usize| "x".repeat(room);
    let wish = Wish { id: &id(), run: run(10), text: &text, create: true };
    let memory = Memory { most: Some(7_500), ..Memory::default() };
    post(&memory, 1, &wish).unwrap();
    let length = memory.comments.borrow()[0].body.len();
    assert!((7_000..=7_500).contains(&length), "{length}");
    assert_eq!(memory.writes.get(), 4);
    let memory = Memory { most: Some(7_000), ..Memory::default() };
    assert!(matches!(post(&memory, 1, &wish), Err(ForgeError::NotAccepted { .. })));
    assert_eq!(memory.texts(), []);
}

#[test]
fn somebody_who_writes_without_end_does_not_keep_us_forever() {
    let memory = Memory::with(&[(ME, &body(9, "old"))]);
    for _ in 0..100 {
        let again = |memory: &Memory| memory.comments.borrow_mut().iter_mut().for_each(|one| one.body = body(9, "old"));
        memory.before_listing.borrow_mut().push_back(Box::new(again));
    }
    assert!(matches!(posted(&memory, 10, "red"), Posted::Updated(_)));
    assert!(memory.writes.get() <= MOST_LOOKS);
}

#[test]
fn what_would_be_done_is_told_without_doing_it() {
    let text = |_: usize| "red".to_owned();
    let would = |memory: &Memory, run_id: u64, create: bool| {
        let before = memory.texts();
        let wish = Wish { id: &id(), run: run(run_id), text: &text, create };
        let intent = intend(memory, 1, &wish).unwrap();
        assert_eq!(memory.texts(), before);
        intent
    };
    assert_eq!(would(&Memory::default(), 10, true), Intent::Create);
    assert_eq!(would(&Memory::default(), 10, false), Intent::NotWanted);
    let memory = Memory::with(&[(ME, &body(10, "red"))]);
    assert!(matches!(would(&memory, 11, false), Intent::Update(_)));
    assert!(matches!(would(&memory, 10, false), Intent::Leave(_)));
    assert!(matches!(would(&memory, 9, true), Intent::LeaveNewer(_)));
}
