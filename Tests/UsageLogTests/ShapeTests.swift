import Foundation
import Testing
import UsageData
import UsageLog

/// How rows are written: delimiters, headers, encodings.
@Suite struct ShapeTests {
  private static let rows = [
    ["user", "time", "app"], ["ann", "2026-01-05 10:00:00", "Maps"],
    ["ann", "2026-01-05 10:01:00", "Mail"], ["bob", "2026-01-05 11:00:00", "Maps"],
  ]

  private static func text(_ separator: String) -> String {
    rows.map { $0.joined(separator: separator) + "\r\n" }.joined()
  }

  private func read(
    _ text: String, name: String = "log.csv", _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (log: UsageLog, report: ImportReport) {
    let folder = try TemporaryFolder()
    return try imported(folder.write(name, text.utf8), options(.csv, change))
  }

  @Test func delimitersAreDetected() throws {
    let (plain, _) = try read(Self.text(","))
    for (separator, shape) in [
      (";", "semicolon-separated"), ("\t", "tab-separated"), ("|", "separated by |"),
    ] {
      for text in [Self.text(separator), "\u{FEFF}" + Self.text(separator)] {
        let (log, report) = try read(text)
        #expect(log.contentHash == plain.contentHash)
        #expect(report.files.map(\.shape) == [shape])
      }
      let marked = "sep=\(separator)\r\n" + Self.text(separator)
      #expect(try read(marked).log.contentHash == plain.contentHash)
    }
    for (name, byte) in [(":", UInt8(ascii: "~")), ("^", UInt8(ascii: "^"))] {
      let separator = String(UnicodeScalar(byte))
      let (log, _) = try read(Self.text(separator), name: name) { $0.delimiter = byte }
      #expect(log.contentHash == plain.contentHash)
    }
  }

  /// Other delimiters in quotes, in names of columns and in texts do not count.
  @Test func otherDelimitersInFieldsDoNotMatter() throws {
    let comma = "user,time,app,\"a;b;c;d;e\"\nu,1714557600,x;y;z;v;w,1\nu,1714557601,x|y,2\n"
    let (_, report) = try read(comma)
    #expect(report.files.map(\.shape) == ["comma-separated"])
    #expect(report.columns.map(\.header) == ["user", "time", "app"])
    let semicolon =
      "user;time;app;note\nu;1714557600;x;\"a, b, c, d\ne\"\nu;1714557601;\"x;y\";1,5\n"
    let (log, other) = try read(semicolon)
    #expect(other.files.map(\.shape) == ["semicolon-separated"])
    #expect(log.appNames == ["x", "x;y"])
    // Fewer separators than in the rows after it, but the same number in each.
    #expect(try read("user;time;app\nu;1714557600;a,b,c,d\n").log.appNames == ["a,b,c,d"])
  }

  @Test func filesWithoutAHeaderGoByNumber() throws {
    let text = "u1\t20160420000008\tbase9\tapp7\t120\nu2\t20160420000108\tbase9\tapp8\t7\n"
    for mapping in ["client=1,time=2,app=4", "client=#1,time=#2,app=4"] {
      let columns = try ColumnMapping(parsing: mapping)
      let (log, report) = try read(text, name: "rows.txt") {
        $0.hasHeader = false
        $0.columns = columns
      }
      #expect(report.rows == 2 && report.imported == 2)
      #expect(log.clientCount == 2 && log.appNames == ["app7", "app8"])
      #expect(report.droppedColumns == ["#3", "#5"])
    }
    let unsaid = usageLogError { _ = try read(text, name: "rows.txt") }
    #expect(unsaid?.description.contains("rows.txt:1: the first row looks like data") == true)
    #expect(unsaid?.description.contains("--no-header") == true)
    let numbered = usageLogError {
      let columns = try ColumnMapping(parsing: "client=1,time=2,app=4")
      // The number of the client is also a value of the first row.
      _ = try read(text.replacing("\t120", with: "\t1")) { $0.columns = columns }
    }
    #expect(numbered?.description.contains("--no-header") == true)
    let unnamed = usageLogError { _ = try read(text) { $0.hasHeader = false } }
    #expect(unnamed?.description.contains("client and time and app by number") == true)
    let tooFar = usageLogError {
      let columns = try ColumnMapping(parsing: "client=1,time=2,app=9")
      _ = try read(text) {
        $0.hasHeader = false
        $0.columns = columns
      }
    }
    #expect(tooFar?.kind == .badInput)
  }

  @Test func digitsMayBeHeaders() throws {
    // The header says 3, 1, 2: a name goes before a position.
    let columns = try ColumnMapping(parsing: "client=3,time=1,app=2")
    let (log, report) = try read("3,1,2\nu,1714557600,x\n") { $0.columns = columns }
    #expect(report.columns.map(\.header) == ["3", "1", "2"])
    #expect(log.appNames == ["x"])
    // Where no header has the number it is a position.
    let byPosition = try ColumnMapping(parsing: "client=1,time=2,app=3")
    #expect(try read("a,b,c\nu,1714557600,x\n") { $0.columns = byPosition }.log.appNames == ["x"])
    // A first row that was named by position is still a header, with a word about it.
    let positions = try ColumnMapping(parsing: "client=#1,time=#2,app=#3")
    let (_, odd) = try read("u,1714557500,y\nu,1714557600,x\n") { $0.columns = positions }
    #expect(odd.rows == 1)
    #expect(odd.notes.contains { $0.contains("--no-header") })
  }

  @Test func anyColumnCanBeLeftOut() throws {
    let columns = try ColumnMapping(parsing: "event=none,session=none")
    let (log, report) = try read(
      "user,time,app,event,session\nu,1714557600,x,77,a\nu,1714557601,y,what,\n"
    ) { $0.columns = columns }
    #expect(report.badRows == 0 && log.appNames == ["x", "y"])
    let named = try ColumnMapping(parsing: "event=none")
    let (_, other) = try read("user,time,app,none\nu,1714557600,x,open\n") { $0.columns = named }
    #expect(other.columns.map(\.header) == ["user", "time", "app", "none"])
    let client = try ColumnMapping(parsing: "client=none")
    let error = usageLogError {
      _ = try read("user,time,app\nu,1,x\n") { $0.columns = client }
    }
    #expect(error?.description.contains("--client NAME") == true)
  }

  @Test func oneColumnIsSaidToBeOne() throws {
    let error = usageLogError { _ = try read("user:time:app\nu:1:x\n") }
    #expect(error?.description.contains("--delimiter") == true, "\(String(describing: error))")
  }

  // MARK: Encodings

  /// `Café` and `Cafe` in Latin-1, with a byte more in a column that nobody reads.
  private static let latin =
    Array("user,time,app,note\nu,1714557600,Caf".utf8) + [0xe9]
    + Array(",\nu,1714557601,Cafe,\nu,1714557602,Maps,".utf8) + [0xfc, 0x0a]

  @Test func textThatIsNotUTF8IsRefused() throws {
    let folder = try TemporaryFolder()
    let error = usageLogError {
      _ = try imported(folder.write("log.csv", Self.latin), options(.csv))
    }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("log.csv:2: 'Caf\\xE9' is not UTF-8") == true)
    #expect(error?.description.contains("iconv -f WINDOWS-1252 -t UTF-8 ") == true)
    #expect(error?.description.contains("--encoding windows-1252") == true)
    let source = try folder.write("log.csv", Self.latin)
    for encoding in ["latin1", "Latin-1", "windows-1252", "cp1252", "ISO-8859-15"] {
      let (log, _) = try imported(source, options(.csv) { $0.encoding = encoding })
      #expect(log.appNames == ["Cafe", "Café", "Maps"])
    }
    let unknown = usageLogError {
      _ = try imported(source, options(.csv) { $0.encoding = "no-such" })
    }
    #expect(unknown?.kind == .usage)
    let wrong = usageLogError { _ = try imported(source, options(.csv) { $0.encoding = "UTF-8" }) }
    #expect(wrong?.description.contains("log.csv:2: the text is not UTF-8") == true)
  }

