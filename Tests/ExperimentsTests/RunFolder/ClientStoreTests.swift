import Experiments
import Foundation
import Testing

/// The file of what clients keep.
struct ClientStoreTests {
  /// A folder with an empty store for three floats of each client.
  static func store() throws -> (TemporaryFolder, ClientStore) {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/checkpoint", withIntermediateDirectories: true)
    return (folder, try ClientStore(folder: folder.path, count: 3, from: nil))
  }

  @Test func theNewestOfAClientHolds() throws {
    let (_, store) = try Self.store()
    #expect(try store.load(7) == nil)
    try store.commit([7: [1, 2, 3], 1 << 40: [.pi, -0.0, .leastNonzeroMagnitude]])
    try store.commit([7: [4, 5, 6]])
    try store.commit([:])
    #expect(try store.load(7) == [4, 5, 6])
    let bits = try store.load(1 << 40)?.map(\.bitPattern)
    #expect(
      bits == [Float.pi, -0.0, .leastNonzeroMagnitude].map(\.bitPattern))
    #expect(try store.load(8) == nil)
  }

  /// What came after the checkpoint is gone, and what was there before holds again.
  @Test func itIsCutToItsCheckpoint() throws {
    let (folder, store) = try Self.store()
    try store.commit([1: [1, 1, 1], 2: [2, 2, 2]])
    let beginning = try store.synchronized()
    // Two records of a number and three floats.
    #expect(beginning.size == 2 * (8 + 12))
    try store.commit([2: [9, 9, 9], 3: [3, 3, 3]])
    // A process that was killed writes no more: this one would while the file is cut.
    _ = try store.synchronized()
    let again = try ClientStore(folder: folder.path, count: 3, from: beginning)
    #expect(try again.load(1) == [1, 1, 1])
    #expect(try again.load(2) == [2, 2, 2])
    #expect(try again.load(3) == nil)
    #expect(try again.synchronized() == beginning)
    try again.commit([3: [4, 4, 4]])
    #expect(try again.load(3) == [4, 4, 4])
  }

  /// Whatever else it holds than what the checkpoint remembers is an error that names the file.
  @Test func anotherFileIsRefused() throws {
    let (folder, store) = try Self.store()
    try store.commit([1: [1, 1, 1], 2: [2, 2, 2]])
    let beginning = try store.synchronized()
    let file = URL(filePath: "\(folder.path)/\(ClientStore.name)")
    let right = try Data(contentsOf: file)
    var flipped = right
    flipped[21] ^= 1
    for wrong in [flipped, right.dropLast(), Data()] {
      try wrong.write(to: file)
      #expect {
        _ = try ClientStore(folder: folder.path, count: 3, from: beginning)
      } throws: { "\($0)".contains(ClientStore.name) }
    }
    // Of an algorithm that keeps more.
    try right.write(to: file)
    #expect(throws: (any Error).self) {
      _ = try ClientStore(folder: folder.path, count: 4, from: beginning)
    }
    try FileManager.default.removeItem(at: file)
    #expect {
      _ = try ClientStore(folder: folder.path, count: 3, from: beginning)
    } throws: { "\($0)".contains("is missing") }
  }
}
