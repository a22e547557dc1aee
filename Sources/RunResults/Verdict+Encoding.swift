extension Verdict: Encodable {
  private enum CodingKeys: CodingKey {
    case question, answer, headline, sentences, level, parts
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.question, forKey: .question)
    try container.encode(answer, forKey: .answer)
    try container.encode(headline, forKey: .headline)
    try container.encode(sentences, forKey: .sentences)
    try container.encode(0.95, forKey: .level)
    try container.encode(parts, forKey: .parts)
  }
}

extension Verdict.Part: Encodable {
  private enum CodingKeys: CodingKey {
    case split, predictor, accuracy, low, high, interval, clients, seeds, answer, headline
    case strongestBaseline, comparisons, warnings
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(split, forKey: .split)
    try container.encode(predictor, forKey: .predictor)
    try container.encode(accuracy.value, forKey: .accuracy)
    try container.encode(accuracy.low, forKey: .low)
    try container.encode(accuracy.high, forKey: .high)
    try container.encode(accuracy.method, forKey: .interval)
    try container.encode(clients, forKey: .clients)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(answer, forKey: .answer)
    try container.encode(headline, forKey: .headline)
    try container.encode(strongest?.predictor, forKey: .strongestBaseline)
    try container.encode(warnings, forKey: .warnings)
    try container.encode(
      rivals.map {
        Comparison(rival: $0, accuracy: accuracy.value, clients: clients, seeds: seeds)
      },
      forKey: .comparisons)
  }

  /// Every key is there, null where there is nothing to say.
  private struct Comparison: Encodable {
    var rival: Verdict.Rival
    var accuracy: Double
    var clients: Int
    var seeds: Int

    private enum CodingKeys: CodingKey {
      case predictor, accuracy, difference, low, high, interval, clients, seeds, shown, direction
      case share, neededClients, neededSeeds, neededFor
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      let difference = rival.difference
      try container.encode(rival.predictor, forKey: .predictor)
      try container.encode(rival.accuracy, forKey: .accuracy)
      try container.encode(difference.value, forKey: .difference)
      try container.encode(difference.low, forKey: .low)
      try container.encode(difference.high, forKey: .high)
      try container.encode(difference.method, forKey: .interval)
      try container.encode(
        difference.method == .clients ? difference.units : clients, forKey: .clients)
      try container.encode(seeds, forKey: .seeds)
      try container.encode(rival.isShown, forKey: .shown)
      let direction = difference.value > 0 ? "better" : difference.value < 0 ? "worse" : "equal"
      try container.encode(direction, forKey: .direction)
      try container.encode(
        rival.accuracy > 0 ? accuracy / rival.accuracy : nil as Double?, forKey: .share)
      try container.encode(seeds == 1 ? rival.needed?.count : nil, forKey: .neededClients)
      try container.encode(seeds > 1 ? rival.needed?.count : nil, forKey: .neededSeeds)
      try container.encode(rival.needed?.aim, forKey: .neededFor)
    }
  }
}
