//! A door of a target group: whose it is, and what guards it.

use super::health::address;
use crate::model::balancing::{LoadBalancer, Target};
use crate::model::service::Service;
use std::fmt;
use std::rc::Rc;

/// A port of one target, or of the tasks of one service.
pub(crate) struct Door<'a> {
    pub(super) who: Who<'a>,
    pub(super) port: u16,
    /// The groups of each interface that may be meant: an instance can have several.
    pub(super) interfaces: Rc<[&'a [String]]>,
}

/// Whose door it is.
#[derive(Clone, Copy)]
pub(super) enum Who<'a> {
    Target(&'a Target),
    /// An Application Load Balancer, and the target that it is.
    Balancer(&'a Target, &'a LoadBalancer),
    NextTask(&'a Service),
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Target(target) => write!(f, "target {}", address(target)),
            Who::Balancer(_, inner) => write!(f, "load balancer {}", inner.name),
            Who::NextTask(service) => write!(f, "a task of service {}", service.name),
        }
    }
}

impl<'a> Door<'a> {
    /// The target, if it is one.
    pub(super) fn target(&self) -> Option<&'a Target> {
        match self.who {
            Who::Target(target) | Who::Balancer(target, _) => Some(target),
            Who::NextTask(_) => None,
        }
    }

    /// What two doors have in common that say the same.
    pub(super) fn kind(&self) -> Kind<'a> {
        (Rc::clone(&self.interfaces), self.port)
    }
}

/// The groups of the interfaces, and the port.
pub(super) type Kind<'a> = (Rc<[&'a [String]]>, u16);
