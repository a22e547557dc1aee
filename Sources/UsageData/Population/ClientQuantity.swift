/// What is measured on each client by itself and then averaged over clients.
enum ClientQuantity: Int, CaseIterable, Sendable {
  case appsUsed, newAppsPerDay, zipfSlope, top1, top3, top5, firstTop1, firstEntropy
  case unlocksPerDay, emptyUnlocks, singleAppUnlocks, notificationOpens, weekendActivity
  case repeatWithinMinute, repeatWithinFive, repeatWithinThirty, repeatFirst
  case revisitTwo, revisitFive, drift, mostFrequent, mostRecent, markov

  /// The name in tables and the range that studies of real phones report; the sources of the
  /// ranges are in the comments.
  var row: (name: String, target: ClosedRange<Double>) {
    switch self {
    // 24–56 in 2–4 weeks and 37–86 in 9–12 weeks; Falaki 2010: 10–90, median about 50.
    case .appsUsed: ("apps used", 24...86)
    // 0.7–2.8 in weeks 1–4, 0.5–0.8 over ten weeks.
    case .newAppsPerDay: ("never-seen apps per day, after 3 days", 0.5...2.8)
    case .zipfSlope: ("rank-frequency slope of the 20 most used apps", 1.01...1.83)
    case .top1: ("share of opens, most used app", 0.14...0.28)
    case .top3: ("share of opens, 3 most used apps", 0.42...0.58)
    case .top5: ("share of opens, 5 most used apps", 0.54...0.69)
    case .firstTop1: ("share of first apps, most used app", 0.15...0.39)
    case .firstEntropy: ("entropy of the first app (bits)", 2.7...4.1)
    // Three logs 58–92; 110 on paid users; Hintze 2014: 25; Falaki 2010: 10–200 by user.
    case .unlocksPerDay: ("unlocks per day", 58...92)
    case .emptyUnlocks: ("unlocks that open no app", 0.18...0.24)
    // 49 % of 5-minute sessions, 60 % of true unlocks.
    case .singleAppUnlocks: ("unlocks with one app, of those with any", 0.49...0.60)
    // Heitmayer & Lahlou 2021: 11 %.
    case .notificationOpens: ("first apps opened from a notification", 0.10...0.15)
    // 0.46 in a holiday season; near even in others.
    case .weekendActivity: ("opens per weekend day, per weekday", 0.46...1.1)
    case .repeatWithinMinute: ("first app repeats the last, locked < 1 min", 0.10...0.63)
    case .repeatWithinFive: ("first app repeats the last, locked 1–5 min", 0.10...0.51)
    case .repeatWithinThirty: ("first app repeats the last, locked 5–30 min", 0.10...0.40)
    case .repeatFirst: ("first app repeats the last first app", 0.14...0.49)
    // Jones 2015.
    case .revisitTwo: ("next app among the last 2 others", 0.29...0.53)
    case .revisitFive: ("next app among the last 5 others", 0.50...0.68)
    case .drift: ("first apps, first half to second, total variation above chance", 0.10...0.15)
    case .mostFrequent: ("accuracy of most_frequent, first app, last 20 %", 0.15...0.39)
    case .mostRecent: ("accuracy of most_recent, first app, last 20 %", 0.20...0.50)
    case .markov: ("accuracy of markov, first app, last 20 %", 0.20...0.50)
    }
  }
}
