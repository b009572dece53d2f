//! The route: which one takes a request, what it leads to, and whom it lets in.

pub mod cors_headers_ignored;
pub mod cors_preflight_authorized;
pub mod greedy_misses_root;
pub mod greedy_prefix_root;
mod guard;
pub mod lambda_authorizer_broken;
pub mod lambda_authorizer_deny;
pub mod lambda_authorizer_identity_missing;
pub mod method_missing;
pub mod more_specific_route_wins;
mod new_route;
mod permission;
pub mod route_missing;
pub mod route_needs_iam;
pub mod route_needs_jwt;
pub mod route_target_dangling;
pub mod route_without_target;
mod taker;
pub mod trailing_slash_or_case;
