import CDeflate
import Coordinator
import Crypto
import Foundation
import Glibc
import Storage
import Synchronization
import Threads

/// What the clients of a run keep between its rounds: one file that only grows, with a record for every
/// time that a client's report was counted.
///
/// A record is the client's number, 8 bytes, and its values, all little-endian. The newest of a client is
/// the one that holds. On real phones there is no such file: each has its own record and nobody else.
///
/// Its digest is a SHA-256 over the CRC-32 of every record, little-endian: of megabytes a round, a hash of all
/// bytes would cost more than writing them.
/// What one round keeps is written while the next goes on; what went wrong comes out at the next call.
package final class ClientStore: Sendable {
  package static let name = "checkpoint/clients.bin"

  /// The file as far as it was written.
  private struct Written {
    var size = 0
    /// Of the checksums of all records.
    var hash = SHA256()

    /// Takes down the next record; returns where its values lie.
    mutating func add(_ record: ArraySlice<UInt8>) -> Int {
      let place = size + ClientStore.headerSize
      size += record.count
      let checksum = record.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
      withUnsafeBytes(of: checksum.littleEndian) { hash.update(bufferPointer: $0) }
      return place
    }
  }

  private struct State {
    /// By client, where its newest values lie.
    var places: [Int: Int] = [:]
    var written = Written()
    /// Committed, and on their way into the file.
    var pending: [Int: [Float]] = [:]
    var failure: (any Error)?
  }

  private let path: String
  private let descriptor: Int32
  /// Floats of one client.
  private let count: Int
  private let state = Mutex(State())
  private let writing: SerialThread

  private static let headerSize = MemoryLayout<Int64>.size
  /// Bytes that are written at once.
  private static let pieceSize = 1 << 17
  private var recordSize: Int { Self.headerSize + count * MemoryLayout<Float>.size }

  /// Makes the file, or opens it again, cut to how it was at a checkpoint.
  package init(folder: String, count: Int, from beginning: FileBeginning?) throws {
    path = "\(folder)/\(Self.name)"
    self.count = count
    do {
      writing = try SerialThread()
    } catch {
      throw ExperimentError(.inputOutput, "\(path): \(error).")
    }
    let flags =
      beginning == nil
      ? O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC
      : O_RDWR | O_NOFOLLOW | O_APPEND | O_CLOEXEC
    descriptor = open(path, flags, AtomicFile.ownMode)
    guard descriptor >= 0 else {
      guard errno == ENOENT, beginning != nil else { throw FileSystem.failure("write", path) }
      throw ExperimentError(
        .missingInput,
        "\(path): is missing, so the run cannot be resumed; restore it from a copy, or start again."
      )
    }
    if let beginning { try cut(to: beginning) }
  }

  deinit { close(descriptor) }

  private func cut(to beginning: FileBeginning) throws {
    let changed = ExperimentError(
      .badData,
      "\(path): does not hold what the checkpoint remembers of the clients; it was changed, so the run "
        + "cannot be resumed; restore the file from a copy, or start again.")
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw FileSystem.failure("read", path) }
    guard end >= beginning.size, beginning.size.isMultiple(of: recordSize) else { throw changed }
    let state = try records(upTo: beginning.size)
    guard beginning.digest == nil || Digest.text(state.written.hash.finalize()) == beginning.digest
    else {
      throw changed
    }
    let size = off_t(beginning.size)
    guard FileSystem.whileInterrupted({ [descriptor] in ftruncate(descriptor, size) }) == 0 else {
      throw FileSystem.failure("write", path)
    }
    self.state.withLock { $0 = state }
  }

  /// What the records say that are there.
  private func records(upTo size: Int) throws -> State {
    var state = State()
    var record = [UInt8](repeating: 0, count: recordSize)
    while state.written.size < size {
      try record.withUnsafeMutableBytes { try read($0, at: state.written.size) }
      let client = record.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
      state.places[Int(client)] = state.written.add(record[...])
    }
    return state
  }

  private func read(_ buffer: UnsafeMutableRawBufferPointer, at place: Int) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(place + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileSystem.failure("read", path) }
      done += count
    }
  }

  /// What a client has kept; nil for one that is new.
  package func load(_ client: Int) throws -> [Float]? {
    let (pending, found) = state.withLock { ($0.pending[client], $0.places[client]) }
    if let pending { return pending }
    guard let place = found else { return nil }
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      try read(
        UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * MemoryLayout<Float>.size)]),
        at: place)
      initialized = count
    }
  }

  /// Keeps what clients of one round keep, from now on.
  package func commit(_ kept: [Int: [Float]]) throws {
    guard !kept.isEmpty else { return }
    precondition(kept.values.allSatisfy { $0.count == count }, "a state of another algorithm")
    // At most one round waits.
    try settle()
    state.withLock { $0.pending = kept }
    writing.async {
      do {
        try self.append(kept)
      } catch {
        self.state.withLock { $0.failure = error }
      }
    }
  }

  /// Waits for what is being written.
  private func settle() throws {
    writing.sync {}
    if let failure = state.withLock(\.failure) { throw failure }
  }

  /// Appends records in the order of the clients' numbers, a few at a time, in memory that stays in the
  /// caches.
  private func append(_ kept: [Int: [Float]]) throws {
    let clients = kept.keys.sorted()
    var written = state.withLock(\.written)
    let start = written.size
    var places: [(client: Int, place: Int)] = []
    var records: [UInt8] = []
    records.reserveCapacity(min(clients.count * recordSize, Self.pieceSize + recordSize))
    for client in clients {
      let begin = records.count
      withUnsafeBytes(of: Int64(client).littleEndian) { records.append(contentsOf: $0) }
      kept[client]?.withUnsafeBytes { records.append(contentsOf: $0) }
      places.append((client, written.add(records[begin...])))
      guard records.count >= Self.pieceSize || client == clients.last else { continue }
      guard records.withUnsafeBytes({ AtomicFile.hasWritten($0, to: descriptor) }) else {
        let failure = FileSystem.failure("write", path)
        _ = FileSystem.whileInterrupted { ftruncate(descriptor, off_t(start)) }
        throw failure
      }
      records.removeAll(keepingCapacity: true)
    }
    state.withLock { [written] state in
      for (client, place) in places { state.places[client] = place }
      (state.written, state.pending) = (written, [:])
    }
  }

  /// How the file is now, for a checkpoint; after this it is safely on the disk.
  package func synchronized() throws -> FileBeginning {
    try settle()
    guard FileSystem.whileInterrupted({ fsync(descriptor) }) == 0 else {
      throw FileSystem.failure("write", path)
    }
    return state.withLock { state in
      FileBeginning(size: state.written.size, digest: Digest.text(state.written.hash.finalize()))
    }
  }

  /// For a run; it holds on to the file.
  var access: ClientStates {
    ClientStates(load: { try self.load($0) }, commit: { try self.commit($0) })
  }
}
