//! Every AWS call this program can make, with the IAM action that allows it.
//!
//! `iam-policy` is printed from the parts of the model and the list of `reach`, so that it needs no SDK; the tests below prove that both lists
//! are the same, and those over the wire that no other call is made.

macro_rules! calls {
    ($($variant:ident = $service:literal, $action:literal;)+) => {
        /// A read-only AWS call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each name is AWS's own word for the operation")]
        pub(crate) enum Call { $($variant,)+ }

        impl Call {
            /// Every call.
            #[cfg(test)]
            pub(crate) const ALL: &[Call] = &[$(Call::$variant,)+];

            /// `service:Operation`, as reports name the source of a fact.
            pub(crate) fn label(self) -> &'static str {
                match self { $(Call::$variant => concat!($service, ":", stringify!($variant)),)+ }
            }

            /// The IAM action that allows the call.
            pub(crate) fn action(self) -> &'static str {
                match self { $(Call::$variant => $action,)+ }
            }
        }
    };
}

calls! {
    GetCallerIdentity = "sts", "sts:GetCallerIdentity";
    GetApis = "apigatewayv2", "apigateway:GET";
    GetDomainName = "apigatewayv2", "apigateway:GET";
    GetDomainNames = "apigatewayv2", "apigateway:GET";
    GetApiMappings = "apigatewayv2", "apigateway:GET";
    ListRoutingRules = "apigatewayv2", "apigateway:ListRoutingRules";
    GetApi = "apigatewayv2", "apigateway:GET";
    GetStages = "apigatewayv2", "apigateway:GET";
    GetRoutes = "apigatewayv2", "apigateway:GET";
    GetIntegrations = "apigatewayv2", "apigateway:GET";
    GetVpcLink = "apigatewayv2", "apigateway:GET";
    GetDeployments = "apigatewayv2", "apigateway:GET";
    GetAuthorizers = "apigatewayv2", "apigateway:GET";
    ExportApi = "apigatewayv2", "apigateway:GET";
    DescribeSubnets = "ec2", "ec2:DescribeSubnets";
    DescribeSecurityGroups = "ec2", "ec2:DescribeSecurityGroups";
    DescribeNetworkAcls = "ec2", "ec2:DescribeNetworkAcls";
    DescribeRouteTables = "ec2", "ec2:DescribeRouteTables";
    DescribeNetworkInterfaces = "ec2", "ec2:DescribeNetworkInterfaces";
    DescribeVpcEndpoints = "ec2", "ec2:DescribeVpcEndpoints";
    GetManagedPrefixListEntries = "ec2", "ec2:GetManagedPrefixListEntries";
    DescribeLoadBalancers = "elasticloadbalancing", "elasticloadbalancing:DescribeLoadBalancers";
    DescribeLoadBalancerAttributes = "elasticloadbalancing", "elasticloadbalancing:DescribeLoadBalancerAttributes";
    DescribeListeners = "elasticloadbalancing", "elasticloadbalancing:DescribeListeners";
    DescribeListenerCertificates = "elasticloadbalancing", "elasticloadbalancing:DescribeListenerCertificates";
    DescribeListenerAttributes = "elasticloadbalancing", "elasticloadbalancing:DescribeListenerAttributes";
    DescribeSSLPolicies = "elasticloadbalancing", "elasticloadbalancing:DescribeSSLPolicies";
    DescribeRules = "elasticloadbalancing", "elasticloadbalancing:DescribeRules";
    DescribeTargetGroups = "elasticloadbalancing", "elasticloadbalancing:DescribeTargetGroups";
    DescribeTargetGroupAttributes = "elasticloadbalancing", "elasticloadbalancing:DescribeTargetGroupAttributes";
    DescribeTargetHealth = "elasticloadbalancing", "elasticloadbalancing:DescribeTargetHealth";
    GetWebACLForResource = "wafv2", "wafv2:GetWebACLForResource";
    DescribeCertificate = "acm", "acm:DescribeCertificate";
    GetCertificate = "acm", "acm:GetCertificate";
    GetServerCertificate = "iam", "iam:GetServerCertificate";
    GetRole = "iam", "iam:GetRole";
    ListClusters = "ecs", "ecs:ListClusters";
    ListServices = "ecs", "ecs:ListServices";
    DescribeServices = "ecs", "ecs:DescribeServices";
    DescribeTaskDefinition = "ecs", "ecs:DescribeTaskDefinition";
    ListTasks = "ecs", "ecs:ListTasks";
    DescribeTasks = "ecs", "ecs:DescribeTasks";
    DescribeScalableTargets = "application-autoscaling", "application-autoscaling:DescribeScalableTargets";
    GetService = "servicediscovery", "servicediscovery:GetService";
    GetNamespace = "servicediscovery", "servicediscovery:GetNamespace";
    DiscoverInstances = "servicediscovery", "servicediscovery:DiscoverInstances";
    GetPolicy = "lambda", "lambda:GetPolicy";
    DescribeLogGroups = "logs", "logs:DescribeLogGroups";
    FilterLogEvents = "logs", "logs:FilterLogEvents";
    GetMetricData = "cloudwatch", "cloudwatch:GetMetricData";
    DescribeVpcs = "ec2", "ec2:DescribeVpcs";
    DescribeInternetGateways = "ec2", "ec2:DescribeInternetGateways";
    DescribeNatGateways = "ec2", "ec2:DescribeNatGateways";
    DescribeVpcPeeringConnections = "ec2", "ec2:DescribeVpcPeeringConnections";
    DescribeTransitGateways = "ec2", "ec2:DescribeTransitGateways";
    DescribeTransitGatewayAttachments = "ec2", "ec2:DescribeTransitGatewayAttachments";
    DescribeTransitGatewayVpcAttachments = "ec2", "ec2:DescribeTransitGatewayVpcAttachments";
    DescribeTransitGatewayRouteTables = "ec2", "ec2:DescribeTransitGatewayRouteTables";
    SearchTransitGatewayRoutes = "ec2", "ec2:SearchTransitGatewayRoutes";
    GetTransitGatewayRouteTablePropagations = "ec2", "ec2:GetTransitGatewayRouteTablePropagations";
}

