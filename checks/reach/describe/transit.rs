//! Transit gateways: attachments, associations, routes and propagations. What is deleted does not count.

use super::raw::{self, Raw};
use crate::reach::network::{Attachment, Network, Propagation, TransitGateway, TransitRoute};

fn lives(state: &Option<String>) -> bool {
    state.as_deref().is_none_or(|state| matches!(state, "available" | "modifying"))
}

fn enabled(options: &Option<raw::Options>, default: bool) -> bool {
    let support = options.as_ref().and_then(|options| options.security_group_referencing_support.as_deref());
    support.map_or(default, |support| support == "enable")
}

pub(super) fn transit(raw: &Raw, network: &mut Network) {
    for gateway in &raw.transit_gateways {
        let made = TransitGateway { alive: lives(&gateway.state), references: enabled(&gateway.options, false) };
        network.transit.gateways.insert(gateway.transit_gateway_id.clone(), made);
    }
    for attachment in &raw.attachments {
        let of_table =
            attachment.association.as_ref().filter(|association| association.state.as_deref().is_none_or(|state| state == "associated"));
        let made = blank(&mut *network, &attachment.transit_gateway_attachment_id, &attachment.transit_gateway_id);
        made.available = lives(&attachment.state);
        made.state = attachment.state.clone().unwrap_or_default();
        made.resource_type = attachment.resource_type.clone().unwrap_or_default();
        made.resource_id = attachment.resource_id.clone().unwrap_or_default();
        let table = of_table.and_then(|association| association.transit_gateway_route_table_id.clone());
        // The association is the gateway owner's business: another account that does not tell it does not deny it.
        let of_owner = attachment.resource_owner_id == attachment.transit_gateway_owner_id;
        made.table_read |= table.is_some() || of_owner;
        made.table = table.or(made.table.take());
    }
    for attachment in &raw.vpc_attachments {
        let made = blank(&mut *network, &attachment.transit_gateway_attachment_id, &attachment.transit_gateway_id);
        made.available = lives(&attachment.state);
        made.state = attachment.state.clone().unwrap_or_default();
        made.resource_type = "vpc".to_owned();
        made.resource_id = attachment.vpc_id.clone();
        made.subnet_ids = attachment.subnet_ids.clone();
        made.subnets_read = true;
        made.six = attachment.options.as_ref().and_then(|options| options.ipv6_support.as_deref()).map(|support| support == "enable");
        // For an attachment AWS's default is to allow references; the gateway has to allow them too.
        made.references = enabled(&attachment.options, true);
    }
    routes(raw, network);
}

fn blank<'a>(network: &'a mut Network, id: &str, gateway: &str) -> &'a mut Attachment {
    network.transit.attachments.entry((id.to_owned(), gateway.to_owned())).or_insert_with(|| Attachment {
        available: false,
        state: String::new(),
        resource_type: String::new(),
        resource_id: String::new(),
        table_read: false,
        table: None,
        subnet_ids: Vec::new(),
        subnets_read: false,
        references: true,
        six: None,
    })
}

fn routes(raw: &Raw, network: &mut Network) {
    for table in raw.transit_routes.iter().chain(&raw.searched_routes) {
        let made = network.transit.tables.entry(table.transit_gateway_route_table_id.clone()).or_default();
        made.routes_read = true;
        made.complete |= table.routes.iter().any(|route| route.r#type.as_deref() == Some("propagated"));
        made.routes.extend(table.routes.iter().map(|route| TransitRoute {
            destination: route.destination_cidr_block,
            prefix_list: route.prefix_list_id.clone(),
            is_static: route.r#type.as_deref().is_none_or(|kind| kind == "static"),
            active: route.state.as_deref().is_none_or(|state| state == "active"),
            attachment_ids: route.transit_gateway_attachments.iter().filter_map(|to| to.transit_gateway_attachment_id.clone()).collect(),
        }));
    }
    for table in &raw.propagations {
        let made = network.transit.tables.entry(table.transit_gateway_route_table_id.clone()).or_default();
        made.propagations_read = true;
        let enabled =
            table.transit_gateway_route_table_propagations.iter().filter(|one| one.state.as_deref().is_none_or(|state| state == "enabled"));
        made.propagations.extend(enabled.map(|one| Propagation {
            attachment_id: one.transit_gateway_attachment_id.clone().unwrap_or_default(),
            resource_type: one.resource_type.clone().unwrap_or_default(),
            resource_id: one.resource_id.clone().unwrap_or_default(),
        }));
    }
}
