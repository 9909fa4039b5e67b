// Convolutions, by every algorithm: dense, grouped, depthwise; with bias, residual and activation, and the same in
// parts.
#include "windows.h"

/// A case: planes and weights as a user would give them, and the result.
struct convolution {
  struct geometry g;
  long channels, out_channels, groups;
  ek_activation activation;
  ek_element element;
  int planes; // the input stays as it is
  float *input, *weights, *bias, *residual;
  double *sum, *size; // before the activation; the sum of absolute products
  double *largest;    // for an output channel, the sum of absolute weights
};

static double work_of(const struct convolution *c) {
  return (double)(c->channels / c->groups) * (double)c->out_channels * (double)(c->g.out_height * c->g.out_width) *
         (double)(c->g.window.kernel_height * c->g.window.kernel_width);
}

/// Sums of one input channel's products. With `sizes`, of their absolute values also.
static void add_plane(const struct convolution *c, const float *input, const float *weights, double *sum,
                      double *size) {
  const struct geometry *g = &c->g;
  const ek_window *w = &g->window;
  for (long ky = 0; ky < w->kernel_height; ky++)
    for (long kx = 0; kx < w->kernel_width; kx++) {
      const double factor = weights[ky * w->kernel_width + kx];
      for (long oy = 0; oy < g->out_height; oy++) {
        const long y = oy * w->stride_y - w->pad_top + ky * w->dilation_y;
        if (y < 0 || y >= g->height) continue;
        const long start = kx * w->dilation_x - w->pad_left;
        long from = start >= 0 ? 0 : (-start + w->stride_x - 1) / w->stride_x;
        long end = start >= g->width ? 0 : (g->width - start + w->stride_x - 1) / w->stride_x;
        if (end > g->out_width) end = g->out_width;
        const float *row = input + y * g->width + start;
        for (long ox = from; ox < end; ox++) {
          const double product = factor * row[ox * w->stride_x];
          sum[oy * g->out_width + ox] += product;
          size[oy * g->out_width + ox] += fabs(product);
        }
      }
    }
}

static void compute(struct trial *t, struct convolution *c) {
  const long pixels = c->g.height * c->g.width, out_pixels = c->g.out_height * c->g.out_width;
  const long taps = c->g.window.kernel_height * c->g.window.kernel_width, per_group = c->channels / c->groups;
  c->sum = plain(t, (size_t)(c->out_channels * out_pixels) * sizeof(double));
  c->size = plain(t, (size_t)(c->out_channels * out_pixels) * sizeof(double));
  c->largest = plain(t, (size_t)c->out_channels * sizeof(double));
  for (long m = 0; m < c->out_channels; m++) {
    double *sum = c->sum + m * out_pixels, *size = c->size + m * out_pixels;
    for (long p = 0; p < out_pixels; p++) {
      sum[p] = c->bias[m] + (c->residual ? (double)c->residual[m * out_pixels + p] : 0);
      size[p] = fabs((double)c->bias[m]) + (c->residual ? fabs((double)c->residual[m * out_pixels + p]) : 0);
    }
    const long first = m / (c->out_channels / c->groups) * per_group;
    for (long i = 0; i < per_group; i++)
      add_plane(c, c->input + (first + i) * pixels, c->weights + (m * per_group + i) * taps, sum, size);
    c->largest[m] = 0;
    for (long i = 0; i < per_group * taps; i++) c->largest[m] += fabs((double)c->weights[m * per_group * taps + i]);
  }
}

static void draw_numbers(struct trial *t, struct convolution *c) {
  const long per_group = c->channels / c->groups, out_pixels = c->g.out_height * c->g.out_width;
  c->input = numbers(t, c->channels * c->g.height * c->g.width, 0);
  const long weights = c->out_channels * per_group * c->g.window.kernel_height * c->g.window.kernel_width;
  c->weights = numbers(t, weights, 0);
  // Weights are what their type can hold.
  unsigned short *narrow = plain(t, (size_t)weights * sizeof(float));
  ek_narrow(c->element, weights, c->weights, narrow);
  ek_widen(c->element, weights, narrow, c->weights);
  c->bias = numbers(t, c->out_channels, 0);
  c->residual = one_in(t, 3) ? numbers(t, c->out_channels * out_pixels, 0) : NULL;
  c->activation = draw_activation(t);
  c->planes = c->groups == 1 && one_in(t, c->channels <= 3 ? 2 : 6);
  char geometry[256];
  describe_geometry(&c->g, geometry, sizeof geometry);
  snprintf(t->shape, sizeof t->shape, "%ld -> %ld channels in %ld groups, element %d, %s, %s%s%s", c->channels,
           c->out_channels, c->groups, c->element, geometry, function_name(c->activation.function),
           c->residual ? ", residual" : "",
           c->planes ? ", from planes" : "");
}

