import Tables

/// Throws when the first bytes of a log show that it is a file of another kind, and says how it becomes
/// one that an import reads.
func refuseForeignFile(_ bytes: Field, name: String) throws(UsageLogError) {
  func starts(with text: String) -> Bool { bytes.starts(with: text.utf8) }
  let path = name == ImportSource.standardInput.name ? "FILE" : name
  let file = shellQuoted(path)
  let remedy: String
  if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
    remedy =
      "is UTF-16 text; import it with --encoding utf-16, or convert it with "
      + "`iconv -f UTF-16 -t UTF-8 \(file) > utf8.csv`"
  } else if starts(with: "PAR1") {
    remedy =
      "is a Parquet file; convert it with `python3 -c \"import pyarrow.parquet as p, pyarrow.csv as c; "
      + "c.write_csv(p.read_table('\(path)'), 'log.csv')\"` (needs the package pyarrow) and import log.csv"
  } else if starts(with: "ARROW1") || starts(with: "FEA1") {
    remedy =
      "is a Feather (Arrow) file; convert it with `python3 -c \"import pyarrow.feather as f, "
      + "pyarrow.csv as c; c.write_csv(f.read_table('\(path)'), 'log.csv')\"` (needs the package pyarrow) and "
      + "import log.csv"
  } else if starts(with: "ORC") {
    remedy =
      "is an ORC file; convert it with `python3 -c \"import pyarrow.orc as o, pyarrow.csv as c; "
      + "c.write_csv(o.read_table('\(path)'), 'log.csv')\"` (needs the package pyarrow) and import log.csv"
  } else if starts(with: "SQLite format 3\0") {
    remedy = databaseRemedy(bytes, path: path)
  } else if starts(with: "PK\u{3}\u{4}") {
    remedy = zipRemedy(bytes, path: path)
  } else if bytes.starts(with: [0xd0, 0xcf, 0x11, 0xe0]) {
    remedy =
      "is an old Excel file (XLS); save it as CSV from a spreadsheet program and import the CSV file"
  } else if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
    remedy = "is a tar archive; pipe its file with `tar -xOf \(file) | …` and read from -"
  } else if bytes.starts(with: [0xfd, 0x37, 0x7a]) {
    remedy = "is packed with xz; pipe it with `xz -dc \(file) | …` and read from -"
  } else if starts(with: "BZh") {
    remedy = "is packed with bzip2; pipe it with `bzip2 -dc \(file) | …` and read from -"
  } else if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
    remedy = "is packed with zstd; pipe it with `zstd -dc \(file) | …` and read from -"
  } else if starts(with: "%PDF") {
    remedy = "is a PDF document; export the table behind it as CSV"
  } else if starts(with: "bplist00") {
    remedy =
      "is a binary property list; convert it with `plutil -convert json` and import the JSON file"
  } else if bytes.contains(0) {
    remedy =
      "is not a text file; a log is CSV, another delimited text or JSON, plain or gzip"
  } else if startsWithMarkup(bytes) {
    remedy =
      "is XML or HTML; a log is CSV, another delimited text or JSON, so export it as one of them"
  } else {
    return
  }
  throw UsageLogError(.badInput, "\(name) \(remedy)")
}

private func startsWithMarkup(_ bytes: Field) -> Bool {
  let text = bytes.drop { $0 == UInt8(ascii: " ") || $0 == 0x0a || $0 == 0x0d || $0 >= 0xbb }
  return ["<?xml", "<!doctype", "<html"].contains { start in
    text.prefix(start.utf8.count).elementsEqual(start.utf8) { $0 | 0x20 == $1 | 0x20 }
  }
}

/// A database names its tables on its first pages.
private func databaseRemedy(_ bytes: Field, path: String) -> String {
  let file = shellQuoted(path)
  func query(_ sql: String) -> String {
    "`sqlite3 -readonly -csv -header \(file) \"\(sql)\" > log.csv`"
  }
  if contains("hashed_id BLOB", in: bytes) {
    return
      "is a usage log that `fedsim data import` wrote already; name it as population.path in an "
      + "experiment"
  }
  if contains("ZOBJECT", in: bytes) || contains("ZSTRUCTUREDMETADATA", in: bytes) {
    return
      "is a knowledgeC database; export the apps in use with "
      + query(
        "SELECT ZSTARTDATE AS time, ZSECONDSFROMGMT AS tz, ZVALUESTRING AS app FROM ZOBJECT WHERE "
          + "ZSTREAMNAME = '/app/inFocus'")
      + " and import log.csv with --client NAME --time-format apple --columns timezone=tz"
  }
  return
    "is an SQLite database; export the table with the events with " + query("SELECT * FROM TABLE")
    + " (`sqlite3 \(file) .tables` lists its tables) and import log.csv"
}

/// The names of the files in a zip archive stand between their bytes.
private func zipRemedy(_ bytes: Field, path: String) -> String {
  let file = shellQuoted(path)
  if contains("xl/", in: bytes) || contains("[Content_Types].xml", in: bytes) {
    return
      "is an Excel workbook (XLSX); save the sheet as CSV, or convert it with `python3 -c \"import "
      + "openpyxl, csv; csv.writer(open('log.csv', 'w')).writerows(openpyxl.load_workbook('\(path)', "
      + "read_only=True).active.values)\"` (needs the package openpyxl), and import log.csv"
  }
  if contains("mimetypeapplication/vnd.oasis", in: bytes) {
    return
      "is an OpenDocument spreadsheet; save it as CSV from a spreadsheet program and import the CSV file"
  }
  return "is a zip archive; unpack it first, or pipe it with `unzip -p \(file) | …` and read from -"
}

private func contains(_ text: String, in bytes: Field) -> Bool {
  let wanted = Array(text.utf8)
  guard let first = wanted.first, bytes.count >= wanted.count else { return false }
  return (0...(bytes.count - wanted.count)).contains { start in
    bytes[start] == first && bytes[start..<(start + wanted.count)].elementsEqual(wanted)
  }
}
