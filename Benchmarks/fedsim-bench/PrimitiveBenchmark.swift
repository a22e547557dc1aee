import Foundation
import Glibc
import Sealing
import SecureAggregation

/// What the machine's processor takes for the primitives of secure aggregation: the limit that
/// every figure has to be read against.
struct PrimitiveBenchmark {
  /// Nanoseconds per 32-bit word of AES-128-CTR.
  private(set) var word: Double
  /// Microseconds per X25519 key agreement.
  private(set) var agreement: Double

  /// The processor that the absolute targets were set on (AMD Zen 3): ns per word, µs per agreement.
  static let reference = (word: 0.68, agreement: 42.0)

  /// Measures with `openssl speed`, and with fedsim's own library where there is no openssl.
  init(into table: inout Table) {
    let library = Self.ownAgreement()
    table.add("X25519 key agreement, fedsim's library", "us", library)
    table.add("sealing and opening a frame of 1 MiB", "us", Self.sealing())
    word =
      Self.openssl(["-evp", "aes-128-ctr", "-bytes", "65536"]).map { 4e9 / ($0 * 1e3) } ?? .nan
    agreement = Self.openssl(["ecdhx25519"]).map { 1e6 / $0 } ?? .nan
    if word.isNaN {
      print("no openssl here: AES-128-CTR by fedsim's own library, mask expansion included")
      word = Self.expansion()
    } else {
      table.add("AES-128-CTR, openssl speed, 64 KiB blocks", "ns per word", Sample([word]))
    }
    if agreement.isNaN {
      agreement = library.median
    } else {
      table.add("X25519 key agreement, openssl speed", "us", Sample([agreement]))
    }
  }

  /// Seconds that two cores need for these primitives alone.
  func seconds(words: Double, agreements: Double) -> Double {
    (words * word * 1e-9 + agreements * agreement * 1e-6) / 2
  }

  /// The same on the reference processor.
  static func referenceSeconds(words: Double, agreements: Double) -> Double {
    (words * reference.word * 1e-9 + agreements * reference.agreement * 1e-6) / 2
  }

  /// One mask after the other, expanded and added on one core: ns per word.
  static func expansion() -> Double {
    let (masks, words) = (200, 100_000)
    let seeds = (0..<masks).map {
      Mask(seed: MaskSeed(Cryptography.hash("\($0)".utf8)), isNegative: $0 % 2 == 0)
    }
    var vector = ResidueVector(zeros: words, modulus: .bits32)
    let start = threadSeconds()
    vector.add(seeds, by: Cryptography.standard.addMask, on: .serial)
    return (threadSeconds() - start) * 1e9 / Double(masks * words)
  }

  /// What `workers.seal_frames` costs each megabyte, on one core.
  private static func sealing() -> Sample {
    let key = SealingKey(SealingKey.randomBytes())
    let frame = [UInt8](repeating: 7, count: 1 << 20)
    return Sample(
      (0..<9).map { _ in
        let start = threadSeconds()
        for _ in 0..<50 { _ = key.open(key.seal(frame, context: []), context: []) }
        return (threadSeconds() - start) * 1e6 / 50
      })
  }

  private static func ownAgreement() -> Sample {
    let pairs = (1...9).map { KeyPair(privateKey: [UInt8](repeating: $0, count: 32)) }
    let times = (0..<9).map { repetition in
      let start = threadSeconds()
      for number in 0..<500 {
        let pair = pairs[(number + repetition) % 9]
        _ = Cryptography.standard.agree(pair, pairs[(number + 1) % 9].publicKey[...])
      }
      return (threadSeconds() - start) * 1e6 / 500
    }
    return Sample(times)
  }

  /// The last number that `openssl speed` prints: operations a second, or thousands of bytes.
  private static func openssl(_ arguments: [String]) -> Double? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl", "speed", "-seconds", "2"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    let last = text.split(whereSeparator: \.isWhitespace).last
    return last.flatMap { Double($0.hasSuffix("k") ? $0.dropLast() : $0) }
  }

  /// Another process on the core must not count.
  static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
