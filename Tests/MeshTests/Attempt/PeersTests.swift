import Membership
import Testing

@testable import Mesh

@Suite struct PeersTests {
  private let peer = Fixtures.agent(1)
  private let other = Fixtures.agent(2)

  /// How long the peer is written off when it misses at `now`.
  private func probation(_ peers: Peers, at now: Int) -> Int {
    (0...20_000).first { !peers.isWrittenOff(peer, now: Fixtures.time(now + $0)) } ?? -1
  }

  @Test func probationDoublesWithEachMissInARow() {
    var peers = Peers(bounds: Patience.Bounds())
    var now = 0
    for expected in [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000] {
      peers.missed(peer, now: Fixtures.time(now))
      #expect(probation(peers, at: now) == expected)
      #expect(!peers.isWrittenOff(other, now: Fixtures.time(now)))
      now += expected
    }
    #expect(peers.missesInRow(peer) == 7)
  }

  @Test func aSliceReinstatesAndThirtyTwoForgive() {
    var peers = Peers(bounds: Patience.Bounds())
    peers.missed(peer, now: Fixtures.time(0))
    peers.missed(peer, now: Fixtures.time(0))
    #expect(peers.hasMissed(peer))
    peers.served(peer, latenessMicroseconds: 0)
    #expect(!peers.hasMissed(peer))
    #expect(!peers.isWrittenOff(peer, now: Fixtures.time(1)))
    for _ in 0..<30 { peers.served(peer, latenessMicroseconds: 0) }
    #expect(peers.missesInRow(peer) == 2)
    peers.served(peer, latenessMicroseconds: 0)
    #expect(peers.missesInRow(peer) == 0)
    peers.missed(peer, now: Fixtures.time(0))
    #expect(probation(peers, at: 0) == 250)
  }

  /// Misses are forgiven for slices in a row, not for slices in all.
  @Test func aMissStartsTheCountAnew() {
    var peers = Peers(bounds: Patience.Bounds())
    for _ in 0..<3 {
      peers.missed(peer, now: Fixtures.time(0))
      for _ in 0..<31 { peers.served(peer, latenessMicroseconds: 0) }
    }
    #expect(peers.missesInRow(peer) == 3)
  }

  @Test func aMissOutlivesItsProbationUntilASliceComes() {
    var peers = Peers(bounds: Patience.Bounds())
    peers.missed(peer, now: Fixtures.time(0))
    #expect(!peers.isWrittenOff(peer, now: Fixtures.time(250)))
    #expect(peers.hasMissed(peer))
  }

  @Test func onlyANewStartForgivesAtOnce() {
    var peers = Peers(bounds: Patience.Bounds())
    peers.reinstate(peer, incarnation: 4)
    peers.missed(peer, now: Fixtures.time(0))
    peers.missed(peer, now: Fixtures.time(0))
    peers.reinstate(peer, incarnation: 4)
    #expect(!peers.isWrittenOff(peer, now: Fixtures.time(0)))
    #expect(peers.missesInRow(peer) == 2)
    peers.reinstate(peer, incarnation: 5)
    #expect(peers.missesInRow(peer) == 0)
  }

  @Test func patienceIsAPeersOwn() {
    var peers = Peers(bounds: Patience.Bounds())
    peers.served(peer, latenessMicroseconds: 100_000)
    #expect(peers.patienceMilliseconds(peer) == 550)
    #expect(peers.patienceMilliseconds(other) == 1_000)
    peers.forget(peer)
    #expect(peers.patienceMilliseconds(peer) == 1_000)
  }
}
