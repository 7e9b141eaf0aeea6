//! Reading comma-separated cells, as spreadsheets write them.

/// One row of cells.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where it starts: `line 1`, or `key.csv, line 1` in a second file.
    pub(crate) place: String,
    /// The cells, without spaces around them.
    pub(crate) cells: Vec<String>,
}

/// The rows of a file that are not empty. Cells are separated by what the first line has most of:
/// commas, semicolons or tabs. A cell in quotes may contain separators, line breaks and doubled
/// quotes (RFC 4180). Lines end as on Windows, on Unix or on an old Macintosh.
///
/// Rows and errors name their line, behind `file` where there is one.
pub(crate) fn rows(text: &str, file: Option<&str>) -> Result<Vec<Row>, String> {
    let place = |line: usize| {
        let file = file.map(|it| format!("{it}, ")).unwrap_or_default();
        format!("{file}line {line}")
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let separator = separator(text.lines().next().unwrap_or_default());
    let mut rows = Vec::new();
    let (mut cells, mut cell, mut line, mut first) = (Vec::new(), String::new(), 1, 1);
    let mut quoted: Option<usize> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', Some(_)) if characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            ('"', Some(_)) => {
                quoted = None;
                if ends_badly(characters.clone(), separator) {
                    return Err(format!("{}: text follows a closing quote", place(line)));
                }
            }
            ('"', None) if cell.trim().is_empty() => quoted = Some(line),
            ('\n', None) => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                keep(&mut rows, place(first), std::mem::take(&mut cells));
                line += 1;
                first = line;
            }
            (it, None) if it == separator => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
            }
            (it, _) => {
                line += usize::from(it == '\n');
                cell.push(it);
            }
        }
    }
    if let Some(line) = quoted {
        return Err(format!("{}: a quote is opened and never closed", place(line)));
    }
    cells.push(cell.trim().to_owned());
    keep(&mut rows, place(first), cells);
    Ok(rows)
}

/// Whether more than spaces stands between a closing quote and the end of its cell.
fn ends_badly(mut rest: impl Iterator<Item = char>, separator: char) -> bool {
    let next = rest.find(|it| *it == separator || *it == '\n' || !it.is_whitespace());
    next.is_some_and(|it| it != separator && it != '\n')
}

fn separator(line: &str) -> char {
    let count = |separator: char| line.chars().filter(|it| *it == separator).count();
    [',', ';', '\t'].into_iter().rev().max_by_key(|it| count(*it)).unwrap_or(',')
}

fn keep(rows: &mut Vec<Row>, place: String, cells: Vec<String>) {
    if cells.iter().any(|cell| !cell.is_empty()) {
        rows.push(Row { place, cells });
    }
}
