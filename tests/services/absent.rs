//! What is still done for people who have left the school: every operation, run by the school itself
//! for members who are gone, compared with the file that people review.
use std::{fs, path::PathBuf};

use lms::{identity::MembershipStatus, memory::MemoryStore, store::Store};

use crate::{
    authority::{tables, with_room},
    reading_table,
    table::{Service, scope_of},
    world::World,
};

/// The world of the tables, in which everyone that a row is about has left.
struct Deserted(World);

impl Deserted {
    async fn open() -> Self {
        let world = World::whole(Store::new(MemoryStore::new())).await;
        reading_table::furnish(&world).await;
        Self(world)
    }

    /// What the row's operation answers. All of it is rolled back, so that every operation is asked
    /// of the same school.
    async fn answer(&self, row: &Service) -> String {
        let world = &self.0;
        let cx = &world.system;
        let mut tx = world.store.begin_in(cx, scope_of(row.name, cx)).await.unwrap();
        for person in [&world.learner, &world.other, &world.guardian, &world.teacher] {
            let mut member = tx.require(person.id()).await.unwrap();
            member.status = MembershipStatus::Left;
            tx.update(&mut member).await.unwrap();
        }
        let done = (row.call)(world, cx, &mut tx).await;
        tx.rollback().await.unwrap();
        match done {
            Ok(()) => "yes".to_owned(),
            Err(refusal) => refusal.code.to_owned(),
        }
    }
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/services/absent.txt")
}

#[test]
fn what_is_done_for_people_who_have_left_was_reviewed() {
    with_room(reviewed);
}

async fn reviewed() {
    let school = Deserted::open().await;
    let mut now = String::from(
        "# What the school may do for members who have left, and the code of the refusal where it \
         may not.\n",
    );
    for (context, rows) in tables() {
        now.push_str(&format!("[{context}]\n"));
        for row in &rows {
            now.push_str(&format!("{:<30} {}\n", row.name, school.answer(row).await));
        }
    }
    if std::env::var_os("LMS_REVIEW").is_some() {
        fs::write(file(), &now).unwrap();
    }
    let reviewed = fs::read_to_string(file()).unwrap_or_default();
    assert!(
        now == reviewed,
        "answers changed; to accept them, run this test with LMS_REVIEW=1 and review the difference \
         of tests/services/absent.txt",
    );
}
