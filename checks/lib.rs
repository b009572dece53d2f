//! What can be wrong with an HTTP API behind a VPC link: the front page.
//!
//! Pure: no AWS SDK, network, clock, disk or environment. [`model`] is the deployment as far as it could be read,
//! [`semantics`] how AWS decides, the folders named after the hops hold the checks, one file each.
//! [`examine::examine`] runs them, [`predict`] says which answer to expect, [`diagnose`] explains the one that came,
//! [`remedy`] proves a fix on the model, [`explain`] reads pasted text without one.

pub mod answer;
pub mod catalogue;
#[cfg(test)]
mod census;
pub mod check;
pub mod diagnose;
pub mod examine;
#[cfg(test)]
mod excuses;
pub mod explain;
pub mod finding;
pub mod infrastructure;
pub mod inside;
pub mod journey;
pub mod judge;
pub mod model;
#[cfg(test)]
mod pairs;
pub mod plan;
mod possible;
pub mod predict;
#[cfg(test)]
mod prove;
pub mod reach;
pub mod records;
pub mod remedy;
pub mod repeated;
pub mod semantics;
pub mod source;
pub mod steps;
pub mod story;
pub mod symptom;
pub mod trace;

pub mod cloud_map;
pub mod domain;
pub mod integration;
pub mod listener;
pub mod load_balancer;
pub mod network;
pub mod route;
pub mod service;
pub mod stage;
pub mod target_group;
pub mod tls;
pub mod vpc_link;

/// Names the checks once: makes the registry and one proof per check from the same list.
macro_rules! registry {
    ($($hop:ident :: $module:ident :: $check:ident,)+) => {
        /// Every check, in the order of the chain.
        pub static CHECKS: &[&dyn check::Check] = &[$(&$hop::$module::$check,)+];

        #[cfg(test)]
        mod proofs {
            $(#[test]
            fn $module() {
                assert_eq!(super::check::Check::meta(&super::$hop::$module::$check).id, stringify!($module).replace('_', "-"));
                super::prove::prove(&super::$hop::$module::$check);
            })+
        }
    };
}

