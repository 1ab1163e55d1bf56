//! Copying: no terminal tells whether it took a text, so that the text also goes to a file, and its name is said.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::text::secret;

/// The name of the file in the state folder.
const FILE: &str = "copied.txt";

/// What is longer is not sent to the terminal: several throw away more than 100 000 characters of Base64.
pub const LIMIT: usize = 74_000;

/// Writes `text` to a private file in `folder`, in place of the text before. Gives its path, or why there is none. Secrets
/// are masked there, even where the person sees them on screen: a file stays.
pub fn write(folder: &Path, text: &str) -> Result<String, String> {
    let text = secret::mask(text);
    let path = folder.join(FILE);
    let write = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(())
    };
    write().map_err(|error| error.to_string())?;
    Ok(crate::text::printable(&path.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_text_stands_in_a_private_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        write(&state, "one").unwrap();
        let path = write(&state, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
        write(&state, r#"{"user":"mk","password":"hunter2"}"#).unwrap();
        let kept = fs::read_to_string(&path).unwrap();
        assert!(kept.contains("mk") && kept.contains(secret::MASK) && !kept.contains("hunter2"), "{kept}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
