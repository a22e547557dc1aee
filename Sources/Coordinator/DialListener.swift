import CSpawn
import Dispatch
import Federation
import Glibc
import Synchronization
import Threads
import Wire

/// A worker that was started and has not dialled yet.
final class DialArrival: Sendable {
  /// What the worker is told.
  let line: DialLine
  private let connection = Mutex<DialConnection?>(nil)
  private let signal = DispatchSemaphore(value: 0)
  private let giveUp: @Sendable (DialKey) -> Void

  init(_ line: DialLine, giveUp: @escaping @Sendable (DialKey) -> Void) {
    self.line = line
    self.giveUp = giveUp
  }

  deinit {
    giveUp(line.key)
    if let connection = connection.withLock(\.self) { close(connection.socket) }
  }

  func arrive(_ connection: DialConnection) {
    self.connection.withLock { $0 = connection }
    signal.signal()
  }

  /// The connection, waited for so long; the caller closes it.
  func wait(milliseconds: Int) -> DialConnection? {
    guard signal.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return nil }
    return connection.withLock { connection in
      defer { connection = nil }
      return connection
    }
  }
}

/// A connection whose first frame was opened with the key that it names.
struct DialConnection: Sendable {
  let socket: Int32
  let seal: FrameSeal
}

/// Where workers dial back to.
///
/// One thread polls all that have connected and not said who they are: each has a buffer of the size of
/// a first frame and five seconds, and there are at most as many as workers and 64 more; the oldest
/// makes room. So nobody who dials keeps a round waiting, whatever he sends, and memory is bounded. A key
/// opens one connection, ever.
final class DialListener: Sendable {
  private struct State {
    var expected: [[UInt8]: DialArrival.Reference] = [:]
    var used: Set<[UInt8]> = []
    var refusals = DialRefusals()
    var log: (@Sendable (String) -> Void)?
  }

  private static let patience = Duration.seconds(5)
  private static let spare = 64
  private static let most = 64

  private let host: String
  private let port: UInt16
  private let workers: Int
  private let socket: Int32
  private let wake: (read: Int32, write: Int32)
  private let state = Mutex(State())
  private let isClosed = Mutex(false)
  private let ended = Countdown()

  /// Open files at a time, beside the connections of workers.
  static func descriptors(workers: Int) -> Int { workers + spare + 3 }

  /// - Parameters:
  ///   - address: to listen on.
  ///   - told: what workers are told as its host.
  init(_ address: ListenAddress, told: String, workers: Int) throws(CoordinatorError) {
    self.workers = workers
    host = told
    do {
      (socket, port) = try TCP.listen(host: address.host, port: address.port)
    } catch {
      throw .cannotStart(
        "no worker can dial back to \(error); set workers.listen to an address of this machine")
    }
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else {
      Glibc.close(socket)
      throw .cannotStart("no pipe can be made (\(String(cString: strerror(errno))))")
    }
    wake = (ends[0], ends[1])
    do {
      ended.enter()
      try startThread(stackSize: 512 << 10) { [self] in
        serve()
        ended.leave()
      }
    } catch {
      for descriptor in [socket, ends[0], ends[1]] { Glibc.close(descriptor) }
      throw .cannotStart("\(error)")
    }
  }

  /// Where sentences about those that were refused go.
  func log(to log: @escaping @Sendable (String) -> Void) { state.withLock { $0.log = log } }

  /// A fresh key, for one connection.
  func expect() -> DialArrival {
    let arrival = DialArrival(DialLine(host: host, port: port, key: DialKey())) { [weak self] key in
      self?.giveUp(key)
    }
    state.withLock { $0.expected[arrival.line.key.name] = DialArrival.Reference(arrival) }
    return arrival
  }

  /// A worker that dials too late is refused.
  private func giveUp(_ key: DialKey) {
    state.withLock { state in
      if state.expected.removeValue(forKey: key.name) != nil { state.used.insert(key.name) }
    }
  }

  /// Ends the thread, and waits for it; whoever dials meets a closed port.
  func close() {
    let isFirst = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
    guard isFirst else { return }
    Glibc.close(wake.write)
    // What it has refused is told of before those who listen are gone.
    ended.wait()
  }

  // MARK: - The thread

  /// Somebody who has not said who he is.
  private struct Caller {
    let socket: Int32
    let peer: String
    let end: ContinuousClock.Instant
    var bytes: [UInt8] = []
  }

