import CKernels

/// The processors that this process may use.
public enum Processors {
  /// Their numbers, as the system's affinity has them when first asked; at most 1,024.
  public static let available: [Int] = {
    let list = [Int32](unsafeUninitializedCapacity: 1024) { buffer, count in
      count = Int(ek_processors(buffer.baseAddress, 1024))
    }
    return list.isEmpty ? [0] : list.map { Int($0) }
  }()

  /// Threads for an arena that has the machine to itself: one a processor, at most 8.
  public static var threads: Int { Swift.min(available.count, 8) }
}
