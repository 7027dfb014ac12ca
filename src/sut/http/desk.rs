//! Where a pool leaves queries for the task that asks them over one connection: one task for all queries of a connection, so
//! that none needs a new one.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The pool's side. Without it the task ends.
pub struct Desk<T>(Rc<Shared<T>>);

/// The task's side.
pub struct Attendant<T>(Rc<Shared<T>>);

struct Shared<T> {
    left: Cell<Option<T>>,
    is_over: Cell<bool>,
    is_attended: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

/// Both sides of a new desk.
pub fn desk<T>() -> (Desk<T>, Attendant<T>) {
    let shared = Rc::new(Shared {
        left: Cell::new(None),
        is_over: Cell::new(false),
        is_attended: Cell::new(true),
        waker: Cell::new(None),
    });
    (Desk(Rc::clone(&shared)), Attendant(shared))
}

impl<T> Desk<T> {
    /// Whether what is left will be taken.
    pub fn is_attended(&self) -> bool {
        self.0.is_attended.get()
    }

    /// Leaves something. The task takes it as soon as it gets to run; until then there is room for nothing else.
    pub fn leave(&self, something: T) {
        self.0.left.set(Some(something));
        self.0.wake();
    }
}

impl<T> Drop for Desk<T> {
    fn drop(&mut self) {
        self.0.is_over.set(true);
        self.0.wake();
    }
}

impl<T> Shared<T> {
    fn wake(&self) {
        self.waker.take().into_iter().for_each(Waker::wake);
    }
}

impl<T> Attendant<T> {
    /// What is left next; `None` when nothing will be any more.
    pub fn poll_next(&self, context: &Context<'_>) -> Poll<Option<T>> {
        match self.0.left.take() {
            Some(something) => Poll::Ready(Some(something)),
            None if self.0.is_over.get() => Poll::Ready(None),
            None => {
                self.0.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Attendant<T> {
    fn drop(&mut self) {
        self.0.is_attended.set(false);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::super::reactor::Reactor;
    use super::*;

    #[test]
    fn a_desk_knows_when_nobody_attends_to_it() {
        let (desk, attendant) = desk::<()>();
        drop(attendant);
        assert!(!desk.is_attended());
    }

    #[test]
    fn all_that_is_left_is_taken_and_without_the_desk_the_task_ends() {
        let mut reactor = Reactor::new();
        let (desk, attendant) = desk();
        let spawner = reactor.spawner().clone();
        reactor.spawner().spawn(async move {
            while let Some(number) = poll_fn(|context| attendant.poll_next(context)).await {
                spawner.post(number);
            }
            Some(0)
        });
        assert!(desk.is_attended());
        for number in [1, 2] {
            desk.leave(number);
            reactor.turn(Duration::ZERO).unwrap();
            assert_eq!((reactor.event(), reactor.event()), (Some(number), None));
        }
        drop(desk);
        reactor.turn(Duration::ZERO).unwrap();
        assert_eq!(reactor.event(), Some(0));
    }
}
