import Pictures

/// Many pictures of one size, decoded once by several threads: three planes of bytes each.
struct PicturePlanes {
  /// N x 3 x H x W; of a grey picture only the first plane is filled.
  private var bytes: [UInt8]
  private let isColoured: [Bool]
  private let plane: Int

  /// Decodes the pictures at `paths`, each brought to `height` x `width` where `options` name that side; otherwise the
  /// first that has another size is refused by name.
  init(decoding paths: [String], height: Int, width: Int, options: DataOptions) throws(LearningError) {
    let plane = height * width
    let count = paths.count
    var failure: LearningError?
    var isColoured = [Bool](repeating: false, count: count)
    bytes = [UInt8](unsafeUninitializedCapacity: count * 3 * plane) { planes, initialized in
      isColoured.withUnsafeMutableBufferPointer { flags in
        let target = Target(planes: planes, isColoured: flags, plane: plane)
        do throws(LearningError) {
          try Parallel.forEach(count, threads: options.threads) { (index) throws(LearningError) in
            let picture = try Self.picture(paths[index], side: options.pictureSide)
            guard picture.width == width, picture.height == height else {
              throw .unreadableData(
                path: paths[index],
                reason: "it is \(picture.width)x\(picture.height), the first picture \(width)x\(height); "
                  + "name a side to scale them to")
            }
            target.store(picture, at: index)
          }
        } catch {
          failure = error
        }
      }
      initialized = count * 3 * plane
    }
    if let failure { throw failure }
    self.isColoured = isColoured
    self.plane = plane
  }

  /// The first picture that is not grey.
  var firstColoured: Int? { isColoured.firstIndex(of: true) }

  /// N x `channels` x H x W.
  consuming func bytes(channels: Int) -> [UInt8] {
    let plane = plane
    let count = isColoured.count
    if channels == 1 {
      return [UInt8](unsafeUninitializedCapacity: count * plane) { target, initialized in
        bytes.withUnsafeBufferPointer { source in
          for index in 0..<count {
            for pixel in 0..<plane { target[index * plane + pixel] = source[index * 3 * plane + pixel] }
          }
        }
        initialized = count * plane
      }
    }
    for index in 0..<count where !isColoured[index] {
      bytes.withUnsafeMutableBufferPointer { bytes in
        let first = index * 3 * plane
        for pixel in first..<first + plane {
          bytes[pixel + plane] = bytes[pixel]
          bytes[pixel + 2 * plane] = bytes[pixel]
        }
      }
    }
    return bytes
  }

  /// The picture at `path`; where a `side` is named, the middle of it, its shorter side scaled to that.
  static func picture(_ path: String, side: Int?) throws(LearningError) -> Picture {
    do throws(PictureError) {
      let picture = try Picture(contentsOf: path)
      guard let side, (picture.width, picture.height) != (side, side) else { return picture }
      let (shorter, longer) = (min(picture.width, picture.height), max(picture.width, picture.height))
      guard longer / shorter <= PictureLimits.maximumPixels / (side * side) - 1 else {
        throw .misfit(
          name: path, reason: "\(picture.width)x\(picture.height) is too long and thin to be scaled to \(side)")
      }
      return picture.resized(shorterSide: side).centreCropped(width: side, height: side) ?? picture
    } catch {
      throw LearningError(error, path: path)
    }
  }

  /// Where threads put what they decoded: each picture has a place of its own.
  private struct Target: @unchecked Sendable {
    let planes: UnsafeMutableBufferPointer<UInt8>
    let isColoured: UnsafeMutableBufferPointer<Bool>
    let plane: Int

    func store(_ picture: Picture, at index: Int) {
      let first = index * 3 * plane
      picture.samples.withUnsafeBufferPointer { samples in
        if picture.channels == 1 {
          for pixel in 0..<plane { planes[first + pixel] = samples[pixel] }
        } else {
          for pixel in 0..<plane {
            planes[first + pixel] = samples[3 * pixel]
            planes[first + plane + pixel] = samples[3 * pixel + 1]
            planes[first + 2 * plane + pixel] = samples[3 * pixel + 2]
          }
        }
      }
      isColoured[index] = picture.channels == 3
    }
  }
}

extension LearningError {
  /// What was wrong with the picture or array at `path`.
  init(_ error: PictureError, path: String) {
    let reason =
      switch error {
      case .unreadable(_, let reason), .tooLarge(_, let reason), .misfit(_, let reason): reason
      case .wrongPreprocessing(_, let reason), .unwritable(_, let reason): reason
      case .unknownKind: "it is no JPEG, PNG, PPM or PGM file"
      case .malformed(_, let kind, let reason): "it is a broken \(kind) file: \(reason)"
      }
    self = .unreadableData(path: path, reason: reason)
  }
}
