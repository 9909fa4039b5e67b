// The gradient by a convolution's weights, from maps and from planes, written and added; and maps spread apart.
#include "windows.h"

struct weight_gradient {
  struct geometry g;
  long samples, channels, out_channels, groups;
  int planes, adds;
  long gap; // floats between samples
  float *input, *gradient, *before; // planes, sample after sample; weights
  double *sum, *allowed;
};

static long weights_of(const struct weight_gradient *c) {
  return c->out_channels * (c->channels / c->groups) * c->g.window.kernel_height * c->g.window.kernel_width;
}

static double work_of(const struct weight_gradient *c) {
  return (double)c->samples * (double)weights_of(c) * (double)(c->g.out_height * c->g.out_width);
}

/// Whether Winograd's algorithm may sum it up, whose errors are those of a tile's numbers, not of one weight's
/// products.
static int can_winograd(const struct weight_gradient *c) {
  const ek_window *w = &c->g.window;
  return !c->planes && c->groups == 1 && w->kernel_height == 3 && w->kernel_width == 3 && w->stride_y == 1 &&
         w->stride_x == 1 && w->dilation_y == 1 && w->dilation_x == 1;
}

/// One weight's products in a sample.
static void add_products(const struct geometry *g, const float *input, const float *gradient, long ky, long kx,
                         double *sum, double *size) {
  const ek_window *w = &g->window;
  for (long oy = 0; oy < g->out_height; oy++) {
    const long y = oy * w->stride_y - w->pad_top + ky * w->dilation_y;
    if (y < 0 || y >= g->height) continue;
    for (long ox = 0; ox < g->out_width; ox++) {
      const long x = ox * w->stride_x - w->pad_left + kx * w->dilation_x;
      if (x < 0 || x >= g->width) continue;
      const double product = (double)gradient[oy * g->out_width + ox] * (double)input[y * g->width + x];
      *sum += product;
      *size += fabs(product);
    }
  }
}

static void compute(struct trial *t, struct weight_gradient *c) {
  const long pixels = c->g.height * c->g.width, out_pixels = c->g.out_height * c->g.out_width;
  const long per_group = c->channels / c->groups, count = weights_of(c);
  c->sum = plain(t, (size_t)count * sizeof(double));
  c->allowed = plain(t, (size_t)count * sizeof(double));
  long at = 0;
  for (long m = 0; m < c->out_channels; m++) {
    double total = 0;
    for (long s = 0; s < c->samples; s++)
      for (long p = 0; p < out_pixels; p++)
        total += fabs((double)c->gradient[(s * c->out_channels + m) * out_pixels + p]);
    for (long i = 0; i < per_group; i++) {
      const long channel = m / (c->out_channels / c->groups) * per_group + i;
      for (long ky = 0; ky < c->g.window.kernel_height; ky++)
        for (long kx = 0; kx < c->g.window.kernel_width; kx++, at++) {
          double sum = c->adds ? (double)c->before[at] : 0, size = fabs(sum);
          for (long s = 0; s < c->samples; s++)
            add_products(&c->g, c->input + (s * c->channels + channel) * pixels,
                         c->gradient + (s * c->out_channels + m) * out_pixels, ky, kx, &sum, &size);
          c->sum[at] = sum;
          c->allowed[at] = 1e-6 * size + (can_winograd(c) ? 1e-6 * total : 0);
        }
    }
  }
}

/// A batch's maps or planes, with numbers between the samples that are nobody's.
static float *take_batch(struct trial *t, const char *name, const float *planes, const struct weight_gradient *c,
                         long channels, long pixels, int stay, long *stride) {
  const long b = t->kernels->block, all = stay ? channels : padded(t, channels);
  *stride = all * pixels + c->gap;
  float *to = take(t, name, c->samples * *stride - c->gap, 0);
  for (long s = 0; s < c->samples; s++)
    for (long i = 0; i < all; i++)
      for (long p = 0; p < pixels; p++) {
        const long at = stay ? i * pixels + p : (i / b * pixels + p) * b + i % b;
        // As large as in other padding lanes: no result survives that depends on it.
        to[s * *stride + at] = i < channels ? planes[(s * channels + i) * pixels + p] : number(t) * 1e15f;
      }
  settle(t, to);
  return to;
}

