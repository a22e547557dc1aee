import Models

/// What the floats of an example mean, in the order in which they are written.
package enum FeatureLayout {
  /// One candidate app at the moment of prediction.
  ///
  /// The first 16 are numbers in 0…1 written as (ln(p + 0.0001) + 4) ÷ 2, most of them smoothed
  /// probabilities that back off to broader ones. A target is an open that the task asks for: with `first_app` only the first of a session.
  package enum Candidate: Int, CaseIterable, Sendable {
    /// Share of all opens, decayed with a half-life of one hour … seven days, and undecayed.
    case shareHour, shareSixHours, shareDay, shareWeek, shareAll
    /// Share of the targets, decayed with a half-life of seven days, and undecayed.
    case targetShareWeek, targetShareAll
    /// Share of the targets after the last app, and after the last two.
    case afterLast, afterLastTwo
    /// Share of the targets around this hour, in this part of a weekday or weekend day, at this
    /// place, and in this part of the day at this place.
    case hour, dayPart, place, situation
    /// Probability under a mixture of the above with weights learned from this client alone.
    case mixture
    /// 1 ÷ (1 + minutes since the last use).
    case sinceLastUse
    /// 1 ÷ position among the candidates, which come most recent first.
    case recencyRank
    /// 1 for the first and for the second candidate.
    case isMostRecent, isSecondMostRecent
    /// 1 for the app whose notification is on the lock screen.
    case hasNotification
    /// For the first candidate: halves every 30 min since the previous event; else 0.
    case mostRecentByGap
    /// For the first candidate: log-odds of the client's habit to go back to it after such a gap.
    case stickiness
    /// For the notification's app: log-odds that its notifications are followed; else 0.
    case responsiveness
    /// For an app never opened: 3 when it has just appeared, halving every day; else 0.
    case isNew
    /// Logarithm of the app's popularity rank in the population.
    case popularity

    package static let width = allCases.count
  }

  /// The moment just after each earlier app.
  package enum Step: Int, CaseIterable, Sendable {
    /// Logarithm of the time since the previous event.
    case gap
    case hourSine, hourCosine, isWeekend, isFirstPlace, isSecondPlace
    /// 1 when an unlock lies between the two apps.
    case isSessionStart
    case hasNotification

    package static let width = allCases.count
  }

  /// The moment of prediction.
  package enum Context: Int, CaseIterable, Sendable {
    case hourSine, hourCosine, hourSecondSine, hourSecondCosine
    case weekdaySine, weekdayCosine, isWeekend
    case isFirstPlace, isSecondPlace, isOtherPlace
    /// −1…1; 0 when unknown.
    case battery
    case isCharging, isOffline, isCellular, isWifi
    case hasNotification
    /// Logarithms of the time since the previous event and of the previous session's length.
    case gap, previousSessionLength
    /// Logarithm of one plus the number of apps opened in the previous session.
    case previousSessionOpens
    case isSessionStart

    package static let width = allCases.count
  }

  /// The shape of every example with these features.
  package static func shape(vocabulary: Int, sequenceLength: Int) -> ExampleShape {
    ExampleShape(
      vocabulary: vocabulary, sequenceLength: sequenceLength, stepWidth: Step.width,
      contextWidth: Context.width, candidateWidth: Candidate.width)
  }
}