/// What is allowed: of the sum of absolute products for algorithms that add up just these. Winograd's transforms mix a
/// tile's pixels, so there it is of what the largest pixels would give.
static double *allowances(struct trial *t, const struct convolution *c, const ek_activation *activation,
                          ek_method method) {
  const long out_pixels = c->g.out_height * c->g.out_width;
  double *allowed = plain(t, (size_t)(c->out_channels * out_pixels) * sizeof(double));
  for (long m = 0; m < c->out_channels; m++)
    for (long p = 0; p < out_pixels; p++) {
      const long at = m * out_pixels + p;
      const double off = method == EK_WINOGRAD_4   ? 3e-6 * c->largest[m] + 1e-6 * c->size[at]
                         : method == EK_WINOGRAD_6 ? 3e-5 * c->largest[m] + 1e-6 * c->size[at]
                                                   : 1e-6 * c->size[at];
      allowed[at] = function_allowance(activation, c->sum[at], off);
    }
  return allowed;
}

/// The result from a convolution alone, a sum and a function.
static void compute_parts(struct trial *t, const ek_convolution *whole, float *to, long threads) {
  const long count = padded(t, whole->out_channels) * whole->out_height * whole->out_width;
  ek_step steps[3] = {{.kernel = EK_CONVOLVE, .as.convolution = *whole}};
  steps[0].as.convolution.activation = no_activation;
  steps[0].as.convolution.residual = NULL;
  steps[0].as.convolution.output = to;
  long used = 1;
  if (whole->residual)
    steps[used++] = (ek_step){.kernel = EK_BINARY,
                              .as.binary = {EK_ADD, count, no_activation, to, whole->residual, to}};
  steps[used++] = (ek_step){.kernel = EK_UNARY, .as.unary = {count, whole->activation, to, to}};
  carry_out(t, threads, steps, used);
}

static void run_team(struct trial *t, const struct convolution *c, ek_convolution work, long threads,
                     const double *want, const double *allowed, float **alone) {
  const int used = t->used;
  const long out_pixels = c->g.out_height * c->g.out_width, count = padded(t, c->out_channels) * out_pixels;
  const long scratch = t->kernels->scratch_count(&work, threads);
  work.scratch = scratch > 0 ? take(t, "scratch", scratch, 0) : NULL;
  work.output = take(t, "output", count, 0);
  carry_out(t, threads, &(ek_step){.kernel = EK_CONVOLVE, .as.convolution = work}, 1);
  // 1e15 in padding lanes of a residual is infinite in some functions.
  compare_map(t, "output", work.output, c->out_channels, out_pixels, want, allowed,
              c->activation.function == EK_CLAMP);
  float *result = planes_of(t, work.output, c->out_channels, out_pixels);
  if (*alone) {
    t->tally->teams++;
    t->tally->teams_alike += same_bits(result, *alone, c->out_channels * out_pixels);
  } else {
    *alone = result;
  }
  if (t->number % 4 == 0) {
    float *parts = take(t, "output of the parts", count, 0);
    compute_parts(t, &work, parts, threads);
    compare_map(t, "output of the parts", parts, c->out_channels, out_pixels, want, allowed, 0);
    t->tally->parts++;
    t->tally->parts_alike +=
        same_bits(result, planes_of(t, parts, c->out_channels, out_pixels), c->out_channels * out_pixels);
  }
  verify(t);
  release(t, used);
}

