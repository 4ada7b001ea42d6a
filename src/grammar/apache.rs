//! httpd's directives: where each may stand, what it takes, which AllowOverride class lets it into .htaccess.
