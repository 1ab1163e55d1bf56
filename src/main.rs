//! The program `reseat`.

fn main() {}
