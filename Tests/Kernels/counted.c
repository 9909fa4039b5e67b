// Fixed pieces of work whose instructions are counted, see `count`: what `kernels --count NAME --isa X` runs.
#include "check.h"

enum { LINE = 64 };

static float *filled(long count) {
  float *to = NULL;
  if (posix_memalign((void **)&to, LINE, (size_t)(count + 1) * sizeof(float)) != 0) abort();
  for (long i = 0; i < count; i++) to[i] = (float)(i % 17) / 16 - 0.5f;
  return to;
}

/// The counter runs in here only.
__attribute__((noinline)) void counted(const ek_kernels *kernels, const ek_step *step) {
  if (step->kernel == EK_CONVOLVE)
    kernels->convolve(&step->as.convolution, &ek_alone);
  else
    kernels->linear(&step->as.linear, &ek_alone);
}

static void count_convolution(const ek_kernels *kernels, long channels, long side, long taps) {
  const long pixels = side * side;
  ek_step step = {.kernel = EK_CONVOLVE};
  ek_convolution *c = &step.as.convolution;
  *c = (ek_convolution){
      .channels = channels, .height = side, .width = side,
      .out_channels = channels, .out_height = side, .out_width = side,
      .groups = 1,
      .window = {taps, taps, 1, 1, 1, 1, taps / 2, taps / 2, taps / 2, taps / 2},
      .method = EK_DIRECT,
      .activation = {EK_CLAMP, 0, INFINITY},
  };
  float *packed = filled(kernels->packed_count(c)), *input = filled(channels * pixels);
  float *bias = filled(channels), *weights = filled(channels * channels * taps * taps);
  kernels->pack(c, weights, packed);
  c->weights = packed, c->input = input, c->bias = bias;
  c->output = filled(channels * pixels);
  c->scratch = filled(kernels->scratch_count(c, 1));
  counted(kernels, &step);
  free(packed), free(input), free(bias), free(weights), free(c->output), free(c->scratch);
}

static void count_linear(const ek_kernels *kernels, long n, long k) {
  float *x = filled(k), *w = filled(n * k), *bias = filled(n), *y = filled(n);
  const ek_step step = {.kernel = EK_LINEAR,
                        .as.linear = {.m = 1, .n = n, .k = k, .x = x, .w = w, .bias = bias,
                                      .activation = no_activation, .y = y}};
  counted(kernels, &step);
  free(x), free(w), free(bias), free(y);
}

int run_counted(const char *name, const ek_kernels *kernels) {
  if (!kernels) return 1;
  if (!strcmp(name, "convolution-3x3")) count_convolution(kernels, 64, 28, 3);
  else if (!strcmp(name, "convolution-1x1")) count_convolution(kernels, 128, 14, 1);
  else if (!strcmp(name, "linear")) count_linear(kernels, 1000, 1024);
  else return 2;
  return 0;
}
