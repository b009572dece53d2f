//! The AWS calls that facts are read from, as evidence names them: `service:Operation`.
#![allow(missing_docs, reason = "each constant is the call it names")]

pub const GET_API: &str = "apigatewayv2:GetApi";
pub const GET_STAGES: &str = "apigatewayv2:GetStages";
pub const GET_ROUTES: &str = "apigatewayv2:GetRoutes";
pub const GET_INTEGRATIONS: &str = "apigatewayv2:GetIntegrations";
pub const GET_AUTHORIZERS: &str = "apigatewayv2:GetAuthorizers";
pub const GET_DEPLOYMENTS: &str = "apigatewayv2:GetDeployments";
pub const EXPORT_API: &str = "apigatewayv2:ExportApi";
pub const GET_VPC_LINK: &str = "apigatewayv2:GetVpcLink";
pub const DESCRIBE_SUBNETS: &str = "ec2:DescribeSubnets";
pub const DESCRIBE_SECURITY_GROUPS: &str = "ec2:DescribeSecurityGroups";
pub const DESCRIBE_NETWORK_ACLS: &str = "ec2:DescribeNetworkAcls";
pub const DESCRIBE_ROUTE_TABLES: &str = "ec2:DescribeRouteTables";
pub const DESCRIBE_NETWORK_INTERFACES: &str = "ec2:DescribeNetworkInterfaces";
pub const DESCRIBE_LOAD_BALANCERS: &str = "elasticloadbalancing:DescribeLoadBalancers";
pub const DESCRIBE_LOAD_BALANCER_ATTRIBUTES: &str = "elasticloadbalancing:DescribeLoadBalancerAttributes";
pub const DESCRIBE_LISTENERS: &str = "elasticloadbalancing:DescribeListeners";
pub const DESCRIBE_LISTENER_CERTIFICATES: &str = "elasticloadbalancing:DescribeListenerCertificates";
pub const DESCRIBE_RULES: &str = "elasticloadbalancing:DescribeRules";
pub const DESCRIBE_TARGET_GROUPS: &str = "elasticloadbalancing:DescribeTargetGroups";
pub const DESCRIBE_TARGET_GROUP_ATTRIBUTES: &str = "elasticloadbalancing:DescribeTargetGroupAttributes";
pub const DESCRIBE_TARGET_HEALTH: &str = "elasticloadbalancing:DescribeTargetHealth";
pub const GET_CERTIFICATE: &str = "acm:GetCertificate";
pub const DESCRIBE_CERTIFICATE: &str = "acm:DescribeCertificate";
pub const GET_SERVER_CERTIFICATE: &str = "iam:GetServerCertificate";
pub const DESCRIBE_SERVICES: &str = "ecs:DescribeServices";
pub const DESCRIBE_TASK_DEFINITION: &str = "ecs:DescribeTaskDefinition";
pub const GET_ROLE: &str = "iam:GetRole";
pub const GET_POLICY: &str = "lambda:GetPolicy";
pub const DESCRIBE_LOG_GROUPS: &str = "logs:DescribeLogGroups";
pub const DESCRIBE_TASKS: &str = "ecs:DescribeTasks";
pub const DESCRIBE_SCALABLE_TARGETS: &str = "application-autoscaling:DescribeScalableTargets";
pub const GET_SERVICE: &str = "servicediscovery:GetService";
pub const DISCOVER_INSTANCES: &str = "servicediscovery:DiscoverInstances";
/// A fact about the request itself, not read from AWS.
pub const REQUEST: &str = "the request";
