import Models

/// Examples, written from the state as it is.
extension FeatureState {
  /// Appends the example of predicting the next open.
  ///
  /// - Parameters:
  ///   - time: the moment of prediction: that of the unlock for the first app of a session.
  ///   - target: the app that was opened, or -1 when nobody knows yet.
  ///   - examples: of this state's shape.
  package mutating func write(at time: Int64, target: Int32, into examples: inout Examples) {
    precondition(examples.shape == shape, "examples of another shape")
    let moment = moment(at: time)
    steps.write(endingWith: step(at: time), into: &examples)
    writeContext(at: time, into: &examples)

    memory.chooseCandidates(into: &buffers)
    memory.describeCandidates(at: moment, into: &buffers)
    for slot in buffers.slots {
      examples.candidateApps.append(vocabularyID(memory.slots.apps[Int(slot)]))
    }
    examples.candidateOffsets.append(examples.candidateApps.count)
    buffers.appendFeatures(to: &examples.candidateFeatures)

    let slot = target < 0 ? -1 : memory.slots.slot(of: target)
    let position = slot < 0 ? nil : buffers.slots.firstIndex(of: Int32(slot))
    examples.targets.append(vocabularyID(target))
    examples.targetCandidates.append(Int32(position ?? -1))
  }

  /// Catalogue id of each candidate of the example written last.
  package func appendCandidates(to apps: inout [Int32]) {
    for slot in buffers.slots { apps.append(memory.slots.apps[Int(slot)]) }
  }

  /// The step from the last app to the next, at a moment of prediction.
  func step(at time: Int64) -> StepHistory.Step {
    let hour = clock.hour(at: time)
    let place = session.context.place
    return StepHistory.Step(
      app: vocabularyID(memory.lastApp),
      values: SIMD8(
        logMinutes(gap(at: time) ?? 0), hour[0], hour[1], flag(LocalClock.isWeekend(time)),
        flag(place == 1), flag(place == 2), flag(isSessionStart), flag(showsNotification)))
  }

  private func vocabularyID(_ app: Int32) -> Int32 { min(app, Int32(shape.vocabulary - 1)) }

  private func writeContext(at time: Int64, into examples: inout Examples) {
    let hour = clock.hour(at: time)
    let weekday = clock.weekday(at: time)
    let device = session.context
    func append(_ value: Float) { examples.context.append(value) }
    append(hour[0])
    append(hour[1])
    append(hour[2])
    append(hour[3])
    append(weekday[0])
    append(weekday[1])
    append(flag(LocalClock.isWeekend(time)))
    append(flag(device.place == 1))
    append(flag(device.place == 2))
    append(flag(device.place > 2))
    append(device.battery < 0 ? 0 : 2 * min(device.battery, 1) - 1)
    append(flag(device.isCharging))
    append(flag(device.network == .offline))
    append(flag(device.network == .cellular))
    append(flag(device.network == .wifi))
    append(flag(showsNotification))
    append(logMinutes(gap(at: time) ?? 0))
    append(logMinutes(previousSession.end - previousSession.start))
    append(FeatureMath.log(1 + Float(previousSession.opens)) / 3)
    append(flag(isSessionStart))
  }
}

private func flag(_ condition: Bool) -> Float { condition ? 1 : 0 }

/// 0 for no time, 1 for about seven hours.
private func logMinutes(_ seconds: Int64) -> Float {
  FeatureMath.log(1 + Float(max(seconds, 0)) / 60) / 6
}
