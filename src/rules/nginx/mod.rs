//! The rules of `nginx`.

mod arguments;
mod auth_provider;
mod brackets;
mod cors;
mod credential_values;
mod edits;
mod evidence;
mod headers;
mod not_inherited;
mod protection;
mod realms;

rules! {
    access_rule_unreachable
    access_rules_replaced
    acl_deny_v4_only
    acl_host_bits
    acl_not_an_address
    allow_all_keeps_login
    allow_without_deny
    auth_provider_headers
    auth_provider_path
    auth_request_target_not_uri
    authorization_cleared
    authorization_empty_token
    authorization_scheme_missing
    authorization_scheme_twice
    authorization_sent_to_client
    authorization_set_twice
    basic_and_bearer
    basic_off_misspelt
    basic_value_newline
    basic_value_no_colon
    basic_value_not_base64
    basic_without_user_file
    block_missing
    block_unexpected
    conf_bom
    conflicting_server_name
    cookie_header_replaced
    cors_authorization_not_allowed
    cors_star_with_credentials
    credential_placeholder
    deny_all_before_login
    directive_not_allowed_here
    dollar_in_secret
    duplicate_directive
    env_in_conf
    error_page_redirect_code_local_uri
    fastcgi_param_not_inherited
    include_cycle
    include_matches_nothing
    include_missing
    ip_acl_behind_proxy
    jwt_expired
    jwt_malformed
    limit_except_inverted
    limit_except_not_inherited
    limit_except_preflight
    listen_shadowed
    location_if_not_inherited
    lua_access_replaced
    map_cidr_key
    pass_header_is_for_responses
    php_auth_param
    preflight_proxied
    preflight_under_auth
    proxy_pass_userinfo
    proxy_set_header_not_inherited
    realip_from_missing
    realip_trust_all
    realm_quote
    registry_login_not_asked
    request_headers_not_passed
    return_bypasses_access
    satisfy_any_access_code
    satisfy_any_open
    server_name_shadowed
    set_cookie_hidden
    syntax
    typographic_quotes
    unknown_directive
    unquoted_argument
    user_file_directory
    user_file_in_webroot
    user_file_missing
    user_file_relative_base
    user_file_unreadable
    user_file_without_basic
    variable_dash
    wrong_argument_count
    www_authenticate_hidden
}
