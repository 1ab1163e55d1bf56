//! The configuration: named environments, and where each value in force comes from.
