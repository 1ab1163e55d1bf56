//! What can be typed: the command line, one struct a command.
