//! How tables look here: a line under the header, nothing at the ends of lines. Knows no contents.

use comfy_table::{LineStyle, Row, Table, TableStyle};

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with this header.
pub fn with_header(header: impl Into<Row>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(header);
    table
}

/// Prints a table without spaces at the ends of its lines.
pub fn print(table: &Table) {
    println!("{}", table.trim_fmt());
}
