public import Plans

/// What an answer, or a slice on its way to one, owes to fills: the label's substance.
///
/// Every slice frame carries the provenance accumulated over its inputs, so a seat that filled a gap taints what it
/// sends on. Merging takes the larger count for each (stage, lost seat, fill): the seat that missed most decides.
/// Replicas are exact; they are counted for information and do not degrade.
public struct Provenance: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public static let encodedBytes = 8
    /// Stands for "several stages" in a collapsed entry.
    public static let severalStages = 0xFFFF

    public var stage: Int
    /// The seat whose rows these were.
    public var seat: Int
    public var fill: Fill
    public var rows: Int

    public init(stage: Int, seat: Int, fill: Fill, rows: Int) {
      self.stage = stage
      self.seat = seat
      self.fill = fill
      self.rows = rows
    }

    var key: Int { (stage << 16) | (seat << 8) | fill.code }
  }

  /// Ascending by stage, seat and fill; one entry a key.
  public private(set) var entries: [Entry] = []

  public init() {}

  public init(_ entries: some Sequence<Entry>) {
    for entry in entries { insert(entry) }
  }

  /// Whether nothing inexact went in.
  public var isExact: Bool { entries.allSatisfy { $0.fill.isExact } }

  /// Seats of which rows were filled inexactly, ascending.
  public var lostSeats: [Int] {
    var mask: UInt64 = 0
    for entry in entries where !entry.fill.isExact && entry.seat < 64 { mask |= 1 << UInt64(entry.seat) }
    return SeatMask(bits: mask).seats
  }

  public func rows(filledBy fill: Fill) -> Int { entries.reduce(0) { $0 + ($1.fill == fill ? $1.rows : 0) } }

  public mutating func insert(_ entry: Entry) {
    let position = entries.partitioningIndex { $0.key >= entry.key }
    if position < entries.count, entries[position].key == entry.key {
      entries[position].rows = Swift.max(entries[position].rows, entry.rows)
    } else {
      entries.insert(entry, at: position)
    }
    if entries.count > Limits.provenanceEntries { collapse() }
  }

  public mutating func merge(_ other: Provenance) {
    if other.entries.isEmpty || other == self { return }
    if entries.isEmpty {
      entries = other.entries
      return
    }
    for entry in other.entries { insert(entry) }
  }

  /// Sums the entries up a (seat, fill), so that a label stays bounded however many stages were hit.
  private mutating func collapse() {
    var sums: [Entry] = []
    for entry in entries {
      if let index = sums.firstIndex(where: { $0.seat == entry.seat && $0.fill == entry.fill }) {
        sums[index].rows += entry.rows
      } else {
        sums.append(Entry(stage: Entry.severalStages, seat: entry.seat, fill: entry.fill, rows: entry.rows))
      }
    }
    entries = sums.sorted { $0.key < $1.key }
  }
}

extension Fill {
  /// Whether the fill gives the very values that the lost seat would have given.
  public var isExact: Bool { self == .replica }

  /// Its number on the wire.
  var code: Int {
    switch self {
    case .replica: 0
    case .zero: 1
    }
  }

  init?(code: Int) {
    switch code {
    case 0: self = .replica
    case 1: self = .zero
    default: return nil
    }
  }
}

/// A set of seats.
public struct SeatMask: Sendable, Hashable {
  public var bits: UInt64

  public init(bits: UInt64 = 0) { self.bits = bits }

  public init(_ seats: some Sequence<Int>) {
    bits = 0
    for seat in seats { insert(seat) }
  }

  public func contains(_ seat: Int) -> Bool { seat >= 0 && seat < 64 && bits & (1 << UInt64(seat)) != 0 }
  public mutating func insert(_ seat: Int) { if seat >= 0 && seat < 64 { bits |= 1 << UInt64(seat) } }
  public mutating func remove(_ seat: Int) { if seat >= 0 && seat < 64 { bits &= ~(1 << UInt64(seat)) } }
  public var isEmpty: Bool { bits == 0 }
  /// Ascending.
  public var seats: [Int] { (0..<64).filter { contains($0) } }
}

extension Array {
  /// The first index for which `predicate` holds, where it holds for every later one too.
  func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