static void describe(struct trial *t, const struct weight_gradient *c) {
  char geometry[200];
  describe_geometry(&c->g, geometry, sizeof geometry);
  snprintf(t->shape, sizeof t->shape, "%ld samples, %ld -> %ld channels, %ld groups, %s%s%s", c->samples, c->channels,
           c->out_channels, c->groups, geometry, c->planes ? ", planes" : "", c->adds ? ", added" : "");
}

/// A team's result, which must be one thread's bit by bit.
static void run_team(struct trial *t, const struct weight_gradient *c, ek_weight_gradient work, long threads,
                     float **alone) {
  const int used = t->used;
  const long count = weights_of(c);
  work.scratch = take(t, "scratch", t->kernels->weight_gradient_scratch(&work, threads), 0);
  work.weights = take(t, "weights", count, t->number % 16);
  if (c->adds) memcpy(work.weights, c->before, (size_t)count * sizeof(float));
  carry_out(t, threads, &(ek_step){.kernel = EK_GRADIENT_BY_WEIGHTS, .as.weight_gradient = work}, 1);
  compare(t, "weights", work.weights, count, c->sum, c->allowed);
  if (*alone) {
    const int is_alike = same_bits(work.weights, *alone, count);
    t->tally->teams++;
    t->tally->teams_alike += is_alike;
    if (!is_alike) fail(t, "a team's weights are not those of one thread");
  } else {
    *alone = memcpy(plain(t, (size_t)count * sizeof(float) + 1), work.weights, (size_t)count * sizeof(float));
  }
  verify(t);
  release(t, used);
}

static void run(struct trial *t, struct weight_gradient *c) {
  const long pixels = c->g.height * c->g.width, out_pixels = c->g.out_height * c->g.out_width, team = draw_team(t);
  c->input = numbers(t, c->samples * c->channels * pixels, 0);
  c->gradient = numbers(t, c->samples * c->out_channels * out_pixels, 0);
  c->before = numbers(t, weights_of(c), 0);
  compute(t, c);
  describe(t, c);
  while (next_set(t)) {
    ek_weight_gradient work = {
        .samples = c->samples,
        .channels = c->channels,
        .height = c->g.height,
        .width = c->g.width,
        .out_channels = c->out_channels,
        .out_height = c->g.out_height,
        .out_width = c->g.out_width,
        .groups = c->groups,
        .window = c->g.window,
        .planes = c->planes,
        .adds = c->adds,
    };
    work.input = take_batch(t, "input", c->input, c, c->channels, pixels, c->planes, &work.input_stride);
    work.gradient = take_batch(t, "gradient", c->gradient, c, c->out_channels, out_pixels, 0, &work.gradient_stride);
    float *alone = NULL;
    for (long threads = 1; threads <= team; threads++) run_team(t, c, work, threads, &alone);
    release(t, 0);
  }
}

/// Halves what is larger until the work is within the budget; false where the window and the pixels are all there is.
static int shrink(struct weight_gradient *c, double most) {
  while (work_of(c) > most) {
    if (c->samples > 2)
      c->samples /= 2;
    else if (c->channels / c->groups >= c->out_channels / c->groups && c->channels > c->groups)
      c->channels = (c->channels / c->groups + 1) / 2 * c->groups;
    else if (c->out_channels > c->groups)
      c->out_channels = (c->out_channels / c->groups + 1) / 2 * c->groups;
    else
      return 0;
  }
  return 1;
}

/// A window that Winograd's algorithm takes.
static struct geometry draw_winograd(struct trial *t) {
  struct geometry g = {.height = extent(t, 40), .width = extent(t, 40), .window = {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}};
  ek_window *w = &g.window;
  if (one_in(t, 3)) {
    w->pad_top = between(t, 1, 4), w->pad_left = between(t, 1, 4);
    w->pad_bottom = between(t, 1, 4), w->pad_right = between(t, 1, 4);
  }
  g.out_height = places(g.height, 3, 1, 1, w->pad_top, w->pad_bottom);
  g.out_width = places(g.width, 3, 1, 1, w->pad_left, w->pad_right);
  return g;
}

