//! Benchmarks of the judging crate; see the files beside this one.
