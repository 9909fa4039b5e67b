#pragma once
// The arithmetic of edgemesh, in C with vector types. Every kernel exists once per instruction set; a table of them is
// chosen at run time. Callers (the Swift face) check all geometry: these functions trust it.
//
// A "map" is blocked: C/b x H x W x b floats, channels padded to a whole block, 64-byte aligned.
//
// Every kernel takes a description of the work and the team that does it: each member calls it with the same
// description, and does its share. No kernel allocates.

#include "ek_team.h"

typedef enum ek_isa { EK_BASELINE = 0, EK_AVX2 = 1, EK_AVX512 = 2 } ek_isa;

/// What is applied to each result before it is stored.
typedef enum ek_function {
  EK_CLAMP = 0,        // min(max(x, a), b)
  EK_LEAKY_RELU = 1,   // x, or a * x below 0
  EK_SIGMOID = 2,      // 1 / (1 + exp(-x))
  EK_SILU = 3,         // x * sigmoid(x)
  EK_HARD_SIGMOID = 4, // min(max(a * x + b, 0), 1)
  EK_HARD_SWISH = 5,   // x * min(max(x / 6 + 1/2, 0), 1)
  EK_GELU = 6,         // x / 2 * (1 + erf(x / sqrt(2)))
  EK_GELU_TANH = 7,    // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
  EK_TANH = 8,
  EK_EXP = 9,
  EK_ERF = 10,
  EK_ELU = 11,      // x, or a * (exp(x) - 1) below 0
  EK_SELU = 12,     // b * x, or b * a * (exp(x) - 1) below 0
  EK_CELU = 13,     // x, or a * (exp(x / a) - 1) below 0
  EK_SWISH = 14,    // x * sigmoid(a * x)
  EK_MISH = 15,     // x * tanh(log(1 + exp(x)))
  EK_SOFTPLUS = 16, // log(1 + exp(x))
  EK_SOFTSIGN = 17, // x / (1 + |x|)
  EK_LOG = 18,
  EK_SQRT = 19,
  EK_RECIPROCAL = 20,
  EK_ABS = 21,
  EK_NEGATE = 22,
  EK_FLOOR = 23,
  EK_CEILING = 24,
  EK_ROUND = 25, // to the nearest integer, of two the even one
} ek_function;

typedef struct ek_activation {
  ek_function function;
  float a, b;
} ek_activation;

typedef struct ek_window {
  long kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x;
  long pad_top, pad_left, pad_bottom, pad_right;
} ek_window;

/// How weights are stored; sums are always of 32-bit floats.
typedef enum ek_element { EK_F32 = 0, EK_BF16 = 1, EK_F16 = 2 } ek_element;

/// Which algorithm computes a convolution. The packed weights are the same for all.
typedef enum ek_method { EK_BEST = 0, EK_DIRECT = 1, EK_WINOGRAD_4 = 2, EK_WINOGRAD_6 = 3 } ek_method;

/// output = activation(convolution(input) + bias + residual).
typedef struct ek_convolution {
  long channels, height, width;
  long out_channels, out_height, out_width;
  long groups;
  ek_window window;
  ek_method method;
  ek_element element;
  /// As `pack` wrote them, of type `element`.
  const void *weights;
  /// Null, or what `transform` made of the weights.
  const float *transformed;
  /// Padded to whole blocks.
  const float *bias;
  ek_activation activation;
  const float *input;
  /// The input is not a map but planes, channels x height x width. Only where `groups` is 1.
  int planes;
  /// Null, or a map of the output's extents.
  const float *residual;
  float *output;
  /// As many floats as `scratch_count` says; shared by the team.
  float *scratch;
} ek_convolution;

/// y[m][n] = activation(sum over k of x[m][k] * w[n][k] + bias[n] + residual[m][n]).
typedef struct ek_linear {
  long m, n, k;
  ek_element element;
  const float *x;
  /// Whether `w` is as `pack_linear` packed it: for more than a few rows, or where it has to be copied anyway.
  int packed;
  /// Of type `element`: row-major [n][k], or packed.
  const void *w;
  const float *bias;     // may be null
  const float *residual; // may be null; as y
  ek_activation activation;
  float *y;
} ek_linear;