registry! {
    // domain
    domain::execute_api_disabled::ExecuteApiDisabled,
    domain::execute_api_bypass_of_mtls::ExecuteApiBypassOfMtls,
    domain::domain_status_not_available::DomainStatusNotAvailable,
    domain::domain_cert_wildcard_depth::DomainCertWildcardDepth,
    domain::domain_cert_expired::DomainCertExpired,
    domain::mapping_missing::MappingMissing,
    domain::mapping_wrong_stage::MappingWrongStage,
    domain::mapping_stage_in_url::MappingStageInUrl,
    domain::routing_rule_shadows_mapping::RoutingRuleShadowsMapping,
    domain::client_mtls_rejected::ClientMtlsRejected,
    domain::mtls_truststore_warnings::MtlsTruststoreWarnings,
    domain::ipv6_client_on_ipv4_api::Ipv6ClientOnIpv4Api,

    // stage
    stage::no_stage::NoStage,
    stage::no_default_stage::NoDefaultStage,
    stage::stage_shadows_path::StageShadowsPath,
    stage::stage_without_deployment::StageWithoutDeployment,
    stage::undeployed_changes::UndeployedChanges,
    stage::autodeploy_failed::AutodeployFailed,
    stage::deployment_pending::DeploymentPending,
    stage::throttle_zero::ThrottleZero,
    stage::throttle_low::ThrottleLow,
    stage::stage_variable_missing::StageVariableMissing,
    stage::access_log_off::AccessLogOff,
    stage::access_log_broken::AccessLogBroken,

    // route
    route::route_missing::RouteMissing,
    route::method_missing::MethodMissing,
    route::greedy_misses_root::GreedyMissesRoot,
    route::greedy_prefix_root::GreedyPrefixRoot,
    route::trailing_slash_or_case::TrailingSlashOrCase,
    route::more_specific_route_wins::MoreSpecificRouteWins,
    route::route_without_target::RouteWithoutTarget,
    route::route_target_dangling::RouteTargetDangling,
    route::route_needs_jwt::RouteNeedsJwt,
    route::route_needs_iam::RouteNeedsIam,
    route::lambda_authorizer_deny::LambdaAuthorizerDeny,
    route::lambda_authorizer_identity_missing::LambdaAuthorizerIdentityMissing,
    route::lambda_authorizer_broken::LambdaAuthorizerBroken,
    route::cors_preflight_authorized::CorsPreflightAuthorized,
    route::cors_headers_ignored::CorsHeadersIgnored,

    // integration
    integration::integration_not_private::IntegrationNotPrivate,
    integration::uri_listener_gone::UriListenerGone,
    integration::uri_wrong_listener::UriWrongListener,
    integration::cross_account_or_region::CrossAccountOrRegion,
    integration::integration_method_fixed::IntegrationMethodFixed,
    integration::payload_format_version::PayloadFormatVersion,
    integration::integration_timeout_short::IntegrationTimeoutShort,
    integration::stage_prefix_forwarded::StagePrefixForwarded,
    integration::overwrite_path_wrong::OverwritePathWrong,
    integration::path_decoded::PathDecoded,
    integration::host_not_what_rules_expect::HostNotWhatRulesExpect,
    integration::response_mapping_hides_status::ResponseMappingHidesStatus,

    // tls
    tls::secure_server_name_missing::SecureServerNameMissing,
    tls::tls_missing_nlb_tls::TlsMissingNlbTls,
    tls::tls_missing_tcp_passthrough::TlsMissingTcpPassthrough,
    tls::tls_to_http_listener::TlsToHttpListener,
    tls::server_name_san_mismatch::ServerNameSanMismatch,
    tls::server_name_is_elb_dns_name::ServerNameIsElbDnsName,
    tls::server_name_wildcard_literal::ServerNameWildcardLiteral,
    tls::wildcard_depth::WildcardDepth,
    tls::wrong_default_cert::WrongDefaultCert,
    tls::lb_cert_expired::LbCertExpired,
    tls::lb_cert_self_signed::LbCertSelfSigned,
    tls::lb_cert_private_ca::LbCertPrivateCa,
    tls::lb_cert_incomplete_chain::LbCertIncompleteChain,
    tls::lb_cert_key_or_alg::LbCertKeyOrAlg,
    tls::ssl_policy_tls13_only::SslPolicyTls13Only,
    tls::lb_mtls_verify::LbMtlsVerify,
    tls::lb_mtls_passthrough::LbMtlsPassthrough,
    tls::truststore_removed::TruststoreRemoved,
    tls::tls_config_on_internet::TlsConfigOnInternet,

    // vpc_link
    vpc_link::vpclink_missing::VpclinkMissing,
    vpc_link::vpclink_pending::VpclinkPending,
    vpc_link::vpclink_inactive::VpclinkInactive,
    vpc_link::vpclink_failed::VpclinkFailed,
    vpc_link::vpclink_cannot_reactivate::VpclinkCannotReactivate,
    vpc_link::vpclink_vpc_differs_from_lb::VpclinkVpcDiffersFromLb,
    vpc_link::vpclink_single_az::VpclinkSingleAz,
    vpc_link::vpclink_az_no_overlap::VpclinkAzNoOverlap,
    vpc_link::vpclink_subnet_no_ip::VpclinkSubnetNoIp,
    vpc_link::vpclink_sg_egress::VpclinkSgEgress,
    vpc_link::vpclink_no_sg::VpclinkNoSg,
    vpc_link::vpclink_eni_missing::VpclinkEniMissing,
    vpc_link::service_linked_role_missing::ServiceLinkedRoleMissing,

    // network
    network::nacl_link_out::NaclLinkOut,
    network::nacl_lb_in::NaclLbIn,
    network::nacl_lb_return::NaclLbReturn,
    network::nacl_link_return::NaclLinkReturn,
    network::nacl_lb_to_target::NaclLbToTarget,
    network::nacl_target_return::NaclTargetReturn,
    network::route_blackhole_or_missing::RouteBlackholeOrMissing,
    network::lb_subnet_exhausted::LbSubnetExhausted,

    // load_balancer
    load_balancer::lb_not_active::LbNotActive,
    load_balancer::lb_impaired::LbImpaired,
    load_balancer::lb_internet_facing::LbInternetFacing,
    load_balancer::lb_sg_ingress_from_link::LbSgIngressFromLink,
    load_balancer::lb_sg_stale_reference::LbSgStaleReference,
    load_balancer::lb_sg_egress::LbSgEgress,
    load_balancer::desync_strictest::DesyncStrictest,
    load_balancer::drop_invalid_headers::DropInvalidHeaders,
    load_balancer::waf_blocks::WafBlocks,
    load_balancer::waf_rate_sees_link_ip::WafRateSeesLinkIp,
    load_balancer::waf_fail_closed::WafFailClosed,
    load_balancer::idle_timeout_shorter_than_backend::IdleTimeoutShorterThanBackend,
    load_balancer::nlb_cross_zone_off::NlbCrossZoneOff,
    load_balancer::nlb_no_sg::NlbNoSg,
    load_balancer::nlb_sg_ingress::NlbSgIngress,
    load_balancer::nlb_client_ip_preservation::NlbClientIpPreservation,
    load_balancer::nlb_proxy_protocol::NlbProxyProtocol,
    load_balancer::alb_behind_nlb_cross_zone::AlbBehindNlbCrossZone,
    load_balancer::zonal_shift_active::ZonalShiftActive,

    // listener
    listener::listener_redirects_to_https::ListenerRedirectsToHttps,
    listener::default_action_fixed_response::DefaultActionFixedResponse,
    listener::rule_path_mismatch::RulePathMismatch,
    listener::rule_host_mismatch::RuleHostMismatch,
    listener::rule_header_secret::RuleHeaderSecret,
    listener::rule_source_ip::RuleSourceIp,
    listener::rule_method::RuleMethod,
    listener::rule_order::RuleOrder,
    listener::rule_transform::RuleTransform,
    listener::action_authenticate::ActionAuthenticate,
    listener::action_jwt_validation::ActionJwtValidation,
    listener::forward_weight_zero::ForwardWeightZero,
    listener::rule_forwards_to_unpopulated_tg::RuleForwardsToUnpopulatedTg,
    listener::listener_server_header_off::ListenerServerHeaderOff,

    // target_group
    target_group::tg_empty::TgEmpty,
    target_group::tg_all_unhealthy::TgAllUnhealthy,
    target_group::hc_code_mismatch::HcCodeMismatch,
    target_group::hc_timeout::HcTimeout,
    target_group::hc_connect_refused::HcConnectRefused,
    target_group::hc_path_missing::HcPathMissing,
    target_group::hc_port_fixed::HcPortFixed,
    target_group::target_az_not_enabled::TargetAzNotEnabled,
    target_group::tg_not_attached::TgNotAttached,
    target_group::target_type_instance_awsvpc::TargetTypeInstanceAwsvpc,
    target_group::target_type_ip_bridge::TargetTypeIpBridge,
    target_group::target_type_lambda_or_alb::TargetTypeLambdaOrAlb,
    target_group::target_sg_traffic_port::TargetSgTrafficPort,
    target_group::target_sg_hc_port::TargetSgHcPort,
    target_group::target_draining::TargetDraining,
    target_group::target_initial::TargetInitial,
    target_group::target_invalid_state::TargetInvalidState,
    target_group::target_ip_unusable::TargetIpUnusable,
    target_group::target_health_unavailable::TargetHealthUnavailable,
    target_group::tg_protocol_https_vs_plain::TgProtocolHttpsVsPlain,
    target_group::tg_protocol_http_vs_tls::TgProtocolHttpVsTls,
    target_group::tg_protocol_version::TgProtocolVersion,
    target_group::stickiness_or_slow_start::StickinessOrSlowStart,
    target_group::tg_ip_family::TgIpFamily,
    target_group::lb_is_client_hairpin::LbIsClientHairpin,

    // service
    service::service_desired_zero::ServiceDesiredZero,
    service::service_running_lt_desired::ServiceRunningLtDesired,
    service::service_flapping_health::ServiceFlappingHealth,
    service::deployment_failed::DeploymentFailed,
    service::grace_period_too_short::GracePeriodTooShort,
    service::no_loadbalancers_block::NoLoadbalancersBlock,
    service::container_port_mismatch::ContainerPortMismatch,
    service::service_sg_default::ServiceSgDefault,
    service::image_pull_no_egress::ImagePullNoEgress,
    service::az_not_covered::AzNotCovered,
    service::container_name_mismatch::ContainerNameMismatch,
    service::image_missing_or_denied::ImageMissingOrDenied,
    service::task_exits::TaskExits,
    service::no_capacity::NoCapacity,
    service::service_draining::ServiceDraining,
    service::service_role_missing::ServiceRoleMissing,
    service::container_health_unhealthy::ContainerHealthUnhealthy,
    service::bluegreen_traffic_on_wrong_tg::BluegreenTrafficOnWrongTg,
    service::desired_but_scaled_to_zero::DesiredButScaledToZero,

    // cloud_map
    cloud_map::cm_no_instances::CmNoInstances,
    cloud_map::cm_no_port::CmNoPort,
    cloud_map::cm_all_unhealthy::CmAllUnhealthy,
    cloud_map::cm_query_filter::CmQueryFilter,
    cloud_map::cm_stale_instances::CmStaleInstances,
    cloud_map::cm_service_deleted::CmServiceDeleted,
    cloud_map::cm_task_sg::CmTaskSg,
    cloud_map::cm_tls::CmTls,
    cloud_map::cm_host_is_task_address::CmHostIsTaskAddress,
    cloud_map::cm_vpc_mismatch::CmVpcMismatch,
    cloud_map::cm_registry_port_missing::CmRegistryPortMissing,
}

