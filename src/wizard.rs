//! The state of the wizard, and how messages change it. Pure: no I/O, no clock, no terminal.