/// y[m][n] = activation(scale * sum over k of a[m][k] * b[k][n] + bias[n]), `batch` times. Strides are in floats; those of
/// the rows and columns of a and b say whether they are transposed.
typedef struct ek_multiplication {
  long batch, m, n, k;
  float scale;
  const float *a, *b;
  long a_batch, a_row, a_column;
  long b_batch, b_row, b_column;
  const float *bias; // may be null
  ek_activation activation;
  float *y;
  long y_batch, y_row;
  /// As many floats as `multiplication_scratch` says; shared by the team.
  float *scratch;
} ek_multiplication;

/// What a pool's sums are divided by: the elements under the window, those and the padding under it, or nothing.
typedef enum ek_divisor { EK_ELEMENTS = 0, EK_PLACES = 1, EK_ONE = 2 } ek_divisor;
typedef enum ek_pool_kind { EK_MAXIMUM = 0, EK_AVERAGE = 1 } ek_pool_kind;

typedef struct ek_pooling {
  ek_pool_kind kind;
  ek_divisor divided_by;
  /// What is there, not the padding of the last block.
  long channels;
  long height, width, out_height, out_width;
  ek_window window;
  const float *input;
  float *output;
} ek_pooling;

/// A map's pixels to one, C x 1 x 1.
typedef struct ek_global_pooling {
  ek_pool_kind kind;
  long channels, pixels;
  const float *input;
  float *output;
} ek_global_pooling;

typedef enum ek_operation {
  EK_ADD = 0,
  EK_SUBTRACT = 1,
  EK_MULTIPLY = 2,
  EK_DIVIDE = 3,
  EK_LEAST = 4,
  EK_GREATEST = 5
} ek_operation;

/// Element by element: activation(a op b).
typedef struct ek_binary {
  ek_operation operation;
  long count;
  ek_activation activation;
  const float *a, *b;
  float *output;
} ek_binary;

/// Element by element: activation(input).
typedef struct ek_unary {
  long count;
  ek_activation activation;
  const float *input;
  float *output;
} ek_unary;

/// Of a map: activation(input * scale[c] + shift[c]).
typedef struct ek_scaling {
  long channels, pixels;
  /// Padded to whole blocks; each may be null.
  const float *scale, *shift;
  ek_activation activation;
  const float *input;
  float *output;
} ek_scaling;

/// Of a map: x / (bias + alpha / size * sum of squares over the `size` channels around)^beta.
typedef struct ek_response_normalization {
  long channels, pixels, size;
  float alpha, beta, bias;
  const float *input;
  float *output;
} ek_response_normalization;

/// (x - mean) / sqrt(variance + epsilon) * scale + shift over the channels of each pixel of a map (`rows` is 0), or over
/// each of `rows` rows of `channels` numbers.
typedef struct ek_layer_normalization {
  long channels, pixels, rows;
  float epsilon;
  /// Each may be null; for maps padded to whole blocks.
  const float *scale, *shift;
  const float *input;
  float *output;
} ek_layer_normalization;

/// exp(x - largest) / sum of them, over each of `rows` rows of `width` numbers.
typedef struct ek_softmax {
  long rows, width;
  const float *input;
  float *output;
} ek_softmax;

/// Between channel-major planes and a map.
typedef struct ek_layout {
  long channels, pixels;
  const float *from;
  float *to;
} ek_layout;

/// Plainly `count` floats.
typedef struct ek_copy {
  long count;
  const float *from;
  float *to;
} ek_copy;

/// A measurement of the machine: `rounds` of multiply-adds by every member, or `count` floats read once by all together.
typedef struct ek_probe {
  long rounds;
  long count;
  const float *from;
  /// A float for each member, so that nothing is computed in vain.
  float *sink;
} ek_probe;

#include "ek_gradients.h"

