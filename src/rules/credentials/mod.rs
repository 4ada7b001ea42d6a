//! The rules of `credentials`.

#[cfg(test)]
mod tests;
mod wording;

rules! {
    group_comma
    group_htpasswd
    group_no_colon
    htdigest_hash
    htdigest_htpasswd
    htpasswd_bom
    htpasswd_duplicate_user
    htpasswd_empty
    htpasswd_hash_not_portable
    htpasswd_htdigest
    htpasswd_no_colon
    htpasswd_plain_colon
    htpasswd_stray_whitespace
    htpasswd_unknown_hash
    weak_hash
}
