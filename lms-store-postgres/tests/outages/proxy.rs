//! Something between the store and its server that can fall silent.
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Everything.
    Open,
    /// What the server is told, and nothing that it answers.
    NoAnswers,
    /// Nothing.
    Nothing,
}

/// Listens on a socket of its own for those who want that server.
pub(crate) struct Proxy {
    folder: PathBuf,
    flow: watch::Sender<Flow>,
}

const SOCKET: &str = ".s.PGSQL.5432";

impl Proxy {
    /// In front of the server whose socket is in that folder.
    pub(crate) fn of(server: &Path, name: &str) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("lms-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder)?;
        let listener = UnixListener::bind(folder.join(SOCKET))?;
        let (flow, watched) = watch::channel(Flow::Open);
        let server = server.join(SOCKET);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = UnixStream::connect(&server).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                let questions = |it| it != Flow::Nothing;
                let answers = |it| it == Flow::Open;
                tokio::spawn(pump(from_client, to_server, watched.clone(), questions));
                tokio::spawn(pump(from_server, to_client, watched.clone(), answers));
            }
        });
        Ok(Self { folder, flow })
    }

    /// Where its socket is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets that pass from now on. What was held back goes on its way as soon as it may.
    pub(crate) fn set(&self, flow: Flow) {
        self.flow.send_replace(flow);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut flow: watch::Receiver<Flow>,
    passes: fn(Flow) -> bool,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(read) = from.read(&mut buffer).await {
        if flow.wait_for(|it| passes(*it)).await.is_err() || read == 0 {
            break;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
