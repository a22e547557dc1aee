extension UsageMemory {
  /// Smoothed probabilities of one app, lanes as `MixtureWeights.Sources`.
  ///
  /// - Parameters:
  ///   - rank: position among the opened candidates.
  ///   - lastCount: how often the app was the target after the last app.
  ///   - pairCount: how often it was after the last two.
  @inline(__always)
  func sources(
    of slot: Int, rank: Int, lastCount: Float, pairCount: Float, at moment: PredictionMoment
  ) -> MixtureWeights.Sources {
    let usage = apps[slot].usage
    let all = (usage.opens + PriorCount.app) * moment.allReciprocal

    let recent = usage.recentOpens * moment.openScale
    let week = (recent[3] + PriorCount.decayed * all) * moment.openReciprocal[3]
    let day = (recent[2] + PriorCount.decayed * week) * moment.openReciprocal[2]
    let sixHours = (recent[1] + PriorCount.decayed * day) * moment.openReciprocal[1]
    let hour = (recent[0] + PriorCount.decayed * sixHours) * moment.openReciprocal[0]

    let recentTargets = usage.recentTargets * moment.openScale[DecayClock.week]
    let targetWeek = (recentTargets + PriorCount.target * week) * moment.targetReciprocal
    let targetAll = (usage.targets + PriorCount.target * all) * moment.allTargetReciprocal

    let afterLast = (lastCount + PriorCount.afterLast * targetWeek) * moment.lastReciprocal
    let afterLastTwo = (pairCount + PriorCount.afterLastTwo * afterLast) * moment.pairReciprocal

    let counts = contexts[moment.position].counts(of: slot, in: moment.situation)
    let byContext = (counts + PriorCount.context * targetWeek) * moment.contextReciprocal
    let bothContexts = 0.5 * (byContext[1] + byContext[2])
    let situation =
      (counts[3] + PriorCount.context[3] * bothContexts) * moment.contextReciprocal[3]

    return MixtureWeights.Sources(
      hour, sixHours, day, week, all, targetWeek, targetAll, afterLast, afterLastTwo,
      byContext[0], byContext[1], byContext[2], situation,
      rank == 0 ? 1 : 0, rank == 1 ? 1 : 0, slot == moment.notification ? 1 : 0)
  }
}
