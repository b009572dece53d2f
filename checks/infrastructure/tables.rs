//! What Terraform's AWS provider and CloudFormation call the resources and fields of the model.
//!
//! Sources: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs> and
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>.

use super::locate::Place;
use super::node::Entries;
use super::shapes::{Both, balancing, both, gateway, network, plain, rules, target_group};
use crate::model::deployment::Deployment;
use serde_json::Value;

mod service;
mod vpc;

/// How a field is written.
pub(super) enum Shape {
    /// The same value under another name: Terraform's, CloudFormation's.
    Plain(&'static str, &'static str),
    /// Something else.
    Made(fn(&Value) -> Option<Both>),
}

/// A kind of resource.
pub(super) struct Kind {
    pub(super) part: &'static str,
    pub(super) words: &'static str,
    pub(super) terraform: &'static str,
    pub(super) cloudformation: &'static str,
    fields: &'static [(&'static str, Shape)],
    /// Attributes have free keys.
    attribute: Option<fn(&str, &Value) -> Option<Both>>,
    /// What a new resource says of the one it belongs to.
    pub(super) owner: fn(&Deployment, &Place) -> Both,
    /// Both languages say it with another resource.
    pub(super) silent: bool,
}

impl Kind {
    /// Both spellings of one field; `None` when there is no translation.
    pub(super) fn field(&self, name: &str, value: &Value) -> Option<Both> {
        if let Some(attribute) = self.attribute {
            return attribute(name, value);
        }
        let (_, shape) = self.fields.iter().find(|(field, _)| *field == name)?;
        match shape {
            Shape::Plain(terraform, cloudformation) => Some(plain(terraform, cloudformation, value)),
            Shape::Made(make) => make(value),
        }
    }

    /// The fields of a new resource.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name)
    }
}

/// The kind of a part.
pub(super) fn kind(part: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.part == part)
}

fn nobody(_: &Deployment, _: &Place) -> Both {
    (Entries::new(), Entries::new())
}

fn api(deployment: &Deployment, _: &Place) -> Both {
    both("api_id", "ApiId", deployment.api_id())
}

fn api_and_stage(deployment: &Deployment, place: &Place) -> Both {
    let (terraform, mut cloudformation) = api(deployment, place);
    cloudformation.extend(both("", "StageName", &place.id).1);
    (terraform, cloudformation)
}

fn listener(_: &Deployment, place: &Place) -> Both {
    both("listener_arn", "ListenerArn", place.owner())
}

fn group(_: &Deployment, place: &Place) -> Both {
    both("security_group_id", "GroupId", &place.id)
}

fn function(_: &Deployment, place: &Place) -> Both {
    both("function_name", "FunctionName", place.owner())
}

/// A log group is known by its ARN; both languages want its name.
fn log_group(_: &Deployment, place: &Place) -> Both {
    both("name", "LogGroupName", place.id.split(":log-group:").nth(1).unwrap_or(&place.id))
}

fn domain(_: &Deployment, place: &Place) -> Both {
    both("domain_name", "DomainName", place.owner())
}

/// The beginning of every kind.
const NOTHING: Kind =
    Kind { part: "", words: "", terraform: "", cloudformation: "", fields: &[], attribute: None, owner: nobody, silent: false };

use Shape::{Made, Plain};

