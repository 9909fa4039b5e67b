#include "windows.h"

long places(long extent, long kernel, long stride, long dilation, long before, long after) {
  const long room = extent + before + after - ((kernel - 1) * dilation + 1);
  return room < 0 ? 0 : room / stride + 1;
}

struct axis {
  long extent, kernel, stride, dilation, before, after, out;
};

static struct axis draw_axis(struct trial *t, long kernel, long most_extent) {
  for (;;) {
    struct axis a = {.kernel = kernel, .stride = 1, .dilation = 1};
    a.extent = extent(t, most_extent);
    if (one_in(t, 2)) a.stride = one_in(t, 3) ? between(t, 1, 5) : 2;
    if (one_in(t, 4)) a.dilation = between(t, 1, 4);
    const long reach = (kernel - 1) * a.dilation;
    switch (between(t, 0, 3)) {
    case 0: break;
    case 1: a.before = a.after = reach / 2; break;
    case 2: a.before = between(t, 0, reach), a.after = between(t, 0, reach); break;
    // More than the window needs: whole results without any input.
    default: a.before = between(t, 0, reach + 3), a.after = between(t, 0, reach + 3); break;
    }
    a.out = places(a.extent, kernel, a.stride, a.dilation, a.before, a.after);
    if (a.out > 0) return a;
  }
}

struct geometry draw_geometry(struct trial *t, long most_kernel, long most_extent) {
  static const long usual[] = {1, 1, 3, 3, 3, 5, 7, 2};
  long high = usual[between(t, 0, 7)], wide = high;
  if (one_in(t, 4)) high = between(t, 1, most_kernel), wide = between(t, 1, most_kernel);
  if (high > most_kernel) high = wide = most_kernel;
  const int is_row = one_in(t, 10);
  struct axis y = draw_axis(t, is_row ? 1 : high, is_row ? 1 : most_extent);
  struct axis x = draw_axis(t, wide, is_row ? most_extent * 4 : most_extent);
  // Most windows are square and treat both axes alike, where that fits.
  if (!is_row && high == wide && !one_in(t, 4)) {
    struct axis same = y;
    same.extent = x.extent;
    same.out = places(same.extent, same.kernel, same.stride, same.dilation, same.before, same.after);
    if (same.out > 0) x = same;
  }
  if (one_in(t, 12)) {
    const struct axis turned = x;
    x = y, y = turned;
  }
  return (struct geometry){
      .height = y.extent,
      .width = x.extent,
      .out_height = y.out,
      .out_width = x.out,
      .window = {y.kernel, x.kernel, y.stride, x.stride, y.dilation, x.dilation, y.before, x.before, y.after, x.after},
  };
}

void describe_geometry(const struct geometry *g, char *to, size_t size) {
  const ek_window *w = &g->window;
  snprintf(to, size,
           "%ld x %ld -> %ld x %ld, window %ld x %ld, strides %ld %ld, dilations %ld %ld, pads %ld %ld %ld %ld",
           g->height, g->width, g->out_height, g->out_width, w->kernel_height, w->kernel_width, w->stride_y,
           w->stride_x, w->dilation_y, w->dilation_x, w->pad_top, w->pad_left, w->pad_bottom, w->pad_right);
}
