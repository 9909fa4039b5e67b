#pragma once
// What training adds to the kernels: gradients, statistics of a batch, updates of weights. Included by CKernels.h.
//
// A batch is a number of samples, each laid out as it would be alone, `..._stride` floats apart. Kernels that describe
// no batch work on one sample. A gradient is that of a loss by the value it is named after, and laid out like it.

/// The gradient by a convolution's weights, M x C/g x kh x kw, summed over a batch.
///
/// The sums are made in an order that the extents alone decide, so that any number of threads gives the same bits.
typedef struct ek_weight_gradient {
  long samples;
  long channels, height, width;
  long out_channels, out_height, out_width;
  long groups;
  ek_window window;
  const float *input;
  long input_stride;
  /// The inputs are not maps but planes, channels x height x width. Only where `groups` is 1.
  int planes;
  /// By the outputs: maps.
  const float *gradient;
  long gradient_stride;
  /// Whether the sums are added to what is there.
  int adds;
  float *weights;
  /// As many floats as `weight_gradient_scratch` says; shared by the team.
  float *scratch;
} ek_weight_gradient;

/// Filters M x C/g x kh x kw to C x M/g x kh x kw, upside down and mirrored: with these weights, and padding of
/// (k - 1) * dilation - padding, the convolution of the outputs' gradient gives that by the inputs.
typedef struct ek_filter_turn {
  long out_channels, channels, groups, kernel_height, kernel_width;
  const float *from;
  float *to;
} ek_filter_turn;

/// A map's pixels `stride_y`, `stride_x` apart in a larger map of zeros: what a convolution with a stride left out.
typedef struct ek_spreading {
  long channels, height, width, stride_y, stride_x, out_height, out_width;
  const float *input;
  float *output;
} ek_spreading;

/// Packs a convolution's weights, as `pack` does: the convolution's `weights` are where they go to.
typedef struct ek_packing {
  ek_convolution convolution;
  const float *from;
  float *to;
  /// Null, or where `transform` puts what it makes of them.
  float *transformed;
} ek_packing;

/// Of one sample's map: each channel's mean, then the sums of squared deviations from it; each padded to whole blocks.
typedef struct ek_moments {
  long channels, pixels;
  const float *input;
  float *output;
} ek_moments;

/// Joins the moments of `samples` maps of `pixels` pixels. All vectors are padded to whole blocks; padding lanes of
/// `scale` and `shift` become 0.
typedef struct ek_batch_statistics {
  long samples, channels, pixels;
  float epsilon;
  /// Share of the running statistics that stays: running = momentum * running + (1 - momentum) * batch's. The batch's
  /// variance is taken over n, as ONNX says, not n - 1.
  float momentum;
  const float *moments;
  long moments_stride;
  /// Of `channels` numbers each, not padded.
  const float *gamma, *beta;
  /// Of `channels` numbers each, not padded; updated. Null: left alone.
  float *running_mean, *running_variance;
  /// The batch's mean, and 1 / sqrt(variance + epsilon).
  float *mean, *inverse;
  /// gamma * inverse, and beta - mean * gamma * inverse: what `scale` takes.
  float *scale, *shift;
} ek_batch_statistics;

/// Of one sample, for y = f(scale * x + shift) with f a clamp or leaky ReLU: with g = gradient * f'(scale * x + shift),
/// the sums over the pixels of g, then of g * (x - mean) * inverse; each padded to whole blocks.
/// At a bound of a clamp f' is 0.
typedef struct ek_normalization_sums {
  long channels, pixels;
  ek_activation activation;
  const float *mean, *inverse, *scale, *shift;
  const float *input;
  const float *gradient;
  float *output;
} ek_normalization_sums;

/// Joins `ek_normalization_sums` of a batch: the gradients by gamma and beta (`channels` numbers, not padded), and
/// the factors (padded) with which the gradient by x is a * g + b * x + c.
typedef struct ek_batch_gradient {
  long samples, channels, pixels;
  const float *sums;
  long sums_stride;
  const float *mean, *inverse, *scale;
  /// Whether the gradients are added to what is there.
  int adds;
  float *gamma, *beta;
  /// a, then b, then c.
  float *factors;
} ek_batch_gradient;

