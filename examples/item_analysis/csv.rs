//! Reading comma-separated cells, as spreadsheets write them.

/// One row of cells.
#[derive(Debug)]
pub(crate) struct Row {
    /// The line of the file it starts on, from 1.
    pub(crate) line: usize,
    /// The cells, without spaces around them.
    pub(crate) cells: Vec<String>,
}

/// The rows of a file that are not empty. Cells are separated by what the first line has most of:
/// commas, semicolons or tabs. A cell in quotes may contain separators, line breaks and doubled
/// quotes (RFC 4180).
pub(crate) fn rows(text: &str) -> Result<Vec<Row>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
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
            ('"', Some(_)) => quoted = None,
            ('"', None) if cell.trim().is_empty() => quoted = Some(line),
            ('\n', None) => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                keep(&mut rows, first, std::mem::take(&mut cells));
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
        return Err(format!("line {line}: a quote is opened and never closed"));
    }
    cells.push(cell.trim().to_owned());
    keep(&mut rows, first, cells);
    Ok(rows)
}

fn separator(line: &str) -> char {
    let count = |separator: char| line.chars().filter(|it| *it == separator).count();
    [',', ';', '\t'].into_iter().rev().max_by_key(|it| count(*it)).unwrap_or(',')
}

fn keep(rows: &mut Vec<Row>, line: usize, cells: Vec<String>) {
    if cells.iter().any(|cell| !cell.is_empty()) {
        rows.push(Row { line, cells });
    }
}
