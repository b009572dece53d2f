//! The network from the JSON that `aws ec2 describe-…`, `aws elbv2 describe-…` and `aws ecs describe-tasks` write.
//!
//! A folder is what one account has in one Region. Which file holds what is told by the keys in it (`Subnets`, `RouteTables`, …), not
//! by its name; a key that no file has is a gap for that folder, and keys of other calls do no harm.

mod balancing;
mod build;
mod interfaces;
mod raw;
mod raw_balancing;
mod raw_instances;
mod reading;
mod tasks;
mod transit;
mod vpc;

use super::Network;
use std::collections::BTreeMap;
use std::fmt;

/// What was described in one Region of one account.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Its name: a Region, or `account-region`.
    pub name: String,
    /// The text of its files, by their names without `.json`.
    pub files: BTreeMap<String, String>,
}

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeError {
    /// The file: `us-east-1/Subnets.json`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The field at which reading stopped; empty where there is none.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for DescribeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, line {}", self.file, self.line)?;
        if !self.field.is_empty() {
            write!(out, ", field {}", self.field)?;
        }
        write!(out, ": {}", self.what)
    }
}

impl std::error::Error for DescribeError {}

impl Network {
    /// The network that these folders describe.
    pub fn from_describe(folders: &[Folder]) -> Result<Network, DescribeError> {
        let mut read = Vec::new();
        for folder in folders {
            let mut raw = raw::Raw::default();
            for (name, text) in &folder.files {
                reading::read(&format!("{}/{name}.json", folder.name), text, &mut raw)?;
            }
            read.push(raw);
        }
        Ok(build::build(read))
    }
}

pub(super) use balancing::tail;