/// Of one sample: a * g + b * x + c, with g as in `ek_normalization_sums`.
typedef struct ek_normalization_gradient {
  long channels, pixels;
  ek_activation activation;
  const float *scale, *shift;
  /// a, then b, then c, each padded to whole blocks.
  const float *factors;
  const float *input;
  const float *gradient;
  float *output;
} ek_normalization_gradient;

/// Element by element: gradient * f'(input).
typedef struct ek_function_gradient {
  long count;
  ek_activation activation;
  const float *input;
  const float *gradient;
  float *output;
} ek_function_gradient;

/// By a pool's input. A maximum's gradient goes to the first place in the window (row by row) that has it.
typedef struct ek_pooling_gradient {
  /// With its input (for maxima); its output is not looked at.
  ek_pooling pooling;
  const float *gradient;
  float *output;
} ek_pooling_gradient;

/// By the pixels of a global pool's input.
typedef struct ek_global_pooling_gradient {
  ek_global_pooling pooling;
  const float *gradient;
  float *output;
} ek_global_pooling_gradient;

/// Each row: y * (gradient - sum of gradient * y), y being a softmax's result.
typedef struct ek_softmax_gradient {
  long rows, width;
  const float *result;
  const float *gradient;
  float *output;
} ek_softmax_gradient;

/// Of `ek_layer_normalization`, in one sample: by its input, and by scale and shift, summed over the rows or pixels.
typedef struct ek_layer_normalization_gradient {
  /// With its input and scale; its output and shift are not looked at.
  ek_layer_normalization normalization;
  const float *gradient;
  float *output;
  /// By scale, then by shift: for maps padded to whole blocks each. Null: not wanted.
  float *parameters;
} ek_layer_normalization_gradient;

/// Each channel's sum of a * b over a map's pixels, or of a where `b` is null: a map of one pixel.
typedef struct ek_channel_sums {
  long channels, pixels;
  const float *a, *b;
  float *output;
} ek_channel_sums;

/// The sum of `rows` rows of `count` numbers, `stride` floats apart, in the order of the rows.
typedef struct ek_row_sums {
  long rows, count, stride;
  const float *input;
  int adds;
  float *output;
} ek_row_sums;

enum { EK_MOVE_AXES = 6 };

/// Numbers from one arrangement to another: to[sum of i * to_step] = scale * from[sum of i * from_step] for each index i
/// within the extents (unused axes have extent 1), or += where it `adds`. Steps may be 0 (to repeat, or with `adds` to
/// sum up) and negative.
typedef struct ek_move {
  long extents[EK_MOVE_AXES], from_steps[EK_MOVE_AXES], to_steps[EK_MOVE_AXES];
  long from_offset, to_offset;
  float scale;
  int adds;
  const float *from;
  float *to;
} ek_move;

typedef struct ek_fill {
  long count;
  float value;
  float *to;
} ek_fill;

/// output = a * x + b * y.
typedef struct ek_mix {
  long count;
  float a, b;
  const float *x, *y;
  float *output;
} ek_mix;

/// Numbers that are left out with probability 1 - keep; others are divided by `keep`. Which, the two words of `key`
/// (the bits of two floats) and a number's index decide: gradients are treated likewise.
typedef struct ek_dropout {
  long count;
  float keep;
  const float *key;
  const float *input;
  float *output;
} ek_dropout;

typedef enum ek_optimizer { EK_SGD = 0, EK_ADAMW = 1 } ek_optimizer;

/// Updates weights by their gradients. The first `decayed` weights decay.
///
/// SGD: v = momentum * v + g + decay * w; w -= rate * v, or with Nesterov's momentum rate * (g + decay * w + momentum * v).
/// AdamW: m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
/// w -= rate * (m / correction1 / (sqrt(v / correction2) + epsilon) + decay * w).
typedef struct ek_update {
  ek_optimizer optimizer;
  long count, decayed;
  /// The gradient is multiplied with `gradient_scale` first.
  float gradient_scale;
  float rate, decay;
  float momentum; // beta1
  int nesterov;
  float beta2, epsilon, correction1, correction2;
  float *weights;
  const float *gradient;
  /// v, or m.
  float *first;
  /// AdamW's v.
  float *second;
  /// Null, or an average: average = average_share * average + (1 - average_share) * weights.
  float *average;
  float average_share;
} ek_update;
