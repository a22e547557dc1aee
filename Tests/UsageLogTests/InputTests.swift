import Foundation
import Testing
import UsageLog

/// Files that are packed, damaged or not logs at all.
@Suite struct InputTests {
  private let text = Array(
    ("user,time,app\n" + (0..<5000).map { "u\($0 % 9),\($0 * 31),app\($0 % 13)\n" }.joined()).utf8)

  @Test func gzipReadsAsPlain() throws {
    let folder = try TemporaryFolder()
    let (plain, _) = try imported(folder.write("plain", text), options(.csv))
    let (packed, _) = try imported(folder.write("packed", gzip(text)), options(.csv))
    #expect(packed.contentHash == plain.contentHash)
    // Several members one after the other, and padding at the end, are still one gzip file.
    let members = gzip(Array(text[..<777])) + gzip([]) + gzip(Array(text[777...])) + [0, 0, 0]
    let (joined, report) = try imported(folder.write("members", members), options(.csv))
    #expect(joined.contentHash == plain.contentHash)
    #expect(report.rows == 5000)
  }

  @Test func cutOrDamagedGzipIsAnError() throws {
    let folder = try TemporaryFolder()
    let packed = gzip(text)
    for count in [2, 5, 12, packed.count / 2, packed.count - 1] {
      let error = usageLogError {
        _ = try imported(folder.write("cut", packed[..<count]), options(.csv))
      }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("cut short") == true, "\(count)")
    }
    var damaged = packed
    damaged[packed.count - 6] ^= 0xff  // in the checksum
    let error = usageLogError { _ = try imported(folder.write("bad", damaged), options(.csv)) }
    #expect(error?.description.contains("damaged gzip") == true)
  }

  private static let odd: [(bytes: [UInt8], message: String)] = [
    ([], "is empty"),
    (Array("\n\n".utf8), "is empty"),
    (gzip([]), "is empty"),
    ([0xff, 0xfe, 0x61, 0x00], "UTF-16"),
    (Array("PK\u{3}\u{4}rest".utf8), "zip archive"),
    (Array("BZh91AY".utf8), "bzip2"),
    ([0x7f, 0x45, 0x4c, 0x46, 0x00], "not a text file"),
    ([UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8) + [0], "tar archive"),
    (Array("client,time,app\n".utf8), "no usable row"),
    (Array("client,time,app\nu,never,x\n".utf8), "line 2: 'never'"),
    (Array("client,time,\"app\n".utf8), "quoted field is not closed"),
  ]

  @Test(arguments: odd)
  func refusesWhatIsNoLog(_ bytes: [UInt8], _ message: String) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("odd", bytes)
    let error = usageLogError {
      _ = try importLog(from: source, to: folder.file("log.sqlite"), options: options(.csv))
    }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "none")")
    #expect(try folder.contents() == ["odd"])
  }

  @Test func namesWhatCannotBeOpened() throws {
    let folder = try TemporaryFolder()
    let target = folder.file("log.sqlite")
    let missing = usageLogError {
      _ = try importLog(from: .file(folder.file("nothing.csv")), to: target)
    }
    #expect(missing?.kind == .missingFile)
    let isFolder = usageLogError { _ = try importLog(from: .file(folder.path), to: target) }
    #expect(isFolder?.kind == .badInput)
    _ = try folder.write("log.csv", text)
    #expect(
      UsageLogError.Kind.missingFile == usageLogError { _ = try UsageLog(path: target) }?.kind)
    let notLog = usageLogError { _ = try UsageLog(path: folder.file("log.csv")) }
    #expect(notLog?.kind == .badInput)
  }

  @Test func theNearestPathIsFound() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("phones.sqlite", [1])
    _ = try folder.write("log.csv.gz", [1])
    try FileManager.default.createDirectory(
      atPath: folder.file("exports"), withIntermediateDirectories: false)
    _ = try folder.write("exports/ann.csv", [1])
    for (path, near) in [
      ("phone.sqlite", "phones.sqlite"), ("Phones.sqlite", "phones.sqlite"),
      ("phones.db", "phones.sqlite"), ("log.csv", "log.csv.gz"), ("export/", "exports/"),
      ("exports/anm.csv", "exports/ann.csv"), ("exprts/ann.csv", "exports/ann.csv"),
    ] { #expect(nearestPath(to: folder.file(path)) == folder.file(near), "\(path)") }
    for path in ["quite.other", "exports/zz/y.csv", "phones.sqlite", "exports"] {
      #expect(nearestPath(to: folder.file(path)) == nil, "\(path)")
    }
  }

  @Test func replacesADatabaseOnlyWhenAsked() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("log.csv", text)
    let target = folder.file("log.sqlite")
    _ = try folder.write("log.sqlite", "mine".utf8)
    let error = usageLogError { _ = try importLog(from: source, to: target) }
    #expect(error?.kind == .inputOutput)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "mine")

    _ = try importLog(from: source, to: target, options: options(.csv) { $0.overwrite = true })
    #expect(try UsageLog(path: target).clientCount == 9)
    #expect(try folder.contents() == ["log.csv", "log.sqlite"])
  }

  @Test func readsKeyFiles() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("raw", testKey)
    _ = try folder.write(
      "hex", "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n".utf8)
    _ = try folder.write("short", "0001\n".utf8)
    #expect(try KeyFile.read(folder.file("raw")) == testKey)
    #expect(try KeyFile.read(folder.file("hex")) == testKey)
    let short = usageLogError { _ = try KeyFile.read(folder.file("short")) }
    #expect(short?.kind == .badInput)
    let missing = usageLogError { _ = try KeyFile.read(folder.file("none")) }
    #expect(missing?.kind == .missingFile)
  }
}
