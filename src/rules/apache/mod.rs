//! The rules of `apache`.

mod evidence;
mod expression;
mod htaccess;
mod methods;
mod passing;
mod proxied;
mod reading;
mod require;
mod rewrites;
mod sections;
mod variables;

rules! {
    allowoverride_lacks_class
    auth_outside_section
    authname_missing
    authorization_header_removed
    authorization_rule_after_front_controller
    authorization_rule_with_l
    authtype_module_not_loaded
    authtype_unknown
    authuserfile_not_found
    authuserfile_permissions
    authuserfile_relative
    authz_provider_unknown
    cgi_authorization_not_passed
    comment_continuation
    conf_bom
    continuation_trailing_space
    directive_arguments
    directive_not_allowed_here
    directive_not_allowed_in_htaccess
    directive_overwritten
    directory_auth_on_proxied_path
    directory_glob_misses_root
    env_set_after_auth
    env_set_after_if
    errordocument_401_url
    errordocument_relative
    expr_syntax
    files_with_path
    filesmatch_directory_name
    include_cycle
    include_glob
    include_matches_nothing
    include_missing
    ldap_group_quoted
    limit_leaves_methods_open
    limit_method_unknown
    location_glob
    location_trailing_slash
    location_with_query
    non_ascii_quotes
    proxied_path_without_authz
    proxy_section_denies_reverse_proxy
    proxypass_order
    regex_in_literal_section
    require_all_argument
    require_env_negated
    require_host_address
    require_ip_invalid
    require_list_comma
    require_method_unknown
    require_not_outside_requireall
    require_only_negative
    requireall_impossible
    rewrite_not_inherited_by_subfolder
    rewrite_not_inherited_by_vhost
    rewriteengine_off
    section_not_allowed_in_htaccess
    syntax
    trailing_comment
    unclosed_quote
    undefined_variable
    unknown_directive
    wordpress_authorization_rule_missing
}
