import Glibc

/// TCP connections between workers and their coordinator.
package enum TCP {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// A socket that listens, and the port that it has.
  package static func listen(
    host: String, port: UInt16
  ) throws(Failure) -> (socket: Int32, port: UInt16) {
    var reason = ""
    for address in try addresses(of: host, port: port, isPassive: true) {
      let socket = Glibc.socket(address.family, streamType | closeOnExec | nonBlocking, 0)
      guard socket >= 0 else { continue }
      set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
      if address.with({ bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 1_024) == 0,
        let port = boundPort(of: socket)
      {
        return (socket, port)
      }
      reason = String(cString: strerror(errno))
      close(socket)
    }
    throw Failure(description: "\(host) port \(port): \(reason)")
  }

  /// Opens a connection, trying again for so many seconds while nobody listens.
  package static func connect(
    host: String, port: UInt16, within seconds: Double
  ) throws(Failure) -> Int32 {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      var reason = ""
      for address in try addresses(of: host, port: port, isPassive: false) {
        let socket = Glibc.socket(address.family, streamType | closeOnExec, 0)
        guard socket >= 0 else { continue }
        if address.with({ Glibc.connect(socket, $0, $1) }) == 0 {
          prepare(socket)
          return socket
        }
        reason = String(cString: strerror(errno))
        close(socket)
      }
      guard ContinuousClock.now < end else {
        throw Failure(
          description:
            "no connection to \(host) port \(port): \(reason); workers.listen must be an address "
            + "that this machine reaches")
      }
      usleep(200_000)
    }
  }

  /// Small frames leave at once, and a machine that is gone is noticed.
  package static func prepare(_ socket: Int32) {
    set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
    // After a minute, then every ten seconds, six times.
    for (option, value) in [(TCP_KEEPIDLE, 60), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 6)] {
      set(socket, Int32(IPPROTO_TCP), option, Int32(value))
    }
  }

  /// The next connection that waits; -1 where there is none, with the reason in `errno`.
  package static func accept(_ socket: Int32) -> (socket: Int32, peer: String) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.accept(socket, $0, &length)
      }
    }
    guard accepted >= 0 else { return (-1, "") }
    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
    _ = fcntl(accepted, F_SETFL, fcntl(accepted, F_GETFL, 0) | O_NONBLOCK)
    return (accepted, name(of: storage, length: length))
  }

  /// An address by which other machines reach this one: that of its name, else of its first interface;
  /// nil where it has none but the loopback.
  package static var ownAddress: String? {
    let named = (try? addresses(of: machineName, port: 0, isPassive: false)) ?? []
    if let address = named.lazy.map(\.number).first(where: { !isLoopback($0) }) { return address }
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
        entry.ifa_flags & UInt32(IFF_UP) != 0
      else { continue }
      let number = Address(address, length: socklen_t(MemoryLayout<sockaddr_in>.size)).number
      if !isLoopback(number) { return number }
    }
    return nil
  }

  package static var machineName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "this machine" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  // MARK: - Addresses

  private static let streamType = Int32(SOCK_STREAM.rawValue)
  private static let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)
  private static let nonBlocking = Int32(SOCK_NONBLOCK.rawValue)

  private struct Address {
    let family: Int32
    private var storage = sockaddr_storage()
    private let length: socklen_t

    init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
      family = Int32(address.pointee.sa_family)
      self.length = length
      withUnsafeMutableBytes(of: &storage) { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
      }
    }

    func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
      withUnsafePointer(to: storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
      }
    }

    var number: String { TCP.name(of: storage, length: length) }
  }

  private static func addresses(
    of host: String, port: UInt16, isPassive: Bool
  ) throws(Failure) -> [Address] {
    var hints = addrinfo()
    hints.ai_socktype = streamType
    hints.ai_flags = isPassive ? AI_PASSIVE : 0
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, "\(port)", &hints, &list)
    guard code == 0 else {
      throw Failure(description: "\(host): \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(list) }
    var all: [Address] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ai_addr { all.append(Address(address, length: entry.ai_addrlen)) }
      next = entry.ai_next
    }
    return all
  }

  private static func name(of storage: sockaddr_storage, length: socklen_t) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    let size = socklen_t(buffer.count - 1)
    let code = withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getnameinfo($0, length, &buffer, size, nil, 0, NI_NUMERICHOST)
      }
    }
    guard code == 0 else { return "an unknown address" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func isLoopback(_ number: String) -> Bool {
    number.hasPrefix("127.") || number == "::1" || number.hasPrefix("fe80:")
  }

  private static func boundPort(of socket: Int32) -> UInt16? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
    }
    guard code == 0 else { return nil }
    // The port lies at the same place in addresses of both versions, the higher byte first.
    return withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
  }

  private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}
