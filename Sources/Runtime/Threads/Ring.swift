import Synchronization

/// A bounded queue without locks for one producing and one consuming thread.
///
/// Both indices only grow; an element lies at its index modulo the capacity. The producer publishes an element by a
/// releasing store of `tail`, the consumer frees its place by one of `head` (Lamport's ring).
public final class Ring<Element: ~Copyable & Sendable>: Sendable {
  public let capacity: Int
  // Safe to share: a place belongs to the producer from `head`'s store on, to the consumer from `tail`'s.
  private nonisolated(unsafe) let places: UnsafeMutablePointer<Element>
  private let mask: Int
  private let head = Atomic<Int>(0)
  private let tail = Atomic<Int>(0)

  /// Room for at least `capacity` elements, rounded up to a power of two.
  public init(capacity: Int) {
    var rounded = 1
    while rounded < min(max(capacity, 1), 1 << 20) { rounded <<= 1 }
    self.capacity = rounded
    mask = rounded - 1
    places = .allocate(capacity: rounded)
  }

  deinit {
    while take() != nil {}
    places.deallocate()
  }

  /// Producer: queues an element. Gives it back where the ring is full.
  public func offer(_ element: consuming Element) -> Element? {
    let end = tail.load(ordering: .relaxed)
    guard end &- head.load(ordering: .acquiring) < capacity else { return element }
    (places + (end & mask)).initialize(to: element)
    tail.store(end &+ 1, ordering: .releasing)
    return nil
  }

  /// Consumer: the oldest element.
  public func take() -> Element? {
    let start = head.load(ordering: .relaxed)
    guard start != tail.load(ordering: .acquiring) else { return nil }
    let element = (places + (start & mask)).move()
    head.store(start &+ 1, ordering: .releasing)
    return element
  }

  /// How many elements wait; a snapshot.
  public var count: Int { tail.load(ordering: .acquiring) &- head.load(ordering: .acquiring) }
}
