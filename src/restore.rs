//! A restore from start to end, without a terminal.
