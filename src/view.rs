//! Draws the state of the wizard, and nothing else.
