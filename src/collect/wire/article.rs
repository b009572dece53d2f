//! The deployment of the article as AWS answers: an API, a VPC link, an internal load balancer with an HTTPS listener and
//! its HTTP neighbour, a target group with one task behind it, and an ECS service.

use crate::collect::replay::{Script, ok};

pub(super) const API: &str = "a1b2c3d4e5";
pub(super) const LB: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/orders/50dc6c495c0c9188";
pub(super) const LISTENER: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2";
pub(super) const NEIGHBOUR: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/orders/50dc6c495c0c9188/0000000000000080";
pub(super) const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/73e2d6bc24d8a067";
pub(super) const CERTIFICATE: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";
pub(super) const CLUSTER: &str = "arn:aws:ecs:eu-central-1:123456789012:cluster/orders";
pub(super) const SERVICE: &str = "arn:aws:ecs:eu-central-1:123456789012:service/orders/web";
pub(super) const TASK: &str = "arn:aws:ecs:eu-central-1:123456789012:task/orders/0123456789abcdef";
pub(super) const POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";
pub(super) const TASKS: &str = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:1";

/// Pieces that tell requests apart.
pub(super) const GET_API: &str = "GET /v2/apis/a1b2c3d4e5 ";
pub(super) const GET_STAGES: &str = "GET /v2/apis/a1b2c3d4e5/stages";
pub(super) const GET_ROUTES: &str = "GET /v2/apis/a1b2c3d4e5/routes";
pub(super) const GET_INTEGRATIONS: &str = "GET /v2/apis/a1b2c3d4e5/integrations";
pub(super) const GET_DEPLOYMENTS: &str = "GET /v2/apis/a1b2c3d4e5/deployments";
pub(super) const GET_AUTHORIZERS: &str = "GET /v2/apis/a1b2c3d4e5/authorizers";
pub(super) const GET_DOMAINS: &str = "GET /v2/domainnames ";
pub(super) const RUNNING: &str = "\"desiredStatus\":\"RUNNING\"";
pub(super) const STOPPED: &str = "\"desiredStatus\":\"STOPPED\"";
pub(super) const LISTENERS: &str = "Action=DescribeListeners&";

/// Every answer of a healthy deployment.
pub(super) fn article() -> Script {
    extras(services(network(balancing(gateway(Script::default())))))
}

/// The integration, in JSON, with another URI.
pub(super) fn integration(uri: &str) -> String {
    format!(
        r#"{{"items":[{{"integrationId":"int1","integrationType":"HTTP_PROXY","integrationMethod":"ANY","integrationUri":"{uri}",
        "connectionType":"VPC_LINK","connectionId":"link1","tlsConfig":{{"serverNameToVerify":"api.internal.example.com"}},
        "requestParameters":{{"overwrite:path":"$request.path"}},"timeoutInMillis":30000,"payloadFormatVersion":"1.0"}}]}}"#
    )
}

