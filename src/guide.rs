//! The steps that a person does in the platform, read from `assets/guides/`.
