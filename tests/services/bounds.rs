//! What the guide says is the most is the most: one more is refused, by name and number.
use lms::{
    content::{
        AddNode, Block, CategoryError, ContentNode, CourseTree, CreateCategory, FileError,
        LoadTree, NewFile, NodeError, NodeKind, Prose, UploadFile,
    },
    delivery::{CreateProgram, MoveProgram, ProgramError},
    kernel::{Id, Scope, Slug},
    memory::MemoryStore,
    store::{Record as _, Store},
};

use crate::world::{Who, World, title};

async fn world() -> World {
    World::open(Store::new(MemoryStore::new())).await
}

#[tokio::test]
async fn a_course_has_at_most_a_hundred_thousand_nodes() {
    let world = world().await;
    let (cx, course) = (&world.system, world.courses().draft.id);
    let node = |number: usize| {
        let slug = Slug::new(&format!("n-{number}")).unwrap();
        let node = ContentNode::top(cx, course, NodeKind::Module, title("Part"), slug);
        ContentNode { position: u32::try_from(number).unwrap(), ..node }.to_row()
    };
    let mut tx = world.store.backend().begin(Scope::Tenant(cx.tenant())).await.unwrap();
    let rows = (0..CourseTree::MAX_NODES).map(node).collect();
    tx.insert(ContentNode::schema(), rows).await.unwrap();
    tx.commit().await.unwrap();
    let more = AddNode::new(course, NodeKind::Module, title("One more"));
    let error = act!(world.store, cx, |tx| tx.run(more)).unwrap_err();
    assert_eq!(error.to_string(), "a course has at most 100000 nodes");
}

#[tokio::test]
async fn trees_have_at_most_32_levels() {
    let world = world().await;
    let cx = world.cx(Who::Admin);
    let (mut program, mut category) = (None, None);
    for level in 1..=33 {
        let command = CreateProgram { parent_id: program, ..CreateProgram::new(title("P")) };
        let made = act!(world.store, cx, |tx| tx.run(command));
        let name = title(&format!("Level {level}"));
        let command = CreateCategory { parent_id: category, ..CreateCategory::new(name) };
        let kept = act!(world.store, cx, |tx| tx.run(command));
        if level == 33 {
            assert!(matches!(made.unwrap_err(), ProgramError::TooDeep { most: 32 }));
            assert!(matches!(kept.unwrap_err(), CategoryError::TooDeep { most: 32 }));
            return;
        }
        (program, category) = (Some(made.unwrap().id), Some(kept.unwrap().id));
    }
}

#[tokio::test]
async fn what_moves_brings_its_levels_along() {
    let world = world().await;
    let cx = world.cx(Who::Admin);
    let mut tops = Vec::new();
    let mut bottoms = Vec::new();
    for _ in 0..2 {
        let mut parent = None;
        for level in 1..=17 {
            let command = CreateProgram { parent_id: parent, ..CreateProgram::new(title("P")) };
            let made = act!(world.store, cx, |tx| tx.run(command)).unwrap();
            if level == 1 {
                tops.push(made.id);
            }
            if level == 15 {
                bottoms.push(made.id);
            }
            parent = Some(made.id);
        }
    }
    let (top, bottom) = (tops[0], bottoms[1]);
    // 15 levels and 17 are 32; one more is one too many.
    let moved = act!(world.store, cx, |tx| tx
        .run(MoveProgram { program_id: top, parent_id: Some(bottom) }));
    assert_eq!(moved.unwrap().parent_id, Some(bottom));
    let deeper = act!(world.store, cx, |tx| {
        tx.run(CreateProgram { parent_id: Some(bottom), ..CreateProgram::new(title("P")) })
    })
    .unwrap();
    let error = act!(world.store, cx, |tx| tx
        .run(MoveProgram { program_id: top, parent_id: Some(deeper.id) }));
    assert!(matches!(error.unwrap_err(), ProgramError::TooDeep { most: 32 }));
}

#[tokio::test]
async fn a_node_shows_at_most_two_hundred_blocks_and_keeps_html_as_it_was_written() {
    let world = world().await;
    let (cx, course) = (world.cx(Who::Teacher), world.courses().draft.id);
    let html = "<p onclick=\"alert(1)\">1 &lt; 2</p>\r\n<script>alert('é')</script> =1+1";
    let block = || Block::Text { text: Prose::new(html).unwrap() };
    let with = |count: usize| {
        AddNode::new(course, NodeKind::Module, title("Part")).showing(vec![block(); count])
    };
    let node: ContentNode = act!(world.store, cx, |tx| tx.run(with(200))).unwrap();
    let mut tx = world.store.begin(&world.system).await.unwrap();
    let kept =
        tx.part(LoadTree { course_id: course }).await.unwrap().get(node.id).unwrap().body.clone();
    assert_eq!(kept, vec![block(); 200], "not a letter is changed, and nothing is made safe");
    drop(tx);
    let error = act!(world.store, cx, |tx| tx.run(with(201))).unwrap_err();
    assert!(matches!(error, NodeError::TooManyBlocks { most: 200 }));
}