/// Transforms the weights, as a step of a program that packs them where it can; false where that is of no use.
static int take_transformed(struct trial *t, const struct convolution *c, ek_convolution *work, long threads) {
  const long count = t->kernels->transformed_count(work);
  if (count == 0) return 0;
  float *to = take(t, "transformed weights", count, 0);
  if (c->element == EK_F32) {
    const long packed_count = t->kernels->packed_count(work);
    float *packed = take(t, "weights packed by a team", packed_count, 0);
    ek_step step = {.kernel = EK_PACK, .as.packing = {*work, c->weights, packed, to}};
    step.as.packing.convolution.weights = NULL;
    carry_out(t, threads, &step, 1);
    if (!same_bits(packed, work->weights, packed_count)) fail(t, "a team packs weights otherwise");
  } else {
    t->kernels->transform(work, to, &ek_alone);
  }
  verify(t);
  settle(t, to);
  work->transformed = to;
  return 1;
}

static void run(struct trial *t, struct convolution *c, const ek_method *methods, int method_count) {
  const long out_pixels = c->g.out_height * c->g.out_width, team = draw_team(t);
  compute(t, c);
  double *want = plain(t, (size_t)(c->out_channels * out_pixels) * sizeof(double));
  for (long i = 0; i < c->out_channels * out_pixels; i++) want[i] = function_value(&c->activation, c->sum[i]);
  while (next_set(t)) {
    const int plain_used = t->plain_used;
    ek_convolution work = {
        .channels = c->channels,
        .height = c->g.height,
        .width = c->g.width,
        .out_channels = c->out_channels,
        .out_height = c->g.out_height,
        .out_width = c->g.out_width,
        .groups = c->groups,
        .window = c->g.window,
        .element = c->element,
        .activation = c->activation,
        .planes = c->planes,
    };
    const long pixels = c->g.height * c->g.width;
    work.input = c->planes ? take_input(t, "input", c->input, c->channels * pixels, t->number % 16)
                           : take_map(t, "input", c->input, c->channels, pixels);
    work.residual = take_map(t, "residual", c->residual, c->out_channels, out_pixels);
    work.bias = take_channels(t, "bias", c->bias, c->out_channels);
    const long count = t->kernels->packed_count(&work);
    const int used = t->used;
    float *packed = take(t, "packed weights", count, 0);
    t->kernels->pack(&work, c->weights, packed);
    verify(t);
    settle(t, packed);
    work.weights = packed;
    if (c->element != EK_F32) {
      const float *wide = memcpy(plain(t, (size_t)count * sizeof(float)), packed, (size_t)count * sizeof(float));
      release(t, used);
      work.weights = take_elements(t, "narrow weights", c->element, wide, count, 0);
    }
    for (int i = 0; i < 2 * method_count; i++) {
      work.method = methods[i / 2];
      work.transformed = NULL;
      if (i % 2 == 1 && (t->number % 3 != 0 || !take_transformed(t, c, &work, team))) continue;
      float *alone = NULL;
      for (long threads = 1; threads <= team; threads += team - 1) {
        // The best may be another one for a larger team.
        const ek_method method = work.method == EK_BEST ? t->kernels->best_method(&work, threads) : work.method;
        run_team(t, c, work, threads, want, allowances(t, c, &c->activation, method), &alone);
      }
      while (t->plain_used > plain_used) free(t->plain[--t->plain_used]);
    }
    release(t, 0);
  }
}

/// Makes a case smaller until its work is within the budget. False where its window is all there is.
static int shrink(struct convolution *c, double most) {
  while (work_of(c) > most) {
    if (c->channels / c->groups >= c->out_channels / c->groups && c->channels > c->groups)
      c->channels = (c->channels / c->groups + 1) / 2 * c->groups;
    else if (c->out_channels > c->groups)
      c->out_channels = (c->out_channels / c->groups + 1) / 2 * c->groups;
    else
      return 0;
    if (c->channels == c->groups && c->out_channels == c->groups && work_of(c) > most) return 0;
  }
  return 1;
}

