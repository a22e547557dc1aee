import Models

extension FeatureState {
  /// Appends the examples of some moments of one client, replaying its history once.
  ///
  /// The state starts empty, whatever it held before.
  ///
  /// - Parameters:
  ///   - history: the client's events.
  ///   - moments: of `history` and this state's task, in time order.
  ///   - examples: receives one example per moment.
  ///   - candidates: receives a catalogue id for each of `examples.candidateApps`.
  package mutating func appendExamples(
    of history: ClientHistory, moments: some Collection<Moment>, into examples: inout Examples,
    candidates: inout [Int32]
  ) {
    removeAll()
    var remaining = moments.makeIterator()
    var next = remaining.next()
    var installs = history.installs[...]
    for session in history.sessions {
      guard next != nil else { return }
      observe(&installs, before: session.start)
      observeUnlock(at: session.start, context: session.context)
      for index in session.opens {
        let open = history.opens[index]
        if !isSessionStart { observe(&installs, before: open.time) }
        if let moment = next, moment.open == index {
          write(at: moment.time, target: open.app, into: &examples)
          appendCandidates(to: &candidates)
          next = remaining.next()
        }
        observe(open: open)
      }
      observeLock(at: session.end)
    }
    precondition(next == nil, "a moment that the history does not have")
  }

  /// Takes the installations before a time off the front.
  private mutating func observe(_ installs: inout ArraySlice<AppInstall>, before time: Int64) {
    while let install = installs.first, install.time < time {
      observe(install: install)
      installs.removeFirst()
    }
  }
}
