// Pools and global pools backwards.
#include "windows.h"

struct pooled {
  struct geometry g;
  long channels;
  ek_pool_kind kind;
  ek_divisor divided_by;
  const float *input, *gradient;
  double *want, *allowed;
};

/// Gives a window's gradient to where it belongs.
static void give(const struct pooled *p, long c, long oy, long ox) {
  const struct geometry *g = &p->g;
  const ek_window *w = &g->window;
  const double gradient = p->gradient[(c * g->out_height + oy) * g->out_width + ox];
  const long plane = c * g->height * g->width;
  long elements = 0, all = 0, best = -1;
  for (int pass = 0; pass < 2; pass++)
    for (long ky = 0; ky < w->kernel_height; ky++)
      for (long kx = 0; kx < w->kernel_width; kx++) {
        const long y = oy * w->stride_y - w->pad_top + ky * w->dilation_y;
        const long x = ox * w->stride_x - w->pad_left + kx * w->dilation_x;
        const int is_place = y < g->height + w->pad_bottom && x < g->width + w->pad_right;
        const int is_inside = y >= 0 && y < g->height && x >= 0 && x < g->width;
        const long at = plane + y * g->width + x;
        if (pass == 0) {
          all += is_place, elements += is_inside;
          if (is_inside && (best < 0 || p->input[at] > p->input[best])) best = at;
        } else if (is_inside && p->kind == EK_AVERAGE) {
          const long divisor = p->divided_by == EK_ONE ? 1 : p->divided_by == EK_PLACES ? all : elements;
          p->want[at] += gradient / (double)divisor;
          p->allowed[at] += 1e-6 * fabs(gradient) / (double)divisor;
        }
      }
  if (p->kind != EK_MAXIMUM || best < 0) return;
  p->want[best] += gradient;
  p->allowed[best] += 1e-6 * fabs(gradient);
}

void check_pooling_gradients(struct trial *t) {
  struct pooled p = {.kind = (ek_pool_kind)between(t, 0, 1), .divided_by = (ek_divisor)between(t, 0, 2)};
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
  const long count = p.channels * pixels;
  float *input = numbers(t, count, 0);
  // Often several that are largest.
  if (one_in(t, 2))
    for (long i = 0; i < count; i++) input[i] = (float)between(t, -2, 2);
  p.input = input;
  p.gradient = numbers(t, p.channels * out_pixels, 0);
  p.want = plain(t, (size_t)count * sizeof(double));
  p.allowed = plain(t, (size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) p.want[i] = p.allowed[i] = 0;
  for (long c = 0; c < p.channels; c++)
    for (long oy = 0; oy < g->out_height; oy++)
      for (long ox = 0; ox < g->out_width; ox++) give(&p, c, oy, ox);
  char geometry[256];
  describe_geometry(g, geometry, sizeof geometry);
  snprintf(t->shape, sizeof t->shape, "%s divided by %d, %ld channels, %s",
           p.kind == EK_MAXIMUM ? "maximum" : "average", p.divided_by, p.channels, geometry);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_GRADIENT_BY_POOL};
    step.as.pooling_gradient.pooling = (ek_pooling){
        p.kind, p.divided_by, p.channels, g->height, g->width, g->out_height, g->out_width, g->window,
        p.kind == EK_MAXIMUM ? take_map(t, "input", p.input, p.channels, pixels) : NULL, NULL};
    step.as.pooling_gradient.gradient = take_map(t, "gradient", p.gradient, p.channels, out_pixels);
    const long floats = padded(t, p.channels) * pixels;
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.pooling_gradient.output = take(t, "output", floats, 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, p.channels, pixels, p.want, p.allowed, 1);
      verify(t);
      if (round) check_alike(t, alone, output, floats);
      alone = output;
    }
    release(t, 0);
  }
}

void check_global_pooling_gradients(struct trial *t) {
  const ek_pool_kind kind = (ek_pool_kind)between(t, 0, 1);
  const long channels = extent(t, 100), pixels = extent(t, one_in(t, 10) ? 3000 : 100), team = draw_team(t);
  const long count = channels * pixels;
  float *input = numbers(t, count, 0);
  if (one_in(t, 2))
    for (long i = 0; i < count; i++) input[i] = (float)between(t, -3, 3);
  const float *gradient = numbers(t, channels, 0);
  double *want = plain(t, (size_t)count * sizeof(double)), *allowed = plain(t, (size_t)count * sizeof(double));
  for (long c = 0; c < channels; c++) {
    long best = c * pixels;
    for (long i = c * pixels; i < (c + 1) * pixels; i++) {
      want[i] = kind == EK_MAXIMUM ? 0 : gradient[c] / (double)pixels;
      allowed[i] = kind == EK_MAXIMUM ? 0 : 6.1e-8 * fabs(want[i]);
      if (input[i] > input[best]) best = i;
    }
    if (kind == EK_MAXIMUM) want[best] = gradient[c];
  }
  snprintf(t->shape, sizeof t->shape, "%s of %ld pixels, %ld channels", kind == EK_MAXIMUM ? "maximum" : "average",
           pixels, channels);
  while (next_set(t)) {
    ek_step step = {.kernel = EK_GRADIENT_BY_GLOBAL_POOL};
    step.as.global_pooling_gradient.pooling = (ek_global_pooling){
        kind, channels, pixels, kind == EK_MAXIMUM ? take_map(t, "input", input, channels, pixels) : NULL, NULL};
    step.as.global_pooling_gradient.gradient = take_channels(t, "gradient", gradient, channels);
    const long floats = padded(t, channels) * pixels;
    float *alone = NULL;
    for (int round = 0; round < 2; round++) {
      float *output = step.as.global_pooling_gradient.output = take(t, "output", floats, 0);
      carry_out(t, round ? team : 1, &step, 1);
      compare_map(t, "output", output, channels, pixels, want, allowed, 1);
      verify(t);
      if (round) check_alike(t, alone, output, floats);
      alone = output;
    }
    release(t, 0);
  }
}
