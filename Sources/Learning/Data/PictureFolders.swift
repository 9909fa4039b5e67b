import Pictures
import Tensors

/// Pictures (JPEG, PNG, PPM, PGM) in folders named after their classes, in order of the names' bytes.
enum PictureFolders {
  static let testFolders = ["test", "val", "validation"]
  private static let extensions = [".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pnm"]

  /// Opens `train/CLASS/*` and `test/CLASS/*`, or `CLASS/*`, of which a share is then kept for testing.
  static func open(_ folder: Folder, options: DataOptions) throws(LearningError) -> TrainingData {
    let testPath = folder.first(testFolders)
    let trainFolder = folder.folders.contains("train") ? try Folder(folder.path("train")) : nil
    // A folder train with nothing but pictures may be a class of its own, beside ship and plane.
    guard let trainFolder, testPath != nil || !trainFolder.folders.isEmpty else {
      let listing = try Listing(folder, name: folder.name, classNames: nil)
      let pictures = try listing.decode(options)
      return try DataSets.split(pictures, labels: pictures.labels, options: options)
    }
    guard let testPath else {
      throw .unreadableData(path: folder.path, reason: "it has a folder train, but no folder test beside it")
    }
    let train = try Listing(trainFolder, name: "\(folder.name) (train)", classNames: nil)
    let test = try Listing(Folder(testPath), name: "\(folder.name) (test)", classNames: train.classNames)
    let trainSet = try train.decode(options)
    return try TrainingData(train: trainSet, test: test.decode(options, like: trainSet))
  }

  /// Which pictures there are.
  private struct Listing {
    let name: String
    let classNames: [String]
    private(set) var paths: [String] = []
    private(set) var labels: [UInt16] = []

    /// `classNames` are those of the training part, for a test part.
    init(_ folder: Folder, name: String, classNames known: [String]?) throws(LearningError) {
      self.name = name
      let folders = folder.folders
      classNames = known ?? folders
      guard !folders.isEmpty else { throw .unreadableData(path: folder.path, reason: "it has no class folders") }
      guard classNames.count <= maximumClasses else {
        throw .unreadableData(path: folder.path, reason: "it has more than \(maximumClasses) class folders")
      }
      for className in folders {
        let inside = try Folder(folder.path(className))
        guard let label = classNames.firstIndex(of: className) else {
          throw .unreadableData(path: inside.path, reason: "there is no class '\(className)' to train on")
        }
        let pictures = inside.names.filter { name in
          let lowered = name.lowercased()
          return extensions.contains { lowered.hasSuffix($0) }
        }
        guard !pictures.isEmpty || known != nil else {
          throw .unreadableData(
            path: inside.path, reason: "a class folder without pictures (\(extensions.joined(separator: ", ")))")
        }
        paths += pictures.map(inside.path)
        labels += pictures.map { _ in UInt16(label) }
      }
      guard !paths.isEmpty else { throw .unreadableData(path: folder.path, reason: "it holds no pictures") }
    }

    /// Decodes all of them. They must be of one size unless `options` name one; where none is coloured, one plane is
    /// kept. A test part comes out with the extents of the training part, `like`.
    func decode(_ options: DataOptions, like: PictureSet? = nil) throws(LearningError) -> PictureSet {
      let extents: (height: Int, width: Int)
      if let like {
        extents = (like.sampleShape[2], like.sampleShape[3])
      } else {
        let first = try PicturePlanes.picture(paths[0], side: options.pictureSide)
        extents = (first.height, first.width)
      }
      let plane = extents.height * extents.width
      guard paths.count <= options.maximumBytes / (3 * plane) else {
        throw .unreadableData(
          path: paths[0],
          reason: "\(paths.count) pictures of \(extents.height)x\(extents.width) take more than the "
            + "\(options.maximumBytes) bytes allowed; have them scaled down")
      }
      let decoded = try PicturePlanes(decoding: paths, height: extents.height, width: extents.width, options: options)
      let channels = like?.sampleShape[1] ?? (decoded.firstColoured == nil ? 1 : 3)
      if channels == 1, let coloured = decoded.firstColoured {
        throw .unreadableData(path: paths[coloured], reason: "it is coloured, the training pictures are grey")
      }
      return PictureSet(
        name: name, sampleShape: [1, channels, extents.height, extents.width], classNames: classNames,
        bytes: decoded.bytes(channels: channels), labels: labels)
    }
  }
}
