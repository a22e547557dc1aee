import Federation
import Models
import UsageData

/// A first choice, how sure the phone was of it, and what came of it.
package struct JudgedPrediction: Equatable, Sendable {
  package var client: Int
  /// Probability of the first choice as the model says it, and with the phone's own temperature.
  package var unscaled: Double
  package var confidence: Double
  /// Nil when there was no candidate.
  package var predicted: Int32?
  package var opened: Int32
  /// Labelled moments of the phone before this one.
  package var experience: Int

  package var isHit: Bool { predicted == opened }

  package init(
    client: Int, unscaled: Double, confidence: Double, predicted: Int32?, opened: Int32,
    experience: Int
  ) {
    self.client = client
    self.unscaled = unscaled
    self.confidence = confidence
    self.predicted = predicted
    self.opened = opened
    self.experience = experience
  }
}

extension Phone {
  /// Lives through a history and ranks right before each labelled moment.
  ///
  /// - Parameters:
  ///   - first: the moment with which ranking begins; what came before is remembered alone.
  ///   - end: the moment at or after which life ends, in local seconds.
  ///   - body: is given the phone with its `ranking`, the moment's number and what was opened.
  package mutating func live(
    through history: ClientHistory, moments: [Moment], from first: Int = 0,
    until end: Int64 = .max, _ body: (inout Phone, _ moment: Int, _ opened: Int32) -> Void
  ) {
    forget()
    var openIndex = 0
    var next = 0
    for event in history.events {
      if case .open(let open) = event {
        if next < moments.count, moments[next].open == openIndex {
          guard moments[next].time < end else { return }
          if next >= first {
            rank(at: moments[next].time)
            body(&self, next, open.app)
          }
          next += 1
        }
        openIndex += 1
      }
      observe(event)
    }
  }

  /// Sets the temperature that suits the phone's past before a time.
  package mutating func calibrate(
    on history: ClientHistory, moments: [Moment], before time: Int64
  ) {
    var scaling = TemperatureScaling()
    temperature = 1
    live(through: history, moments: moments, until: time) { phone, _, opened in
      scaling.add(phone.candidateScores, target: phone.position(of: opened))
    }
    temperature = Float(scaling.temperature)
  }

  /// Judges the first choices of one phone.
  ///
  /// The temperature is fitted to the moments before the range alone, as it would be that night.
  package mutating func judged(
    _ client: Int, on history: ClientHistory, moments: [Moment], range: Range<Int>
  ) -> [JudgedPrediction] {
    guard let first = range.first else { return [] }
    calibrate(on: history, moments: moments, before: moments[first].time)
    var judged: [JudgedPrediction] = []
    live(through: history, moments: moments, from: first) { phone, moment, opened in
      guard range.contains(moment) else { return }
      let choice = phone.ranking.first
      judged.append(
        JudgedPrediction(
          client: client, unscaled: highestProbability(of: phone.candidateScores),
          confidence: Double(choice?.probability ?? 0), predicted: choice?.app,
          opened: opened, experience: moment))
    }
    return judged
  }
}
