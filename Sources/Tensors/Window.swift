import CKernels

/// The geometry of a convolution or pooling: extents, strides, dilations and zero padding, in pixels.
public struct Window: Hashable, Sendable {
  public var kernelHeight, kernelWidth: Int
  public var strideY, strideX: Int
  public var dilationY, dilationX: Int
  public var padTop, padLeft, padBottom, padRight: Int

  public init(
    kernelHeight: Int, kernelWidth: Int, strideY: Int = 1, strideX: Int = 1, dilationY: Int = 1, dilationX: Int = 1,
    padTop: Int = 0, padLeft: Int = 0, padBottom: Int = 0, padRight: Int = 0
  ) {
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideY = strideY
    self.strideX = strideX
    self.dilationY = dilationY
    self.dilationX = dilationX
    self.padTop = padTop
    self.padLeft = padLeft
    self.padBottom = padBottom
    self.padRight = padRight
  }

  /// Rows of the result for an input of `height` rows; 0 where the window does not fit.
  ///
  /// With `ceil` the last window may hang over the padding's end, but never starts beyond the input and its leading
  /// padding (as ONNX defines it).
  public func outputHeight(_ height: Int, ceil: Bool = false) -> Int {
    Self.output(
      height, kernel: kernelHeight, stride: strideY, dilation: dilationY, before: padTop, after: padBottom, ceil: ceil)
  }

  /// Columns of the result for an input of `width` columns; 0 where the window does not fit.
  public func outputWidth(_ width: Int, ceil: Bool = false) -> Int {
    Self.output(
      width, kernel: kernelWidth, stride: strideX, dilation: dilationX, before: padLeft, after: padRight, ceil: ceil)
  }

  private static func output(
    _ extent: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int, ceil: Bool
  ) -> Int {
    let room = extent + before + after - ((kernel - 1) * dilation + 1)
    guard room >= 0 else { return 0 }
    guard ceil else { return room / stride + 1 }
    let count = (room + stride - 1) / stride + 1
    return (count - 1) * stride >= extent + before ? count - 1 : count
  }

  /// Traps unless extents, strides and dilations are positive and paddings are not negative.
  func checkGeometry() {
    precondition(
      kernelHeight > 0 && kernelWidth > 0 && strideY > 0 && strideX > 0 && dilationY > 0 && dilationX > 0
        && padTop >= 0 && padLeft >= 0 && padBottom >= 0 && padRight >= 0,
      "a window with impossible geometry: \(self)")
  }

  var forKernels: ek_window {
    ek_window(
      kernel_height: kernelHeight, kernel_width: kernelWidth, stride_y: strideY, stride_x: strideX,
      dilation_y: dilationY, dilation_x: dilationX, pad_top: padTop, pad_left: padLeft, pad_bottom: padBottom,
      pad_right: padRight)
  }
}
