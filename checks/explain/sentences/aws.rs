//! What AWS says when it refuses to create or change something. Most of it is not documented but seen in the field, and so at most likely.

use super::Sentence;
use crate::explain::Kind;
use crate::finding::Confidence::{self, Likely, Possible};

pub(super) const fn refused(
    words: &'static [&'static str],
    what: &'static str,
    causes: &'static [(&'static str, Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::AwsError, what, symptom: None, causes, only: false }
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
    // https://github.com/hashicorp/terraform-provider-aws/issues/22590
    refused(
        &["unable to retrieve listener port and load balancer dns name"],
        "API Gateway could not read the listener that the integration names",
        &[
            ("uri-listener-gone", Possible, "the listener may not exist, not exist yet, or have been replaced"),
            ("service-linked-role-missing", Possible, "the role with which API Gateway reads the listener may be missing or new"),
            ("cross-account-or-region", Possible, "the listener may be in another account or Region"),
        ],
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
    // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks-vpclinkid.html
    refused(&["vpclinkstatus\":\"failed\""], "a VPC link failed", &[("vpclink-failed", Likely, "VpcLinkStatusMessage says why")]),
    refused(&["vpclinkstatus\": \"failed\""], "a VPC link failed", &[("vpclink-failed", Likely, "VpcLinkStatusMessage says why")]),
    refused(
        &["vpclinkstatus\":\"inactive\""],
        "a VPC link is inactive",
        &[("vpclink-inactive", Likely, "after 60 days without traffic AWS takes its interfaces away")],
    ),
    refused(
        &["vpclinkstatus\": \"inactive\""],
        "a VPC link is inactive",
        &[("vpclink-inactive", Likely, "after 60 days without traffic AWS takes its interfaces away")],
    ),
    refused(
        &["vpclinkstatus\":\"pending\""],
        "a VPC link is being made",
        &[("vpclink-pending", Likely, "until it is available nothing passes")],
    ),
    refused(
        &["vpclinkstatus\": \"pending\""],
        "a VPC link is being made",
        &[("vpclink-pending", Likely, "until it is available nothing passes")],
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
    // https://github.com/hashicorp/terraform-provider-aws/issues/12195
    refused(&["cannot delete vpc link", "is referenced in"], "a VPC link that integrations use cannot be deleted", &[]).only(),
    // https://github.com/hashicorp/terraform-provider-aws/issues/12796
    refused(
        &["already associated with another vpc endpoint service"],
        "a Network Load Balancer can serve one VPC link of REST APIs only",
        &[("vpc-link-v1-used", Likely, "links of HTTP APIs know no such limit")],
    ),
    // https://github.com/aws/aws-cli/issues/6363
    refused(&["may only be associated with proxy integrations"], "an HTTP API has proxy integrations only", &[]),
    refused(
        &["the provided certificate does not exist"],
        "there is no such certificate for the custom domain",
        &[("cross-account-or-region", Possible, "the certificate has to be in the domain's account and Region")],
    ),
    refused(&["the domain name you provided already exists"], "the custom domain exists already, perhaps in another account", &[]),
    refused(
        &["invalid stage identifier specified"],
        "there is no stage of that name",
        &[("mapping-wrong-stage", Possible, "a mapping may name a stage that the API does not have")],
    ),
    refused(
        &["insufficient permissions to enable logging"],
        "the access log cannot be switched on: a permission is missing",
        &[("access-log-broken", Possible, "without it the stage writes no log")],
    ),
    refused(
        &["cannot enable logging", "policy document length"],
        "the access log cannot be switched on: the resource policy of CloudWatch Logs is full",
        &[("access-log-broken", Possible, "without it the stage writes no log")],
    ),
    refused(&["exactly one of [destinationarn, format]"], "an access log needs both a destination and a format", &[]),
    refused(&["route with key", "already exists for this api"], "the API has that route already", &[]),
    refused(&["route key is not formatted properly"], "a route key is a method and a path, or $default", &[]),
    refused(
        &["issuer must have a valid discovery endpoint"],
        "API Gateway could not read what the issuer publishes",
        &[("jwt-issuer-unreachable", Likely, "the issuer has to serve /.well-known/openid-configuration to the internet")],
    ),
    refused(
        &["timeout should be between 50 ms and 30000 ms"],
        "an HTTP API waits 30 seconds at most",
        &[("backend-slower-than-30s", Possible, "what takes longer cannot be waited for")],
    ),
    refused(&["unable to complete operation due to concurrent modification"], "two changes met: try again", &[]),
    refused(&["invalid mapping expression"], "a parameter mapping is not valid", &[]),
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
    refused(&["is not authorized to perform:"], "who asks may not do what the message names", &[]),
];
