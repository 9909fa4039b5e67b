extension Tensor {
  /// A tensor whose elements `make` makes, in the same shape, when they are looked at for the first time: by whichever
  /// thread that is, once.
  public init(shape: Shape, deferring make: @escaping @Sendable () -> Tensor) {
    self.init(
      shape: shape, storage: AlignedStorage(count: shape.elementCount, deferring: { make().storage }))
  }

  /// A tensor that `make` makes of this one when it is looked at.
  public func later(_ shape: Shape, _ make: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
    Tensor(shape: shape, deferring: { [self] in make(self) })
  }

  /// Has elements made now whose making was deferred.
  public func make() { _ = storage.pointer }
}
