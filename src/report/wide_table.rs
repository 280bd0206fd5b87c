//! A table with a column for each architecture, in as many parts as the width takes: never cut.

use comfy_table::{CellAlignment, Table};

/// Cells of a column from top to bottom, its heading first.
pub type Column = Vec<String>;

/// `labels` and then `columns`, one table below the other, each with the labels and with as many
/// columns as fit into `width` characters; one at the least.
pub fn wide_table(labels: &Column, columns: &[Column], width: usize) -> String {
    let parts =
        even_parts(labels, columns, width).unwrap_or_else(|| longest_parts(labels, columns, width));
    let tables: Vec<String> =
        parts.into_iter().map(|part| table(labels, part).to_string()).collect();
    tables.join("\n")
}

/// As many as fit into each.
fn longest_parts<'c>(labels: &Column, columns: &'c [Column], width: usize) -> Vec<&'c [Column]> {
    let mut parts = Vec::new();
    let mut rest = columns;
    while !rest.is_empty() {
        let fitting = (2..=rest.len()).take_while(|&count| fits(labels, &rest[..count], width));
        let (part, others) = rest.split_at(fitting.last().unwrap_or(1));
        parts.push(part);
        rest = others;
    }
    parts
}

/// No more parts than with the longest, but of one length: four columns as two and two, not as three
/// and one. `None` when they do not fit.
fn even_parts<'c>(
    labels: &Column,
    columns: &'c [Column],
    width: usize,
) -> Option<Vec<&'c [Column]>> {
    let count = longest_parts(labels, columns, width).len();
    let parts: Vec<&[Column]> =
        columns.chunks(columns.len().div_ceil(count.max(1)).max(1)).collect();
    parts.iter().all(|part| fits(labels, part, width)).then_some(parts)
}

fn fits(labels: &Column, columns: &[Column], width: usize) -> bool {
    // Its first line is nothing but frame, whose characters have one column each.
    let table = table(labels, columns).to_string();
    table.lines().next().is_none_or(|line| line.chars().count() <= width)
}

fn table(labels: &Column, columns: &[Column]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    let row = |place: usize| -> Vec<&str> {
        let cells = std::iter::once(labels).chain(columns);
        cells.map(|column| column.get(place).map_or("", String::as_str)).collect()
    };
    table.set_header(row(0));
    for place in 1..labels.len() {
        table.add_row(row(place));
    }
    for column in 1..=columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> Column {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    fn widths(text: &str) -> Vec<usize> {
        text.lines().map(|line| line.chars().count()).collect()
    }

    #[test]
    fn what_fits_is_one_table() {
        let labels = column(&["", "metric"]);
        let columns = [column(&["one", "1"]), column(&["two", "2"])];
        // "metric", "one" and "two" with two spaces each, and four lines of frame: 22.
        let text = wide_table(&labels, &columns, 22);
        assert_eq!(widths(&text), [22; 5]);
        let text = wide_table(&labels, &columns, 21);
        assert_eq!(widths(&text), [16; 10], "{text}");
    }

    #[test]
    fn parts_are_even_and_nothing_is_lost() {
        let labels = column(&["", "metric"]);
        let names = ["one", "two", "six", "ten"];
        let columns: Vec<Column> = names.iter().map(|name| column(&[name, "1"])).collect();
        // Three would fit: 28.
        let text = wide_table(&labels, &columns, 28);
        assert_eq!(widths(&text), [22; 10], "{text}");
        for name in names {
            assert_eq!(text.matches(name).count(), 1);
        }
        // A column that is too wide stands alone.
        let text = wide_table(&labels, &columns, 3);
        assert_eq!(widths(&text), [16; 20]);
    }

    #[test]
    fn no_columns_are_no_table() {
        assert_eq!(wide_table(&column(&["", "metric"]), &[], 80), "");
    }
}
