//! Runs the rules over a project.