  private enum Verdict {
    case waiting
    case refused(DialRefusals.Kind)
    case accepted
  }

  private func serve() {
    var callers: [Caller] = []
    while true {
      var watched = [pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)]
      watched.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
      watched += callers.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
      let now = ContinuousClock.now
      let next =
        (callers.map(\.end) + [state.withLock { $0.refusals.nextReport }].compactMap(\.self))
        .min()
      let wait = next.map { max(0, Int32((($0 - now) / .milliseconds(1)).rounded(.up))) } ?? -1
      _ = poll(&watched, UInt(watched.count), wait)
      guard watched[0].revents == 0 else { break }
      let heard = Set(watched.dropFirst(2).filter { $0.revents != 0 }.map(\.fd))
      callers = callers.compactMap { caller in
        var caller = caller
        return keeps(&caller, isHeard: heard.contains(caller.socket)) ? caller : nil
      }
      if watched[1].revents != 0 { admit(&callers) }
      report(all: false)
    }
    for caller in callers { Glibc.close(caller.socket) }
    Glibc.close(socket)
    Glibc.close(wake.read)
    report(all: true)
  }

  /// Takes those that wait at the port, so many at most before others are heard again.
  private func admit(_ callers: inout [Caller]) {
    for _ in 0..<Self.most {
      let (accepted, peer) = TCP.accept(socket)
      guard accepted >= 0 else {
        // Without a free descriptor the port would be ready again at once.
        if errno == EMFILE || errno == ENFILE || errno == ENOMEM { usleep(20_000) }
        return
      }
      if callers.count >= workers + Self.spare {
        let oldest = callers.removeFirst()
        refuse(oldest, oldest.bytes.isEmpty ? .silent : .unfinished)
      }
      var caller = Caller(socket: accepted, peer: peer, end: .now + Self.patience)
      if keeps(&caller, isHeard: true) { callers.append(caller) }
    }
  }

  /// Reads what a caller has sent; false when he is no caller any more.
  private func keeps(_ caller: inout Caller, isHeard: Bool) -> Bool {
    var verdict = Verdict.waiting
    if isHeard { verdict = heard(&caller) }
    if case .waiting = verdict, ContinuousClock.now >= caller.end {
      verdict = .refused(caller.bytes.isEmpty ? .silent : .unfinished)
    }
    switch verdict {
    case .waiting: return true
    case .accepted: return false
    case .refused(let kind):
      refuse(caller, kind)
      return false
    }
  }

  private func heard(_ caller: inout Caller) -> Verdict {
    var buffer = [UInt8](repeating: 0, count: DialKey.frameSize - caller.bytes.count)
    let count = recv(caller.socket, &buffer, buffer.count, 0)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return .waiting }
      return .refused(caller.bytes.isEmpty ? .silent : .unfinished)
    }
    caller.bytes += buffer.prefix(count)
    guard DialKey.canBegin(caller.bytes) else { return .refused(.rubbish) }
    guard caller.bytes.count == DialKey.frameSize else { return .waiting }
    guard let name = DialKey.name(in: caller.bytes) else { return .refused(.rubbish) }
    let found = state.withLock { state in
      (state.expected[name]?.arrival, isUsed: state.used.contains(name))
    }
    guard let arrival = found.0 else { return .refused(found.isUsed ? .used : .unknown) }
    guard let seal = arrival.line.key.accept(caller.bytes) else { return .refused(.wrong) }
    state.withLock { state in
      state.expected[name] = nil
      state.used.insert(name)
    }
    TCP.prepare(caller.socket)
    arrival.arrive(DialConnection(socket: caller.socket, seal: seal))
    return .accepted
  }

  private func refuse(_ caller: Caller, _ kind: DialRefusals.Kind) {
    Glibc.close(caller.socket)
    state.withLock { $0.refusals.add(kind, from: caller.peer) }
  }

  private func report(all: Bool) {
    let (log, sentences) = state.withLock { state in
      (state.log, state.log == nil ? [] : state.refusals.sentences(all: all))
    }
    for sentence in sentences { log?(sentence) }
  }
}

extension DialArrival {
  /// Does not keep it: whoever waits does.
  struct Reference: Sendable {
    private(set) weak var arrival: DialArrival?
    init(_ arrival: DialArrival) { self.arrival = arrival }
  }
}
