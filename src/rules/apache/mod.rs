//! The rules of `apache`.

use super::rules;

rules! {}