/// `GetWebACLForResource` shows a web ACL, and takes the permission to see one, too.
#[cfg(test)]
const ALONG: &str = "wafv2:GetWebACL";

/// Every IAM action that collection can use, sorted. `sts:GetCallerIdentity` needs no permission; it is listed because it is called.
#[cfg(test)]
pub(crate) const ACTIONS: &[&str] = &[
    "acm:DescribeCertificate",
    "acm:GetCertificate",
    "apigateway:GET",
    "apigateway:ListRoutingRules",
    "application-autoscaling:DescribeScalableTargets",
    "cloudwatch:GetMetricData",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:DescribeTransitGatewayRouteTables",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetTransitGatewayRouteTablePropagations",
    "ec2:SearchTransitGatewayRoutes",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "iam:GetRole",
    "iam:GetServerCertificate",
    "lambda:GetPolicy",
    "logs:DescribeLogGroups",
    "logs:FilterLogEvents",
    "servicediscovery:DiscoverInstances",
    "servicediscovery:GetNamespace",
    "servicediscovery:GetService",
    "sts:GetCallerIdentity",
    "wafv2:GetWebACL",
    "wafv2:GetWebACLForResource",
];

#[cfg(test)]
mod tests {
    use super::{ACTIONS, ALONG, Call};
    use apigw_doctor_checks::model::part::Part;
    use std::collections::BTreeSet;

    #[test]
    fn the_actions_are_those_of_the_calls() {
        let mut of_calls: BTreeSet<&str> = Call::ALL.iter().map(|call| call.action()).collect();
        of_calls.insert(ALONG);
        assert_eq!(of_calls.into_iter().collect::<Vec<_>>(), ACTIONS);
    }

    #[test]
    fn the_actions_are_those_of_the_parts_of_reach_of_records_and_of_naming_the_account() {
        let mut of_parts: BTreeSet<&str> = Part::ALL.iter().flat_map(|part| part.actions().iter().copied()).collect();
        of_parts.extend(crate::reach::ACTIONS);
        of_parts.extend(apigw_doctor_checks::records::ACTIONS);
        of_parts.insert("sts:GetCallerIdentity");
        assert_eq!(of_parts.into_iter().collect::<Vec<_>>(), ACTIONS);
    }

    #[test]
    fn every_call_only_reads() {
        for call in Call::ALL {
            let operation = call.label().split(':').nth(1).expect("a label has two halves");
            assert!(
                ["Get", "Describe", "List", "Export", "Discover", "Search", "Filter"].iter().any(|verb| operation.starts_with(verb)),
                "{operation} does not read"
            );
        }
    }
}
