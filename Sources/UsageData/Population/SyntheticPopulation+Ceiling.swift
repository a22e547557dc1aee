extension SyntheticPopulation {
  /// The distribution of the target at each moment, for one who knows the client.
  ///
  /// It knows the client's traits and the preferences of the day, and sees what the phone sees at
  /// the moment: the context, the opens before, the time since the last lock. Which source of the
  /// mixture fires is summed out. `history` must be this client's, `moments` in time order.
  package func ceiling(
    of client: Int, history: ClientHistory, moments: [Moment], task: PredictionTask
  ) -> Ceiling {
    var profile = profile(of: client)
    let drift = drift(of: client, profile)
    let start = start(of: client)
    var preferences = preferences(of: client, profile)
    var recent = RecentApps()
    var mixture = OpenMixture()
    var probabilities: [Double] = []
    var ranking: [Int] = []
    var ceiling = Ceiling()
    ceiling.reserve(moments: moments.count, apps: profile.installedApps)
    var seen = 0
    for moment in moments {
      let session = history.sessions[moment.session]
      if let drift, session.start >= drift.time { profile = drift.profile }
      while seen < moment.open {
        recent.observe(Int(profile.slots[Int(history.opens[seen].app)]))
        seen += 1
      }
      preferences.advance(to: session.start)
      if moment.open == session.opens.lowerBound {
        let lock = moment.session > 0 ? history.sessions[moment.session - 1].end : start
        mixture.setFirstOpen(
          of: profile, preferences: preferences, recent: recent, at: session.start,
          gap: session.start - lock, context: session.context)
      } else {
        mixture.setSwitch(of: profile, recent: recent)
      }
      let excluded = task == .nextApp ? recent.current : -1
      mixture.state(profile, preferences, excluding: excluded, in: &probabilities)
      ceiling.append(probabilities, of: profile.apps, ranking: &ranking)
    }
    return ceiling
  }
}
