import Glibc
import Synchronization
import Threads

/// What SIGINT, SIGTERM, SIGHUP and the end of the CPU time do to this program.
///
/// A command that has begun to write finishes what it is at and stops; every other one ends at once.
/// After the first signal a second ends the process the system's way.
enum Interruption {
  private static let isAsked = Atomic<Bool>(false)
  private static let finishesWork = Atomic<Bool>(false)
  private static let isJSON = Atomic<Bool>(false)

  static var isRequested: Bool { isAsked.load(ordering: .relaxed) }

  /// Ends the process, with its exit code, at the first signal.
  static func install() {
    isJSON.store(CommandLine.arguments.contains("--json"), ordering: .relaxed)
    // Writing past a closed pipe or a limit of file size is an error of that write.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    reportCrashes()
    // Whoever ignores the end of children hears nothing of how workers end.
    signal(SIGCHLD, SIG_DFL)
    for number in [SIGINT, SIGTERM, SIGXCPU] { signal(number, handle) }
    // `nohup` ignores it, and means it.
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    let isIgnored =
      unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
    if !isIgnored { signal(SIGHUP, handle) }
    // Whoever started the program may have had them blocked, which it would inherit.
    var heard = sigset_t()
    sigemptyset(&heard)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] { sigaddset(&heard, number) }
    pthread_sigmask(SIG_UNBLOCK, &heard, nil)
  }

  /// From here on a signal only sets `isRequested`.
  @Sendable static func listen() { finishesWork.store(true, ordering: .relaxed) }

  /// Only calls what a signal handler may call.
  private static let handle: @convention(c) (Int32) -> Void = { number in
    let saved = errno
    defer { errno = saved }
    guard Interruption.finishesWork.load(ordering: .relaxed) else {
      StatusLine.breakFromHandler()
      Interruption.say(
        number == SIGXCPU
          ? "fedsim: Interrupted by the limit of CPU time (ulimit -t).\n"
          : "fedsim: Interrupted.\n", on: STDERR_FILENO)
      if Interruption.isJSON.load(ordering: .relaxed) {
        Interruption.say(
          "{\n  \"error\" : \"Interrupted.\",\n  \"exit_code\" : 130\n}\n", on: STDOUT_FILENO)
      }
      _exit(130)
    }
    if number == SIGXCPU {
      // It comes again every second until the work is over.
      guard !Interruption.isAsked.load(ordering: .relaxed) else { return }
      Interruption.say(
        "fedsim: The limit of CPU time (ulimit -t) is nearly reached.\n", on: STDERR_FILENO)
    } else if Interruption.isAsked.load(ordering: .relaxed) {
      StatusLine.breakFromHandler()
      signal(number, SIG_DFL)
      raise(number)
    } else {
      StatusLine.breakFromHandler()
      Interruption.say(
        "fedsim: Interrupted; stopping cleanly. Interrupt again to stop at once.\n",
        on: STDERR_FILENO)
    }
    Interruption.isAsked.store(true, ordering: .relaxed)
  }

  private static let hasLittleMemory = Atomic<Bool>(false)

  /// Says a last word where the program can only crash: above all where memory that it must have is
  /// refused.
  private static func reportCrashes() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    hasLittleMemory.store(limit.rlim_cur != .max, ordering: .relaxed)
    var stack = stack_t()
    stack.ss_size = 64 << 10
    stack.ss_sp = malloc(stack.ss_size)
    if stack.ss_sp != nil { sigaltstack(&stack, nil) }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = crash
    action.sa_flags = Int32(bitPattern: UInt32(SA_ONSTACK)) | Int32(bitPattern: SA_RESETHAND)
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] {
      sigaction(number, &action, nil)
    }
  }

  private static let crash: @convention(c) (Int32) -> Void = { number in
    guard !Interruption.hasLittleMemory.load(ordering: .relaxed) else {
      Interruption.say(
        "fedsim: The program crashed, most likely for want of memory; raise its limit (ulimit -v).\n",
        on: STDERR_FILENO)
      _exit(70)
    }
    Interruption.say(
      "fedsim: The program crashed, which is a fault in it; please report how it was called.\n",
      on: STDERR_FILENO)
    raise(number)
  }

  private static func say(_ text: StaticString, on descriptor: Int32) {
    _ = write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
  }
}

/// Limits of the shell that would kill this program without a word.
enum Limits {
  private static let enoughStack = rlim_t(8 << 20)

  /// Lets the signal of the CPU time come before the kill, allows as many open files as may be, and
  /// gives threads a stack that suffices.
  static func soften() {
    var limit = rlimit()
    let time = __rlimit_resource_t(RLIMIT_CPU.rawValue)
    if getrlimit(time, &limit) == 0, limit.rlim_cur == limit.rlim_max, limit.rlim_max != .max {
      // Long enough to write what there is.
      limit.rlim_cur -= min(max(1, limit.rlim_max / 10), limit.rlim_max - 1, 10)
      setrlimit(time, &limit)
    }
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    if getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      setrlimit(files, &limit)
    }
    raiseStack()
  }

  private static func raiseStack() {
    let stack = __rlimit_resource_t(RLIMIT_STACK.rawValue)
    var limit = rlimit()
    guard getrlimit(stack, &limit) == 0, limit.rlim_cur < enoughStack else { return }
    var raised = rlimit(rlim_cur: enoughStack, rlim_max: max(enoughStack, limit.rlim_max))
    guard setrlimit(stack, &raised) != 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(stack, &limit)
  }

  /// Runs the body with a stack that suffices, whatever the limit is.
  static func withEnoughStack(_ body: @escaping @Sendable () -> Never) -> Never {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0,
      limit.rlim_cur < enoughStack, (try? startThread { body() }) != nil
    else { body() }
    while true { pause() }
  }
}
