/// What a session comes to.
package struct Aggregate: Equatable, Sendable {
  /// The sum of the survivors' vectors, modulo R.
  package let sum: ResidueVector
  /// Whose vectors are in the sum, ascending.
  package let survivors: [Int]
  /// Masks that the server expanded to remove them.
  package let expandedMasks: Int
}

extension AggregationServer {
  /// Ends the session: reconstructs the secrets, removes the masks and checks the sum.
  package mutating func unmask(
    on executor: ParallelExecutor = .serial
  ) throws(SecureAggregationError) -> Aggregate {
    try require(.unmasking)
    do throws(SecureAggregationError) {
      let survivors = survivors
      let masks = try masksToRemove(on: executor)
      sum.add(masks, by: cryptography.addMask, on: executor)
      // Every participant masked a 1 at the end. With masks left over it is as random as the rest.
      guard sum.removeLast() == UInt64(survivors.count) else {
        throw .inconsistentSum
      }
      phase = .finished
      forgetMessages()
      return Aggregate(sum: sum, survivors: survivors, expandedMasks: masks.count)
    } catch {
      abandon()
      throw error
    }
  }

  /// A secret to reconstruct, from the shares that its holders disclosed.
  private struct Reconstruction {
    let owner: Int
    var holders: [Int] = []
    var shares: [UInt8] = []
  }

  private func masksToRemove(
    on executor: ParallelExecutor
  ) throws(SecureAggregationError) -> [Mask] {
    let reconstructions = try collectShares()
    var secrets = try reconstruct(reconstructions, on: executor)
    defer { for index in secrets.indices { secrets[index].wipe() } }
    var masks: [Mask] = []
    var dropped: [(owner: Int, pair: KeyPair)] = []
    for (reconstruction, secret) in zip(reconstructions, secrets) {
      let owner = reconstruction.owner
      if hasSentInput[owner] {
        masks.append(Mask(seed: keys.selfMask(secret, of: owner), isNegative: true))
      } else {
        dropped.append((owner, KeyPair(privateKey: secret)))
      }
    }
    return masks + (try pairwiseMasks(of: dropped, on: executor))
  }

  private func collectShares() throws(SecureAggregationError) -> [Reconstruction] {
    var reconstructions: [Reconstruction] = []
    var places = [Int?](repeating: nil, count: parameters.cohortSize)
    for owner in sharers {
      // The masks of a dropped participant without surviving neighbours are in no vector.
      guard hasSentInput[owner] || neighbours(of: owner).contains(where: { hasSentInput[$0] })
      else { continue }
      places[owner] = reconstructions.count
      reconstructions.append(Reconstruction(owner: owner))
    }
    for (holder, table) in disclosures.enumerated() {
      guard let table else { continue }
      for (index, owner) in table.peers.enumerated() {
        guard let place = places[owner] else { continue }
        reconstructions[place].holders.append(holder)
        reconstructions[place].shares.append(contentsOf: table.block(at: index).dropFirst())
      }
    }
    for reconstruction in reconstructions
    where reconstruction.holders.count < parameters.threshold {
      throw .belowThreshold(
        remaining: reconstruction.holders.count, required: parameters.threshold)
    }
    return reconstructions
  }

  /// Factors for the first and for the last of so many holders.
  private struct Coefficients {
    let first: [UInt64]
    let last: [UInt64]

    init(_ holders: [Int], threshold: Int) {
      first = ShamirSharing.lagrangeCoefficients(
        at: holders.prefix(threshold).map { UInt64($0) + 1 })
      last =
        holders.count == threshold
        ? first
        : ShamirSharing.lagrangeCoefficients(
          at: holders.suffix(threshold).map { UInt64($0) + 1 })
    }
  }

  private func reconstruct(
    _ reconstructions: [Reconstruction], on executor: ParallelExecutor
  ) throws(SecureAggregationError) -> [[UInt8]] {
    // In the complete graph all secrets have the same holders, hence the same coefficients.
    var coefficientSets: [Coefficients] = []
    var setOfReconstruction: [Int] = []
    var holders: [Int] = []
    for reconstruction in reconstructions {
      if reconstruction.holders != holders {
        holders = reconstruction.holders
        coefficientSets.append(Coefficients(holders, threshold: parameters.threshold))
      }
      setOfReconstruction.append(coefficientSets.count - 1)
    }
    let sets = coefficientSets
    let setIndices = setOfReconstruction
    let secrets = executor.map(reconstructions.count) { index in
      secret(reconstructions[index], sets[setIndices[index]])
    }
    var found: [[UInt8]] = []
    for (reconstruction, secret) in zip(reconstructions, secrets) {
      guard let secret else { throw .inconsistentShares(participant: reconstruction.owner) }
      found.append(secret)
    }
    return found
  }

