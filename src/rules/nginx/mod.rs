//! The rules of `nginx`.

use super::rules;

rules! {}
