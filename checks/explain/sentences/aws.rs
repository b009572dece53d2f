//! What AWS says when it refuses to create or change something. Most of it is not documented but seen in the field, and so at most likely.

use super::Sentence;
use crate::explain::Kind;
use crate::finding::Confidence::{self, Likely, Possible};

const fn refused(
    words: &'static [&'static str],
    what: &'static str,
    causes: &'static [(&'static str, Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::AwsError, what, symptom: None, causes }
}

pub(super) static SENTENCES: &[Sentence] = &[
    // https://github.com/anomalyco/sst/issues/5510
    refused(
        &["integration uri should be a valid elb listener arn"],
        "the integration's URI is no listener",
        &[(
            "uri-not-listener-arn",
            Likely,
            "the URI has to be the ARN of a listener or of a Cloud Map service, not of a load balancer or target group",
        )],
    ),
    // https://github.com/hashicorp/terraform-provider-aws/issues/45230
    refused(
        &["nlb arn is malformed"],
        "a VPC link of REST APIs was given a load balancer that it cannot use",
        &[("vpc-link-v1-used", Likely, "aws_api_gateway_vpc_link makes links for REST APIs, which take Network Load Balancers alone")],
    ),
    refused(
        &["integrationtarget is required for vpclinkv2"],
        "an integration of a REST API names a VPC link of version 2",
        &[
            ("wrong-api-kind", Likely, "the API is a REST API"),
            ("vpc-link-v1-used", Possible, "REST APIs and HTTP APIs have links of their own"),
        ],
    ),
    // https://github.com/aws/aws-cdk/issues/13569
    refused(
        &["is in availability zone", "service is not available"],
        "VPC links do not exist in the zone of a subnet",
        &[("vpclink-az-unsupported", Likely, "choose subnets in other zones: the id of the zone counts, not its name")],
    ),
    // https://github.com/aws/aws-cdk/issues/34137
    refused(
        &["for a shared subnet, at least one security-group-id should be provided"],
        "a VPC link in a shared subnet has to have a security group",
        &[("vpclink-no-sg", Likely, "the link names no security group")],
    ),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    refused(
        &["maximum number of vpc links"],
        "the Region's number of VPC links is used up",
        &[("vpclink-quota", Likely, "links can be shared by APIs, and the quota can be raised")],
    ),
    refused(
        &["vpc link", "limit exceeded"],
        "a quota of VPC links is used up",
        &[("vpclink-quota", Likely, "links can be shared by APIs, and the quota can be raised")],
    ),
    refused(
        &["vpclink", "limitexceeded"],
        "a quota of VPC links is used up",
        &[("vpclink-quota", Likely, "links can be shared by APIs, and the quota can be raised")],
    ),
    refused(
        &["createvpclink", "toomanyrequests"],
        "VPC links are created too fast",
        &[("vpclink-quota", Likely, "one link may be created in 15 seconds")],
    ),
    refused(
        &["creating api gateway v2 vpc link", "unexpected state 'failed'"],
        "the VPC link failed",
        &[("vpclink-failed", Likely, "VpcLinkStatusMessage says why")],
    ),
    refused(
        &["vpc link", "unexpected state 'failed'"],
        "the VPC link failed",
        &[("vpclink-failed", Likely, "VpcLinkStatusMessage says why")],
    ),
    refused(
        &["vpc link", "unable to find"],
        "there is no VPC link of that id",
        &[
            ("vpclink-missing", Likely, "the link was deleted, or is one of REST APIs"),
            ("vpc-link-v1-used", Possible, "links of REST APIs are not found here"),
        ],
    ),
    refused(
        &["vpclink", "notfoundexception"],
        "there is no VPC link of that id",
        &[
            ("vpclink-missing", Likely, "the link was deleted, or is one of REST APIs"),
            ("vpc-link-v1-used", Possible, "links of REST APIs are not found here"),
        ],
    ),
    refused(
        &["invalid vpc link"],
        "there is no VPC link of that id",
        &[
            ("vpclink-missing", Likely, "the link was deleted, or is one of REST APIs"),
            ("vpc-link-v1-used", Possible, "links of REST APIs are not found here"),
        ],
    ),
    refused(
        &["insufficient permissions", "listener"],
        "who creates the integration may not read the load balancer, or the listener is in another account",
        &[("cross-account-or-region", Possible, "API, VPC link and load balancer have to be in one account and Region")],
    ),
    refused(
        &["insufficient permissions", "integration"],
        "who creates the integration may not read what it names",
        &[("cross-account-or-region", Possible, "API, VPC link and load balancer have to be in one account and Region")],
    ),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
    refused(
        &["operations on header", "are restricted"],
        "a parameter mapping changes a header that AWS reserves",
        &[("reserved-header-mapping", Likely, "the header is reserved: take another name")],
    ),
    refused(
        &["invalid mapping expression", "header"],
        "a parameter mapping is not valid",
        &[("reserved-header-mapping", Possible, "some headers are reserved, and a $context variable cannot stand everywhere")],
    ),
    refused(
        &["unable to deploy api because no routes exist"],
        "an API without routes cannot be deployed",
        &[
            ("autodeploy-failed", Likely, "the stage keeps its last deployment until there is a route"),
            ("stage-without-deployment", Possible, "without a deployment the stage serves nothing"),
        ],
    ),
    refused(
        &["deployment attempt failed"],
        "the stage's automatic deployment failed",
        &[("autodeploy-failed", Likely, "the message says why")],
    ),
    refused(
        &["referenced by the following routes"],
        "an integration that routes use cannot be deleted",
        &[("route-target-dangling", Possible, "take the routes away first, or route and integration fall apart")],
    ),
    refused(
        &["payloadformatversion", "http_proxy"],
        "an HTTP integration takes payload format version 1.0 only",
        &[("payload-format-version", Likely, "2.0 is for functions")],
    ),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/create-application-load-balancer.html
    refused(
        &["has target type instance", "incompatible with the awsvpc network mode"],
        "tasks with their own address cannot register in a group of instances",
        &[("target-type-instance-awsvpc", Likely, "the target group's type has to be ip")],
    ),
    refused(
        &["has target type ip", "incompatible with the bridge network mode"],
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
    // https://docs.aws.amazon.com/cloud-map/latest/api/API_GetService.html
    refused(
        &["servicenotfound", "servicediscovery"],
        "there is no such Cloud Map service",
        &[("cm-service-deleted", Likely, "the service was deleted: one that is made again has another ARN")],
    ),
    refused(
        &["requestlimitexceeded", "servicediscovery"],
        "Cloud Map was asked too often",
        &[("cm-throttled", Likely, "discovery is limited per account")],
    ),
    refused(
        &["awsserviceroleforapigateway"],
        "the service-linked role of API Gateway is missing or may not be made",
        &[("service-linked-role-missing", Possible, "API Gateway reads listeners and makes interfaces through it")],
    ),
];
