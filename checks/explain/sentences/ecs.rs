//! Events of ECS services, reasons of stopped tasks, and reasons of a target's health.

use super::Sentence;
use crate::explain::Kind;
use crate::finding::Confidence::{Certain, Likely, Possible};

const fn ecs(
    words: &'static [&'static str],
    what: &'static str,
    causes: &'static [(&'static str, crate::finding::Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::Ecs, what, symptom: None, causes, only: false }
}

const fn health(
    words: &'static [&'static str],
    what: &'static str,
    causes: &'static [(&'static str, crate::finding::Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::TargetHealth, what, symptom: None, causes, only: false }
}

const NO_WAY_OUT: (&str, crate::finding::Confidence, &str) =
    ("image-pull-no-egress", Likely, "the task could not reach the registry or another service of AWS from its subnet");
const NO_IMAGE: (&str, crate::finding::Confidence, &str) =
    ("image-missing-or-denied", Certain, "the registry says that there is no such image, or that the task may not have it");

pub(super) static SENTENCES: &[Sentence] = &[
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    ecs(&["cannotpull", "not found"], "the task could not pull its image: there is none of that name", &[NO_IMAGE]),
    ecs(&["cannotpull", "manifest unknown"], "the task could not pull its image: there is none of that tag", &[NO_IMAGE]),
    ecs(
        &["cannotpull", "pull access denied"],
        "the task could not pull its image: it does not exist, or the task may not have it",
        &[NO_IMAGE],
    ),
    ecs(&["cannotpull", "does not exist"], "the task could not pull its image: there is none of that name", &[NO_IMAGE]),
    ecs(&["cannotpull", "403 forbidden"], "the task could not pull its image: the registry refuses it", &[NO_IMAGE]),
    ecs(&["cannotpull", "not authorized"], "the task could not pull its image: its execution role may not", &[NO_IMAGE]),
    ecs(&["cannotpull", "no basic auth credentials"], "the task could not pull its image: it has no credentials", &[NO_IMAGE]),
    ecs(
        &["cannotpull", "does not contain descriptor matching platform"],
        "the image is for another processor architecture than the task",
        &[("image-missing-or-denied", Likely, "the registry has the image, but not for this platform")],
    ),
    ecs(
        &["cannotpull", "no matching manifest"],
        "the image is for another processor architecture than the task",
        &[("image-missing-or-denied", Likely, "the registry has the image, but not for this platform")],
    ),
    ecs(
        &["cannotpull", "toomanyrequests"],
        "Docker Hub refuses more pulls for now",
        &[("image-missing-or-denied", Possible, "the registry limits how often an address may pull")],
    ),
    ecs(
        &["cannotpull", "unexpected status code"],
        "the task could not pull its image: the registry answered, and not with the image",
        &[(
            "image-missing-or-denied",
            Possible,
            "the registry was reached: the image may not exist, not be allowed, or be pulled too often",
        )],
    ),
    ecs(&["cannotpull", "i/o timeout"], "the task could not reach the registry of its image", &[NO_WAY_OUT]),
    ecs(&["cannotpull", "dial tcp"], "the task could not reach the registry of its image", &[NO_WAY_OUT]),
    ecs(&["cannotpull", "client.timeout exceeded"], "the task could not reach the registry of its image", &[NO_WAY_OUT]),
    ecs(&["cannotpull", "context canceled"], "the task could not reach the registry of its image in time", &[NO_WAY_OUT]),
    ecs(&["cannotpull", "no space left on device"], "the task could not pull its image: its disk is full", &[]).only(),
    ecs(&["cannotpull", "accessdenied"], "the task could not pull its image: its execution role may not", &[NO_IMAGE]),
    ecs(&["cannotpull", "request canceled"], "the task could not reach the registry of its image", &[NO_WAY_OUT]),
    ecs(
        &["cannotpull", "connection issue between the task and the registry"],
        "the task could not reach the registry of its image",
        &[NO_WAY_OUT],
    ),
    ecs(
        &["cannotpull", "error"],
        "the task could not pull its image",
        &[
            ("image-pull-no-egress", Possible, "the task's subnet may have no way to the registry"),
            ("image-missing-or-denied", Possible, "the image may not exist, or the execution role may not pull it"),
        ],
    ),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    ecs(
        &["resourceinitializationerror", "accessdenied"],
        "the task could not get what it needs to start: its execution role may not",
        &[("image-missing-or-denied", Likely, "the execution role lacks a permission")],
    ),
    ecs(
        &["resourceinitializationerror", "is not authorized to perform"],
        "the task could not get what it needs to start: its execution role may not",
        &[("image-missing-or-denied", Likely, "the execution role lacks a permission")],
    ),
    ecs(&["resourceinitializationerror", "i/o timeout"], "the task could not reach a service of AWS", &[NO_WAY_OUT]),
    ecs(&["resourceinitializationerror", "context deadline exceeded"], "the task could not reach a service of AWS", &[NO_WAY_OUT]),
    ecs(
        &["resourceinitializationerror", "check your task network configuration"],
        "the task could not reach a service of AWS",
        &[NO_WAY_OUT],
    ),
    ecs(
        &["resourceinitializationerror", "connection issue between the task and"],
        "the task could not reach a service of AWS",
        &[NO_WAY_OUT],
    ),
    ecs(&["resourceinitializationerror", "send request failed"], "the task could not reach a service of AWS", &[NO_WAY_OUT]),
    // What is named does not exist: no matter of the network.
    ecs(&["resourceinitializationerror", "did not contain json key"], "a secret lacks the key that the task definition names", &[]).only(),
    ecs(&["resourceinitializationerror", "can't find the specified secret"], "there is no secret of the name in the task definition", &[])
        .only(),
    ecs(&["resourceinitializationerror", "invalid parameters:"], "there is no parameter of the name in the task definition", &[]).only(),
    ecs(&["resourceinitializationerror", "log group does not exist"], "the log group of the task does not exist", &[]).only(),
    ecs(&["resourceinitializationerror", "efs"], "the task could not mount its file system", &[]).only(),
    ecs(
        &["resourceinitializationerror", "log group"],
        "the task could not set up its log",
        &[("image-pull-no-egress", Possible, "the task's subnet may have no way to CloudWatch Logs, or the log group does not exist")],
    ),
    ecs(
        &["resourceinitializationerror", "unable to pull secrets or registry auth"],
        "the task could not get its secrets or its registry's credentials",
        &[
            ("image-pull-no-egress", Likely, "usually the task's subnet has no way to ECR, Secrets Manager or Systems Manager"),
            ("image-missing-or-denied", Possible, "the execution role may lack a permission"),
        ],
    ),
    ecs(
        &["resourceinitializationerror"],
        "the task could not get what it needs to start",
        &[
            ("image-pull-no-egress", Possible, "the task's subnet may have no way to a service of AWS"),
            ("image-missing-or-denied", Possible, "the execution role may lack a permission"),
        ],
    ),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    ecs(&["cannotcreatecontainererror"], "the container could not be created", &[("task-exits", Likely, "the container did not start")]),
    ecs(
        &["spot task was interrupted"],
        "AWS took the capacity of a Spot task back",
        &[("service-running-lt-desired", Possible, "until another task runs there is one less")],
    ),
    ecs(
        &["host ec2 (instance"],
        "the instance under the task stopped or was terminated",
        &[("service-running-lt-desired", Possible, "until another task runs there is one less")],
    ),
    ecs(
        &["outofmemoryerror"],
        "the container used more memory than it may",
        &[("task-exits", Certain, "the container was killed for its memory")],
    ),
    ecs(
        &["exec format error"],
        "the image is for another processor architecture than the task",
        &[("task-exits", Likely, "the program cannot run on this processor, so the container ends at once")],
    ),
    ecs(&["cannotstartcontainererror"], "the container could not be started", &[("task-exits", Likely, "the container did not start")]),
    ecs(
        &["essential container in task exited"],
        "a container that the task cannot do without ended",
        &[("task-exits", Certain, "the process ended: its exit code and its log say why")],
    ),
    ecs(
        &["task failed container health checks"],
        "the container's own health check failed, so ECS replaces the task",
        &[("container-health-unhealthy", Certain, "the health check of the task definition failed")],
    ),
    ecs(
        &["task failed elb health checks"],
        "the load balancer's health check failed, so ECS replaces the task",
        &[
            ("service-flapping-health", Certain, "ECS stops tasks whose target is unhealthy"),
            ("grace-period-too-short", Possible, "the task may need longer to start than the health check waits"),
        ],
    ),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html
    health(
        &["health checks failed with these codes: [404"],
        "the targets answer their health check with 404",
        &[
            ("hc-code-mismatch", Certain, "the target answered, and its status is not one that the health check accepts"),
            ("hc-path-missing", Likely, "the application has no such path"),
        ],
    ),
    health(
        &["health checks failed with these codes: [30"],
        "the targets answer their health check with a redirect",
        &[("hc-code-mismatch", Certain, "the target answered, and its status is not one that the health check accepts: it redirects")],
    ),
    health(
        &["health checks failed with these codes"],
        "the targets answer their health check with a status that it does not accept",
        &[
            ("hc-code-mismatch", Certain, "the target answered, and its status is not one that the health check accepts"),
            ("hc-path-missing", Possible, "the path of the health check may not be one that answers well"),
        ],
    ),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    health(
        &["in an availability zone that is not enabled for the load balancer"],
        "a target is in a zone that the load balancer does not use",
        &[("target-az-not-enabled", Certain, "the target's Availability Zone is not enabled for the load balancer")],
    ),
    health(
        &["target group is not configured to receive traffic from the load balancer"],
        "the target's group is attached nowhere",
        &[("tg-not-attached", Certain, "no listener rule uses the target group")],
    ),
    health(
        &["target is in the stopped state"],
        "an instance is stopped",
        &[("target-invalid-state", Certain, "the instance cannot take requests")],
    ),
    health(
        &["target is in the terminated state"],
        "an instance is terminated",
        &[("target-invalid-state", Certain, "the instance cannot take requests")],
    ),
    health(
        &["targethealthdescriptions\": []"],
        "no target is registered in the group",
        &[("tg-empty", Certain, "describe-target-health lists none")],
    ),
    health(
        &["targethealthdescriptions\":[]"],
        "no target is registered in the group",
        &[("tg-empty", Certain, "describe-target-health lists none")],
    ),
    health(
        &["has failed at least the unhealthythreshold number of health checks"],
        "a target fails its health checks, and the event does not say how",
        &[
            ("hc-timeout", Possible, "the target may not answer in time"),
            ("hc-connect-refused", Possible, "the target may refuse the connection"),
            ("hc-code-mismatch", Possible, "the target may answer with a status that the health check does not accept"),
        ],
    ),
    health(
        &["target.responsecodemismatch"],
        "a target answers its health check with a status that it does not accept",
        &[
            ("hc-code-mismatch", Certain, "the target answered, and its status is not one that the health check accepts"),
            ("hc-path-missing", Possible, "the path of the health check may not be one that answers well"),
        ],
    ),
    health(
        &["target.timeout"],
        "a target does not answer its health check in time",
        &[
            ("hc-timeout", Certain, "the health check got no answer in time"),
            ("target-sg-hc-port", Possible, "the target's security group may not admit the load balancer on the health check's port"),
            ("target-sg-traffic-port", Possible, "the target's security group may not admit the load balancer"),
            ("nacl-lb-to-target", Possible, "a network ACL may drop the packets"),
        ],
    ),
    health(
        &["reason request timed out"],
        "the targets do not answer their health check in time",
        &[
            ("hc-timeout", Certain, "the health check got no answer in time"),
            ("target-sg-hc-port", Possible, "the target's security group may not admit the load balancer on the health check's port"),
            ("target-sg-traffic-port", Possible, "the target's security group may not admit the load balancer"),
        ],
    ),
    health(
        &["target.failedhealthchecks"],
        "a target refuses its health check's connection, or answers no HTTP",
        &[
            ("hc-connect-refused", Certain, "the connection failed or the answer was malformed"),
            ("container-port-mismatch", Possible, "the process may listen on another port"),
            ("tg-protocol-https-vs-plain", Possible, "the target group may speak TLS to a container that does not"),
        ],
    ),
    health(
        &["is unhealthy in", "reason health checks failed)"],
        "the targets refuse their health check's connection, or answer no HTTP",
        &[
            ("hc-connect-refused", Likely, "the connection failed or the answer was malformed"),
            ("container-port-mismatch", Possible, "the process may listen on another port"),
            ("tg-protocol-https-vs-plain", Possible, "the target group may speak TLS to a container that does not"),
        ],
    ),
    health(
        &["target.notinuse"],
        "a target is in a zone that the load balancer does not use, or its group is attached nowhere",
        &[
            ("target-az-not-enabled", Possible, "the target's Availability Zone may not be enabled for the load balancer"),
            ("tg-not-attached", Possible, "no listener rule may use the target group"),
        ],
    ),
    health(
        &["target.notregistered"],
        "a target is not registered any more",
        &[("tg-empty", Possible, "a target that is not registered gets no requests")],
    ),
    health(
        &["target.deregistrationinprogress"],
        "a target is on its way out",
        &[("target-draining", Certain, "the target is being deregistered")],
    ),
    health(&["elb.registrationinprogress"], "a target is being registered", &[("target-initial", Certain, "the target is new")]),
    health(&["elb.initialhealthchecking"], "a target is in its first health checks", &[("target-initial", Certain, "the target is new")]),
    health(
        &["target.invalidstate"],
        "an instance is stopped or terminated",
        &[("target-invalid-state", Certain, "the instance cannot take requests")],
    ),
    health(
        &["target.ipunusable"],
        "an address is used by a load balancer and cannot be a target",
        &[("target-ip-unusable", Certain, "the address belongs to a load balancer")],
    ),
    health(
        &["target.healthcheckdisabled"],
        "the health checks are switched off",
        &[("target-health-unavailable", Certain, "nobody checks the target")],
    ),
    health(
        &["elb.internalerror"],
        "the load balancer could not check the target",
        &[("target-health-unavailable", Certain, "an error of the load balancer's own")],
    ),
    ecs(
        &["is unhealthy in", "target-group"],
        "targets of the service are unhealthy",
        &[("service-flapping-health", Likely, "ECS stops tasks whose target is unhealthy")],
    ),
    ecs(&["was unable to place a task"], "ECS found no room for a task", &[("no-capacity", Certain, "the event says what is lacking")]),
    ecs(
        &["capacity is unavailable at this time"],
        "Fargate has no room in the zone for now",
        &[("no-capacity", Certain, "the zone has no capacity")],
    ),
    ecs(
        &["reached the limit on the number of"],
        "a quota is used up",
        &[("no-capacity", Likely, "a quota of the account stops more tasks")],
    ),
    ecs(
        &["ecs was unable to assume the role"],
        "ECS may not use the role of the task or of the service",
        &[("image-missing-or-denied", Possible, "without its execution role a task gets neither image nor secrets")],
    ),
    ecs(
        &["is unable to consistently start tasks successfully"],
        "tasks of the service keep failing to start",
        &[
            ("service-running-lt-desired", Certain, "ECS says that tasks do not stay up"),
            ("task-exits", Possible, "the process may end soon after its start"),
        ],
    ),
    ecs(
        &["deployment failed: tasks failed to start"],
        "a deployment of the service failed",
        &[("deployment-failed", Certain, "the circuit breaker stopped the deployment")],
    ),
    ecs(
        &["ecs deployment circuit breaker"],
        "a deployment of the service failed",
        &[("deployment-failed", Certain, "the circuit breaker stopped the deployment")],
    ),
    ecs(
        &["deployment circuit breaker was triggered"],
        "a deployment of the service failed",
        &[("deployment-failed", Certain, "the circuit breaker stopped the deployment")],
    ),
    ecs(
        &["rolling back to deployment"],
        "a deployment of the service is rolled back",
        &[("deployment-failed", Certain, "the new deployment did not come up")],
    ),
    ecs(
        &["failed to register targets in"],
        "ECS could not register a task in the target group",
        &[
            ("tg-empty", Likely, "a group in which ECS cannot register stays empty, or loses what it has"),
            ("service-role-missing", Possible, "ECS may lack the permission: the event names the error"),
        ],
    ),
    ecs(&["operations are being throttled on elb"], "ECS asks the load balancer too often, and tries again later", &[]),
    ecs(
        &["unable to stop or start tasks during a deployment because of the service deployment configuration"],
        "a deployment cannot go on within the limits that the service sets",
        &[("deployment-failed", Possible, "as long as it cannot, the old tasks stay")],
    ),
    ecs(
        &["has begun draining connections on"],
        "tasks of the service are on their way out",
        &[("target-draining", Possible, "while the last target drains there may be none to take requests")],
    ),
    ecs(&["has reached a steady state"], "the service is as it should be: nothing is wrong in this event", &[]),
    ecs(&["(service ", "has started", "tasks"], "the service starts tasks: nothing is wrong in this event", &[]),
    ecs(&["(service ", "has stopped", "running tasks"], "the service stops tasks: each stopped task says why", &[]),
    ecs(&["scaling activity initiated by"], "the service was scaled or deployed: nothing is wrong in this event", &[]),
    ecs(&["(service ", "deployment completed"], "a deployment is over: nothing is wrong in this event", &[]),
    health(&["targethealthdescriptions", "\"healthy\""], "targets are healthy: nothing is wrong in what is listed", &[]),
    ecs(&["(service ", "registered", "targets in"], "the service registers targets: nothing is wrong in this event", &[]),
];
