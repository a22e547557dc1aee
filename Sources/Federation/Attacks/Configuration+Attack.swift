extension Configuration {
  /// The updates of a round as the server gets them from clients that know the honest ones: those of
  /// hostile clients are replaced, all others stay as they are.
  ///
  /// - Parameters:
  ///   - updates: by ascending client id.
  ///   - hostile: nil without an attack.
  ///   - bound: the norm that clients are to clip to; nil for none.
  package func attacked(
    _ updates: [(client: Int, update: [Float])], by hostile: HostileClients?, round: Int,
    bound: Double?
  ) -> [[Float]] {
    guard let attack = attack.attack, let hostile, round >= self.attack.shared.fromRound,
      type(of: attack).knowledge == .honestUpdates
    else { return updates.map(\.update) }
    let honest = updates.filter { !hostile.contains($0.client) }
    let vectors = honest.map { $0.update.map(Double.init) }
    let forged = attack.forge(honest: vectors, hostile: updates.count - honest.count)
    guard var forged, honest.count < updates.count else { return updates.map(\.update) }
    if !type(of: attack).altersScalars, let moments = HonestMoments(vectors) {
      let scalars = forged.indices.suffix(algorithmLayouts.reportedScalars)
      forged.replaceSubrange(scalars, with: moments.mean[scalars])
    }
    let sent = sendable(forged, bound: bound)
    return updates.map { hostile.contains($0.client) ? sent : $0.update }
  }

  /// In single precision; clipped, unless hostile clients do not, and no longer than a server takes.
  private func sendable(_ forged: [Double], bound: Double?) -> [Float] {
    let norm = forged.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let scale = bound.map { attack.shared.ignoresClip || norm <= $0 ? 1 : $0 / norm } ?? 1
    let limit = Double(UpdateSum.largestCoordinate.nextDown)
    return forged.map { Float(max(-limit, min(limit, scale * $0))) }
  }
}