  /// The secret of which all shares are; where some are wrong, the one that most of them are of.
  ///
  /// A masking key leads to a public one. The seed of a mask has to come out of two sets of shares.
  private func secret(
    _ reconstruction: Reconstruction, _ coefficients: Coefficients
  ) -> [UInt8]? {
    let count = parameters.threshold * ShamirSharing.shareLength
    let first = ShamirSharing.reconstruct(
      Array(reconstruction.shares.prefix(count)), coefficients: coefficients.first)
    if hasSentInput[reconstruction.owner] {
      guard reconstruction.holders.count > parameters.threshold else { return first }
      let last = ShamirSharing.reconstruct(
        Array(reconstruction.shares.suffix(count)), coefficients: coefficients.last)
      if let first, first == last { return first }
    } else if let first, isMaskingKey(first, of: reconstruction.owner) {
      return first
    }
    return secretOfMost(reconstruction)
  }

  private func isMaskingKey(_ secret: [UInt8], of owner: Int) -> Bool {
    KeyPair(privateKey: secret).publicKey == advertisements[owner]?.maskingKey
  }

  /// The secret behind the polynomials that most shares lie on, where some are wrong.
  ///
  /// No more than half of those beyond the threshold may be wrong; then no other polynomials have so
  /// many shares. Runs of holders are tried first, of which some leave out any one, then random sets.
  private func secretOfMost(_ reconstruction: Reconstruction) -> [UInt8]? {
    let count = reconstruction.holders.count
    let mostWrong = (count - parameters.threshold) / 2
    let points = reconstruction.holders.map { UInt64($0) + 1 }
    func share(_ place: Int) -> ArraySlice<UInt8> {
      let start = place * ShamirSharing.shareLength
      return reconstruction.shares[start..<(start + ShamirSharing.shareLength)]
    }
    guard mostWrong > 0 || !hasSentInput[reconstruction.owner] else { return nil }
    var source = KeyedRandomSource(seed: 0, purpose: .graph, client: reconstruction.owner)
    for attempt in 0..<(count + Self.randomSets) {
      var places = (0..<count).map { (attempt + $0) % count }
      if attempt >= count { source.shuffle(&places) }
      let chosen = places.prefix(parameters.threshold)
      let shares = chosen.flatMap(share)
      let chosenPoints = chosen.map { points[$0] }
      guard
        let secret = ShamirSharing.reconstruct(
          shares, coefficients: ShamirSharing.lagrangeCoefficients(at: chosenPoints))
      else { continue }
      guard hasSentInput[reconstruction.owner] else {
        if isMaskingKey(secret, of: reconstruction.owner) { return secret }
        continue
      }
      let wrong = places.dropFirst(parameters.threshold).count {
        !ShamirSharing.isOnPolynomials(share($0), at: points[$0], of: shares, at: chosenPoints)
      }
      if wrong <= mostWrong { return secret }
    }
    return nil
  }

  /// Random sets of holders to try, which find a secret behind a few wrong shares.
  private static var randomSets: Int { 256 }

  /// The masks that survivors share with participants that dropped out.
  private func pairwiseMasks(
    of dropped: [(owner: Int, pair: KeyPair)], on executor: ParallelExecutor
  ) throws(SecureAggregationError) -> [Mask] {
    let pairs = dropped.map(\.pair)
    var links: [(dropped: Int, survivor: Int)] = []
    for (index, (owner, _)) in dropped.enumerated() {
      for survivor in neighbours(of: owner) where hasSentInput[survivor] {
        links.append((index, survivor))
      }
    }
    let (keyPairs, allLinks) = (pairs, links)
    let owners = dropped.map(\.owner)
    let masks = executor.map(links.count) { index in
      let (dropped, survivor) = allLinks[index]
      let own = SessionKeys.End(
        participant: owners[dropped], publicKey: keyPairs[dropped].publicKey[...])
      guard let key = advertisements[survivor]?.maskingKey,
        let seed = try? keys.pairwiseMask(
          keyPairs[dropped], own, .init(participant: survivor, publicKey: key[...]))
      else { return Mask?.none }
      // The survivor took the mask with a minus when its number is the smaller one.
      return Mask(seed: seed, isNegative: survivor > owners[dropped])
    }
    var found: [Mask] = []
    for (link, mask) in zip(links, masks) {
      guard let mask else { throw .refusedKey(participant: link.survivor) }
      found.append(mask)
    }
    return found
  }
}
