//! Runs the wizard on a terminal: guard, event loop, effects.

pub mod work;
