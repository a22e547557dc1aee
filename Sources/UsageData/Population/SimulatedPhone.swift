import LinearAlgebra

/// One phone in use: draws what its client does and what it logs of it.
struct SimulatedPhone {
  private let seed: UInt64
  private let client: Int
  private let start: Int64
  private var profile: ClientProfile
  private let drift: ClientDrift?
  private var preferences: AppPreferences
  private var sessions: RandomStream
  private var context: RandomStream
  private var battery: Battery
  private var recent = RecentApps()
  private var mixture = OpenMixture()
  private var day: (number: Int, places: PlaceRoutine.Day)?
  private var log = ClientHistory()

  init(_ population: SyntheticPopulation, client: Int) {
    let seed = population.seed
    self.seed = seed
    self.client = client
    start = population.start(of: client)
    let profile = population.profile(of: client)
    self.profile = profile
    drift = population.drift(of: client, profile)
    preferences = population.preferences(of: client, profile)
    sessions = RandomStream(seed: seed, purpose: .clientSessions, client: client)
    context = RandomStream(seed: seed, purpose: .clientContext, client: client)
    battery = Battery(using: &context)
  }

  /// Every session that starts before `end`.
  mutating func history(until end: Int64) -> ClientHistory {
    var lock = start
    while true {
      let unlock = nextUnlock(after: lock)
      guard unlock < end else { break }
      if let drift, unlock >= drift.time { profile = drift.profile }
      battery.pass(seconds: unlock - lock, inUse: false, profile.charging)
      preferences.advance(to: unlock)
      let context = observe(at: unlock)
      let session =
        sessions.chance(profile.emptyUnlocks)
        ? glance(at: unlock, context) : use(at: unlock, gap: unlock - lock, context)
      battery.pass(seconds: session.end - unlock, inUse: true, profile.charging)
      log.sessions.append(session)
      lock = session.end
    }
    preferences.advance(to: end)
    log.installs = preferences.installs.filter { $0.time >= start }
    return log
  }

  private mutating func nextUnlock(after lock: Int64) -> Int64 {
    if sessions.chance(SessionShape.quickReturns) {
      return lock + max(Int64(SessionShape.quickReturn.draw(using: &sessions)), 1)
    }
    return profile.clock.time(after: lock, activity: profile.gap.draw(using: &sessions))
  }

  private mutating func glance(at unlock: Int64, _ context: DeviceContext) -> Session {
    let length = min(SessionShape.glance.draw(using: &sessions), SessionShape.longest)
    return Session(
      start: unlock, end: unlock + max(Int64(length), 1),
      opens: log.opens.count..<log.opens.count, context: context)
  }

  /// A session with at least one app.
  ///
  /// When and how often apps are opened does not depend on which they are, so the times tell
  /// nothing about the apps.
  private mutating func use(at unlock: Int64, gap: Int64, _ context: DeviceContext) -> Session {
    let first = log.opens.count
    let delay = min(SessionShape.firstOpen.draw(using: &sessions), 600)
    let length = min(SessionShape.use.draw(using: &sessions), SessionShape.longest)
    let opened = unlock + Int64(delay)
    let end = opened + max(Int64(length), 1)

    mixture.setFirstOpen(
      of: profile, preferences: preferences, recent: recent, at: unlock, gap: gap,
      context: context)
    open(excluding: -1, at: opened)
    var time = Double(opened) + 1 + profile.switchInterval * sessions.exponential()
    while time < Double(end) {
      mixture.setSwitch(of: profile, recent: recent)
      open(excluding: recent.current, at: Int64(time))
      time += 1 + profile.switchInterval * sessions.exponential()
    }
    return Session(start: unlock, end: end, opens: first..<log.opens.count, context: context)
  }

  private mutating func open(excluding excluded: Int, at time: Int64) {
    let slot = mixture.draw(profile, preferences, excluding: excluded, using: &sessions)
    log.opens.append(AppOpen(time: time, app: profile.apps[slot]))
    recent.observe(slot)
  }

  /// What the phone sees of itself at an unlock.
  private mutating func observe(at time: Int64) -> DeviceContext {
    var seen = DeviceContext()
    let place = profile.places.place(at: time, on: places(at: time))
    seen.place = context.chance(profile.unknownPlace) ? 0 : place
    battery.decide(
      hour: LocalClock.hour(time), isHome: place == PlaceRoutine.home, using: &context)
    seen.battery = Float(battery.level)
    seen.isCharging = battery.isCharging
    seen.network = network(at: place)
    if context.chance(profile.visibleNotifications) {
      let slot = profile.tables.choose(
        from: ClientProfile.notificationTable, at: context.uniform())
      seen.notification = profile.apps[slot]
    }
    return seen
  }

  private mutating func network(at place: UInt8) -> Network {
    let number = context.uniform()
    if number < 0.02 { return number < 0.01 ? .unknown : .offline }
    let wifi: Double
    switch place {
    case PlaceRoutine.home: wifi = 0.95
    case profile.places.work: wifi = 0.75
    default: wifi = 0.2
    }
    return context.chance(wifi) ? .wifi : .cellular
  }

  private mutating func places(at time: Int64) -> PlaceRoutine.Day {
    let number = Int((time - SyntheticPopulation.start) / LocalClock.day)
    if let day, day.number == number { return day.places }
    // Round 0 of the purpose is the stream of the unlocks.
    var stream = RandomStream(
      seed: seed, purpose: .clientContext, round: number + 1, client: client)
    let midnight = SyntheticPopulation.start + Int64(number) * LocalClock.day
    let places = profile.places.day(startingAt: midnight, using: &stream)
    day = (number, places)
    return places
  }
}
