import Tensors
import Testing

@testable import Pictures

@Suite("Preprocessing")
struct PreprocessingTests {
  /// 2 x 2: red, green, blue, grey.
  static let colours = Picture(
    width: 2, height: 2, channels: 3, samples: [255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 150, 200])

  @Test func channelsFirstInTheAskedOrder() throws {
    let rgb = try Preprocessing.raw.tensor(from: Self.colours, for: [1, 3, 2, 2], name: "x")
    #expect(rgb.elements == [255, 0, 0, 100, 0, 255, 0, 150, 0, 0, 255, 200])
    let bgr = try Preprocessing(order: .bgr, mean: [1, 2, 3], std: [1, 2, 4])
      .tensor(from: Self.colours, for: [1, 3, 2, 2], name: "x")
    #expect(bgr.elements == [-1, -1, 254, 199, -1, 126.5, -1, 74, 63, -0.75, -0.75, 24.25])
  }

  @Test func scaleComesBeforeMean() throws {
    let white = Picture(width: 1, height: 1, channels: 3, samples: [255, 255, 255])
    let tensor = try Preprocessing.imagenetNorm.tensor(from: white, for: [1, 3, 1, 1], name: "x")
    let expected: [Float] = [2.248_908_3, 2.428_571_5, 2.64]
    for (value, expected) in zip(tensor.elements, expected) { #expect((value - expected).magnitude < 1e-6) }
  }

  @Test func greyAndColourFitEachOther() throws {
    let luma = try Preprocessing.raw.tensor(from: Self.colours, for: [1, 1, 2, 2], name: "x")
    #expect(luma.elements == [76, 150, 29, 141])
    let grey = Picture(width: 1, height: 2, channels: 1, samples: [7, 9])
    #expect(
      try Preprocessing.raw.tensor(from: grey, for: [1, 3, 2, 1], name: "x").elements == [7, 9, 7, 9, 7, 9])
  }

  static let misfits: [(preset: String, shape: Shape, reason: String)] = [
    (
      "unit", [1, 3, 4, 4],
      "the picture is 2x2 (1x3x2x2), the network takes 4x4 (1x3x4x4); resize the picture, or use --preprocess "
        + "imagenet, caffe or a file with \"resize\" and \"crop\""
    ),
    (
      "caffe", [1, 3, 32, 32],
      "the picture of 2x2 after preprocessing is 224x224 (1x3x224x224), the network takes 32x32 (1x3x32x32); use a "
        + "--preprocess file with \"crop\": 32"
    ),
    (
      "imagenet", [1, 1, 224, 224],
      "\"mean\" of the preprocessing has 3 values, the network takes 1 channel; use --preprocess unit, raw or a file "
        + "of your own"
    ),
    ("raw", [1, 12], "the network takes a tensor of 1x12, which no picture can fill; give it a .npy file"),
    ("raw", [2, 3, 2, 2], "the network takes a tensor of 2x3x2x2, which no picture can fill; give it a .npy file"),
  ]

  @Test(arguments: misfits) func misfitsNameBothShapes(_ misfit: (preset: String, shape: Shape, reason: String)) throws
  {
    let preprocessing = try Preprocessing(presetOrFile: misfit.preset)
    #expect(throws: PictureError.misfit(name: "p.png", reason: misfit.reason)) {
      try preprocessing.tensor(from: Self.colours, for: misfit.shape, name: "p.png")
    }
  }

  @Test func aStripIsNotBlownUp() throws {
    let strip = Picture(width: 1, height: 60_000, channels: 1, samples: [UInt8](repeating: 0, count: 60_000))
    #expect(throws: PictureError.self) {
      try Preprocessing.imagenet.tensor(from: strip, for: [1, 3, 224, 224], name: "strip")
    }
  }

  @Test(arguments: Preprocessing.presets.map(\.name)) func jsonRoundTrip(_ name: String) throws {
    let preset = try Preprocessing(presetOrFile: name)
    #expect(try Preprocessing(json: preset.json, name: "x") == preset)
  }

  @Test func jsonIsDeterministicAndFieldsAreOptional() throws {
    #expect(
      String(decoding: Preprocessing.caffe.json, as: UTF8.self)
        == #"{"crop":224,"mean":[104,117,123],"order":"bgr","resize":256,"scale":1,"std":[]}"#)
    #expect(try Preprocessing(json: Array("{}".utf8), name: "x") == .raw)
  }

  static let flaws: [(json: String, reason: String)] = [
    (
      #"{"reszie": 256}"#,
      "there is no field \"reszie\"; the fields are resize, crop, order, scale, mean, std"
    ),
    (#"{"resize": 0}"#, "\"resize\" is 0, not 1 to 8192 pixels"),
    (#"{"crop": 100000}"#, "\"crop\" is 100000, not 1 to 8192 pixels"),
    (#"{"resize": 10, "crop": 11}"#, "\"crop\" (11) exceeds \"resize\" (10)"),
    (#"{"scale": 0}"#, "\"scale\" is 0.0, not a finite number other than 0"),
    (#"{"mean": [1, 2]}"#, "\"mean\" has 2 values, not one or one a channel"),
    (#"{"std": [1, 0, 1]}"#, "\"std\" holds a 0 or a value that is not finite"),
    (#"{"mean": "x"}"#, "field \"mean\": it is no list of numbers"),
    (#"[1]"#, "it is no JSON object"),
  ]

  @Test(arguments: flaws) func flawsAreNamed(_ flaw: (json: String, reason: String)) {
    #expect(throws: PictureError.wrongPreprocessing(name: "p.json", reason: flaw.reason)) {
      try Preprocessing(json: Array(flaw.json.utf8), name: "p.json")
    }
  }

  @Test(arguments: ["", "{", "{\"order\": \"gbr\"}", "\u{0}", String(repeating: "[", count: 50_000)])
  func brokenJSON(_ text: String) {
    #expect(throws: PictureError.self) { try Preprocessing(json: Array(text.utf8), name: "p.json") }
  }

  @Test func neitherPresetNorFile() {
    #expect(
      throws: PictureError.wrongPreprocessing(
        name: "imagnet",
        reason: "no preset (imagenet, imagenet-norm, caffe, unit, raw) and no readable file: No such file or directory")
    ) { try Preprocessing(presetOrFile: "imagnet") }
  }
}
