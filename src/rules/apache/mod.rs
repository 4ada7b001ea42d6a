//! The rules of `apache`.

mod evidence;
mod expression;
mod htaccess;
mod methods;
mod reading;
mod require;
mod sections;
mod variables;

rules! {
    allowoverride_lacks_class
    auth_outside_section
    authname_missing
    authtype_module_not_loaded
    authtype_unknown
    authuserfile_not_found
    authuserfile_permissions
    authuserfile_relative
    authz_provider_unknown
    comment_continuation
    conf_bom
    continuation_trailing_space
    directive_arguments
    directive_not_allowed_here
    directive_not_allowed_in_htaccess
    directive_overwritten
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
    section_not_allowed_in_htaccess
    syntax
    trailing_comment
    unclosed_quote
    undefined_variable
    unknown_directive
}
