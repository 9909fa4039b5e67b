import Membership

/// A heap of what is to happen, by time and then by the order in which it was pushed.
struct EventQueue<Element> {
  private var heap: [(time: Timestamp, order: UInt64, element: Element)] = []
  private var order: UInt64 = 0

  var nextTime: Timestamp? { heap.first?.time }
  var count: Int { heap.count }

  mutating func push(_ element: Element, at time: Timestamp) {
    heap.append((time, order, element))
    order += 1
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (Timestamp, Element) {
    heap.swapAt(0, heap.count - 1)
    let last = heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) { least = child }
      if least == parent { return (last.time, last.element) }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order) }
}
