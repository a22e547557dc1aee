/// One block of bytes per peer, all of one length, in ascending order of peers.
///
/// Flat, because a cohort of thousands has hundreds of thousands of such blocks.
package struct PeerTable: Equatable, Sendable {
  package let stride: Int
  package private(set) var peers: [Int] = []
  private(set) var bytes: [UInt8] = []

  package init(stride: Int) {
    self.stride = stride
  }

  /// An empty table with room for so many peers: one that grew would leave secrets behind.
  init(stride: Int, capacity: Int) {
    self.init(stride: stride)
    peers.reserveCapacity(capacity)
    bytes.reserveCapacity(capacity * stride)
  }

  package var count: Int { peers.count }

  package mutating func append(_ peer: Int, _ block: some Collection<UInt8>) {
    precondition(block.count == stride, "a block of \(block.count) bytes, not \(stride)")
    precondition(peers.last.map { $0 < peer } ?? true, "peers are appended in ascending order")
    peers.append(peer)
    bytes.append(contentsOf: block)
  }

  package func block(at index: Int) -> ArraySlice<UInt8> {
    bytes[(index * stride)..<((index + 1) * stride)]
  }

  package func block(of peer: Int) -> ArraySlice<UInt8>? {
    peers.binarySearch(peer).map(block(at:))
  }

  mutating func wipe() {
    bytes.wipe()
    peers = []
  }
}

extension PeerTable {
  func append(to writer: inout MessageWriter) {
    writer.append(UInt32(count))
    for (index, peer) in peers.enumerated() {
      writer.append(UInt32(peer))
      writer.append(bytes: block(at: index))
    }
  }

  /// Reads a table of at most `largest` peers of the cohort, each named once.
  init(
    stride: Int, largest: Int, cohortSize: Int, from reader: inout MessageReader
  ) throws(SecureAggregationError) {
    self.init(stride: stride)
    let count = Int(try reader.read(UInt32.self))
    guard count <= largest, count * (stride + 4) <= reader.remaining else {
      throw .malformed("\(count) peers where at most \(largest) can be")
    }
    peers.reserveCapacity(count)
    bytes.reserveCapacity(count * stride)
    for _ in 0..<count {
      let peer = Int(try reader.read(UInt32.self))
      guard peer < cohortSize, peer > peers.last ?? -1 else {
        throw .malformed("peer \(peer) out of order or of range")
      }
      append(peer, try reader.read(count: stride))
    }
  }
}

extension MessageReader {
  /// A count, then so many peers of the cohort in ascending order.
  mutating func readPeers(
    atMost largest: Int, cohortSize: Int
  ) throws(SecureAggregationError) -> [Int] {
    let count = Int(try read(UInt32.self))
    guard count <= largest, 4 * count <= remaining else {
      throw .malformed("\(count) peers where at most \(largest) can be")
    }
    var peers: [Int] = []
    for _ in 0..<count {
      let peer = Int(try read(UInt32.self))
      guard peer < cohortSize, peer > peers.last ?? -1 else {
        throw .malformed("peer \(peer) out of order or of range")
      }
      peers.append(peer)
    }
    return peers
  }
}

extension [Int] {
  /// Where an element is in an ascending array.
  func binarySearch(_ element: Int) -> Int? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == element ? low : nil
  }
}
