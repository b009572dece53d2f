//! What Elastic Load Balancing, and ECS about it, say when they refuse to create or change something.

use super::Sentence;
use super::aws::refused;
use crate::finding::Confidence::{Likely, Possible};

pub(super) static SENTENCES: &[Sentence] = &[
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/create-application-load-balancer.html
    refused(
        &["target type instance", "incompatible with the awsvpc network mode"],
        "tasks with their own address cannot register in a group of instances",
        &[("target-type-instance-awsvpc", Likely, "the target group's type has to be ip")],
    ),
    refused(
        &["target type ip", "incompatible with the bridge network mode"],
        "tasks without their own address cannot register in a group of addresses",
        &[("target-type-ip-bridge", Likely, "the target group's type has to be instance")],
    ),
    refused(
        &["has target type", "incompatible with the", "network mode"],
        "target type and network mode do not fit",
        &[
            ("target-type-instance-awsvpc", Possible, "awsvpc needs ip"),
            ("target-type-ip-bridge", Possible, "bridge and host need instance"),
        ],
    ),
    // https://github.com/hashicorp/terraform/issues/32908
    refused(
        &["does not have an associated load balancer"],
        "the target group is attached to no load balancer",
        &[("tg-not-attached", Likely, "a listener rule has to use the group before a service may register in it")],
    ),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
    refused(
        &["the container", "does not exist in the task definition"],
        "the service names a container that the task definition does not have",
        &[("container-name-mismatch", Likely, "containerName has to be that of the task definition")],
    ),
    refused(
        &["did not have a container port"],
        "the service names a port that the container does not have",
        &[("container-port-mismatch", Likely, "containerPort has to be one of the container's portMappings")],
    ),
    refused(
        &["unable to assume the service linked role"],
        "the service-linked role of ECS is missing",
        &[("service-role-missing", Likely, "ECS registers targets through AWSServiceRoleForECS")],
    ),
    // https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1045
    refused(
        &["target group", "is in a different vpc than load balancer"],
        "target group and load balancer are in different VPCs",
        &[("tg-not-attached", Possible, "as long as they are, no rule can use the group")],
    ),
    refused(
        &["security group", "does not belong to vpc"],
        "a security group of another VPC was named",
        &[("vpclink-vpc-differs-from-lb", Possible, "subnets, security groups and load balancer may come from different VPCs")],
    ),
    // https://github.com/hashicorp/terraform-provider-aws/issues/41789
    refused(
        &["must have a fully-qualified domain name, a supported signature, and a supported key size"],
        "the load balancer does not take the certificate",
        &[("lb-cert-key-or-alg", Possible, "its key or signature is not supported, it names no domain, or ACM has not issued it yet")],
    ),
    refused(
        &["certificatenotfound"],
        "there is no such certificate in the load balancer's account and Region",
        &[("cross-account-or-region", Possible, "a certificate has to be in the load balancer's Region")],
    ),
    refused(&["a certificate must be specified for https listeners"], "an HTTPS listener has to have a certificate", &[]),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html
    refused(
        &["listenernotfound"],
        "there is no such listener",
        &[("uri-listener-gone", Likely, "the listener was deleted: one that is made again has another ARN")],
    ),
    refused(
        &["one or more listeners not found"],
        "there is no such listener",
        &[("uri-listener-gone", Likely, "the listener was deleted: one that is made again has another ARN")],
    ),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    refused(
        &["cannot be associated with more than one load balancer"],
        "a target group belongs to one load balancer, and another one has this one",
        &[],
    ),
    refused(&["targetgroupassociationlimit"], "a target group belongs to one load balancer, and another one has this one", &[]),
    refused(&["duplicatelistener"], "the load balancer has a listener on that port already", &[]),
    refused(&["a listener already exists on this port"], "the load balancer has a listener on that port already", &[]),
    refused(&["incompatibleprotocols"], "listener and target group speak protocols that do not go together", &[]),
    refused(&["target group protocol", "are incompatible"], "listener and target group speak protocols that do not go together", &[]),
    refused(
        &["unsupportedcertificate"],
        "the load balancer does not take the certificate",
        &[("lb-cert-key-or-alg", Possible, "its key or signature is not supported, it names no domain, or ACM has not issued it yet")],
    ),
    refused(&["sslpolicynotfound"], "there is no such security policy for listeners", &[]),
    refused(&["toomanycertificates"], "the listener has as many certificates as it may", &[]),
    refused(&["toomanylisteners"], "the load balancer has as many listeners as it may", &[]),
    refused(&["targetgroupnotfound"], "there is no such target group", &[]),
    refused(
        &["loadbalancernotfound"],
        "there is no such load balancer",
        &[("uri-listener-gone", Possible, "its listeners went with it: those of a new one have other ARNs")],
    ),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    refused(&["priorityinuse"], "another rule of the listener has this priority", &[]),
    refused(&["toomanyrules"], "the load balancer has as many rules as it may", &[]),
    refused(&["toomanyuniquetargetgroups"], "the load balancer uses as many target groups as it may", &[]),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    refused(&["at least two subnets in two different availability zones"], "an Application Load Balancer needs two zones", &[]),
    refused(
        &["has no internet gateway"],
        "an internet-facing load balancer needs an internet gateway",
        &[("lb-internet-facing", Possible, "behind a VPC link the load balancer has to be internal, which needs none")],
    ),
    refused(
        &["not enough ip space available in subnet"],
        "a subnet has too few free addresses for the load balancer",
        &[("lb-subnet-exhausted", Likely, "a load balancer wants eight free addresses in each subnet")],
    ),
    refused(&["toomanyloadbalancers"], "the Region has as many load balancers as it may", &[]),
    refused(&["toomanytargetgroups"], "the Region has as many target groups as it may", &[]),
    refused(&["cannot be deleted because deletion protection is enabled"], "the load balancer is protected from deletion", &[]),
    refused(
        &["cannot be deleted because it is currently associated with another service"],
        "something else holds on to the load balancer",
        &[("vpc-link-v1-used", Possible, "a VPC link of REST APIs holds on to its Network Load Balancer")],
    ),
    refused(&["is currently in use by a listener or a rule"], "a target group that rules use cannot be deleted", &[]),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html
    refused(
        &["are not in a running state and cannot be registered"],
        "an instance that does not run cannot be registered",
        &[("target-invalid-state", Likely, "the instance cannot take requests")],
    ),
    refused(&["must have the availabilityzone set to 'all'"], "an address outside of the VPC has to be registered for all zones", &[]),
    refused(&["toomanytargets"], "the target group has as many targets as it may", &[]),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
    refused(
        &["values for 'containername' and 'containerport' must be specified"],
        "a service registry has to name container and port",
        &[("cm-registry-port-missing", Likely, "without awsvpc the tasks' addresses are the instances', and the port has to be told")],
    ),
    refused(&["creation of service was not idempotent"], "a service of that name exists already and is another one", &[]),
];