#[tokio::test]
async fn a_file_has_a_name_that_leads_nowhere_else() {
    let world = world().await;
    let cx = world.cx(Who::Learner);
    let upload = |name: &str| {
        let file = NewFile { original_filename: name.to_owned(), ..world.upload().file };
        UploadFile { file, ..world.upload() }
    };
    let long = upload(&"a".repeat(256));
    let error = act!(world.store, cx, |tx| tx.run(long)).unwrap_err();
    assert!(matches!(error, FileError::NameTooLong { most: 255 }));
    for name in [
        "../../etc/passwd",
        "..\\..\\windows\\system.ini",
        "/etc/passwd",
        "C:\\boot.ini",
        "a/../../b",
        "....//x",
        "\u{202e}gpj.exe",
        "=cmd|'/c calc'!A1.csv",
        "",
        "..",
        "con\r\nSet-Cookie: a=b",
    ] {
        let file = upload(name);
        let file = act!(world.store, cx, |tx| tx.run(file)).unwrap();
        let id: Id<_> = file.id;
        assert_eq!(file.storage_path, format!("{}/{id}", cx.tenant()), "{name:?}");
        let is_plain =
            |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '-');
        assert!(file.filename.chars().all(is_plain), "{name:?} as {}", file.filename);
        assert!(!file.filename.starts_with(['.', '-']), "{name:?} as {}", file.filename);
        assert_eq!(file.original_filename, name, "kept as it was, for people to read");
    }
}

/// Rows of the guide's table, and what the code says.
#[test]
fn the_guide_says_what_the_code_does() {
    use lms::{
        assessment::{Assessment, question::Question},
        audit::AuditSeal,
        commerce::{MAX_INSTALMENTS, MAX_ORDER_LINES, MAX_SEATS, WebhookRequest},
        content::Tags,
        delivery::{Recurrence, Session},
        kernel::{EmailAddress, Link, Metadata, Title},
        learning::ReleaseRule,
        recognition::Criteria,
        store::{Column, Cursor, IdempotencyKey, PageSize, Schema},
        tenancy::UnitPath,
    };
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide/hosting.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let bounds: [(&str, &[usize]); 25] = [
        ("records on a page", &[PageSize::MAX.get() as usize]),
        ("titles and names", &[Title::MAX_LENGTH]),
        ("slugs", &[Slug::MAX_LENGTH]),
        ("links", &[Link::MAX_LENGTH]),
        ("e-mail addresses", &[EmailAddress::MAX_LENGTH]),
        ("descriptions, comments, text blocks", &[Prose::MAX_LENGTH]),
        ("any other text", &[Column::MAX_TEXT as usize]),
        ("metadata of a record", &[Metadata::MAX_KEYS, Metadata::MAX_BYTES, Metadata::MAX_DEPTH]),
        ("any other JSON", &[Schema::MAX_JSON_DEPTH]),
        ("levels of units, programs, categories", &[UnitPath::MAX_DEPTH]),
        ("levels of a course", &[NodeKind::ALL.len()]),
        ("nodes of a course", &[CourseTree::MAX_NODES]),
        ("tags of a course", &[Tags::MAX_COUNT]),
        ("release rules in one", &[ReleaseRule::MAX_SIZE, ReleaseRule::MAX_DEPTH]),
        ("criteria of a badge", &[Criteria::MAX_DEPTH]),
        ("a recurrence rule", &[Recurrence::MAX_COUNT as usize, Recurrence::MAX_EXCEPTIONS]),
        ("a session", &[Session::MAX_HOURS as usize]),
        ("questions of a test", &[Assessment::MAX_QUESTIONS]),
        ("parts of a question", &[Question::MAX_PARTS]),
        ("items of an order", &[MAX_ORDER_LINES]),
        ("seats of an item", &[MAX_SEATS as usize]),
        ("instalments of an order", &[MAX_INSTALMENTS]),
        ("the body of a webhook", &[WebhookRequest::MAX_BODY_BYTES]),
        ("a cursor", &[Cursor::MAX_LENGTH]),
        ("an idempotency key", &[IdempotencyKey::MAX_LENGTH]),
    ];
    let row = |what: &str| {
        let mut rows = guide.lines().filter(|it| it.starts_with(&format!("| {what} |")));
        rows.next().unwrap_or_else(|| panic!("no row for {what}")).replace(',', "")
    };
    for (what, most) in bounds {
        let row = row(what);
        let numbers: Vec<_> = row.split(|it: char| !it.is_ascii_digit()).collect();
        for most in most {
            assert!(numbers.contains(&most.to_string().as_str()), "{row} does not say {most}");
        }
    }
    assert!(row("entries under a seal").contains(&AuditSeal::MAX_ENTRIES.to_string()));
}
