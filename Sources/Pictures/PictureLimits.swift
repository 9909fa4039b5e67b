/// The bounds that keep a hostile or mistaken file from taking the board's memory.
public enum PictureLimits {
  /// 64 megapixels: 192 MB in colour.
  public static let maximumPixels = 64_000_000
  /// Of an encoded picture.
  public static let maximumFileBytes = 256 << 20
  /// Of a tensor file: 256 Mi single-precision elements.
  public static let maximumTensorFileBytes = 1 << 30
  public static let maximumTensorElements = 1 << 28
  public static let maximumTensorRank = 16
  /// Of a file that describes a preprocessing.
  public static let maximumPreprocessingBytes = 64 << 10
  /// Inputs that one listing may hold.
  public static let maximumListedFiles = 1_000_000

  /// Throws `tooLarge` where a picture of `width` x `height` has more than `maximumPixels`, or `malformed` where it has
  /// none.
  static func check(width: Int, height: Int, name: String, kind: String) throws(PictureError) {
    guard width > 0, height > 0 else {
      throw .malformed(name: name, kind: kind, reason: "it has no pixels (\(width)x\(height))")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, pixels <= maximumPixels else {
      throw .tooLarge(
        name: name, reason: "\(width)x\(height) pixels, at most \(maximumPixels / 1_000_000) megapixels are taken")
    }
  }
}
