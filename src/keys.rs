//! The one table of keys: it feeds dispatch, footer and help.
