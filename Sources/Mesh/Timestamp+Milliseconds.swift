public import Membership

extension Timestamp {
  public func advanced(milliseconds: Int) -> Timestamp { self + .milliseconds(Int64(milliseconds)) }
  public func milliseconds(since earlier: Timestamp) -> Int { Int((self - earlier).nanoseconds / 1_000_000) }
  public func microseconds(since earlier: Timestamp) -> Int { Int((self - earlier).nanoseconds / 1_000) }
}