/// Taps so far out in the padding that a copy of the padded input would not be held.
static void stretch(struct trial *t, struct convolution *c) {
  struct geometry *g = &c->g;
  ek_window *w = &g->window;
  w->kernel_height = between(t, 2, 3), w->kernel_width = between(t, 2, 3);
  w->stride_y = between(t, 1, 2), w->stride_x = between(t, 1, 2);
  w->dilation_y = between(t, 500, 4000), w->dilation_x = between(t, 500, 4000);
  w->pad_top = w->dilation_y, w->pad_left = w->dilation_x;
  w->pad_bottom = (w->kernel_height - 2) * w->dilation_y, w->pad_right = (w->kernel_width - 2) * w->dilation_x;
  g->out_height = places(g->height, w->kernel_height, w->stride_y, w->dilation_y, w->pad_top, w->pad_bottom);
  g->out_width = places(g->width, w->kernel_width, w->stride_x, w->dilation_x, w->pad_left, w->pad_right);
}

/// More input than caches hold, so that kernels take it in chunks and bands; few output channels, as time is short.
static int draw_many_inputs(struct trial *t, struct convolution *c) {
  if (!one_in(t, t->is_small ? 200 : 40)) return 0;
  c->groups = 1;
  c->channels = between(t, 200, 700);
  c->out_channels = between(t, 1, 3);
  return 1;
}

static ek_element draw_element(struct trial *t) { return one_in(t, 3) ? one_in(t, 2) ? EK_BF16 : EK_F16 : EK_F32; }

void check_convolution(struct trial *t) {
  struct convolution c = {.element = draw_element(t)};
  do {
    c.groups = 1;
    if (one_in(t, 5)) c.groups = between(t, 2, one_in(t, 3) ? 40 : 6);
    c.channels = c.groups * extent(t, c.groups > 1 ? 24 : 200);
    if (c.groups == 1 && one_in(t, 6)) c.channels = between(t, 1, 3);
    c.out_channels = c.groups * extent(t, c.groups > 1 ? 24 : 200);
    c.g = draw_geometry(t, 11, one_in(t, 10) ? 60 : 20);
  } while (draw_many_inputs(t, &c) ? work_of(&c) > 2e7 : !shrink(&c, budget(t)));
  if (one_in(t, 250)) stretch(t, &c);
  draw_numbers(t, &c);
  run(t, &c, (const ek_method[]){EK_DIRECT, EK_BEST}, one_in(t, 3) ? 2 : 1);
}

void check_winograd(struct trial *t) {
  struct convolution c = {.groups = 1, .element = draw_element(t)};
  // So large that neither the transformed weights nor the input of all tiles are held at once.
  const int is_large = !t->is_small && one_in(t, 400);
  do {
    c.channels = extent(t, 200);
    c.out_channels = extent(t, 200);
    const long side = draw_many_inputs(t, &c) ? 60 : 40;
    c.g = (struct geometry){.height = extent(t, side), .width = extent(t, side)};
    if (is_large) {
      c.channels = between(t, 400, 520), c.out_channels = between(t, 50, 70);
      c.g = (struct geometry){.height = between(t, 32, 40), .width = between(t, 32, 40)};
    }
    ek_window w = {3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
    if (one_in(t, 3))
      w.pad_top = between(t, 0, 3), w.pad_left = between(t, 0, 3), w.pad_bottom = between(t, 0, 3),
      w.pad_right = between(t, 0, 3);
    c.g.window = w;
    c.g.out_height = places(c.g.height, 3, 1, 1, w.pad_top, w.pad_bottom);
    c.g.out_width = places(c.g.width, 3, 1, 1, w.pad_left, w.pad_right);
  } while (c.g.out_height < 1 || c.g.out_width < 1 ||
           (is_large ? 0 : c.channels > 200 ? work_of(&c) > 6e7 : !shrink(&c, 2 * budget(t))));
  draw_numbers(t, &c);
  run(t, &c, (const ek_method[]){EK_WINOGRAD_4, EK_WINOGRAD_6}, 2);
}

void check_depthwise(struct trial *t) {
  struct convolution c = {.element = draw_element(t)};
  do {
    c.channels = c.out_channels = c.groups = extent(t, 100);
    c.g = draw_geometry(t, 11, one_in(t, 4) ? 60 : 24);
  } while (work_of(&c) > budget(t));
  if (one_in(t, 250)) stretch(t, &c);
  draw_numbers(t, &c);
  run(t, &c, (const ek_method[]){EK_DIRECT, EK_BEST}, one_in(t, 3) ? 2 : 1);
}
