//! The asynchronous runtime: for commands that ask somebody.

use crate::error::Failure;

/// Runs a command to its end.
pub(crate) fn in_runtime(work: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    // rustls panics at run time when two providers are compiled in and none is chosen.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = new().map_err(|error| Failure::internal(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(work);
    // A call in flight must not hold the exit back.
    runtime.shutdown_background();
    outcome
}

fn new() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
