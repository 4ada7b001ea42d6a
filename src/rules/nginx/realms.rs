//! What people write behind `auth_basic` and mean something else by.

/// Whether nobody calls a realm so.
pub(super) fn means_off(realm: &[u8]) -> bool {
    let word = realm.trim_ascii().to_ascii_lowercase();
    realm != b"off"
        && matches!(&*word, b"" | b"off" | b"none" | b"no" | b"false" | b"disable" | b"disabled")
}
