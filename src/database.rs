//! What is inside a database file, and rewriting it. All SQLite is here and in `hub`.
