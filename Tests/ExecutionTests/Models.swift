import Glibc
import Networks

/// Published models in a folder beside the package, where there is one.
enum Models {
  private static let folder: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(4)
    return "/" + parts.joined(separator: "/") + "/shared/models"
  }()

  static let exist = access(folder, R_OK) == 0

  static func squeezeNet() throws -> Network {
    try Network.load(onnx: folder + "/squeezenet/squeezenet1.1.onnx").network
  }

  static func resNet20() throws -> Network {
    try Network.load(onnx: folder + "/resnet20-cifar10/resnet20.onnx").network
  }
}
