import Federation
import UsageData
import UsageLog

/// What the training clients of an imported log did before the end of training.
///
/// The order of the apps decides which of them share the last id of a vocabulary, and how popular
/// a feature calls them: it may know nothing of the test period or of held-out clients.
struct TrainingSurvey {
  /// By app id of the log: its rank, the most used app first.
  let appRanks: [Int32]
  /// Training clients, and those among them that have nothing to learn from.
  let clients: Int
  let idleClients: Int

  init(of log: UsageLog, _ configuration: Configuration, until trainingEnd: Int64) throws {
    let partition = ClientPartition(
      seed: configuration.populationSeed, clients: log.clientCount,
      newClientShare: configuration.population.newClientShare)
    var users = [Int](repeating: 0, count: log.appCount)
    var opens = [Int](repeating: 0, count: log.appCount)
    // Installed or notifying apps are candidates before anybody opens them.
    var mentions = [Int](repeating: 0, count: log.appCount)
    var idle = 0
    for position in 0..<partition.trainingCount {
      let history = try log.history(of: partition.trainingClient(position))
      var used = Set<Int32>()
      for open in history.opens where open.time < trainingEnd {
        opens[Int(open.app)] += 1
        if used.insert(open.app).inserted { users[Int(open.app)] += 1 }
      }
      for install in history.installs where install.time < trainingEnd {
        mentions[Int(install.app)] += 1
      }
      for session in history.sessions
      where session.start < trainingEnd && session.context.notification >= 0 {
        mentions[Int(session.context.notification)] += 1
      }
      let moments = configuration.task.moments(in: history)
      if !moments.contains(where: { history.opens[$0.open].time < trainingEnd }) { idle += 1 }
    }
    let order = (0..<log.appCount).sorted { left, right in
      if users[left] != users[right] { return users[left] > users[right] }
      if opens[left] != opens[right] { return opens[left] > opens[right] }
      if mentions[left] != mentions[right] { return mentions[left] > mentions[right] }
      return log.appName(left) < log.appName(right)
    }
    var ranks = [Int32](repeating: 0, count: log.appCount)
    for (rank, app) in order.enumerated() { ranks[app] = Int32(rank) }
    appRanks = ranks
    clients = partition.trainingCount
    idleClients = idle
  }
}
