//! The program `reseat`.

fn main() {
    // A fresh process for digests and read-back is the same program; it knows nothing of the command line.
    let asked = reseat::hub::helper::asked(std::env::args_os());
    if let Some(status) = asked.or_else(|| reseat::runtime::demo_service(std::env::args_os())) {
        std::process::exit(status);
    }
    let status = reseat::commands::run(std::env::args_os().collect(), reseat::world::World::real());
    std::process::exit(status);
}
