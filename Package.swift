// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Rooms in which every unsafe expression must be marked as such.
let strictlySafe: [SwiftSetting] = strict + [.strictMemorySafety()]

/// A room of the house: a library target under `Sources/`.
func room(_ name: String, on floorsBelow: [Target.Dependency] = [], settings: [SwiftSetting] = strictlySafe) -> Target {
  .target(name: name, dependencies: floorsBelow, swiftSettings: settings)
}

/// The tests of a room, under `Tests/`.
func tests(of name: String, on dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, resources: resources,
    swiftSettings: strict)
}

let package = Package(
  name: "edgemesh",
  products: [.executable(name: "edgemesh", targets: ["edgemesh"])],
  targets: [
    // System libraries, one module map each.
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CNanomsg", pkgConfig: "nanomsg", providers: [.apt(["libnanomsg-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // What is computed.
    .target(name: "CKernels"),
    room("Tensors", on: ["CKernels"], settings: strict),
    // The network that comes with the program, as bytes.
    .target(name: "CShapes", exclude: ["README.md", "shapes.onnx", "shapes.csv", "shapes.svg"]),
    room("Networks", on: ["Tensors", "CSodium", "CShapes"]),
    room("Pictures", on: ["Tensors", "CTurboJPEG", "CPNG"], settings: strict),

    // Who computes which part of it.
    room("Plans", on: ["Networks", "Tensors"]),
    room("Execution", on: ["Plans", "Networks", "Tensors"]),
    room("Planning", on: ["Plans", "Networks", "Tensors"]),

    // What its weights are.
    room("Learning", on: ["Plans", "Networks", "Tensors", "Pictures", "CZlib"], settings: strict),

    // The agent's mind: no input, no output, no clock.
    room("Membership"),
    room("Mesh", on: ["Membership", "Plans"]),

    // The outside.
    room(
      "Runtime",
      on: [
        "Mesh", "Membership", "Execution", "Plans", "Networks", "Tensors", "CLinux", "CNanomsg", "CSodium", "CSystemd",
      ],
      settings: strict),

    .executableTarget(
      name: "edgemesh",
      dependencies: [
        "Runtime", "Mesh", "Membership", "Learning", "Planning", "Execution", "Plans", "Pictures", "Networks",
        "Tensors",
      ],
      path: "Agents/edgemesh",
      swiftSettings: strict),

    // Runs ONNX's published tests; `Tests/Conformance/run` starts it.
    .executableTarget(
      name: "conformance", dependencies: ["Networks", "Tensors"], path: "Tests/Conformance",
      exclude: [
        "README.md", "run", "check", "generate", "accept", "exports", "exceptions", "accept-exceptions",
      ],
      swiftSettings: strict),

    // Drives damaged network files; `Tests/Fuzz/run` starts it.
    .executableTarget(
      name: "fuzz", dependencies: ["Execution", "Planning", "Plans", "Networks", "Tensors"], path: "Tests/Fuzz",
      exclude: ["README.md", "run"], swiftSettings: strict),

    // Checks the kernels against double precision; `Tests/Kernels/run` starts it.
    .executableTarget(
      name: "kernels", dependencies: ["CKernels"], path: "Tests/Kernels",
      exclude: ["README.md", "run", "count", "counts"],
      linkerSettings: [.linkedLibrary("m")]),

    // Measures training steps; `Tests/Training/run` starts it.
    .executableTarget(
      name: "training", dependencies: ["Learning", "Networks", "Tensors"], path: "Tests/Training",
      exclude: [
        "README.md", "run", "bends.py", "channels_last.py", "compare.py", "graph.py", "measure.py", "worker.py",
        "requirements.txt", "requirements-onnxruntime.txt",
      ],
      swiftSettings: strict),

    tests(of: "Tensors", on: ["CKernels"]),
    tests(of: "Networks", on: ["Tensors"]),
    tests(of: "Pictures", on: ["Tensors", "CTurboJPEG"]),
    tests(of: "Plans", on: ["Networks", "Tensors"]),
    tests(of: "Execution", on: ["Plans", "Planning", "Networks", "Tensors"]),
    tests(of: "Planning", on: ["Plans", "Networks", "Tensors"]),
    tests(of: "Learning", on: ["Pictures", "Networks", "Tensors"]),
    tests(of: "Membership"),
    tests(of: "Mesh", on: ["Membership", "Plans", "Tensors"], resources: [.copy("../../Protocol/vectors")]),
    tests(
      of: "Runtime",
      on: ["Mesh", "Membership", "Execution", "Planning", "Plans", "Networks", "Tensors", "CLinux", "CNanomsg"]),
    .testTarget(
      name: "EndToEnd",
      dependencies: [
        "edgemesh", "Runtime", "Mesh", "Execution", "Plans", "Pictures", "Learning", "Networks", "Tensors",
      ],
      path: "Tests/EndToEnd", swiftSettings: strict),
  ]
)
