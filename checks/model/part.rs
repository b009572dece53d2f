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
    /// Contents of prefix lists that security groups refer to..
    PrefixLists = "prefix-lists", "the prefix lists", ["ec2:GetManagedPrefixListEntries"];
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
    /// `GetDeployments`.
    Deployments = "deployments", "the API's deployments", ["apigateway:GET"];
    /// `ExportApi`, with and without the stage.
    DeployedDefinition = "deployed-definition", "the definition that the stage serves", ["apigateway:GET"];
    /// `GetAuthorizers`.
    Authorizers = "authorizers", "the authorizers", ["apigateway:GET"];
    /// `GetPolicy` of an authorizer's function.
    LambdaPolicies = "lambda-policies", "the policy of the authorizer's function", ["lambda:GetPolicy"];
    /// `GetDomainNames`.
    Domains = "domains", "the custom domain names", ["apigateway:GET"];
    /// The status in `GetDomainNames`.
    DomainState = "domain-state", "the state of the custom domain name", ["apigateway:GET"];
    /// `GetApiMappings`.
    ApiMappings = "api-mappings", "the mappings of the custom domain name", ["apigateway:GET"];
    /// `ListRoutingRules`.
    RoutingRules = "routing-rules", "the routing rules of the custom domain name", ["apigateway:GET", "apigateway:ListRoutingRules"];
    /// `DescribeVpcEndpoints`.
    VpcEndpoints = "vpc-endpoints", "the VPC endpoints", ["ec2:DescribeVpcEndpoints"];
    /// `DescribeListenerAttributes`.
    ListenerAttributes = "listener-attributes", "the listener's attributes", ["elasticloadbalancing:DescribeListenerAttributes"];
    /// `DescribeSSLPolicies`.
    SslPolicies = "ssl-policies", "the listener's security policy", ["elasticloadbalancing:DescribeSSLPolicies"];
    /// `GetWebACLForResource`.
    WebAcls = "web-acls", "the load balancer's web ACL", ["wafv2:GetWebACLForResource", "wafv2:GetWebACL"];
    /// `DescribeLogGroups`.
    LogGroups = "log-groups", "the log group of the access log", ["logs:DescribeLogGroups"];
    /// `GetRole`.
    ServiceLinkedRoles = "service-linked-roles", "the service-linked roles", ["iam:GetRole"];
    /// `ListTasks` and `DescribeTasks`.
    Tasks = "tasks", "the tasks of the ECS service", ["ecs:ListTasks", "ecs:DescribeTasks"];
    /// `DescribeScalableTargets`.
    ScalableTargets = "scalable-targets", "the service's scaling bounds", ["application-autoscaling:DescribeScalableTargets"];
    /// `GetService` and `GetNamespace`.
    CloudMapServices = "cloud-map-services", "the Cloud Map service", ["servicediscovery:GetService", "servicediscovery:GetNamespace"];
    /// `DiscoverInstances`.
    CloudMapInstances = "cloud-map-instances", "the instances in Cloud Map", ["servicediscovery:DiscoverInstances"];
}

impl Part {
    /// True for a read that is a help and no more: when it is refused, its check is `unknown` and the run does not fail for it.
    pub fn is_optional(self) -> bool {
        matches!(self, Part::LambdaPolicies | Part::WebAcls | Part::LogGroups | Part::ServiceLinkedRoles | Part::ScalableTargets)
    }
}
