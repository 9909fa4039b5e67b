import Glibc
import Testing

@testable import Runtime

/// The kernel's files, as texts.
@Suite struct KernelTextTests {
  @Test func stalls() throws {
    let reading = try #require(
      StallReading(
        "some avg10=0.22 avg60=0.17 avg300=1.11 total=58761459\nfull avg10=0.20 avg60=0.16 avg300=1.08 total=58464525\n"
      ))
    #expect(reading.some == .init(average: 0.22, totalMicroseconds: 58_761_459))
    #expect(reading.full == .init(average: 0.20, totalMicroseconds: 58_464_525))
    // Before 5.13 the processor's file has one line; later kernels may add fields.
    #expect(StallReading("some avg10=1.00 new=3 total=5")?.full == .init())
  }

  @Test(arguments: [
    "", "some", "full avg10=0.00 total=1", "some avg10=0.00", "some avg10=x total=y", "some total=-1",
    "some total=99999999999999999999999", "none of this",
  ])
  func noStalls(_ text: String) { #expect(StallReading(text) == nil) }

  @Test func unifiedGroup() {
    let groups = ControlGroups(
      cgroup: "0::/system.slice/edgemesh.service\n",
      mountinfo: """
        22 1 8:1 / / rw,relatime - ext4 /dev/mmcblk0p2 rw
        30 22 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate
        """)
    #expect(groups.unified?.directory == "/sys/fs/cgroup/system.slice/edgemesh.service")
    #expect(
      groups.unified?.ancestry == [
        "/sys/fs/cgroup/system.slice/edgemesh.service", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup",
      ])
    #expect(groups.memory == nil)
  }

  @Test func bothHierarchies() {
    let groups = ControlGroups(
      cgroup: "9:name=systemd:/\n5:cpu,memory:/board:a/x\n0::/own\n",
      mountinfo: """
        40 22 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,cpu,memory
        41 22 0:31 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
        42 22 0:32 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        """)
    #expect(groups.unified?.directory == "/sys/fs/cgroup/unified/own")
    #expect(groups.memory?.directory == "/sys/fs/cgroup/memory/board:a/x")
  }

  /// A container's mount shows a part of the hierarchy; a blank in a path is written in octal.
  @Test func partOfAHierarchy() {
    let mountinfo =
      "30 22 0:26 /machine.slice/box /mnt/own\\040groups rw shared:4 - cgroup2 cgroup2 rw"
    func directory(_ path: String) -> String? {
      ControlGroups(cgroup: "0::\(path)\n", mountinfo: mountinfo).unified?.directory
    }
    #expect(directory("/machine.slice/box/agent") == "/mnt/own groups/agent")
    #expect(directory("/machine.slice/box") == "/mnt/own groups")
    #expect(directory("/machine.slice/boxes") == nil)
    #expect(directory("/../other") == nil)
  }

  @Test func rootOfTheHierarchy() {
    let groups = ControlGroups(cgroup: "0::/\n", mountinfo: "1 0 0:1 / /sys/fs/cgroup rw - cgroup2 x rw")
    #expect(groups.unified?.directory == "/sys/fs/cgroup" && groups.unified?.ancestry == ["/sys/fs/cgroup"])
  }

  @Test(arguments: ["", "::", "0:", "0::relative", "x\ny\n", "0::/a:b:c", "5:memory:/x"])
  func noGroups(_ cgroup: String) {
    for mountinfo in ["", "-", "1 2 3 - cgroup2", "1 0 0:1 / /p rw - cgroup2", "1 0 0:1 / /p rw - cgroup x"] {
      _ = ControlGroups(cgroup: cgroup, mountinfo: mountinfo)
    }
    #expect(ControlGroups(cgroup: cgroup, mountinfo: "") == ControlGroups(cgroup: "", mountinfo: ""))
  }

  @Test func valuesOfAFile() {
    let text = "MemTotal:       24683540 kB\nMemFree: 1 kB\nMemAvailable:   24203632 kB\nlong: 9223372036854775807 kB\n"
    #expect(
      KernelFile.values(["MemAvailable:", "MemTotal:", "no"], in: text) == [24_784_519_168, 25_275_944_960, nil])
    #expect(KernelFile.values(["long:"], in: text) == [.max])
  }

  @Test func thisMachine() throws {
    let reading = MemoryFiles().read()
    #expect(reading.residentBytes > 0 && (reading.machineTotalBytes ?? 0) > reading.residentBytes)
    if access(MemoryFiles.machineStalls, R_OK) == 0 { #expect(reading.stalls != nil && reading.scope != .unknown) }
  }
}
