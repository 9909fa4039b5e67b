import Pictures
import Tensors

/// The inputs of a stream of requests, one request after another: files, raw frames from standard input, or one request
/// that was put together before.
struct InputStream: Sendable {
  /// What one request takes.
  struct Item: Sendable {
    /// The file's path, or the frame's number.
    var name: String
    /// One for each input of the network, in its order.
    var tensors: [Tensor]
    /// Which time round this is, from 1.
    var pass = 1
  }

  private enum Content: Sendable {
    case request(Item)
    case sources([InputSource], Preprocessing?, Shape)
  }

  private let content: Content
  private var frames: FrameReader?
  private let passes: Int
  private var pass = 1
  private var next = 0
  private var frameCount = 0

  /// The same request again and again.
  init(request: Item, repeats: Int) {
    content = .request(request)
    passes = repeats
  }

  /// Files, and `frames` where standard input stands among them, for a network with one input of `shape`.
  init(sources: [InputSource], frames: FrameReader?, preprocessing: Preprocessing?, shape: Shape, repeats: Int) {
    content = .sources(sources, preprocessing, shape)
    self.frames = frames
    passes = repeats
  }

  /// The next request's inputs; nil at the end.
  mutating func read() throws -> Item? {
    switch content {
    case .request(var item):
      guard pass <= passes else { return nil }
      item.pass = pass
      pass += 1
      return item
    case .sources(let sources, let preprocessing, let shape):
      while pass <= passes {
        guard next < sources.count else {
          next = 0
          pass += 1
          continue
        }
        switch sources[next] {
        case .file(let path):
          next += 1
          let tensor = try InputTensor.load(path, preprocessing: preprocessing, shape: shape)
          return Item(name: path, tensors: [tensor], pass: pass)
        case .standardInput:
          if let item = try frame(preprocessing, shape) { return item }
          next += 1
        }
      }
      return nil
    }
  }

  private mutating func frame(_ preprocessing: Preprocessing?, _ shape: Shape) throws -> Item? {
    guard let picture = try frames?.next() else { return nil }
    frameCount += 1
    let name = "frame-\(frameCount)"
    guard let preprocessing else { throw InputTensor.missingPreprocessing(name: name, shape: shape) }
    return Item(name: name, tensors: [try preprocessing.tensor(from: picture, for: shape, name: name)])
  }
}
