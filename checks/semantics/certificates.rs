//! stub
#![allow(missing_docs)]
use crate::model::certificate::Certificate;
pub fn example_name_for(c: &Certificate) -> Option<String> {
    c.names.first().cloned()
}
