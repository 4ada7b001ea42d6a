//! The report: one file an output format.
