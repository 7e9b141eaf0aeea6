//! Several processes on one file, and processes that are killed.
//!
//! The program runs itself: as a child it writes until it is told to stop, or is killed.
mod support;

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use libtest_mimic::{Arguments, Failed, Trial};
use lms_core::{
    kernel::{Actor, Context, Id, SequentialIds, TenantId},
    outbox::Message,
    record_types,
    store::{Query, Store, StoreError},
};
use lms_store_sqlite::{Options, SqliteStore, Synchronous};
use lms_testkit::{TestContext, figure};
use support::{Folder, message};
use uuid::Uuid;

/// Tells a child which file it writes to, how often, and from which number its ids go on.
const CHILD: [&str; 3] = ["LMS_SQLITE_FILE", "LMS_SQLITE_TIMES", "LMS_SQLITE_FROM"];

/// Whose counter the processes raise.
const TENANT: TenantId = TenantId::SINGLE;

fn counter() -> Id<Message> {
    Id::from_uuid(Uuid::from_u128(1))
}

fn context(from: u64) -> Context {
    let ids = std::sync::Arc::new(SequentialIds::starting_at(from));
    Context::new(TENANT, Actor::system("processes"), TestContext::NOW, ids)
}

/// Raises the counter and adds a message of that number, in one transaction; returns the number.
async fn raise(store: &Store, cx: &Context) -> Result<u32, StoreError> {
    store
        .transact(cx, |tx| {
            let cx = cx.clone();
            Box::pin(async move {
                let mut counter = tx.lock(counter()).await?;
                counter.attempts += 1;
                tx.update(&mut counter).await?;
                tx.insert(&message(&cx, &counter.attempts.to_string())).await?;
                Ok::<_, StoreError>(counter.attempts)
            })
        })
        .await
}

async fn open(file: &Path) -> Store {
    let options = Options::default().patience(Duration::from_secs(30));
    Store::new(SqliteStore::open_with(file, &record_types(), options).await.unwrap())
}

/// The child: each number that was committed is a line.
async fn child(file: &Path, times: u32, from: u64) {
    let (store, cx) = (open(file).await, context(from));
    for _ in 0..times {
        let number = raise(&store, &cx).await.unwrap();
        println!("{number}");
        std::io::stdout().flush().unwrap();
    }
}

fn start(file: &Path, times: u32, from: u64) -> Child {
    let values = [file.display().to_string(), times.to_string(), from.to_string()];
    Command::new(env::current_exe().unwrap())
        .envs(CHILD.iter().zip(values))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn prepare(file: &Path) {
    let mut first = message(&context(1 << 40), "counter");
    first.id = counter();
    let store = open(file).await;
    let mut tx = store.begin(&context(1 << 41)).await.unwrap();
    tx.insert(&first).await.unwrap();
    tx.commit().await.unwrap();
}

/// How often the counter was raised; each time has left its message, once.
async fn raised(file: &Path) -> u32 {
    let options = Options::default().synchronous(Synchronous::Normal);
    let sqlite = SqliteStore::open_with(file, &record_types(), options).await.unwrap();
    sqlite.check().await.unwrap();
    let store = Store::new(sqlite);
    let mut tx = store.begin(&context(1 << 42)).await.unwrap();
    let count = tx.require(counter()).await.unwrap().attempts;
    let others = Query::filter(!Message::ID.eq(counter()));
    let mut numbers: Vec<u32> =
        tx.all(others).await.unwrap().iter().map(|it| it.kind.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "a half of a transaction");
    count
}

/// Writers that are killed with signal 9 lose nothing that they were told was committed.
async fn a_killed_process_loses_nothing_that_was_committed() {
    const KILLS: u64 = 12;
    let folder = Folder::new("killed");
    let file = folder.file("school.db");
    prepare(&file).await;
    let (mut told, mut lost) = (0_u32, 0_u32);
    for kill in 0..KILLS {
        let mut child = start(&file, u32::MAX, (kill + 1) << 20);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..1 + kill * 3 {
            told = lines.next().unwrap().unwrap().parse().unwrap();
        }
        child.kill().unwrap();
        // What it had still printed before it died was committed too.
        for line in lines.map_while(Result::ok) {
            told = line.parse().unwrap_or(told);
        }
        child.wait().unwrap();
        let found = raised(&file).await;
        lost += told.saturating_sub(found);
        assert!(found >= told && found <= told + 1, "{found} are there, {told} were told");
    }
    figure("processes killed", usize::try_from(KILLS).unwrap());
    figure("commits lost with a process", usize::try_from(lost).unwrap());
    println!("{KILLS} kills, {told} commits told, {lost} lost");
}

/// Processes that write to one file at the same time wait for each other.
async fn two_processes_write_to_one_file() {
    const TIMES: u32 = 60;
    let folder = Folder::new("processes");
    let file = folder.file("school.db");
    prepare(&file).await;
    let mut children: Vec<_> = (1..=2).map(|it| start(&file, TIMES, it << 20)).collect();
    let (store, cx) = (open(&file).await, context(9 << 20));
    for _ in 0..TIMES {
        raise(&store, &cx).await.unwrap();
    }
    for child in &mut children {
        let mut told = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            told += u32::from(line.is_ok());
        }
        assert!(child.wait().unwrap().success());
        assert_eq!(told, TIMES);
    }
    assert_eq!(raised(&file).await, TIMES * 3);
}

/// Processes that open a file that is not there make it once.
async fn two_processes_make_one_file() {
    let folder = Folder::new("make");
    let file = folder.file("school.db");
    let mut children: Vec<_> = (1..=3).map(|it| start(&file, 0, it << 20)).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    prepare(&file).await;
    assert_eq!(raised(&file).await, 0);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let given = CHILD.map(|it| env::var(it).ok());
    if let [Some(file), Some(times), Some(from)] = given {
        let (times, from) = (times.parse().unwrap(), from.parse().unwrap());
        return runtime.block_on(child(Path::new(&file), times, from));
    }
    let runtime = std::sync::Arc::new(runtime);
    macro_rules! trials {
        ($($test:ident),+ $(,)?) => {
            vec![$({
                let runtime = std::sync::Arc::clone(&runtime);
                Trial::test(stringify!($test), move || {
                    let done = runtime.block_on(runtime.spawn($test()));
                    done.map_err(|panic| Failed::from(panic.to_string()))
                })
            }),+]
        };
    }
    let trials = trials![
        a_killed_process_loses_nothing_that_was_committed,
        two_processes_write_to_one_file,
        two_processes_make_one_file,
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
