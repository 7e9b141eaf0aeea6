//! The server's process, which ends when this one does, however this one ends.
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use super::{TestServerError, binaries};

/// Runs the server as its child and does what it reads. When nothing more comes, because the
/// writing end is closed or its process is dead, it stops the server and removes the folder.
///
/// A server that is started while another runs ends at once, so the one that runs is not always
/// the last that was started: the cluster's own note says which it is.
const SCRIPT: &str = r#"
trap '' INT HUP TERM
folder=$0
start() { "$@" >>"$folder/log" 2>&1 & server=$!; }
signal() { kill -$1 $server $(head -n 1 "$folder/data/postmaster.pid") 2>/dev/null; }
start "$@"
while read -r word; do
    case $word in
        kill) signal KILL; wait ;;
        start) start "$@" ;;
    esac
    echo done
done
signal QUIT
wait
rm -rf "$folder"
"#;

/// A server and its folder.
#[derive(Debug)]
pub(super) struct Supervisor {
    process: Child,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Supervisor {
    /// Makes a cluster and starts a server for it, reached by a socket only. `durable` waits for
    /// the disk at each commit, as a production server does.
    pub(super) fn start(durable: bool) -> Result<Self, TestServerError> {
        let programs = binaries::folder()?;
        let folder = make_folder()?;
        let run_as = run_as(&folder)?;
        if let Some((user, group)) = run_as {
            chown(&folder, Some(user), Some(group))?;
        }
        let command = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(&folder).process_group(0);
            if let Some((user, group)) = run_as {
                command.uid(user).gid(group);
            }
            command
        };
        let data = folder.join("data");
        let made = command(&programs.join("initdb"))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .args(["--no-sync", "--no-instructions"])
            .arg("--pgdata")
            .arg(&data)
            .output()?;
        if !made.status.success() {
            let output = String::from_utf8_lossy(&made.stderr).into_owned();
            return Err(TestServerError::Failed { program: "initdb", output });
        }
        let switch = if durable { "on" } else { "off" };
        let mut settings = vec![
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            "max_connections=500".to_owned(),
            "autovacuum=off".to_owned(),
            "timezone=Asia/Kolkata".to_owned(),
        ];
        settings.extend(
            ["fsync", "synchronous_commit", "full_page_writes"].map(|it| format!("{it}={switch}")),
        );
        let mut supervisor = command(Path::new("/bin/sh"));
        supervisor.args(["-c", SCRIPT]).arg(&folder);
        supervisor.arg(programs.join("postgres")).arg("-D").arg(&data);
        for setting in &settings {
            supervisor.args(["-c", setting]);
        }
        supervisor.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = supervisor.spawn()?;
        let Some(answers) = process.stdout.take() else {
            return Err(std::io::Error::other("the test server's supervisor is silent").into());
        };
        Ok(Self { process, answers: BufReader::new(answers), folder })
    }

    /// Where the socket is.
    pub(super) fn socket(&self) -> &Path {
        &self.folder
    }

    /// Ends the server at once, as a crash would.
    pub(super) fn kill(&mut self) -> Result<(), TestServerError> {
        self.say("kill\n")
    }

    /// Starts the server again after [`kill`](Self::kill).
    pub(super) fn start_again(&mut self) -> Result<(), TestServerError> {
        self.say("start\n")
    }

    fn say(&mut self, line: &str) -> Result<(), TestServerError> {
        let Some(input) = &mut self.process.stdin else { return Ok(()) };
        input.write_all(line.as_bytes())?;
        input.flush()?;
        self.answers.read_line(&mut String::new())?;
        Ok(())
    }

    /// What the server said last.
    pub(super) fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What the databases of one test program may take, in KiB: containers often have less in memory.
const ROOM: u64 = 1 << 20;

/// A folder in memory where there is one with room, for speed.
fn make_folder() -> Result<PathBuf, TestServerError> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("lms-test-{}-{number}", std::process::id());
    let memory = Path::new("/dev/shm");
    for parent in [memory.to_owned(), std::env::temp_dir()] {
        if parent == memory && room_in(&parent).is_none_or(|free| free < ROOM) {
            continue;
        }
        let folder = parent.join(&name);
        // Left by a process of the same number that was killed together with its server.
        let _ = fs::remove_dir_all(&folder);
        if parent.is_dir() && fs::create_dir(&folder).is_ok() {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
            return Ok(folder);
        }
    }
    Err(std::io::Error::other("no folder for the test server can be made").into())
}

/// How many KiB are free there.
fn room_in(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    free_in(&String::from_utf8_lossy(&output.stdout))
}

/// The fourth column of the second line, as POSIX has it: a name without blanks is its first.
fn free_in(table: &str) -> Option<u64> {
    table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// Whom the server runs as when we are root, which it refuses: by user and group.
fn run_as(folder: &Path) -> Result<Option<(u32, u32)>, TestServerError> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next()? == name;
            let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            found.then_some((user, group))
        })
    };
    let somebody = find("postgres").or_else(|| find("nobody"));
    somebody.map(Some).ok_or(TestServerError::NobodyToRunAs)
}

#[cfg(test)]
mod tests {
    use super::free_in;

    #[test]
    fn the_free_room_is_read_from_what_df_prints() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                     tmpfs            65536   12     65524       1% /dev/shm\n";
        assert_eq!(free_in(table), Some(65_524));
        assert_eq!(free_in("df: /dev/shm: No such file or directory"), None);
    }
}
