//! The rules of `nginx`.

mod arguments;
mod auth_provider;
mod brackets;
mod caches;
mod cors;
mod credential_values;
mod edits;
mod evidence;
mod headers;
mod not_inherited;
mod protection;
mod realms;
mod regex_locations;
mod slashes;
mod upstream_cookies;

rules! {
    access_rule_unreachable
    access_rules_replaced
    acl_deny_v4_only
    acl_host_bits
    acl_loopback_ipv4_only
    acl_not_an_address
    add_header_not_always
    add_header_not_inherited
    allow_all_keeps_login
    allow_without_deny
    auth_provider_headers
    auth_provider_path
    auth_request_args
    auth_request_body_size
    auth_request_conditional
    auth_request_content_length
    auth_request_covers_login
    auth_request_error_page_inside
    auth_request_set_cookie_lost
    auth_request_set_not_inherited
    auth_request_small_buffer
    auth_request_target_missing
    auth_request_target_not_uri
    auth_request_target_shadowed
    auth_request_unexpected_status
    auth_request_uri
    authorization_cleared
    authorization_empty_token
    authorization_scheme_missing
    authorization_scheme_twice
    authorization_sent_to_client
    authorization_set_twice
    basic_and_bearer
    basic_off_misspelt
    basic_realm_unset_variable
    basic_value_newline
    basic_value_no_colon
    basic_value_not_base64
    basic_without_user_file
    block_missing
    block_unexpected
    cache_401
    cache_ignores_private
    cache_key_without_credentials
    cacheable_401
    conf_bom
    conflicting_server_name
    cookie_domain_mismatch
    cookie_header_replaced
    cookie_path_mismatch
    cookie_secure_without_tls
    cors_authorization_not_allowed
    cors_star_with_credentials
    credential_placeholder
    deny_all_before_login
    directive_not_allowed_here
    dollar_in_secret
    dotfile_rule_blocks_well_known
    duplicate_directive
    env_in_conf
    error_page_401_rewritten
    error_page_redirect_code_local_uri
    error_page_under_auth
    exact_exemption
    exact_location_auth
    exemption_without_handler
    fastcgi_param_not_inherited
    front_basic_forwarded
    http_level_auth
    identity_header_not_cleared
    include_cycle
    include_matches_nothing
    include_missing
    internal_redirect_changes_auth
    invalid_condition
    ip_acl_behind_proxy
    jwt_expired
    jwt_key_missing
    jwt_leeway_zero
    jwt_malformed
    jwt_token_source
    limit_except_inverted
    limit_except_not_inherited
    limit_except_preflight
    listen_shadowed
    location_if_not_inherited
    lua_access_replaced
    map_cidr_key
    map_secret_case_insensitive
    merge_slashes_off
    pass_header_is_for_responses
    php_auth_param
    prefix_overmatch
    preflight_proxied
    preflight_under_auth
    proxy_pass_userinfo
    proxy_set_header_not_inherited
    public_endpoint_under_auth
    query_string_dropped
    realip_from_missing
    realip_header_default
    realip_recursive
    realip_trust_all
    realm_quote
    redirect_drops_authorization
    regex_location_captures_public
    regex_location_escapes_auth
    regex_unanchored_auth
    registry_login_not_asked
    remote_user_not_passed
    remote_user_unverified
    request_headers_not_passed
    return_401_no_challenge
    return_bypasses_access
    return_text_skips_error_page
    satisfy_all_ip_and_password
    satisfy_any_access_code
    satisfy_any_inherited
    satisfy_any_open
    server_level_401
    server_name_shadowed
    set_cookie_hidden
    ssl_verify_blocks_public
    ssl_verify_not_enforced
    subrequest_bypasses_access
    syntax
    typographic_quotes
    underscore_header
    underscore_set_header
    unknown_directive
    unmatched_host_hits_auth
    unprotected_twin
    unquoted_argument
    upstream_host
    user_file_directory
    user_file_in_webroot
    user_file_missing
    user_file_relative_base
    user_file_unreadable
    user_file_without_basic
    variable_dash
    websocket_under_basic
    wordpress_admin_ajax
    wordpress_loopback
    wrong_argument_count
    www_authenticate_hidden
}
