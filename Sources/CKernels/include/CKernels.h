#pragma once
// The arithmetic of edgemesh, in C with vector types. Every kernel exists once per instruction set; a table of them is
// chosen at run time. Callers (the Swift face) check all geometry: these functions trust it.
//
// A "map" is blocked: C/b x H x W x b floats, channels padded to a whole block, 64-byte aligned.

typedef enum ek_isa { EK_BASELINE = 0, EK_AVX2 = 1, EK_AVX512 = 2 } ek_isa;

typedef struct ek_window {
  long kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x;
  long pad_top, pad_left, pad_bottom, pad_right;
} ek_window;

/// One convolution. Weights come in packed as `pack` wrote them; bias is padded to whole blocks.
typedef struct ek_convolution {
  long channels, height, width;
  long out_channels, out_height, out_width;
  long groups;
  ek_window window;
  const float *weights;
  const float *bias;
  float minimum, maximum;
} ek_convolution;

/// What a pool's sums are divided by: the elements under the window, those and the padding under it, or nothing.
typedef enum ek_divisor { EK_ELEMENTS = 0, EK_PLACES = 1, EK_ONE = 2 } ek_divisor;

typedef struct ek_kernels {
  /// Channels in a block.
  long block;

  /// Floats that the packed weights of a convolution take.
  long (*packed_count)(const ek_convolution *);
  /// Packs weights of M x C/g x kh x kw.
  void (*pack)(const ek_convolution *, const float *weights, float *packed);
  /// Floats of scratch memory that `convolve` needs.
  long (*scratch_count)(const ek_convolution *);
  /// `residual` may be null; it is added before the result is clamped.
  void (*convolve)(const ek_convolution *, const float *input, const float *residual, float *output, float *scratch);

  /// y[m][n] = sum over k of x[m][k] * w[n][k], plus bias[n] (may be null), clamped.
  void (*linear)(long m, long n, long k, const float *x, const float *w, const float *bias, float minimum,
                 float maximum, float *y);

  /// `channels` counts what is there, not the padding of the last block.
  void (*max_pool)(long channels, long height, long width, long out_height, long out_width, const ek_window *window,
                   const float *input, float *output);
  void (*average_pool)(long channels, long height, long width, long out_height, long out_width,
                       const ek_window *window, ek_divisor divided_by, const float *input, float *output);
  void (*global_average)(long channels, long pixels, const float *input, float *output);
  void (*global_max)(long channels, long pixels, const float *input, float *output);

  void (*from_planes)(long channels, long pixels, const float *planes, float *map);
  void (*to_planes)(long channels, long pixels, const float *map, float *planes);

  void (*clamp)(long count, float minimum, float maximum, const float *a, float *y);
  void (*add)(long count, float minimum, float maximum, const float *a, const float *b, float *y);
  void (*multiply)(long count, const float *a, const float *b, float *y);
  /// y = x * scale + shift per channel; both are padded to whole blocks.
  void (*scale)(long channels, long pixels, const float *scale, const float *shift, const float *x, float *y);
  void (*normalize_response)(long channels, long pixels, long size, float alpha, float beta, float bias,
                             const float *x, float *y);
} ek_kernels;

/// The kernels for an instruction set, or null where this machine cannot run them.
const ek_kernels *ek_kernels_for(ek_isa isa);

/// Copies `count` little-endian floats from `bytes` (any alignment) to every `step`-th float.
void ek_scatter(long count, const void *bytes, long step, float *to);
/// Copies every `from_step`-th float to every `to_step`-th.
void ek_copy_strided(long count, const float *from, long from_step, float *to, long to_step);
void ek_fill_strided(long count, float value, float *to, long step);
