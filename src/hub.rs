//! The machine that the backup goes to: its connectors, who has a database open, placing and putting back.
