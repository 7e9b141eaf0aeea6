//! An example that serves HTTP, and a client of a few lines.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

/// The host, running until the test is over.
pub(crate) struct Served {
    process: Child,
    address: String,
    /// The lines that it printed before it listened.
    pub(crate) printed: Vec<String>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    /// The example, which `cargo test` builds beside the tests.
    pub(crate) fn open(example: &str, arguments: &[&str]) -> Self {
        let tests = std::env::current_exe().unwrap();
        let folder = tests.parent().and_then(Path::parent).unwrap();
        let mut process = Command::new(folder.join("examples").join(example))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("build it with `cargo build --all-features --examples`");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        loop {
            let line = lines.next().expect("it says where it listens").unwrap();
            match line.strip_prefix("listening on ") {
                Some(address) => {
                    let address = address.to_owned();
                    return Self { process, address, printed };
                }
                None => printed.push(line),
            }
        }
    }

    /// One request of HTTP/1.1, and the status and the JSON of its answer.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: school\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }
}
