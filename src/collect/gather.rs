//! Running several reads side by side, in order.
//!
//! The futures borrow, so dropping the whole (an interrupt, a fatal first call) ends each of them at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

enum Slot<F: Future> {
    Running(Pin<Box<F>>),
    Done(Option<F::Output>),
}

/// Waits for all futures at once; the results come in the order of the futures.
pub(super) async fn all<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future,
    F::Output: Unpin,
{
    let mut slots: Vec<Slot<F>> = futures.into_iter().map(|future| Slot::Running(Box::pin(future))).collect();
    poll_fn(move |context| {
        let mut waiting = false;
        for slot in &mut slots {
            if let Slot::Running(future) = slot {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *slot = Slot::Done(Some(output)),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            return Poll::Pending;
        }
        let outputs = slots.iter_mut().filter_map(|slot| match slot {
            Slot::Running(_) => None,
            Slot::Done(output) => output.take(),
        });
        Poll::Ready(outputs.collect())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::all;
    use std::time::Duration;

    #[tokio::test]
    async fn results_keep_the_order_of_the_futures() {
        let delays = [20, 1, 10];
        let results = all(delays.map(|delay| async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            delay
        }))
        .await;
        assert_eq!(results, delays);
    }

    #[tokio::test]
    async fn nothing_to_wait_for_is_done_at_once() {
        assert!(all(Vec::<std::future::Ready<()>>::new()).await.is_empty());
    }
}