  @Test func otherEncodingsAreConverted() throws {
    let folder = try TemporaryFolder()
    let text =
      "user,time,app\n" + (0..<20_000).map { "u,\(1_714_557_600 + $0),Größe€\($0 % 7)\n" }.joined()
    let (plain, _) = try imported(folder.write("plain", text.utf8), options(.csv))
    for (encoding, swift) in [
      ("utf-16", String.Encoding.utf16), ("windows-1252", .windowsCP1252),
      ("UTF-32", .utf32), ("iso-8859-15", .init(rawValue: 0x8000_020f)),
    ] {
      // Latin-9 is not in Foundation everywhere.
      guard let bytes = text.data(using: swift) else { continue }
      let (log, report) = try imported(
        folder.write("other", bytes), options(.csv) { $0.encoding = encoding })
      #expect(log.contentHash == plain.contentHash, "\(encoding)")
      #expect(report.rows == 20_000)
    }
  }

  /// The error names the line, wherever in the file and however long after what was read first.
  @Test func theLineOfAWrongByteIsNamed() throws {
    let folder = try TemporaryFolder()
    for (line, sequence) in [
      (2, [0xff]), (30_000, [0xc0, 0xaf]), (50_001, [0xed, 0xa0, 0x80]), (7, [0xf5, 0x80]),
      (9_999, [0xe2, 0x82]), (12, [0xf0, 0x8f, 0xbf, 0xbf]), (20_000, [0x80]),
    ] as [(Int, [UInt8])] {
      var bytes = Array("user,time,app\n".utf8)
      for row in 2...60_000 {
        bytes += "u,\(1_714_557_600 + row),日本".utf8
        if row == line { bytes += sequence }
        bytes.append(0x0a)
      }
      let error = usageLogError {
        _ = try imported(folder.write("log.csv", bytes), options(.csv))
      }
      #expect(error?.description.contains("log.csv:\(line): ") == true, "\(line)")
    }
    let cut = Array("user,time,app\nu,1714557600,x".utf8) + [0xe2, 0x82]
    let error = usageLogError { _ = try imported(folder.write("log.csv", cut), options(.csv)) }
    #expect(error?.description.contains("log.csv:2: ") == true)
  }

