//! Many conversations on one thread: tasks that go on whenever a socket they wait for is ready.
//!
//! There is no runtime behind this and no other thread: the thread that issues queries also drives the connections, so
//! that no hand-over between threads is in a latency, and it waits as precisely as the clock's `look_until`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::socket::Sockets;
use crate::sut::SutError;

/// A conversation, or part of one; what it results in, if that is of interest to anybody.
type Task<E> = Pin<Box<dyn Future<Output = Option<E>>>>;

/// Tasks are polled so many times before the caller gets a chance to look at the clock: somebody who sends without end must
/// not keep it from doing so.
const MOST_STEPS: usize = 10_000;

/// Takes new tasks and events, from inside and outside other tasks.
pub struct Spawner<E>(Rc<Inbox<E>>);

struct Inbox<E> {
    tasks: RefCell<Vec<Task<E>>>,
    events: RefCell<VecDeque<E>>,
}

/// The tasks of a session and its sockets.
pub struct Reactor<E> {
    tasks: FuturesUnordered<Task<E>>,
    spawner: Spawner<E>,
    sockets: Sockets,
    woken: Arc<Woken>,
    waker: Waker,
}

/// Whether any task can go on.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<E> Clone for Spawner<E> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<E: 'static> Spawner<E> {
    /// Starts a task. What it results in is an event.
    pub fn spawn(&self, task: impl Future<Output = Option<E>> + 'static) {
        self.0.tasks.borrow_mut().push(Box::pin(task));
    }

    /// Tells of something before a task has come to its end.
    pub fn post(&self, event: E) {
        self.0.events.borrow_mut().push_back(event);
    }
}

impl<E: 'static, F: Future + 'static> hyper::rt::Executor<F> for Spawner<E> {
    fn execute(&self, task: F) {
        self.spawn(async {
            task.await;
            None
        });
    }
}

impl<E: 'static> Reactor<E> {
    /// Without any tasks.
    pub fn new() -> Self {
        let woken = Arc::<Woken>::default();
        Self {
            tasks: FuturesUnordered::new(),
            spawner: Spawner(Rc::new(Inbox { tasks: RefCell::default(), events: RefCell::default() })),
            sockets: Sockets::default(),
            waker: Waker::from(Arc::clone(&woken)),
            woken,
        }
    }

    /// For tasks that start others.
    pub fn spawner(&self) -> &Spawner<E> {
        &self.spawner
    }

    /// For tasks that connect.
    pub fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// The next result of a task, or what one has posted.
    pub fn event(&mut self) -> Option<E> {
        self.spawner.0.events.borrow_mut().pop_front()
    }

    /// Lets every task go on as far as it can without waiting. False: there is more to do, but first look at the clock.
    pub fn run(&mut self) -> bool {
        for _ in 0..MOST_STEPS {
            self.tasks.extend(self.spawner.0.tasks.borrow_mut().drain(..));
            self.woken.0.store(false, Ordering::Relaxed);
            match self.tasks.poll_next_unpin(&mut Context::from_waker(&self.waker)) {
                Poll::Ready(Some(event)) => event.into_iter().for_each(|event| self.spawner.post(event)),
                Poll::Ready(None) | Poll::Pending => {
                    if !self.woken.0.load(Ordering::Relaxed) && self.spawner.0.tasks.borrow().is_empty() {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Lets tasks go on; if that results in nothing, waits for the sockets, and lets them go on once more.
    pub fn turn(&mut self, patience: Duration) -> Result<(), SutError> {
        let is_done = self.run();
        if !self.spawner.0.events.borrow().is_empty() {
            return Ok(());
        }
        self.sockets.wait(if is_done { patience } else { Duration::ZERO })?;
        self.run();
        Ok(())
    }
}

impl<E> Drop for Reactor<E> {
    fn drop(&mut self) {
        // A task that was never taken over may hold the very list that it is in.
        drop(self.spawner.0.tasks.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_may_start_others_and_every_result_is_an_event() {
        let mut reactor = Reactor::new();
        let spawner = reactor.spawner().clone();
        reactor.spawner().spawn(async move {
            spawner.spawn(async { Some("inner") });
            Some("outer")
        });
        reactor.spawner().spawn(async { None });
        assert!(reactor.run());
        let mut events = [reactor.event(), reactor.event()];
        events.sort_unstable();
        assert_eq!((events, reactor.event()), ([Some("inner"), Some("outer")], None));
    }

    #[test]
    fn a_task_without_end_cannot_keep_the_reactor_for_itself() {
        let mut reactor = Reactor::<()>::new();
        reactor.spawner().spawn(std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::Pending
        }));
        assert!(!reactor.run());
        reactor.turn(Duration::from_secs(3600)).unwrap();
    }
}
