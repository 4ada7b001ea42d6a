//! The rules of `credentials`.

use super::rules;

rules! {}
