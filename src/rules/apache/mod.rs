//! The rules of `apache`.

mod allowance;
mod compat;
mod evidence;
mod expression;
mod form_login;
mod front;
mod guards;
mod handed_on;
mod headers;
mod htaccess;
mod ldap;
mod login;
mod logins;
mod methods;
mod oidc;
mod overriding;
mod passing;
mod proxied;
mod reading;
mod require;
mod rewrites;
mod sections;
mod variables;
mod wordpress;

rules! {
    allow_from_hostname
    allowmethods_without_options
    allowoverride_all_resets
    allowoverride_lacks_class
    allowoverride_nonfatal_drops_auth
    auth_outside_section
    authmerging_off_alone
    authmerging_off_weakens
    authn_cache_stale
    authn_provider_not_loaded
    authn_provider_wrong_kind
    authname_missing
    authoritative_off_no_fallback
    authorization_header_removed
    authorization_rule_after_front_controller
    authorization_rule_with_l
    authtype_missing
    authtype_module_not_loaded
    authtype_none_needs_require
    authtype_unknown
    authuserfile_not_found
    authuserfile_permissions
    authuserfile_relative
    authuserfile_unset
    authz_failure_401
    authz_provider_not_loaded
    authz_provider_unknown
    autoindex_hides_protected
    basic_in_front_of_bearer
    cache_before_auth
    cgi_authorization_not_passed
    challenge_missing
    challenge_removed
    client_cert_never_requested
    comment_continuation
    compat_directive_without_module
    compat_does_not_override_require
    compat_mixed_with_require
    compat_not_merged
    compat_satisfy_any_open
    conf_bom
    continuation_trailing_space
    cors_header_not_always
    digest_realm_mismatch
    directive_arguments
    directive_not_allowed_here
    directive_not_allowed_in_htaccess
    directive_overwritten
    directory_auth_on_proxied_path
    directory_glob_misses_root
    directory_shadowed_by_alias
    directoryindex_protected_first
    directorymatch_overrides_htaccess
    env_set_after_auth
    env_set_after_if
    errordocument_401_dynamic
    errordocument_401_url
    errordocument_relative
    errordocument_target_missing
    errordocument_under_auth
    errordocument_url_changes_status
    exception_in_weaker_section
    exemption_lost_on_internal_redirect
    expr_syntax
    external_name_undefined
    external_program_missing
    fakebasic_dn_format
    files_overrides_directory_auth
    files_with_path
    filesmatch_directory_name
    form_authname_mismatch
    form_without_login_page
    front_controller_bypass
    groupfile_unset
    htaccess_not_read
    htaccess_permissions
    if_compares_address_as_string
    if_overrides_auth
    ifdefine_guards_auth
    ifmodule_before_loadmodule
    ifmodule_guards_auth
    ifmodule_unknown_name
    ifversion_exact
    include_cycle
    include_glob
    include_matches_nothing
    include_missing
    la_u_without_ns
    later_section_overrides_auth
    ldap_binddn_missing
    ldap_group
    ldap_group_quoted
    ldap_not_merged
    ldap_posixgroup
    ldap_url
    limit_leaves_methods_open
    limit_method_unknown
    limit_replaces_parent_require
    lines_inside_managed_block
    location_glob
    location_order
    location_overrides_directory_auth
    location_trailing_slash
    location_with_query
    locationmatch_unanchored
    login_page_under_auth
    macro_arguments
    macro_recursive
    macro_undefined
    non_ascii_quotes
    oauth_wrong_authtype
    oidc_api_redirect
    oidc_mandatory_directive
    oidc_redirect_uri_scheme
    oidc_redirect_uri_unprotected
    oidc_unauth_401
    oidc_unauth_pass
    password_file_exposed
    perdir_verifyclient_tls13
    preflight_under_auth
    provider_directive_without_provider
    provider_order_error_stops
    provider_without_settings
    proxied_path_without_authz
    proxy_cookie_path
    proxy_double_auth
    proxy_section_denies_reverse_proxy
    proxypass_order
    public_path_under_auth
    regex_in_literal_section
    remote_user_before_auth
    remoteip_trusted_private
    remoteip_without_proxy_list
    require_all_argument
    require_any_ip_or_user
    require_any_open
    require_env_negated
    require_group_not_in_file
    require_host_address
    require_ip_behind_proxy
    require_ip_invalid
    require_ip_localhost_v4_only
    require_list_comma
    require_local_behind_proxy
    require_method_unknown
    require_missing
    require_not_outside_requireall
    require_not_user_without_user
    require_only_negative
    require_user_not_in_file
    requireall_impossible
    rewrite_after_auth
    rewrite_not_inherited_by_subfolder
    rewrite_not_inherited_by_vhost
    rewrite_pt_bypasses_location
    rewrite_without_followsymlinks
    rewriteengine_off
    section_matches_nothing
    section_not_allowed_in_htaccess
    session_cookie_path
    session_cookie_secure_on_http
    session_maxage_small
    session_not_enabled
    session_without_store
    setenvif_address_regex
    socache_without_backend
    spoofable_header_as_auth
    sslrequiressl_without_redirect
    syntax
    trace_enabled
    trailing_comment
    unclosed_quote
    undefined_variable
    unknown_directive
    user_in_two_providers
    vhost_twin_without_auth
    wordpress_admin_ajax_under_auth
    wordpress_authorization_rule_missing
    wordpress_cron_under_auth
}
