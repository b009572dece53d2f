//! The network of a Region, for `reach`: every page of every list, and a refusal as a gap.

use super::article::{LB, ec2, query};
use crate::collect::describe::Described;
use crate::collect::replay::{Replay, Script, ok, refused_ec2};
use crate::collect::{CollectError, Silent, describe_network};
use apigw_doctor_checks::reach::{Folder, Network};

const ROUTES: &str = "Action=SearchTransitGatewayRoutes&";

/// A Region with two VPCs (on two pages), one transit gateway route table with a route, one load balancer, and nothing else.
fn region() -> Script {
    let vpc = |id: &str, block: &str| format!("<vpcSet><item><vpcId>{id}</vpcId><cidrBlock>{block}</cidrBlock></item></vpcSet>");
    let first = format!("{}<nextToken>p2</nextToken>", vpc("vpc-1", "10.1.0.0/16"));
    let table = "<transitGatewayRouteTables><item><transitGatewayRouteTableId>tgw-rtb-1</transitGatewayRouteTableId></item></transitGatewayRouteTables>";
    let route = "<routeSet><item><destinationCidrBlock>10.2.0.0/16</destinationCidrBlock><type>static</type><state>active</state></item></routeSet>";
    let empty = [
        ("DescribeSubnets", "subnetSet"),
        ("DescribeSecurityGroups", "securityGroupInfo"),
        ("DescribeNetworkAcls", "networkAclSet"),
        ("DescribeRouteTables", "routeTableSet"),
        ("DescribeNetworkInterfaces", "networkInterfaceSet"),
        ("DescribeInternetGateways", "internetGatewaySet"),
        ("DescribeNatGateways", "natGatewaySet"),
        ("DescribeVpcPeeringConnections", "vpcPeeringConnectionSet"),
        ("DescribeVpcEndpoints", "vpcEndpointSet"),
        ("DescribeTransitGateways", "transitGatewaySet"),
        ("DescribeTransitGatewayAttachments", "transitGatewayAttachments"),
        ("DescribeTransitGatewayVpcAttachments", "transitGatewayVpcAttachments"),
        ("GetTransitGatewayRouteTablePropagations", "transitGatewayRouteTablePropagations"),
    ];
    let balancer = format!(
        "<LoadBalancers><member><LoadBalancerArn>{LB}</LoadBalancerArn><LoadBalancerName>orders</LoadBalancerName><Type>application</Type></member></LoadBalancers>"
    );
    let script = Script::default()
        .on("Action=DescribeVpcs&", [ok(ec2("DescribeVpcs", &first)), ok(ec2("DescribeVpcs", &vpc("vpc-2", "10.2.0.0/16")))])
        .on("Action=DescribeTransitGatewayRouteTables&", [ok(ec2("DescribeTransitGatewayRouteTables", table))])
        .on(ROUTES, [ok(ec2("SearchTransitGatewayRoutes", route))])
        .on("Action=DescribeLoadBalancers&", [ok(query("DescribeLoadBalancers", &balancer))])
        .on("Action=DescribeListeners&", [ok(query("DescribeListeners", "<Listeners/>"))])
        .on("Action=DescribeLoadBalancerAttributes&", [ok(query("DescribeLoadBalancerAttributes", "<Attributes/>"))])
        .on("Action=DescribeTargetGroups&", [ok(query("DescribeTargetGroups", "<TargetGroups/>"))]);
    let nothing = |tag: &str, operation: &str| [ok(ec2(operation, &format!("<{tag}/>")))];
    empty.into_iter().fold(script, |script, (operation, tag)| script.on(&format!("Action={operation}&"), nothing(tag, operation)))
}

async fn described(script: Script) -> Described {
    describe_network(&Replay::start(script).session(), &[], &Silent).await.expect("somebody answers")
}

#[tokio::test]
async fn every_list_of_a_region_is_read_and_the_engine_understands_it() {
    let replay = Replay::start(region());
    let described = describe_network(&replay.session(), &[], &Silent).await.expect("somebody answers");
    assert!(described.unread.is_empty(), "{:?}", described.unread);
    assert!(described.files["Vpcs"].contains("vpc-1") && described.files["Vpcs"].contains("vpc-2"), "{}", described.files["Vpcs"]);
    assert!(described.files["TransitGatewayRoutes"].contains("10.2.0.0/16"), "{}", described.files["TransitGatewayRoutes"]);
    assert!(described.files["LoadBalancerListeners"].contains(LB), "{}", described.files["LoadBalancerListeners"]);
    assert_eq!(replay.count("NextToken=p2"), 1);
    assert_eq!(described.files.len(), 22, "{:?}", described.files.keys());
    Network::from_describe(&[Folder { name: "eu-central-1".to_owned(), files: described.files }]).expect("the engine's own format");
}

#[tokio::test]
async fn a_refused_list_is_no_file_and_names_its_action() {
    let refused = [refused_ec2(403, "UnauthorizedOperation")];
    let described = described(region().on("Action=DescribeNetworkAcls&", refused.clone()).on(ROUTES, refused)).await;
    assert_eq!(
        described.unread,
        [
            "the network ACLs: not allowed: ec2:DescribeNetworkAcls",
            "the routes of transit gateways: not allowed: ec2:SearchTransitGatewayRoutes"
        ]
    );
    assert!(!described.files.contains_key("NetworkAcls") && !described.files.contains_key("TransitGatewayRoutes"));
    assert!(described.files.contains_key("Subnets") && described.files.contains_key("TransitGatewayPropagations"));
}

#[tokio::test]
async fn half_a_route_table_is_none() {
    let cut = "<routeSet><item><destinationCidrBlock>10.2.0.0/16</destinationCidrBlock><type>static</type><state>active</state></item></routeSet>\
               <additionalRoutesAvailable>true</additionalRoutesAvailable>";
    let described = described(region().on(ROUTES, [ok(ec2("SearchTransitGatewayRoutes", cut))])).await;
    assert!(!described.files.contains_key("TransitGatewayRoutes"));
    assert!(described.unread.iter().any(|gap| gap.starts_with("the routes of transit gateways: failed: ")), "{:?}", described.unread);
}

#[tokio::test]
async fn without_credentials_nothing_is_asked_further() {
    let replay = Replay::start(region()).without_credentials();
    let error = describe_network(&replay.session(), &[], &Silent).await.expect_err("nobody may ask");
    assert!(matches!(error, CollectError::NoCredentials { .. }), "{error}");
    assert!(replay.requests().is_empty());
}