/// Pages of rows that no configuration shows, but that a diagnosis may name as possible: id and page.
pub static PAGES: &[(&str, &str)] = &[
    ("backend-slower-than-30s", include_str!("integration/backend_slower_than_30s.md")),
    ("http-scheme-used", include_str!("domain/http_scheme_used.md")),
    ("domain-no-dns", include_str!("domain/domain_no_dns.md")),
    ("domain-cname-to-execute-api", include_str!("domain/domain_cname_to_execute_api.md")),
    ("wrong-api-kind", include_str!("stage/wrong_api_kind.md")),
    ("request-too-large-headers", include_str!("stage/request_too_large_headers.md")),
    ("payload-too-large", include_str!("stage/payload_too_large.md")),
    ("jwt-issuer-unreachable", include_str!("route/jwt_issuer_unreachable.md")),
    ("jwt-alg-unsupported", include_str!("route/jwt_alg_unsupported.md")),
    ("uri-not-listener-arn", include_str!("integration/uri_not_listener_arn.md")),
    ("host-rejected-by-app", include_str!("integration/host_rejected_by_app.md")),
    ("app-forces-https", include_str!("integration/app_forces_https.md")),
    ("reserved-header-mapping", include_str!("integration/reserved_header_mapping.md")),
    ("upgrade-or-streaming", include_str!("integration/upgrade_or_streaming.md")),
    ("vpc-link-v1-used", include_str!("integration/vpc_link_v1_used.md")),
    ("vpclink-az-unsupported", include_str!("vpc_link/vpclink_az_unsupported.md")),
    ("vpclink-quota", include_str!("vpc_link/vpclink_quota.md")),
    ("keepalive-race", include_str!("target_group/keepalive_race.md")),
    ("response-header-too-big", include_str!("target_group/response_header_too_big.md")),
    ("cm-throttled", include_str!("cloud_map/cm_throttled.md")),
];

/// The check of an id.
pub fn check(id: &str) -> Option<&'static dyn check::Check> {
    CHECKS.iter().copied().find(|check| check.meta().id == id)
}
