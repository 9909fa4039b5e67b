// Pooling and global pooling.
#include "windows.h"

struct pooling {
  struct geometry g;
  long channels;
  ek_pool_kind kind;
  ek_divisor divided_by;
  float *input;
  double *want, *allowed;
};

static void compute_pixel(const struct pooling *p, long c, long oy, long ox) {
  const struct geometry *g = &p->g;
  const ek_window *w = &g->window;
  double sum = 0, size = 0, largest = -INFINITY;
  long elements = 0, all = 0;
  for (long ky = 0; ky < w->kernel_height; ky++)
    for (long kx = 0; kx < w->kernel_width; kx++) {
      const long y = oy * w->stride_y - w->pad_top + ky * w->dilation_y;
      const long x = ox * w->stride_x - w->pad_left + kx * w->dilation_x;
      if (y >= -w->pad_top && y < g->height + w->pad_bottom && x >= -w->pad_left && x < g->width + w->pad_right) all++;
      if (y < 0 || y >= g->height || x < 0 || x >= g->width) continue;
      const double value = p->input[(c * g->height + y) * g->width + x];
      elements++;
      sum += value;
      size += fabs(value);
      largest = value > largest ? value : largest;
    }
  const long at = (c * g->out_height + oy) * g->out_width + ox;
  if (p->kind == EK_MAXIMUM) {
    p->want[at] = elements ? largest : 0;
    p->allowed[at] = 0;
    return;
  }
  const long divisor = p->divided_by == EK_ONE ? 1 : p->divided_by == EK_PLACES ? all : elements;
  p->want[at] = divisor ? sum / (double)divisor : 0;
  p->allowed[at] = divisor ? 1e-6 * size / (double)divisor : 0;
}

void check_pooling(struct trial *t) {
  struct pooling p = {.kind = (ek_pool_kind)between(t, 0, 1), .divided_by = (ek_divisor)between(t, 0, 2)};
  struct geometry *g = &p.g;
  const double most = budget(t);
  do {
    p.channels = extent(t, 80);
    *g = draw_geometry(t, 9, 30);
  } while ((double)(p.channels * g->out_height * g->out_width) *
               (double)(g->window.kernel_height * g->window.kernel_width) >
           most);
  // Rounded up, the last window hangs over the end.
  if (one_in(t, 4) && g->out_height * g->window.stride_y < g->height + g->window.pad_top) g->out_height++;
  if (one_in(t, 4) && g->out_width * g->window.stride_x < g->width + g->window.pad_left) g->out_width++;
  const long pixels = g->height * g->width, out_pixels = g->out_height * g->out_width, team = draw_team(t);
  p.input = numbers(t, p.channels * pixels, one_in(t, 3) ? -2 : 0);
  p.want = plain(t, (size_t)(p.channels * out_pixels) * sizeof(double));
  p.allowed = plain(t, (size_t)(p.channels * out_pixels) * sizeof(double));
  for (long c = 0; c < p.channels; c++)
    for (long oy = 0; oy < g->out_height; oy++)
      for (long ox = 0; ox < g->out_width; ox++) compute_pixel(&p, c, oy, ox);
  char geometry[256];
  describe_geometry(g, geometry, sizeof geometry);
  snprintf(t->shape, sizeof t->shape, "%s divided by %d, %ld channels, %s",
           p.kind == EK_MAXIMUM ? "maximum" : "average", p.divided_by, p.channels, geometry);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_POOL,
                    .as.pooling = {p.kind, p.divided_by, p.channels, g->height, g->width, g->out_height, g->out_width,
                                   g->window, NULL, NULL}};
    step.as.pooling.input = take_map(t, "input", p.input, p.channels, pixels);
    const long count = padded(t, p.channels) * out_pixels;
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.pooling.output = take(t, "output", count, 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, p.channels, out_pixels, p.want, p.allowed, 1);
      verify(t);
      if (round) t->tally->teams++, t->tally->teams_alike += same_bits(alone, output, count);
      alone = output;
    }
    release(t, 0);
  }
}

void check_global_pooling(struct trial *t) {
  const ek_pool_kind kind = (ek_pool_kind)between(t, 0, 1);
  const long channels = extent(t, 300), pixels = extent(t, one_in(t, 10) ? 5000 : 300), team = draw_team(t);
  const float *input = numbers(t, channels * pixels, one_in(t, 3) ? -2 : 0);
  double *want = plain(t, (size_t)channels * sizeof(double)), *allowed = plain(t, (size_t)channels * sizeof(double));
  for (long c = 0; c < channels; c++) {
    double sum = 0, size = 0, largest = -INFINITY;
    for (long p = 0; p < pixels; p++) {
      const double x = input[c * pixels + p];
      sum += x, size += fabs(x), largest = x > largest ? x : largest;
    }
    want[c] = kind == EK_MAXIMUM ? largest : sum / (double)pixels;
    // Numbers of one sign: errors grow with the root of their count.
    allowed[c] = kind == EK_MAXIMUM ? 0 : (1e-6 + 6e-8 * sqrt((double)pixels)) * size / (double)pixels;
  }
  snprintf(t->shape, sizeof t->shape, "%s of %ld pixels, %ld channels", kind == EK_MAXIMUM ? "maximum" : "average",
           pixels, channels);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_POOL_GLOBALLY, .as.global_pooling = {kind, channels, pixels, NULL, NULL}};
    step.as.global_pooling.input = take_map(t, "input", input, channels, pixels);
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.global_pooling.output = take(t, "output", padded(t, channels), 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, channels, 1, want, allowed, 1);
      verify(t);
      if (round) t->tally->teams++, t->tally->teams_alike += same_bits(alone, output, padded(t, channels));
      alone = output;
    }
    release(t, 0);
  }
}
