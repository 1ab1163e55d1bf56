//! The commands: one function each, over the same library calls as the wizard.
