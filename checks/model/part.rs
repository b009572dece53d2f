//! The pieces of a deployment, each read by one or two AWS calls.

macro_rules! parts {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $words:literal, [$($action:literal),*];)+) => {
        /// A piece of the deployment.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Part { $($(#[doc = $doc])+ $variant,)+ }

        impl Part {
            /// Every part, in the order of the chain.
            pub const ALL: &[Part] = &[$(Part::$variant,)+];
            /// The name used in JSON.
            pub fn name(self) -> &'static str { match self { $(Part::$variant => $name,)+ } }
            /// The words used in a sentence.
            pub fn words(self) -> &'static str { match self { $(Part::$variant => $words,)+ } }
            /// The IAM actions that read it.
            pub fn actions(self) -> &'static [&'static str] { match self { $(Part::$variant => &[$($action),*],)+ } }
        }
    };
}

parts! {
    /// `GetApi`.
    Api = "api", "the API", ["apigateway:GET"];
    /// `GetStages`.
    Stages = "stages", "the stages", ["apigateway:GET"];
    /// `GetRoutes`.
    Routes = "routes", "the routes", ["apigateway:GET"];
    /// `GetIntegrations`.
    Integrations = "integrations", "the integrations", ["apigateway:GET"];
    /// `GetVpcLink`, without its state.
    VpcLinks = "vpc-links", "the VPC link", ["apigateway:GET"];
    /// State and status message of a VPC link: an observation.
    VpcLinkState = "vpc-link-state", "the state of the VPC link", ["apigateway:GET"];
    /// `DescribeSubnets` of the VPCs involved.
    Subnets = "subnets", "the subnets", ["ec2:DescribeSubnets"];
    /// `DescribeSecurityGroups` of the VPCs involved.
    SecurityGroups = "security-groups", "the security groups", ["ec2:DescribeSecurityGroups"];
    /// `DescribeNetworkAcls` of the VPCs involved.
    NetworkAcls = "network-acls", "the network ACLs", ["ec2:DescribeNetworkAcls"];
    /// `DescribeRouteTables` of the VPCs involved.
    RouteTables = "route-tables", "the route tables", ["ec2:DescribeRouteTables"];
    /// `DescribeNetworkInterfaces` of the VPC links, load balancer nodes and targets.
    NetworkInterfaces = "network-interfaces", "the network interfaces", ["ec2:DescribeNetworkInterfaces"];
    /// Contents of prefix lists that security groups refer to. Not read in this version.
    PrefixLists = "prefix-lists", "the prefix lists", [];
    /// `DescribeLoadBalancers`.
    LoadBalancers = "load-balancers", "the load balancer", ["elasticloadbalancing:DescribeLoadBalancers"];
    /// State of a load balancer: an observation.
    LoadBalancerState = "load-balancer-state", "the state of the load balancer", ["elasticloadbalancing:DescribeLoadBalancers"];
    /// `DescribeLoadBalancerAttributes`.
    LoadBalancerAttributes = "load-balancer-attributes", "the load balancer's attributes", ["elasticloadbalancing:DescribeLoadBalancerAttributes"];
    /// `DescribeListeners`.
    Listeners = "listeners", "the listener", ["elasticloadbalancing:DescribeListeners"];
    /// `DescribeListenerCertificates`.
    ListenerCertificates = "listener-certificates", "the listener's certificate list", ["elasticloadbalancing:DescribeListenerCertificates"];
    /// `acm:DescribeCertificate` with `acm:GetCertificate`, or `iam:GetServerCertificate`.
    Certificates = "certificates", "the listener's certificates", ["acm:DescribeCertificate", "acm:GetCertificate", "iam:GetServerCertificate"];
    /// `DescribeRules`.
    Rules = "rules", "the listener's rules", ["elasticloadbalancing:DescribeRules"];
    /// `DescribeTargetGroups`.
    TargetGroups = "target-groups", "the target groups", ["elasticloadbalancing:DescribeTargetGroups"];
    /// `DescribeTargetGroupAttributes`.
    TargetGroupAttributes = "target-group-attributes", "the target group's attributes", ["elasticloadbalancing:DescribeTargetGroupAttributes"];
    /// `DescribeTargetHealth`: registered targets and their health: an observation.
    TargetHealth = "target-health", "the registered targets and their health", ["elasticloadbalancing:DescribeTargetHealth"];
    /// `ListClusters`, `ListServices`, `DescribeServices`, without counts.
    Services = "services", "the ECS services", ["ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"];
    /// Counts, events and deployments of ECS services: an observation.
    ServiceState = "service-state", "the counts of the ECS service", ["ecs:DescribeServices"];
    /// `DescribeTaskDefinition`.
    TaskDefinitions = "task-definitions", "the task definition", ["ecs:DescribeTaskDefinition"];
}
