import Glibc
import Testing

@testable import Runtime

@Suite struct PressureTriggerTests {
  private static func kind(_ trigger: consuming PressureTrigger?) -> PressureTrigger.Kind? {
    switch trigger {
    case .some(let trigger): trigger.kind
    case .none: nil
    }
  }

  @Test(
    arguments: [
      ("", []), ("c29tZSAyMDAwMDAgMjAwMDAwMAA=", Array("some 200000 2000000\0".utf8)), ("YQ==", [97]),
      ("YWI=", [97, 98]),
      ("YWJj", [97, 98, 99]), ("/+8=", [255, 239]), ("YQ", nil), ("Y===", nil), ("Y!==", nil), ("YQ==YQ==", nil),
    ] as [(String, [UInt8]?)])
  func base64(_ text: String, _ bytes: [UInt8]?) { #expect(PressureTrigger.decodedBase64(text) == bytes) }

  /// Where the service manager says not to watch, nothing is watched; where nothing can be had, readings are all there is.
  @Test func nothingToWatch() {
    #expect(
      Self.kind(PressureTrigger.find(watch: "/dev/null", write: nil, ownStalls: "/proc/pressure/memory")) == nil)
    #expect(
      Self.kind(PressureTrigger.find(watch: nil, write: nil, ownStalls: nil, machineStalls: "/nonexistent")) == nil)
  }

  /// What the hardening forbids falls through to the next.
  @Test func firstThatCanBeHad() throws {
    var template = Array("/tmp/edgemesh-trigger-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let paths = ["\(folder)/watch", "\(folder)/own", "\(folder)/machine"]
    defer {
      for path in paths { unlink(path) }
      rmdir(folder)
    }
    for path in paths { close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)) }
    func found(_ watch: String?, _ own: String?) -> PressureTrigger.Kind? {
      Self.kind(
        PressureTrigger.find(
          watch: watch, write: "c29tZSAyMDAwMDAgMjAwMDAwMAA=", ownStalls: own, machineStalls: paths[2]))
    }
    #expect(found(paths[0], paths[1]) == .serviceManager)
    #expect(try StateDirectory.readText(paths[0]) == "some 200000 2000000\0")
    #expect(found("/nonexistent", paths[1]) == .cgroup)
    #expect(try StateDirectory.readText(paths[1]) == "\(PressureLimits.trigger)\0")
    #expect(found(folder, folder) == .machine)
    #expect(found(nil, nil) == .machine)
  }

  /// A FIFO is marked by plain data, and unmarked by reading it.
  @Test func aFIFO() throws {
    let path = "/tmp/edgemesh-fifo-\(getpid())"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let found = PressureTrigger.find(watch: path, write: nil, ownStalls: nil)
    switch consume found {
    case .none: Issue.record("the FIFO was not taken")
    case .some(let trigger):
      #expect(trigger.kind == .serviceManager && !trigger.isUrgent)
      let writing = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      #expect(write(writing, "x", 1) == 1)
      var set = pollfd(fd: trigger.descriptor, events: Int16(POLLIN), revents: 0)
      #expect(poll(&set, 1, 0) == 1)
      trigger.acknowledge()
      #expect(poll(&set, 1, 0) == 0)
      close(writing)
    }
  }
}
