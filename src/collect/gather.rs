//! Running several reads side by side, in order, and what one of them tells the others.
//!
//! The futures borrow, so dropping the whole (an interrupt, a fatal first call) ends each of them at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

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

/// Tells whoever still listens.
pub(super) fn say<T>(sender: &UnboundedSender<T>, what: T) {
    // Nobody listens any more once the run has ended early; then there is nobody to tell either.
    drop(sender.send(what));
}

/// Everything that was said, once nobody is left to say more.
pub(super) async fn gathered<T>(mut receiver: UnboundedReceiver<T>) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(item) = receiver.recv().await {
        items.push(item);
    }
    items
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
