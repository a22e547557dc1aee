/// Client to server: the masked vector, and last a masked 1 that lets the server check the sum.
package struct MaskedInput: AggregationMessage {
  package static let kind = MessageKind.maskedInput
  package let participant: Int
  /// One residue more than `vectorLength`.
  package var vector: ResidueVector

  package init(participant: Int, vector: ResidueVector) {
    self.participant = participant
    self.vector = vector
  }

  package func appendBody(to writer: inout MessageWriter) {
    switch vector {
    case .bits32(let words): words.withUnsafeBytes { writer.append(bytes: $0) }
    case .bits64(let words): words.withUnsafeBytes { writer.append(bytes: $0) }
    }
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    let count = parameters.vectorLength + 1
    let bytes = try body.read(count: count * parameters.modulus.byteCount)
    var vector = ResidueVector(zeros: count, modulus: parameters.modulus)
    vector.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    self.init(participant: participant, vector: vector)
  }
}

/// Server to client: whose masked vectors arrived.
///
/// One set for all purposes: who is in it cannot at the same time be out of it.
package struct Survivors: AggregationMessage {
  package static let kind = MessageKind.survivors
  package let participant: Int
  /// ⌈cohort ÷ 8⌉ bytes; bit i % 8 of byte i ÷ 8 is participant i.
  package private(set) var bitmap: [UInt8]

  package init(participant: Int, members: [Int], cohortSize: Int) {
    self.participant = participant
    bitmap = [UInt8](repeating: 0, count: Self.bitmapLength(for: cohortSize))
    for member in members { bitmap[member / 8] |= 1 << (member % 8) }
  }

  package var count: Int { bitmap.reduce(0) { $0 + $1.nonzeroBitCount } }

  package func contains(_ member: Int) -> Bool {
    bitmap[member / 8] >> (member % 8) & 1 == 1
  }

  package func appendBody(to writer: inout MessageWriter) {
    writer.append(bytes: bitmap)
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.participant = participant
    bitmap = Array(try body.read(count: Self.bitmapLength(for: parameters.cohortSize)))
    let used = parameters.cohortSize % 8
    if used > 0, let last = bitmap.last, last >> used != 0 {
      throw .malformed("survivors beyond the cohort")
    }
  }

  static func bitmapLength(for cohortSize: Int) -> Int { (cohortSize + 7) / 8 }
}

/// Client to server, active adversary: a signature over the survivors it was shown.
package struct ConsistencySignature: AggregationMessage {
  package static let kind = MessageKind.consistencySignature
  package let participant: Int
  package var signature: [UInt8]

  package init(participant: Int, signature: [UInt8]) {
    self.participant = participant
    self.signature = signature
  }

  package func appendBody(to writer: inout MessageWriter) {
    writer.append(bytes: signature)
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.init(
      participant: participant,
      signature: Array(try body.read(count: SigningIdentity.signatureLength)))
  }
}

/// Server to client, active adversary: the signatures of as many others as have to have signed.
package struct ConsistencySignatures: PeerTableMessage {
  package static let kind = MessageKind.consistencySignatures
  package let participant: Int
  /// By signer.
  package var table: PeerTable

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    SigningIdentity.signatureLength
  }

  package static func mostPeers(for parameters: AggregationParameters) -> Int {
    parameters.cohortSize - 1
  }
}