void check_weight_gradient(struct trial *t) {
  struct weight_gradient c = {.gap = 16 * between(t, 0, 2), .adds = one_in(t, 3)};
  do {
    // Sums so long that they are cut into chunks.
    const int is_long = one_in(t, 8);
    c.samples = is_long ? between(t, 5, 40) : one_in(t, 10) ? extent(t, 100) : between(t, 1, 5);
    c.groups = 1;
    if (one_in(t, 5)) c.groups = between(t, 2, one_in(t, 3) ? 40 : 6);
    const long most = is_long ? 3 : c.groups > 1 ? 24 : 150;
    c.channels = c.groups * extent(t, most);
    c.out_channels = c.groups * extent(t, most);
    if (c.groups == 1 && one_in(t, 6)) c.channels = between(t, 1, 5);
    if (one_in(t, 6)) c.groups = c.out_channels = c.channels;
    c.g = one_in(t, 4) ? draw_winograd(t) : draw_geometry(t, is_long ? 3 : 11, is_long || one_in(t, 10) ? 60 : 20);
  } while (!shrink(&c, budget(t)));
  // So many tiles of Winograd's that they are cut into chunks, too.
  if (one_in(t, t->is_small ? 500 : 50)) {
    c.groups = 1, c.channels = between(t, 9, 20), c.out_channels = between(t, 9, 20);
    c.samples = 3, c.g.height = c.g.width = c.g.out_height = c.g.out_width = between(t, 28, 36);
    c.g.window = (ek_window){3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  }
  c.planes = c.groups == 1 && one_in(t, c.channels < 6 ? 2 : 10);
  run(t, &c);
}

void check_spread(struct trial *t) {
  ek_step step = {.kernel = EK_SPREAD};
  ek_spreading *s = &step.as.spreading;
  s->channels = extent(t, 70), s->height = extent(t, 20), s->width = extent(t, 20);
  s->stride_y = between(t, 1, 4), s->stride_x = between(t, 1, 4);
  s->out_height = (s->height - 1) * s->stride_y + 1 + (one_in(t, 2) ? 0 : between(t, 0, 9));
  s->out_width = (s->width - 1) * s->stride_x + 1 + (one_in(t, 2) ? 0 : between(t, 0, 9));
  const long pixels = s->height * s->width, out_pixels = s->out_height * s->out_width, team = draw_team(t);
  snprintf(t->shape, sizeof t->shape, "%ld channels, %ld x %ld to %ld x %ld, strides %ld %ld", s->channels, s->height,
           s->width, s->out_height, s->out_width, s->stride_y, s->stride_x);
  const float *planes = numbers(t, s->channels * pixels, 0);
  double *want = plain(t, (size_t)(s->channels * out_pixels) * sizeof(double));
  double *exactly = plain(t, (size_t)(s->channels * out_pixels) * sizeof(double));
  for (long i = 0; i < s->channels * out_pixels; i++) want[i] = exactly[i] = 0;
  for (long i = 0; i < s->channels * pixels; i++) {
    const long y = i / s->width % s->height * s->stride_y, x = i % s->width * s->stride_x;
    want[i / pixels * out_pixels + y * s->out_width + x] = planes[i];
  }
  while (next_set(t)) {
    s->input = take_map(t, "input", planes, s->channels, pixels);
    for (long threads = 1; threads <= team; threads += team - 1) {
      const int used = t->used;
      s->output = take(t, "output", padded(t, s->channels) * out_pixels, 0);
      carry_out(t, threads, &step, 1);
      compare_map(t, "output", s->output, s->channels, out_pixels, want, exactly, 1);
      verify(t);
      release(t, used);
    }
    release(t, 0);
  }
}
