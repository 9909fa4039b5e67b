import CLinux
import Glibc

/// The process that started this one.
public enum ParentProcess {
  /// Has the system end this process when the thread that started it ends: a demonstration's agents do not outlive it,
  /// whatever happens to it.
  public static func endWithIt() { _ = em_signal_on_parents_end(SIGKILL) }
}