static KINDS: &[Kind] = &[
    vpc::ACL_ENTRY,
    vpc::TABLE_ROUTE,
    vpc::VPC_ENDPOINT,
    vpc::SERVICE_LINKED_ROLE,
    Kind {
        part: "api",
        words: "the API",
        terraform: "aws_apigatewayv2_api",
        cloudformation: "AWS::ApiGatewayV2::Api",
        fields: &[
            ("execute_api_disabled", Plain("disable_execute_api_endpoint", "DisableExecuteApiEndpoint")),
            ("ip_address_type", Plain("ip_address_type", "IpAddressType")),
            ("cors", Made(gateway::cors)),
        ],
        ..NOTHING
    },
    Kind {
        part: "stages",
        words: "stage",
        terraform: "aws_apigatewayv2_stage",
        cloudformation: "AWS::ApiGatewayV2::Stage",
        fields: &[
            ("name", Plain("name", "StageName")),
            ("auto_deploy", Plain("auto_deploy", "AutoDeploy")),
            ("default_route_settings", Made(gateway::default_route_settings)),
            ("route_settings", Made(gateway::route_settings)),
            ("variable_names", Made(gateway::stage_variables)),
            ("access_log", Made(gateway::access_log)),
        ],
        owner: api,
        ..NOTHING
    },
    Kind {
        part: "deployed_definitions",
        words: "a deployment to stage",
        terraform: "aws_apigatewayv2_deployment",
        cloudformation: "AWS::ApiGatewayV2::Deployment",
        owner: api_and_stage,
        ..NOTHING
    },
    Kind {
        part: "routes",
        words: "route",
        terraform: "aws_apigatewayv2_route",
        cloudformation: "AWS::ApiGatewayV2::Route",
        fields: &[
            ("key", Plain("route_key", "RouteKey")),
            ("target", Plain("target", "Target")),
            ("authorization_type", Plain("authorization_type", "AuthorizationType")),
            ("authorizer_id", Plain("authorizer_id", "AuthorizerId")),
            ("authorization_scopes", Plain("authorization_scopes", "AuthorizationScopes")),
        ],
        owner: api,
        ..NOTHING
    },
    Kind {
        part: "integrations",
        words: "integration",
        terraform: "aws_apigatewayv2_integration",
        cloudformation: "AWS::ApiGatewayV2::Integration",
        fields: &[
            ("integration_type", Plain("integration_type", "IntegrationType")),
            ("method", Plain("integration_method", "IntegrationMethod")),
            ("uri", Plain("integration_uri", "IntegrationUri")),
            ("connection_type", Plain("connection_type", "ConnectionType")),
            ("connection_id", Plain("connection_id", "ConnectionId")),
            ("tls_config", Made(gateway::tls_config)),
            ("request_parameters", Made(gateway::request_parameters)),
            ("response_parameters", Made(gateway::response_parameters)),
            ("timeout_ms", Plain("timeout_milliseconds", "TimeoutInMillis")),
            ("payload_format_version", Plain("payload_format_version", "PayloadFormatVersion")),
        ],
        owner: api,
        ..NOTHING
    },
    Kind {
        part: "lambda_policies",
        words: "permission for function",
        terraform: "aws_lambda_permission",
        cloudformation: "AWS::Lambda::Permission",
        fields: &[
            ("principal", Plain("principal", "Principal")),
            ("action", Plain("action", "Action")),
            ("source_arn", Plain("source_arn", "SourceArn")),
        ],
        owner: function,
        ..NOTHING
    },
    Kind {
        part: "log_groups",
        words: "log group",
        terraform: "aws_cloudwatch_log_group",
        cloudformation: "AWS::Logs::LogGroup",
        owner: log_group,
        ..NOTHING
    },
    Kind {
        part: "domains",
        words: "domain",
        terraform: "aws_apigatewayv2_domain_name",
        cloudformation: "AWS::ApiGatewayV2::DomainName",
        fields: &[
            ("routing_mode", Plain("routing_mode", "RoutingMode")),
            ("mutual_tls", Made(gateway::mutual_tls)),
            ("configurations", Made(gateway::domain_configurations)),
        ],
        ..NOTHING
    },
    Kind {
        part: "api_mappings",
        words: "API mapping of",
        terraform: "aws_apigatewayv2_api_mapping",
        cloudformation: "AWS::ApiGatewayV2::ApiMapping",
        fields: &[
            ("api_id", Plain("api_id", "ApiId")),
            ("stage", Plain("stage", "Stage")),
            ("key", Plain("api_mapping_key", "ApiMappingKey")),
        ],
        owner: domain,
        ..NOTHING
    },
    Kind {
        part: "vpc_links",
        words: "VPC link",
        terraform: "aws_apigatewayv2_vpc_link",
        cloudformation: "AWS::ApiGatewayV2::VpcLink",
        fields: &[
            ("name", Plain("name", "Name")),
            ("subnet_ids", Plain("subnet_ids", "SubnetIds")),
            ("security_group_ids", Plain("security_group_ids", "SecurityGroupIds")),
        ],
        ..NOTHING
    },
    Kind {
        part: "security_groups",
        words: "security group",
        terraform: "aws_security_group",
        cloudformation: "AWS::EC2::SecurityGroup",
        fields: &[("name", Plain("name", "GroupName")), ("vpc_id", Plain("vpc_id", "VpcId"))],
        ..NOTHING
    },
    Kind {
        part: "ingress",
        words: "an ingress rule of security group",
        terraform: "aws_vpc_security_group_ingress_rule",
        cloudformation: "AWS::EC2::SecurityGroupIngress",
        fields: network::RULE_FIELDS_IN,
        owner: group,
        ..NOTHING
    },
    Kind {
        part: "egress",
        words: "an egress rule of security group",
        terraform: "aws_vpc_security_group_egress_rule",
        cloudformation: "AWS::EC2::SecurityGroupEgress",
        fields: network::RULE_FIELDS_OUT,
        owner: group,
        ..NOTHING
    },
    Kind {
        part: "certificates",
        words: "certificate",
        terraform: "aws_acm_certificate",
        cloudformation: "AWS::CertificateManager::Certificate",
        fields: &[("names", Made(balancing::certificate_names))],
        ..NOTHING
    },
    Kind {
        part: "load_balancers",
        words: "load balancer",
        terraform: "aws_lb",
        cloudformation: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        fields: &[
            ("name", Plain("name", "Name")),
            ("kind", Plain("load_balancer_type", "Type")),
            ("scheme", Made(balancing::scheme)),
            ("zones", Made(balancing::zones)),
            ("security_group_ids", Plain("security_groups", "SecurityGroups")),
            ("ip_address_type", Plain("ip_address_type", "IpAddressType")),
        ],
        ..NOTHING
    },
    Kind {
        part: "load_balancer_attributes",
        words: "load balancer",
        terraform: "aws_lb",
        cloudformation: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        attribute: Some(balancing::load_balancer_attribute),
        ..NOTHING
    },
    Kind {
        part: "listeners",
        words: "listener",
        terraform: "aws_lb_listener",
        cloudformation: "AWS::ElasticLoadBalancingV2::Listener",
        fields: &[
            ("load_balancer_arn", Plain("load_balancer_arn", "LoadBalancerArn")),
            ("port", Plain("port", "Port")),
            ("protocol", Plain("protocol", "Protocol")),
            ("certificate_arns", Made(balancing::default_certificate)),
            ("ssl_policy", Plain("ssl_policy", "SslPolicy")),
            ("mutual_authentication", Made(balancing::mutual_authentication)),
            ("default_actions", Made(rules::default_actions)),
        ],
        ..NOTHING
    },
    Kind {
        part: "listener_attributes",
        words: "listener",
        terraform: "aws_lb_listener",
        cloudformation: "AWS::ElasticLoadBalancingV2::Listener",
        attribute: Some(balancing::listener_attribute),
        ..NOTHING
    },
    Kind {
        part: "listener_certificates",
        words: "a certificate of listener",
        terraform: "aws_lb_listener_certificate",
        cloudformation: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
        fields: &[("", Made(balancing::listed_certificate))],
        owner: listener,
        ..NOTHING
    },
    Kind {
        part: "rules",
        words: "rule",
        terraform: "aws_lb_listener_rule",
        cloudformation: "AWS::ElasticLoadBalancingV2::ListenerRule",
        fields: &[
            ("priority", Plain("priority", "Priority")),
            ("conditions", Made(rules::conditions)),
            ("actions", Made(rules::actions)),
            ("transforms", Made(rules::transforms)),
        ],
        owner: listener,
        ..NOTHING
    },
    Kind {
        part: "target_groups",
        words: "target group",
        terraform: "aws_lb_target_group",
        cloudformation: "AWS::ElasticLoadBalancingV2::TargetGroup",
        fields: target_group::TARGET_GROUP_FIELDS,
        ..NOTHING
    },
    Kind {
        part: "target_group_attributes",
        words: "target group",
        terraform: "aws_lb_target_group",
        cloudformation: "AWS::ElasticLoadBalancingV2::TargetGroup",
        attribute: Some(target_group::target_group_attribute),
        ..NOTHING
    },
    Kind { part: "with_its_resource", silent: true, ..NOTHING },
    service::SERVICE,
    service::SCALABLE_TARGET,
];
