#pragma once
// Windows that slide over pictures, and what they meet there.
#include "check.h"

struct geometry {
  long height, width, out_height, out_width;
  ek_window window;
};

/// Results along one axis.
long places(long extent, long kernel, long stride, long dilation, long before, long after);
/// A window and extents that fit each other: 1 x 1 to 11 x 11, all strides and dilations, any padding.
struct geometry draw_geometry(struct trial *t, long most_kernel, long most_extent);
void describe_geometry(const struct geometry *g, char *to, size_t size);
