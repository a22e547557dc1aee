import Glibc
import LinearAlgebra
import Wire

/// What a worker is: all that decides whether its answers have the bits of another's.
package struct WorkerIdentity: Equatable, Sendable {
  /// Of the messages; frames have a version of their own.
  package static let protocolVersion: UInt16 = 2

  /// What a worker can do.
  package enum Capability: String, CaseIterable, Sendable {
    /// Adds updates up and answers `collect`.
    case sum
    /// Sends updates one by one.
    case individual
    /// Answers for participants of secure aggregation.
    case masked
    /// Trains clients that keep something between rounds.
    case state
    case evaluate
  }

  package var version = Self.protocolVersion
  /// The name of the machine, for errors.
  package var machine: String
  /// The program, to the byte: `fedsim SIZE-CHECKSUM`, and of another program its own name; empty for a
  /// worker that its coordinator started from its own file.
  package var build: String
  /// The library of linear algebra and its kernel; empty in a program that has none.
  package var blas: String
  package var kernel: String
  /// Of the vectors of our own kernels, in bits; 0 in another program.
  package var vectorBits: UInt16
  /// Names of `Capability`, and any others.
  package var capabilities: Set<String>
  /// Of the model.
  package var parameters: Int

  package init(
    machine: String, build: String, blas: String = "", kernel: String = "", vectorBits: UInt16 = 0,
    capabilities: Set<String>, parameters: Int
  ) {
    self.machine = machine
    self.build = build
    self.blas = blas
    self.kernel = kernel
    self.vectorBits = vectorBits
    self.capabilities = capabilities
    self.parameters = parameters
  }

  /// That of this process.
  ///
  /// - Parameter build: empty where nobody has to tell it from another.
  package static func own(parameters: Int, build: String) -> WorkerIdentity {
    WorkerIdentity(
      machine: TCP.machineName, build: build, blas: BLAS.configuration, kernel: BLAS.kernel,
      vectorBits: UInt16(Elementwise.vectorBits),
      capabilities: Set(Capability.allCases.map(\.rawValue)), parameters: parameters)
  }

  /// The client program that it has started, with versions; nil without one.
  package var clientProgram: String? {
    get {
      capabilities.first { $0.hasPrefix(Self.programMark) }
        .map { String($0.dropFirst(Self.programMark.count)) }
    }
    set {
      capabilities = capabilities.filter { !$0.hasPrefix(Self.programMark) }
      // A name is as long as it may be on the wire.
      if let newValue { capabilities.insert(Self.programMark + newValue.prefix(200)) }
    }
  }

  private static let programMark = "program "

  /// Whether it runs another program than fedsim.
  package var isForeign: Bool { !build.isEmpty && !build.hasPrefix(Self.native) }

  private static let native = "fedsim "

  /// The name of a build of this program, from the size and checksum of its file; empty where that cannot
  /// be read.
  package static func build(of path: String = "/proc/self/exe") -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var (size, checksum) = (0, UInt32(0))
    // Piece by piece: a file that is mapped would count as memory of this process.
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let count = read(file, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return "" }
      guard count > 0 else { break }
      checksum = Frame.checksum(of: .init(rebasing: piece[..<count]), after: checksum)
      size += count
    }
    let digits = String(checksum, radix: 16)
    return native + "\(size)-" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Why its answers may have other bits than those of another worker, as the end of a sentence about
  /// its machine; nil where they have the same.
  package func difference(from other: WorkerIdentity) -> String? {
    if version != other.version {
      return
        "speaks version \(version) of the messages and this program version \(other.version); install "
        + "the same build of fedsim there"
    }
    if build != other.build {
      return
        "runs another program ('\(build)', not '\(other.build)'), whose sums may differ in their last "
        + "bits; install the same build there"
    }
    if (blas, kernel) != (other.blas, other.kernel) {
      return
        "computes with other linear algebra (\(blas), kernel \(kernel), not \(other.blas), kernel "
        + "\(other.kernel)), which changes results; install the same library there"
    }
    if vectorBits != other.vectorBits {
      return
        "has vectors of \(vectorBits) bits and others have \(other.vectorBits), which changes results; "
        + "use machines of one kind"
    }
    return nil
  }
}

extension WorkerIdentity {
  private static let longestText = 1_024

  func append(to writer: inout ByteWriter) {
    writer.append(version)
    writer.append(text: machine)
    writer.append(text: build)
    writer.append(text: blas)
    writer.append(text: kernel)
    writer.append(vectorBits)
    writer.append(compact: capabilities.count)
    for name in capabilities.sorted() { writer.append(text: name) }
    writer.append(parameters)
  }

  /// Of another version only the beginning is read, which says where it runs.
  init(from reader: inout ByteReader) throws(WireError) {
    let version = try reader.read(UInt16.self)
    let machine = try Self.text(from: &reader)
    self.init(machine: machine, build: "", capabilities: [], parameters: 0)
    self.version = version
    guard version == Self.protocolVersion else {
      reader.skipRest()
      return
    }
    build = try Self.text(from: &reader)
    blas = try Self.text(from: &reader)
    kernel = try Self.text(from: &reader)
    vectorBits = try reader.read(UInt16.self)
    capabilities = Set(
      try reader.readList { reader throws(WireError) in try Self.text(from: &reader) })
    parameters = try reader.readInt()
  }

  private static func text(from reader: inout ByteReader) throws(WireError) -> String {
    let text = try reader.readText()
    guard text.utf8.count <= longestText else {
      throw .malformed("a name of \(text.utf8.count) bytes")
    }
    return text
  }
}
