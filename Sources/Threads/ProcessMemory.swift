import Glibc

/// What a process of this machine has used of its memory.
package enum ProcessMemory {
  /// Largest resident memory so far, in bytes, as the kernel keeps it; 0 where it cannot be read.
  ///
  /// - Parameter process: its number, or `self`.
  package static func peakBytes(of process: String = "self") -> Int {
    // Asked for after every round: no text is made of the file.
    let file = open("/proc/\(process)/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count - 1)
      guard count > 0, let start = buffer.baseAddress else { return 0 }
      buffer[count] = 0
      let key = "VmHWM:"
      guard let place = strstr(start, key) else { return 0 }
      return 1024 * strtol(place + key.utf8.count, nil, 10)
    }
  }
}