typedef struct ek_kernels {
  /// Channels in a block.
  long block;

  /// Elements that the packed weights of a convolution take.
  long (*packed_count)(const ek_convolution *);
  /// Packs weights of M x C/g x kh x kw.
  void (*pack)(const ek_convolution *, const float *weights, float *packed);
  /// The algorithm that `EK_BEST` stands for.
  ek_method (*best_method)(const ek_convolution *, long threads);
  /// Floats of the transformed weights with which a convolution that is computed often is computed faster; 0 where it
  /// is not. They are of use for the same channels, map, window and method only.
  long (*transformed_count)(const ek_convolution *);
  /// Transforms the packed weights.
  void (*transform)(const ek_convolution *, float *to, const ek_team *);
  /// Floats of scratch memory that a team of `threads` needs to `convolve`.
  long (*scratch_count)(const ek_convolution *, long threads);
  void (*convolve)(const ek_convolution *, const ek_team *);

  /// Elements that the packed weights of a linear layer take.
  long (*packed_linear_count)(const ek_linear *);
  /// Packs weights whose w[n][k] is at n * `row` + k * `column`, as elements of the layer's type.
  void (*pack_linear)(const ek_linear *, const float *weights, long row, long column, void *packed);
  void (*linear)(const ek_linear *, const ek_team *);

  /// Floats of scratch memory that a team of `threads` needs to `multiply`.
  long (*multiplication_scratch)(const ek_multiplication *, long threads);
  void (*multiply)(const ek_multiplication *, const ek_team *);

  void (*pool)(const ek_pooling *, const ek_team *);
  void (*pool_globally)(const ek_global_pooling *, const ek_team *);

  void (*from_planes)(const ek_layout *, const ek_team *);
  void (*to_planes)(const ek_layout *, const ek_team *);

  void (*binary)(const ek_binary *, const ek_team *);
  void (*unary)(const ek_unary *, const ek_team *);
  void (*scale)(const ek_scaling *, const ek_team *);
  void (*normalize_response)(const ek_response_normalization *, const ek_team *);
  void (*normalize_layer)(const ek_layer_normalization *, const ek_team *);
  void (*softmax)(const ek_softmax *, const ek_team *);

  /// Floats of scratch memory that a team of `threads` needs to `gradient_by_weights`.
  long (*weight_gradient_scratch)(const ek_weight_gradient *, long threads);
  void (*gradient_by_weights)(const ek_weight_gradient *, const ek_team *);
  void (*spread)(const ek_spreading *, const ek_team *);
  void (*moments)(const ek_moments *, const ek_team *);
  void (*join_moments)(const ek_batch_statistics *, const ek_team *);
  void (*normalization_sums)(const ek_normalization_sums *, const ek_team *);
  void (*join_normalization_sums)(const ek_batch_gradient *, const ek_team *);
  void (*gradient_by_normalization)(const ek_normalization_gradient *, const ek_team *);
  void (*gradient_by_function)(const ek_function_gradient *, const ek_team *);
  void (*gradient_by_pool)(const ek_pooling_gradient *, const ek_team *);
  void (*gradient_by_global_pool)(const ek_global_pooling_gradient *, const ek_team *);
  void (*gradient_by_softmax)(const ek_softmax_gradient *, const ek_team *);
  void (*gradient_by_layer_normalization)(const ek_layer_normalization_gradient *, const ek_team *);
  void (*channel_sums)(const ek_channel_sums *, const ek_team *);
  void (*row_sums)(const ek_row_sums *, const ek_team *);
  void (*move)(const ek_move *, const ek_team *);
  void (*mix)(const ek_mix *, const ek_team *);
  void (*drop_out)(const ek_dropout *, const ek_team *);
  void (*update)(const ek_update *, const ek_team *);

  /// Floating-point operations of one member in a round of `multiply_add`.
  long probe_flops;
  void (*multiply_add)(const ek_probe *, const ek_team *);
  void (*read_memory)(const ek_probe *, const ek_team *);
} ek_kernels;

/// The kernels for an instruction set, or null where this machine cannot run them.
const ek_kernels *ek_kernels_for(ek_isa isa);

/// Copies `count` little-endian floats from `bytes` (any alignment) to every `step`-th float.
void ek_scatter(long count, const void *bytes, long step, float *to);
/// Copies every `from_step`-th float to every `to_step`-th.
void ek_copy_strided(long count, const float *from, long from_step, float *to, long to_step);
void ek_fill_strided(long count, float value, float *to, long step);

/// Bytes of one element.
long ek_element_bytes(ek_element element);
/// Stores `count` floats as elements of another type, rounded to nearest, ties to even. A NaN stays one; for `EK_F16`
/// finite numbers stay finite: beyond 65504 they become 65504.
void ek_narrow(ek_element element, long count, const float *from, void *to);
/// The floats that `count` elements stand for.
void ek_widen(ek_element element, long count, const void *from, float *to);

#include "ek_program.h"

#include "ek_batch.h"
