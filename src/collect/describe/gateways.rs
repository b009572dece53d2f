//! Internet gateways, NAT gateways, peerings and endpoints.

use super::{Notes, listed};
use crate::collect::call::Call;
use crate::collect::outcome::{Lacks, need};
use crate::collect::reader::{Reader, each};
use aws_sdk_ec2::types;
use serde_json::{Value, json};

pub(super) async fn all(reader: &Reader<'_>, notes: &Notes) {
    let (internet, nats, peerings, endpoints) = tokio::join!(
        async { listed!(reader, DescribeInternetGateways, describe_internet_gateways, internet_gateways, to_internet_gateway) },
        async { listed!(reader, DescribeNatGateways, describe_nat_gateways, nat_gateways, to_nat) },
        async { listed!(reader, DescribeVpcPeeringConnections, describe_vpc_peering_connections, vpc_peering_connections, to_peering) },
        async { listed!(reader, DescribeVpcEndpoints, describe_vpc_endpoints, vpc_endpoints, to_endpoint) },
    );
    notes.keep("InternetGateways", "the internet gateways", internet);
    notes.keep("NatGateways", "the NAT gateways", nats);
    notes.keep("VpcPeeringConnections", "the peerings", peerings);
    notes.keep("VpcEndpoints", "the VPC endpoints", endpoints);
}

fn to_internet_gateway(gateway: &types::InternetGateway) -> Result<Value, Lacks> {
    let attachment = |attachment: &types::InternetGatewayAttachment| json!({"VpcId": attachment.vpc_id, "State": attachment.state.as_ref().map(|state| state.as_str())});
    Ok(json!({
        "InternetGatewayId": need(gateway.internet_gateway_id.as_deref(), "InternetGatewayId")?,
        "Attachments": gateway.attachments().iter().map(attachment).collect::<Vec<_>>(),
    }))
}

fn to_nat(nat: &types::NatGateway) -> Result<Value, Lacks> {
    let address = |address: &types::NatGatewayAddress| json!({"PrivateIp": address.private_ip, "PublicIp": address.public_ip, "IsPrimary": address.is_primary});
    Ok(json!({
        "NatGatewayId": need(nat.nat_gateway_id.as_deref(), "NatGatewayId")?,
        "NatGatewayAddresses": nat.nat_gateway_addresses().iter().map(address).collect::<Vec<_>>(),
        "State": need(nat.state.as_ref(), "State")?.as_str(),
        "SubnetId": nat.subnet_id,
        "ConnectivityType": nat.connectivity_type.as_ref().map(|kind| kind.as_str()),
    }))
}

fn to_peering(peering: &types::VpcPeeringConnection) -> Result<Value, Lacks> {
    let side = |side: Option<&types::VpcPeeringConnectionVpcInfo>| json!({"VpcId": side.and_then(|side| side.vpc_id.as_deref()), "Region": side.and_then(|side| side.region.as_deref())});
    let code = need(peering.status.as_ref().and_then(|status| status.code.as_ref()), "Status.Code")?;
    Ok(json!({
        "VpcPeeringConnectionId": need(peering.vpc_peering_connection_id.as_deref(), "VpcPeeringConnectionId")?,
        "AccepterVpcInfo": side(peering.accepter_vpc_info.as_ref()),
        "RequesterVpcInfo": side(peering.requester_vpc_info.as_ref()),
        "Status": {"Code": code.as_str()},
    }))
}

fn to_endpoint(endpoint: &types::VpcEndpoint) -> Result<Value, Lacks> {
    Ok(json!({
        "VpcEndpointId": need(endpoint.vpc_endpoint_id.as_deref(), "VpcEndpointId")?,
        // Endpoints for resources and service networks have no service.
        "ServiceName": endpoint.service_name.as_deref().unwrap_or_default(),
        "VpcEndpointType": endpoint.vpc_endpoint_type.as_ref().map(|kind| kind.as_str()),
        "State": endpoint.state.as_ref().map(|state| state.as_str()),
        "NetworkInterfaceIds": endpoint.network_interface_ids(),
    }))
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_nat, to_peering, types};

    #[test]
    fn a_gateway_has_a_state_and_a_peering_a_code() {
        let nat = types::NatGateway::builder().nat_gateway_id("nat-1");
        assert_eq!(to_nat(&nat.clone().build()), Err(Lacks("State")));
        let nat = to_nat(&nat.state(types::NatGatewayState::Deleted).build()).expect("complete");
        assert_eq!((nat["State"].as_str(), nat["NatGatewayAddresses"].as_array().map(Vec::len)), (Some("deleted"), Some(0)));
        assert_eq!(to_peering(&types::VpcPeeringConnection::builder().build()), Err(Lacks("Status.Code")));
    }
}
