//! Finding the server's programs.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::TestServerError;

/// The oldest version with ICU locales for databases and an index for `^@`.
const OLDEST: u32 = 15;

/// The folder with `initdb` and `postgres`: the one named by `LMS_POSTGRES_BIN`, else the newest
/// of those that are found.
pub(super) fn folder() -> Result<PathBuf, TestServerError> {
    if let Some(named) = env::var_os("LMS_POSTGRES_BIN") {
        let named = PathBuf::from(named);
        let recent = version(&named).is_some_and(|it| it >= OLDEST);
        return recent.then_some(named).ok_or(TestServerError::NoServer);
    }
    candidates()
        .into_iter()
        .filter_map(|folder| Some((version(&folder)?, folder)))
        .filter(|(version, _)| *version >= OLDEST)
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
        .ok_or(TestServerError::NoServer)
}

fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = env::split_paths(&path).collect();
    for (parent, prefix, inner) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr/lib", "postgresql", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/usr/local", "pgsql", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        let Ok(entries) = fs::read_dir(parent) else { continue };
        found.extend(
            entries
                .filter_map(Result::ok)
                .filter(|it| it.file_name().to_string_lossy().starts_with(prefix))
                .map(|it| it.path().join(inner)),
        );
    }
    found
}

/// The major version of the server in that folder, if there is a whole one.
fn version(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

fn major(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    version.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_version_is_read_from_what_the_server_says() {
        for (text, expected) in [
            ("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", Some(15)),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("postgres (PostgreSQL) 17.5 (Homebrew)", Some(17)),
            ("something else", None),
        ] {
            assert_eq!(major(text), expected, "{text}");
        }
    }
}