  // MARK: Other kinds of files

  @Test func otherKindsOfFilesAreNamedWithWhatConvertsThem() throws {
    let folder = try TemporaryFolder()
    let cases: [(bytes: [UInt8], words: [String])] = [
      (Array("PAR1\u{15}\u{4}".utf8), ["Parquet", "pyarrow.parquet", "log.csv"]),
      (Array("ARROW1\0\0".utf8), ["Feather", "pyarrow.feather"]),
      (
        Array("SQLite format 3\0\u{10}".utf8),
        ["SQLite database", "sqlite3 -readonly -csv -header"]
      ),
      (
        Array("SQLite format 3\0CREATE TABLE ZOBJECT (Z_PK)".utf8),
        [
          "knowledgeC", "ZSTARTDATE AS time, ZSECONDSFROMGMT AS tz", "/app/inFocus",
          "--client NAME --time-format apple --columns timezone=tz",
        ]
      ),
      (
        Array("SQLite format 3\0CREATE TABLE client (id, hashed_id BLOB NOT NULL)".utf8),
        ["population.path"]
      ),
      (Array("PK\u{3}\u{4}....[Content_Types].xml".utf8), ["XLSX", "openpyxl"]),
      (Array("PK\u{3}\u{4}....log.csv".utf8), ["zip archive", "unzip -p"]),
      ([0xd0, 0xcf, 0x11, 0xe0, 0xa1], ["XLS", "as CSV"]),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], ["xz -dc"]),
      (Array("<?xml version=\"1.0\"?><log/>".utf8), ["XML"]),
      (Array("\n<!DOCTYPE html><html>".utf8), ["HTML"]),
      (Array("%PDF-1.7".utf8), ["PDF"]),
      ([0xff, 0xfe, 0x61, 0x00], ["iconv -f UTF-16", "--encoding utf-16"]),
    ]
    for (bytes, words) in cases {
      let error = usageLogError { _ = try imported(folder.write("odd", bytes), options(.csv)) }
      #expect(error?.kind == .badInput)
      for word in words {
        #expect(error?.description.contains(word) == true, "\(word): \(String(describing: error))")
      }
    }
    // As gzip too.
    let packed = usageLogError {
      _ = try imported(folder.write("odd", gzip(Array("PAR1....".utf8))), options(.csv))
    }
    #expect(packed?.description.contains("Parquet") == true)
  }
}
