import UsageData

/// The apps of a log, numbered so that any prefix is the vocabulary of the most widely used ones.
struct AppCatalogue {
  struct App {
    let name: String
    let clients: Int
    let opens: Int
  }

  /// By number of clients, then opens, both descending, then name.
  let apps: [App]
  /// The new id of each old one; -1 for apps that no history mentions.
  private let newID: [Int32]

  /// Orders the counted apps; `names` are those of the ids in the counted histories.
  init(_ counts: AppUseCounts, names: [String]) {
    let old = names.indices.filter { counts.isMentioned[$0] }.sorted { a, b in
      if counts.clients[a] != counts.clients[b] { return counts.clients[a] > counts.clients[b] }
      if counts.opens[a] != counts.opens[b] { return counts.opens[a] > counts.opens[b] }
      return names[a].utf8.lexicographicallyPrecedes(names[b].utf8)
    }
    var newID = [Int32](repeating: -1, count: names.count)
    for (new, old) in old.enumerated() { newID[old] = Int32(new) }
    self.newID = newID
    apps = old.map { App(name: names[$0], clients: counts.clients[$0], opens: counts.opens[$0]) }
  }

  func renumber(_ history: inout ClientHistory) {
    for index in history.opens.indices {
      history.opens[index].app = newID[Int(history.opens[index].app)]
    }
    for index in history.installs.indices {
      history.installs[index].app = newID[Int(history.installs[index].app)]
    }
    for index in history.sessions.indices
    where history.sessions[index].context.notification >= 0 {
      let app = Int(history.sessions[index].context.notification)
      history.sessions[index].context.notification = newID[app]
    }
  }
}

/// How widely each app is used.
struct AppUseCounts {
  private(set) var clients: [Int]
  private(set) var opens: [Int]
  /// Also true for an app that was only installed or only sent notifications.
  private(set) var isMentioned: [Bool]
  private var lastClient: [Int]
  private var clientCount = 0

  init(appCount: Int) {
    clients = [Int](repeating: 0, count: appCount)
    opens = clients
    isMentioned = [Bool](repeating: false, count: appCount)
    lastClient = [Int](repeating: -1, count: appCount)
  }

  /// Counts the next client.
  mutating func add(_ history: ClientHistory) {
    for open in history.opens {
      let app = Int(open.app)
      opens[app] += 1
      isMentioned[app] = true
      if lastClient[app] != clientCount {
        lastClient[app] = clientCount
        clients[app] += 1
      }
    }
    for install in history.installs { isMentioned[Int(install.app)] = true }
    for session in history.sessions where session.context.notification >= 0 {
      isMentioned[Int(session.context.notification)] = true
    }
    clientCount += 1
  }
}
