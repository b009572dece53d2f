//! Transit gateways: attachments, associations, and the routes of each route table.

use super::{Notes, listed};
use crate::collect::call::Call;
use crate::collect::gather;
use crate::collect::network::filter;
use crate::collect::outcome::{Lacks, Refusal, need};
use crate::collect::reader::{Reader, each};
use aws_sdk_ec2::types;
use serde_json::{Value, json};

pub(super) async fn all(reader: &Reader<'_>, notes: &Notes) {
    let (gateways, attachments, vpcs, tables) = tokio::join!(
        async { listed!(reader, DescribeTransitGateways, describe_transit_gateways, transit_gateways, to_gateway) },
        async {
            listed!(
                reader,
                DescribeTransitGatewayAttachments,
                describe_transit_gateway_attachments,
                transit_gateway_attachments,
                to_attachment
            )
        },
        async {
            listed!(
                reader,
                DescribeTransitGatewayVpcAttachments,
                describe_transit_gateway_vpc_attachments,
                transit_gateway_vpc_attachments,
                to_vpc_attachment
            )
        },
        async {
            listed!(
                reader,
                DescribeTransitGatewayRouteTables,
                describe_transit_gateway_route_tables,
                transit_gateway_route_tables,
                to_table
            )
        },
    );
    notes.keep("TransitGateways", "the transit gateways", gateways);
    notes.keep("TransitGatewayAttachments", "the attachments of transit gateways", attachments);
    notes.keep("TransitGatewayVpcAttachments", "the VPC attachments of transit gateways", vpcs);
    match tables {
        Ok(tables) => {
            let ids: Vec<&str> = tables.iter().filter_map(|table| table["TransitGatewayRouteTableId"].as_str()).collect();
            let (routes, propagations) = tokio::join!(
                gather::all(ids.iter().map(|id| routes(reader, id))),
                gather::all(ids.iter().map(|id| propagations(reader, id))),
            );
            notes.keep_all("TransitGatewayRoutes", "the routes of transit gateways", routes);
            notes.keep_all("TransitGatewayPropagations", "the propagations of transit gateways", propagations);
        }
        Err(refusal) => notes.gap("the route tables of transit gateways", refusal),
    }
}

async fn routes(reader: &Reader<'_>, table: &str) -> Result<Value, Refusal> {
    // The call wants a filter; these are all states there are.
    let all = || filter("state", ["active".to_owned(), "blackhole".to_owned()]);
    let request = |token| {
        let search = reader.aws().ec2.search_transit_gateway_routes().transit_gateway_route_table_id(table);
        search.filters(all()).set_next_token(token).send()
    };
    let open = |page: aws_sdk_ec2::operation::search_transit_gateway_routes::SearchTransitGatewayRoutesOutput| {
        let cut = page.additional_routes_available == Some(true) && page.next_token.is_none();
        // More routes than were sent, and no way to ask for them: half a table routes otherwise than the whole.
        (page.routes.filter(|_| !cut), page.next_token)
    };
    let items = reader.pages(Call::SearchTransitGatewayRoutes, request, open).await?;
    let routes = each(Call::SearchTransitGatewayRoutes, &items, to_route)?;
    Ok(json!({"TransitGatewayRouteTableId": table, "Routes": routes}))
}

async fn propagations(reader: &Reader<'_>, table: &str) -> Result<Value, Refusal> {
    let request = |token| {
        reader.aws().ec2.get_transit_gateway_route_table_propagations().transit_gateway_route_table_id(table).set_next_token(token).send()
    };
    let call = Call::GetTransitGatewayRouteTablePropagations;
    let items = reader.pages(call, request, |page| (page.transit_gateway_route_table_propagations, page.next_token)).await?;
    let propagations = each(call, &items, to_propagation)?;
    Ok(json!({"TransitGatewayRouteTableId": table, "TransitGatewayRouteTablePropagations": propagations}))
}

fn to_gateway(gateway: &types::TransitGateway) -> Result<Value, Lacks> {
    let references = gateway.options.as_ref().and_then(|options| options.security_group_referencing_support.as_ref());
    Ok(json!({
        "TransitGatewayId": need(gateway.transit_gateway_id.as_deref(), "TransitGatewayId")?,
        "State": need(gateway.state.as_ref(), "State")?.as_str(),
        "Options": {"SecurityGroupReferencingSupport": references.map(|support| support.as_str())},
    }))
}

