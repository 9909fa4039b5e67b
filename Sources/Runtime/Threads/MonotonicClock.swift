import Glibc

/// Nanoseconds since the machine started. It goes on while the process is stopped, which is how an agent notices its own
/// pause.
public enum MonotonicClock {
  public static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
