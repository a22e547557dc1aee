/// What a random stream is for; streams of different purposes never share a number.
///
/// The raw values are part of every result: never renumber them, only add.
package enum StreamPurpose: UInt64, Sendable {
  case initialParameters = 1
  case heldOutClients = 2
  case cohort = 3
  case evaluationClients = 4
  case exampleOrder = 5
  case exampleSelection = 6
  case dropout = 7
  case pooledClients = 8
  case allocation = 9
  case allocationOrder = 10
  case appCatalogue = 16
  case clientProfile = 17
  case clientSessions = 18
  case clientContext = 19
  case clientDrift = 20
  case driftedProfile = 21
  case arrival = 22
  case connectivity = 23
  case rolloutOrder = 24
  case shuffledLabels = 25
  case partialWork = 26
  case buckets = 27
  case hostileClients = 28
  case attack = 29
  case benchmarkData = 32
  case descriptiveStatistics = 33
  case device = 34
  case unloggedCharging = 35
  case availableClients = 36
  case timeForecast = 37
  case bootstrap = 48
  case canary = 49
}

/// What random streams follow from.
package enum StreamKey: Equatable, Sendable {
  /// The seed of an experiment, which is public.
  case seed(UInt64)
  case secret(RandomKey)
}

/// A random stream keyed by (seed, purpose, round, client): Philox4x64-10.
///
/// Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011
/// (https://doi.org/10.1145/2063384.2063405). The key is (seed, purpose), the counter is
/// (block, client, round, 0), so any stream can be opened anywhere without reading another.
/// Under a secret key it is ChaCha20 instead: Philox makes no promise to somebody who wants to guess.
/// The sequence is ours, not the standard library's: it cannot change with a Swift version.
package struct RandomStream: RandomNumberGenerator, Sendable {
  /// Two words of the key; under a secret key the others are `counter.1` and `counter.2`.
  private let key: (UInt64, UInt64)
  private var counter: (UInt64, UInt64, UInt64)
  private let isSecret: Bool
  private var block: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var used = 4
  var spareNormal: Double?

  package init(seed: UInt64, purpose: StreamPurpose, round: Int = 0, client: Int = 0) {
    key = (seed, purpose.rawValue)
    counter = (0, UInt64(bitPattern: Int64(client)), UInt64(bitPattern: Int64(round)))
    isSecret = false
  }

  package init(key: StreamKey, purpose: StreamPurpose, round: Int = 0, client: Int = 0) {
    switch key {
    case .seed(let seed): self.init(seed: seed, purpose: purpose, round: round, client: client)
    case .secret(let secret):
      let words = secret.key(.draws, purpose: purpose.rawValue, round: round, client: client)
      self.init(words: words)
    }
  }

  /// ChaCha20 under this key.
  private init(words: SIMD4<UInt64>) {
    key = (words[0], words[1])
    counter = (0, words[2], words[3])
    isSecret = true
  }

  /// A stream from a raw key and counter, for the published test vectors.
  package init(key: (UInt64, UInt64), counter: (UInt64, UInt64, UInt64)) {
    self.key = key
    self.counter = counter
    isSecret = false
  }

  @inline(__always)
  package mutating func next() -> UInt64 {
    if used == 4 {
      block =
        isSecret
        ? secretBlock() : Self.philox(counter: (counter.0, counter.1, counter.2, 0), key: key)
      counter.0 &+= 1
      used = 0
    }
    used += 1
    switch used {
    case 1: return block.0
    case 2: return block.1
    case 3: return block.2
    default: return block.3
    }
  }

  /// Half of the ChaCha20 block of the counter.
  @inline(never)
  private func secretBlock() -> (UInt64, UInt64, UInt64, UInt64) {
    var cipher = ChaCha20(
      key: SIMD4(key.0, key.1, counter.1, counter.2), block: counter.0)
    var words = [UInt64](repeating: 0, count: 8)
    words.withUnsafeMutableBufferPointer { cipher.fill($0) }
    return (words[0], words[1], words[2], words[3])
  }

  /// One Philox4x64-10 block.
  package static func philox(
    counter: (UInt64, UInt64, UInt64, UInt64), key: (UInt64, UInt64)
  ) -> (UInt64, UInt64, UInt64, UInt64) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let a = c0.multipliedFullWidth(by: 0xD2E7_470E_E14C_6C93)
      let b = c2.multipliedFullWidth(by: 0xCA5A_8263_9512_1157)
      (c0, c1, c2, c3) = (b.high ^ c1 ^ k0, b.low, a.high ^ c3 ^ k1, a.low)
      k0 &+= 0x9E37_79B9_7F4A_7C15
      k1 &+= 0xBB67_AE85_84CA_A73B
    }
    return (c0, c1, c2, c3)
  }
}
