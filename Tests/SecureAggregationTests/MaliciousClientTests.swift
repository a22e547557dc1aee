import SecureAggregation
import Testing

/// Clients that send what nobody can use: it costs them the session, and not their neighbours.
@Suite struct MaliciousClientTests {
  /// What is wrong with the shares that participant 3 makes.
  private static let faults = ["one", "all", "all but t − 1", "swapped"]

  /// One client spoils its shares for some of its neighbours: the session is given up before anything
  /// is opened, and the next one without it is the sum of all others.
  @Test(arguments: faults, [Adversary.curious, .active])
  func `shares that do not open cost their owner alone`(
    _ fault: String, _ adversary: Adversary
  ) throws {
    for neighbours in [nil, 10] {
      let parameters = try makeParameters(
        14, threshold: 4, neighbours: neighbours, adversary: adversary)
      let inputs = makeInputs(parameters)
      var session = SimulatedSession(parameters)
      try session.advertise()
      for participant in 0..<14 {
        var shares = try session.clients[participant].shareKeys(
          with: session.server.neighbourKeys(for: participant),
          using: &session.sources[participant])
        if participant == 3 { shares.table = spoilt(shares.table, fault) }
        try session.server.receive(shares)
      }
      try session.server.closeSharing()
      #expect(throws: SecureAggregationError.spoiled(by: [3])) {
        try upload(&session, inputs)
      }
      #expect(throws: SecureAggregationError.self) { try session.server.unmask() }
      // A complaint is the last that a client says in a session.
      #expect(session.clients.contains { $0.isOver && !$0.holdsSecrets })

      let next = try makeParameters(
        14, threshold: 4, neighbours: neighbours, adversary: adversary, session: 2)
      var again = SimulatedSession(next, seed: 2)
      let aggregate = try again.run(inputs, dropouts: .init(beforeKeys: [3]))
      let others = (0..<14).filter { $0 != 3 }
      #expect(aggregate.survivors == others)
      #expect(aggregate.sum == plainSum(inputs, of: others))
    }
  }

  /// One false complaint in each session of a round is believed once.
  @Test func `who accuses one after another goes at the second`() throws {
    let parameters = try makeParameters(10, threshold: 4)
    var quarrels: [Int: Int] = [:]
    for (accused, culprits) in [([7], [7]), ([6], [3])] {
      var session = SimulatedSession(parameters)
      session.server = AggregationServer(parameters: parameters, earlierQuarrels: quarrels)
      try session.advertise()
      try session.share()
      try session.server.receive(ShareComplaint(participant: 3, accused: accused))
      quarrels = session.server.quarrels
      #expect(throws: SecureAggregationError.spoiled(by: culprits)) {
        try session.server.closeInput()
      }
    }
    #expect(quarrels == [3: 2, 6: 1, 7: 1])
  }

  /// Honest clients do not complain of many; whoever does is the one to go.
  @Test func `who accuses many goes, who accuses one has it believed`() throws {
    let parameters = try makeParameters(10, threshold: 4)
    for (accused, culprits) in [
      ([0, 1, 2, 4, 5], [3]), ([7], [7]), ([0, 1], [3]),
    ] {
      var session = SimulatedSession(parameters)
      try session.advertise()
      try session.share()
      try session.server.receive(ShareComplaint(participant: 3, accused: accused))
      #expect(throws: SecureAggregationError.self) {
        try session.server.receive(ShareComplaint(participant: 3, accused: accused))
      }
      #expect(throws: SecureAggregationError.spoiled(by: culprits)) {
        try session.server.closeInput()
      }
    }
  }

  @Test func `a complaint about nobody, oneself or a stranger is malformed`() throws {
    let parameters = try makeParameters(12, threshold: 3, neighbours: 4)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    let stranger = try #require(
      (0..<12).first { other in
        other != 3 && !session.server.neighbourKeys(for: 3).table.peers.contains(other)
      })
    for accused in [[], [3], [stranger]] {
      #expect(throws: SecureAggregationError.self) {
        try session.server.receive(ShareComplaint(participant: 3, accused: accused))
      }
    }
    let complaint = ShareComplaint(participant: 3, accused: [1, 5])
    let bytes = complaint.encoded(for: parameters)
    #expect(try ShareComplaint(decoding: bytes, parameters: parameters) == complaint)
    for length in 0..<bytes.count {
      #expect(throws: SecureAggregationError.self) {
        try ShareComplaint(decoding: Array(bytes.prefix(length)), parameters: parameters)
      }
    }
  }

  /// Keys that every neighbour would refuse are refused by the server first.
  @Test func `keys that nobody can use cost their owner alone`() throws {
    let parameters = try makeParameters(6, threshold: 3)
    let inputs = makeInputs(parameters)
    for trick in ["low order", "zero", "respelled", "twice", "another's"] {
      var session = SimulatedSession(parameters)
      let first = try session.clients[0].advertiseKeys(using: &session.sources[0])
      try session.server.receive(first)
      var own = try session.clients[1].advertiseKeys(using: &session.sources[1])
      switch trick {
      case "low order": own.maskingKey = [1] + [UInt8](repeating: 0, count: 31)
      case "zero": own.sharingKey = [UInt8](repeating: 0, count: 32)
      case "respelled": own.sharingKey[31] |= 0x80
      case "twice": own.maskingKey = own.sharingKey
      default: own.maskingKey = first.sharingKey
      }
      #expect(throws: SecureAggregationError.refusedKey(participant: 1), "\(trick)") {
        try session.server.receive(own)
      }
      for participant in 2..<6 {
        try session.server.receive(
          try session.clients[participant].advertiseKeys(using: &session.sources[participant]))
      }
      try session.server.assignNeighbours(using: &session.graphSource)
      try session.share()
      for participant in session.server.sharers {
        try session.server.receive(
          try session.clients[participant].maskInput(
            inputs[participant], shares: session.server.relayedShares(for: participant)))
      }
      try session.server.closeInput()
      #expect(try session.unmask().sum == plainSum(inputs, of: [0, 2, 3, 4, 5]))
    }
  }

  /// Holders that disclose wrong shares of everybody's secrets, some of them of a dropped client's.
  @Test(arguments: [[2], [0, 5], [1, 4, 7]])
  func `a few wrong disclosures do not spoil the sum`(_ liars: [Int]) throws {
    let parameters = try makeParameters(16, threshold: 5)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(inputs, without: [9])
    for participant in session.server.survivors {
      var shares = try session.clients[participant].unmask(
        session.server.survivors(for: participant))
      if liars.contains(participant) {
        for owner in shares.table.peers {
          var block = Array(try #require(shares.table.block(of: owner)))
          block[20] ^= 0x55
          shares.table = shares.table.replacing(owner, with: block)
        }
      }
      try session.server.receive(shares)
    }
    let aggregate = try session.server.unmask()
    #expect(aggregate.sum == plainSum(inputs, of: (0..<16).filter { $0 != 9 }))
  }

  private func upload(_ session: inout SimulatedSession, _ inputs: [ResidueVector]) throws {
    for participant in session.server.sharers {
      let shares = session.server.relayedShares(for: participant)
      do {
        try session.server.receive(
          try session.clients[participant].maskInput(inputs[participant], shares: shares))
      } catch SecureAggregationError.unopenedShares(let owners) {
        try session.server.receive(ShareComplaint(participant: participant, accused: owners))
      }
    }
    try session.server.closeInput()
  }

  private func spoilt(_ table: PeerTable, _ fault: String) -> PeerTable {
    let spoilt =
      switch fault {
      case "one": table.peers.prefix(1)
      case "all but t − 1": table.peers.dropFirst(3)
      default: table.peers[...]
      }
    var result = PeerTable(stride: table.stride)
    for (index, peer) in table.peers.enumerated() {
      var block = Array(table.block(at: index))
      if spoilt.contains(peer) {
        if fault == "swapped" {
          block = Array(table.block(at: (index + 1) % table.count))
        } else {
          block[index % block.count] ^= 1
        }
      }
      result.append(peer, block)
    }
    return result
  }
}
