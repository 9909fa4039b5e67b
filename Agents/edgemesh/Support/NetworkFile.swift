import Networks

/// A network's file, as a command line names it.
enum NetworkFile {
  /// Reads an ONNX file; what is wrong with it is said of the file.
  static func load(_ path: String) throws(Failure) -> LoadedNetwork {
    do throws(NetworkError) { return try Network.load(onnx: path) } catch {
      let failure = Failure(error)
      if case .unreadable = error { throw failure }
      throw Failure(failure.status, "\(path): \(failure.message)")
    }
  }
}
