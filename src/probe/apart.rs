//! An exchange on a thread and a runtime of its own.
//!
//! A peer that floods the client (interim answers, a chunk's size of nothing but zeros) keeps the task that reads from it busy for seconds
//! without a pause, and no time limit of the same runtime is looked at meanwhile. Whoever waits for this thread is not held up by it.

use std::io;
use tokio::sync::{Semaphore, oneshot};

/// So many exchanges at most are under way, those included that nobody waits for any longer: such a thread ends only when its flood lets it
/// look up, and a long row of attempts at a hostile peer must not pile them up.
static UNDER_WAY: Semaphore = Semaphore::const_new(8);

/// Leave to begin an exchange.
pub(super) struct Leave(#[allow(dead_code, reason = "it counts as long as it lives")] Option<tokio::sync::SemaphorePermit<'static>>);

/// Waits until another exchange may begin.
pub(super) async fn leave() -> Leave {
    Leave(UNDER_WAY.acquire().await.ok()) // it is never closed
}

/// Does the work on a thread of its own, which gives up when nobody waits any longer.
pub(super) async fn apart<T: Send + 'static>(leave: Leave, work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
    let (mut result, awaited) = oneshot::channel();
    // After each piece of work it is looked whether somebody still waits; by default after 61.
    let runtime = tokio::runtime::Builder::new_current_thread().event_interval(1).enable_all().build()?;
    let run = move || {
        let done = runtime.block_on(async {
            tokio::select! {
                biased;
                () = result.closed() => None,
                done = work => Some(done),
            }
        });
        if let Some(done) = done {
            let _ = result.send(done);
        }
        drop(runtime); // and with it the connection
        drop(leave);
    };
    std::thread::Builder::new().name("exchange".to_owned()).spawn(run)?;
    awaited.await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::{apart, leave};
    use std::time::Duration;

    #[tokio::test]
    async fn work_that_never_looks_up_holds_nobody_up() {
        let (told, heard) = std::sync::mpsc::channel();
        let busy = apart(leave().await, async move { while heard.recv_timeout(Duration::from_millis(1)).is_err() {} });
        assert!(tokio::time::timeout(Duration::from_millis(20), busy).await.is_err());
        let _ = told.send(()); // else it would turn for ever
        assert_eq!(apart(leave().await, async { 7 }).await.ok(), Some(7));
    }
}