fn to_attachment(attachment: &types::TransitGatewayAttachment) -> Result<Value, Lacks> {
    let association = attachment.association.as_ref().map(|association| {
        json!({
            "State": association.state.as_ref().map(|state| state.as_str()),
            "TransitGatewayRouteTableId": association.transit_gateway_route_table_id,
        })
    });
    Ok(json!({
        "TransitGatewayAttachmentId": need(attachment.transit_gateway_attachment_id.as_deref(), "TransitGatewayAttachmentId")?,
        "TransitGatewayId": need(attachment.transit_gateway_id.as_deref(), "TransitGatewayId")?,
        "TransitGatewayOwnerId": attachment.transit_gateway_owner_id,
        "ResourceOwnerId": attachment.resource_owner_id,
        "ResourceType": attachment.resource_type.as_ref().map(|kind| kind.as_str()),
        "ResourceId": attachment.resource_id,
        "State": need(attachment.state.as_ref(), "State")?.as_str(),
        "Association": association,
    }))
}

fn to_vpc_attachment(attachment: &types::TransitGatewayVpcAttachment) -> Result<Value, Lacks> {
    let references = attachment.options.as_ref().and_then(|options| options.security_group_referencing_support.as_ref());
    let six = attachment.options.as_ref().and_then(|options| options.ipv6_support.as_ref());
    Ok(json!({
        "TransitGatewayAttachmentId": need(attachment.transit_gateway_attachment_id.as_deref(), "TransitGatewayAttachmentId")?,
        "TransitGatewayId": need(attachment.transit_gateway_id.as_deref(), "TransitGatewayId")?,
        "VpcId": need(attachment.vpc_id.as_deref(), "VpcId")?,
        "State": need(attachment.state.as_ref(), "State")?.as_str(),
        "SubnetIds": attachment.subnet_ids(),
        "Options": {
            "SecurityGroupReferencingSupport": references.map(|support| support.as_str()),
            "Ipv6Support": six.map(|support| support.as_str()),
        },
    }))
}

fn to_table(table: &types::TransitGatewayRouteTable) -> Result<Value, Lacks> {
    Ok(json!({"TransitGatewayRouteTableId": need(table.transit_gateway_route_table_id.as_deref(), "TransitGatewayRouteTableId")?}))
}

fn to_route(route: &types::TransitGatewayRoute) -> Result<Value, Lacks> {
    let attachment =
        |attachment: &types::TransitGatewayRouteAttachment| json!({"TransitGatewayAttachmentId": attachment.transit_gateway_attachment_id});
    Ok(json!({
        "DestinationCidrBlock": route.destination_cidr_block,
        "PrefixListId": route.prefix_list_id,
        "Type": need(route.r#type.as_ref(), "Routes.Type")?.as_str(),
        "State": need(route.state.as_ref(), "Routes.State")?.as_str(),
        "TransitGatewayAttachments": route.transit_gateway_attachments().iter().map(attachment).collect::<Vec<_>>(),
    }))
}

fn to_propagation(propagation: &types::TransitGatewayRouteTablePropagation) -> Result<Value, Lacks> {
    Ok(json!({
        "TransitGatewayAttachmentId": propagation.transit_gateway_attachment_id,
        "ResourceId": propagation.resource_id,
        "ResourceType": propagation.resource_type.as_ref().map(|kind| kind.as_str()),
        "State": need(propagation.state.as_ref(), "State")?.as_str(),
    }))
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_attachment, to_route, types};

    #[test]
    fn a_route_says_where_it_is_from_and_whether_it_leads_anywhere() {
        let base = || types::TransitGatewayRoute::builder().destination_cidr_block("10.2.0.0/16");
        assert_eq!(to_route(&base().build()), Err(Lacks("Routes.Type")));
        let route = base().r#type(types::TransitGatewayRouteType::Static).state(types::TransitGatewayRouteState::Blackhole).build();
        let route = to_route(&route).expect("complete");
        assert_eq!((route["Type"].as_str(), route["State"].as_str()), (Some("static"), Some("blackhole")));
    }

    #[test]
    fn an_attachment_without_an_association_is_one() {
        let attachment = types::TransitGatewayAttachment::builder()
            .transit_gateway_attachment_id("tgw-attach-1")
            .transit_gateway_id("tgw-1")
            .state(types::TransitGatewayAttachmentState::Available)
            .build();
        assert!(to_attachment(&attachment).is_ok_and(|attachment| attachment["Association"].is_null()));
    }
}