fn gateway(script: Script) -> Script {
    script
        .on(
            GET_API,
            [ok(r#"{"apiId":"a1b2c3d4e5","name":"orders","protocolType":"HTTP",
                "apiEndpoint":"https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com","disableExecuteApiEndpoint":false,
                "routeSelectionExpression":"$request.method $request.path"}"#)],
        )
        .on(GET_STAGES, [ok(r#"{"items":[{"stageName":"$default","autoDeploy":true,"deploymentId":"d1"}]}"#)])
        .on(
            GET_ROUTES,
            [ok(r#"{"items":[{"routeId":"r1","routeKey":"ANY /{proxy+}","target":"integrations/int1","authorizationType":"NONE"}]}"#)],
        )
        .on(GET_INTEGRATIONS, [ok(integration(LISTENER))])
        .on(
            GET_DEPLOYMENTS,
            [ok(r#"{"items":[{"deploymentId":"d1","deploymentStatus":"DEPLOYED","autoDeployed":true,"createdDate":"2026-11-20T08:05:00Z"}]}"#)],
        )
        .on(GET_AUTHORIZERS, [ok(r#"{"items":[]}"#)])
        .on(GET_DOMAINS, [ok(r#"{"items":[]}"#)])
        .on(
            "GET /v2/vpclinks/link1",
            [ok(r#"{"vpcLinkId":"link1","name":"orders","subnetIds":["subnet-a","subnet-b"],"securityGroupIds":["sg-link"],
                "vpcLinkStatus":"AVAILABLE","vpcLinkVersion":"V2"}"#)],
        )
        .on(
            "Action=GetCallerIdentity",
            [ok("<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")],
        )
}

/// A listener in XML.
pub(super) fn listener(arn: &str, protocol: &str, port: u16, certificates: &str, action: &str) -> String {
    format!(
        "<member><ListenerArn>{arn}</ListenerArn><LoadBalancerArn>{LB}</LoadBalancerArn><Protocol>{protocol}</Protocol><Port>{port}</Port>\
         {certificates}<DefaultActions><member>{action}</member></DefaultActions></member>"
    )
}

/// The answer of a query service to one operation.
pub(super) fn query(operation: &str, result: &str) -> String {
    format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>")
}

/// The answer of EC2 to one operation.
pub(super) fn ec2(operation: &str, result: &str) -> String {
    format!("<{operation}Response>{result}</{operation}Response>")
}

/// The HTTPS listener that the integration names.
pub(super) fn https() -> String {
    let certificates = format!("<Certificates><member><CertificateArn>{CERTIFICATE}</CertificateArn></member></Certificates>");
    listener(LISTENER, "HTTPS", 443, &format!("{certificates}<SslPolicy>{POLICY}</SslPolicy>"), &forward())
}

fn forward() -> String {
    format!("<Type>forward</Type><TargetGroupArn>{GROUP}</TargetGroupArn>")
}

/// A rule in XML.
pub(super) fn rule(id: &str, priority: &str) -> String {
    format!(
        "<member><RuleArn>{id}</RuleArn><Priority>{priority}</Priority><Conditions/><Actions><member>{}</member></Actions></member>",
        forward()
    )
}

/// A load balancer in XML.
pub(super) fn load_balancer(arn: &str, kind: &str) -> String {
    format!(
        "<LoadBalancers><member><LoadBalancerArn>{arn}</LoadBalancerArn><LoadBalancerName>orders</LoadBalancerName>\
         <DNSName>internal-orders-1.eu-central-1.elb.amazonaws.com</DNSName><Type>{kind}</Type><Scheme>internal</Scheme>\
         <VpcId>vpc-1</VpcId><State><Code>active</Code></State><SecurityGroups><member>sg-lb</member></SecurityGroups>\
         <AvailabilityZones><member><ZoneName>eu-central-1a</ZoneName><SubnetId>subnet-a</SubnetId></member>\
         <member><ZoneName>eu-central-1b</ZoneName><SubnetId>subnet-b</SubnetId></member></AvailabilityZones></member></LoadBalancers>"
    )
}

fn balancing(script: Script) -> Script {
    let redirect = "<Type>redirect</Type><RedirectConfig><StatusCode>HTTP_301</StatusCode><Protocol>HTTPS</Protocol></RedirectConfig>";
    let neighbour = listener(NEIGHBOUR, "HTTP", 80, "", redirect);
    let attributes = "<Attributes><member><Key>routing.http.desync_mitigation_mode</Key><Value>defensive</Value></member>\
        <member><Key>access_logs.s3.bucket</Key><Value/></member></Attributes>";
    let certificates =
        format!("<Certificates><member><CertificateArn>{CERTIFICATE}</CertificateArn><IsDefault>true</IsDefault></member></Certificates>");
    let target = "<TargetHealthDescriptions><member><Target><Id>10.0.1.20</Id><Port>8080</Port><AvailabilityZone>eu-central-1a</AvailabilityZone>\
        </Target><HealthCheckPort>8080</HealthCheckPort><TargetHealth><State>healthy</State></TargetHealth></member></TargetHealthDescriptions>";
    script
        .on(LISTENERS, [ok(query("DescribeListeners", &format!("<Listeners>{neighbour}{}</Listeners>", https())))])
        .on("Action=DescribeLoadBalancers&", [ok(query("DescribeLoadBalancers", &load_balancer(LB, "application")))])
        .on("Action=DescribeLoadBalancerAttributes&", [ok(query("DescribeLoadBalancerAttributes", attributes))])
        .on("Action=DescribeListenerCertificates&", [ok(query("DescribeListenerCertificates", &certificates))])
        .on("Action=DescribeListenerAttributes&", [ok(query("DescribeListenerAttributes", attributes))])
        .on("Action=DescribeSSLPolicies&", [ok(query("DescribeSSLPolicies", &ssl_policies()))])
        .on("Action=DescribeRules&", [ok(query("DescribeRules", &format!("<Rules>{}</Rules>", rule("rule-default", "default"))))])
        .on("Action=DescribeTargetGroups&", [ok(query("DescribeTargetGroups", &format!("<TargetGroups>{}</TargetGroups>", group(GROUP))))])
        .on("Action=DescribeTargetGroupAttributes&", [ok(query("DescribeTargetGroupAttributes", attributes))])
        .on("Action=DescribeTargetHealth&", [ok(query("DescribeTargetHealth", target))])
        .on(
            "CertificateManager.DescribeCertificate",
            [ok(format!(
                r#"{{"Certificate":{{"CertificateArn":"{CERTIFICATE}","DomainName":"api.internal.example.com","Type":"AMAZON_ISSUED",
                "SubjectAlternativeNames":["api.internal.example.com"],"Status":"ISSUED","NotBefore":1790000000,"NotAfter":1820000000}}}}"#
            ))],
        )
        .on("CertificateManager.GetCertificate", [ok(r#"{"Certificate":"not parsed here","CertificateChain":"nor this"}"#)])
}

fn ssl_policies() -> String {
    let protocols = "<SslProtocols><member>TLSv1.2</member><member>TLSv1.3</member></SslProtocols>";
    format!("<SslPolicies><member>{protocols}<Name>{POLICY}</Name></member></SslPolicies>")
}

/// A target group in XML.
pub(super) fn group(arn: &str) -> String {
    format!(
        "<member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>orders</TargetGroupName><TargetType>ip</TargetType>\
         <Protocol>HTTP</Protocol><ProtocolVersion>HTTP1</ProtocolVersion><Port>8080</Port><VpcId>vpc-1</VpcId>\
         <LoadBalancerArns><member>{LB}</member></LoadBalancerArns><HealthCheckEnabled>true</HealthCheckEnabled>\
         <HealthCheckPort>traffic-port</HealthCheckPort><HealthCheckPath>/health</HealthCheckPath></member>"
    )
}

/// A subnet in XML.
pub(super) fn subnet(id: &str, block: &str, zone: &str) -> String {
    format!(
        "<item><subnetId>{id}</subnetId><vpcId>vpc-1</vpcId><cidrBlock>{block}</cidrBlock><availabilityZone>{zone}</availabilityZone>\
         <availableIpAddressCount>200</availableIpAddressCount></item>"
    )
}

/// A security group in XML.
pub(super) fn security_group(id: &str) -> String {
    format!("<item><groupId>{id}</groupId><groupName>{id}</groupName><vpcId>vpc-1</vpcId><ipPermissions/><ipPermissionsEgress/></item>")
}

/// An interface in XML.
pub(super) fn interface(id: &str, kind: &str, address: &str, more: &str) -> String {
    format!(
        "<item><networkInterfaceId>{id}</networkInterfaceId><interfaceType>{kind}</interfaceType><vpcId>vpc-1</vpcId>\
         <subnetId>subnet-a</subnetId><availabilityZone>eu-central-1a</availabilityZone><privateIpAddress>{address}</privateIpAddress>{more}</item>"
    )
}

fn network(script: Script) -> Script {
    let subnets = subnet("subnet-a", "10.0.1.0/24", "eu-central-1a") + &subnet("subnet-b", "10.0.2.0/24", "eu-central-1b");
    let groups: String = ["sg-link", "sg-lb", "sg-task"].map(security_group).concat();
    let tag = "<tagSet><item><key>VpcLinkId</key><value>link1</value></item></tagSet>";
    let node = "<description>ELB app/orders/50dc6c495c0c9188</description>";
    let interfaces = |item: String| ok(ec2("DescribeNetworkInterfaces", &format!("<networkInterfaceSet>{item}</networkInterfaceSet>")));
    script
        .on("Action=DescribeSubnets&", [ok(ec2("DescribeSubnets", &format!("<subnetSet>{subnets}</subnetSet>")))])
        .on(
            "Action=DescribeSecurityGroups&",
            [ok(ec2("DescribeSecurityGroups", &format!("<securityGroupInfo>{groups}</securityGroupInfo>")))],
        )
        .on("Action=DescribeNetworkAcls&", [ok(ec2("DescribeNetworkAcls", "<networkAclSet/>"))])
        .on("Action=DescribeRouteTables&", [ok(ec2("DescribeRouteTables", "<routeTableSet/>"))])
        .on("Action=DescribeVpcEndpoints&", [ok(ec2("DescribeVpcEndpoints", "<vpcEndpointSet/>"))])
        .on("Filter.1.Name=interface-type", [interfaces(interface("eni-link", "api_gateway_managed", "10.0.1.10", tag))])
        .on("Filter.1.Name=description", [interfaces(interface("eni-node", "interface", "10.0.1.11", node))])
        .on("Filter.1.Name=addresses.private-ip-address", [interfaces(interface("eni-task", "interface", "10.0.1.20", ""))])
}

fn services(script: Script) -> Script {
    let service = format!(
        r#"{{"services":[{{"serviceArn":"{SERVICE}","serviceName":"web","clusterArn":"{CLUSTER}","status":"ACTIVE","desiredCount":1,
        "runningCount":1,"pendingCount":0,"taskDefinition":"{TASKS}","events":[],
        "loadBalancers":[{{"targetGroupArn":"{GROUP}","containerName":"web","containerPort":8080}}],
        "networkConfiguration":{{"awsvpcConfiguration":{{"subnets":["subnet-a"],"securityGroups":["sg-task"]}}}}}}],"failures":[]}}"#
    );
    let definition = format!(
        r#"{{"taskDefinition":{{"taskDefinitionArn":"{TASKS}","networkMode":"awsvpc",
        "containerDefinitions":[{{"name":"web","portMappings":[{{"containerPort":8080,"protocol":"tcp"}}]}}]}}}}"#
    );
    script
        .on("20141113.ListClusters", [ok(format!(r#"{{"clusterArns":["{CLUSTER}"]}}"#))])
        .on("20141113.ListServices", [ok(format!(r#"{{"serviceArns":["{SERVICE}"]}}"#))])
        .on("20141113.DescribeServices", [ok(service)])
        .on("20141113.DescribeTaskDefinition", [ok(definition)])
        .on(RUNNING, [ok(format!(r#"{{"taskArns":["{TASK}"]}}"#))])
        .on(STOPPED, [ok(r#"{"taskArns":[]}"#)])
        .on("20141113.DescribeTasks", [ok(tasks(&task(TASK, "RUNNING")))])
}

/// An interface that a search by address finds.
pub(super) const BY_ADDRESS: &str = "Filter.1.Name=addresses.private-ip-address";

/// A task in JSON.
pub(super) fn task(arn: &str, status: &str) -> String {
    format!(
        r#"{{"taskArn":"{arn}","taskDefinitionArn":"{TASKS}","lastStatus":"{status}","desiredStatus":"{status}","availabilityZone":"eu-central-1a",
        "attachments":[{{"type":"ElasticNetworkInterface","details":[{{"name":"privateIPv4Address","value":"10.0.1.20"}}]}}],
        "containers":[{{"name":"web"}}]}}"#
    )
}

/// The answer of `DescribeTasks`.
pub(super) fn tasks(items: &str) -> String {
    format!(r#"{{"tasks":[{items}],"failures":[]}}"#)
}

/// What helps and no more.
fn extras(script: Script) -> Script {
    let role = "<Role><Path>/</Path><RoleName>x</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::123456789012:role/x</Arn>\
        <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>";
    script
        .on("Action=GetRole&", [ok(query("GetRole", role))])
        .on("AWSWAF_20190729.GetWebACLForResource", [ok("{}")])
        .on("AnyScaleFrontendService.DescribeScalableTargets", [ok(r#"{"ScalableTargets":[]}"#)])
}
