//! The names of ECS tasks and services as ends.

/// What ECS calls a task that is no more.
pub(super) const STOPPED: &str = "STOPPED";

/// The names by which a user may mean a task or a service: its ARN, the tail of that (`task/CLUSTER/ID`), and its id or name alone.
pub(super) struct Names;

impl Names {
    /// All names of what has this ARN.
    pub(super) fn of(arn: &str) -> impl Iterator<Item = &str> {
        let tail = arn.splitn(6, ':').nth(5);
        let last = arn.rsplit('/').next().filter(|last| *last != arn);
        std::iter::once(arn).chain(tail).chain(last)
    }
}

/// Whether a name can only be one of ECS.
pub(super) fn is_of_ecs(name: &str) -> bool {
    let tail = if name.starts_with("arn:") { name.splitn(6, ':').nth(5) } else { Some(name) };
    tail.is_some_and(|tail| tail.starts_with("task/") || tail.starts_with("service/"))
}

#[cfg(test)]
mod tests {
    use super::{Names, is_of_ecs};

    #[test]
    fn a_task_has_three_names() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:task/orders/0123456789abcdef0123456789abcdef";
        let tail = "task/orders/0123456789abcdef0123456789abcdef";
        assert_eq!(Names::of(arn).collect::<Vec<_>>(), [arn, tail, "0123456789abcdef0123456789abcdef"]);
        assert_eq!((is_of_ecs(arn), is_of_ecs(tail), is_of_ecs("service/orders/web")), (true, true, true));
        assert!(
            !["eni-1", "net/orders/0123", "arn:aws:elasticloadbalancing:r:1:loadbalancer/net/a/b", "taskforce"].into_iter().any(is_of_ecs)
        );
    }
}
