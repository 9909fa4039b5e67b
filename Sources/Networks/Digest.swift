internal import CSodium

/// SHA-256 of bytes that arrive piece by piece.
public struct DigestStream {
  private var state = crypto_hash_sha256_state()

  public init() { _ = unsafe crypto_hash_sha256_init(&state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    _ = unsafe crypto_hash_sha256_update(
      &state, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  public mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// The digest of all bytes so far in lower-case hexadecimal; more may follow.
  public func hex() -> String {
    var copy = state
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    _ = unsafe digest.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe crypto_hash_sha256_final(&copy, $0) }
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// The SHA-256 of `bytes` in lower-case hexadecimal: how networks, plans and shards are addressed.
public func sha256Hex(_ bytes: UnsafeRawBufferPointer) -> String {
  var stream = DigestStream()
  unsafe stream.update(bytes)
  return stream.hex()
}

/// The SHA-256 of `bytes` in lower-case hexadecimal.
public func sha256Hex(_ bytes: [UInt8]) -> String {
  var stream = DigestStream()
  stream.update(bytes)
  return stream.hex()
}
