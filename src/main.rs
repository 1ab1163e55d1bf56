//! The program `reseat`.

fn main() {
    if let Some(status) = reseat::hub::helper::asked(std::env::args_os()) {
        std::process::exit(status);
    }
}
