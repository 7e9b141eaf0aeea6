//! Writes the migrations from the registry: `cargo run -p lms-store-postgres --example migrations`.
//!
//! Files that are there under the names of generated ones are replaced; the others, which are
//! written by hand, stay. The list that the library embeds is written anew.
use std::{fmt::Write as _, fs, io, path::Path};

use lms_store_postgres::generated_migrations;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("migrations");
    fs::create_dir_all(&folder)?;
    for (name, text) in generated_migrations() {
        fs::write(folder.join(name), text)?;
    }
    let mut names: Vec<String> = fs::read_dir(&folder)?
        .map(|it| it.map(|it| it.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    names.retain(|it| it.ends_with(".sql"));
    names.sort();
    let mut list = String::from(
        "//! The migrations of this build; written by `--example migrations`.\n\
         use super::Migration;\n\n\
         #[rustfmt::skip]\n\
         pub(super) const MIGRATIONS: &[Migration] = &[\n",
    );
    for file in &names {
        let (version, name) = file.trim_end_matches(".sql").split_once('_').unwrap_or(("0", file));
        let version: i64 = version.parse().map_err(io::Error::other)?;
        let _ = writeln!(
            list,
            "    Migration {{ version: {version}, name: \"{name}\", \
             sql: include_str!(\"../../migrations/{file}\") }},"
        );
    }
    list.push_str("];\n");
    fs::write(root.join("src/migrate/files.rs"), list)?;
    println!("{} migrations", names.len());
    Ok(())
}
