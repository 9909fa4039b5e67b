// Pools backwards.

/// A maximum's gradient goes to the first pixel that has it, lane by lane.
static void gradient_by_largest(const float *x, vec gradient, long pixels, float *to) {
  const vec nothing = (vec)0.0f;
  const vec largest = pool_block(pixels, x, EK_MAXIMUM);
  vec left = gradient;
  for (long p = 0; p < pixels; p++) {
    const ivec here = load(x + p * B) == largest;
    store(to + p * B, here ? left : nothing);
    left = here ? nothing : left;
  }
}

static void gradient_by_global_pool(const ek_global_pooling_gradient *g, const ek_team *team) {
  const long pixels = g->pooling.pixels;
  long first, end;
  ek_share(team, blocks(g->pooling.channels), &first, &end);
  for (long block = first; block < end; block++) {
    const vec gradient = load(g->gradient + block * B);
    float *to = g->output + block * pixels * B;
    if (g->pooling.kind == EK_MAXIMUM) {
      gradient_by_largest(g->pooling.input + block * pixels * B, gradient, pixels, to);
      continue;
    }
    const vec share = gradient / (float)pixels;
    for (long p = 0; p < pixels; p++) store(to + p * B, share);
  }
}

/// A window over a block of channels: its taps [ky, ky_end) x [kx, kx_end) fall into the input; `at` is where its first
/// tap is or would be.
struct pooled_window {
  long at, ky, ky_end, kx, kx_end, row_step, tap_step;
};

/// Lane by lane to the first of the window's largest. `rows` x `taps` is what the window has, or 0: then it says so.
INLINE void give_to_largest(const struct pooled_window *w, const float *x, vec gradient, float *to, const int rows,
                            const int taps) {
  const long ky_end = rows ? w->ky + rows : w->ky_end, kx_end = taps ? w->kx + taps : w->kx_end;
  vec best = (vec)0.0f;
  ivec place = (ivec)(-1);
  for (long ky = w->ky; ky < ky_end; ky++)
    for (long kx = w->kx; kx < kx_end; kx++) {
      const long at = w->at + ky * w->row_step + kx * w->tap_step;
      const vec v = load(x + at);
      const ivec is_better = (v > best) | (place < 0);
      best = is_better ? v : best;
      place = is_better ? (ivec)((int)(at / B)) : place;
    }
  for (long ky = w->ky; ky < ky_end; ky++)
    for (long kx = w->kx; kx < kx_end; kx++) {
      const long at = w->at + ky * w->row_step + kx * w->tap_step;
      store(to + at, load(to + at) + (place == (ivec)((int)(at / B)) ? gradient : (vec)0.0f));
    }
}

INLINE void give_to_all(const struct pooled_window *w, vec share, float *to) {
  for (long ky = w->ky; ky < w->ky_end; ky++)
    for (long kx = w->kx; kx < w->kx_end; kx++) {
      const long at = w->at + ky * w->row_step + kx * w->tap_step;
      store(to + at, load(to + at) + share);
    }
}

INLINE void gradient_by_pooled_block(const ek_pool_kind kind, const ek_pooling_gradient *g, long block) {
  const ek_pooling *p = &g->pooling;
  const ek_window *w = &p->window;
  const long plane = p->height * p->width * B;
  const float *x = kind == EK_MAXIMUM ? p->input + block * plane : NULL;
  const float *from = g->gradient + block * p->out_height * p->out_width * B;
  float *to = g->output + block * plane;
  memset(to, 0, (unsigned long)plane * sizeof(float));
  for (long oy = 0; oy < p->out_height; oy++) {
    const long y = oy * w->stride_y - w->pad_top;
    struct pooled_window at = {.row_step = w->dilation_y * p->width * B, .tap_step = w->dilation_x * B};
    long py, py_end, px, px_end;
    taps_within(y, w->dilation_y, w->kernel_height, 0, p->height, &at.ky, &at.ky_end);
    taps_within(y, w->dilation_y, w->kernel_height, -w->pad_top, p->height + w->pad_bottom, &py, &py_end);
    for (long ox = 0; ox < p->out_width; ox++, from += B) {
      const long left = ox * w->stride_x - w->pad_left;
      taps_within(left, w->dilation_x, w->kernel_width, 0, p->width, &at.kx, &at.kx_end);
      at.at = (y * p->width + left) * B;
      if (kind == EK_MAXIMUM) {
        const long rows = at.ky_end - at.ky, taps = at.kx_end - at.kx;
        if (rows == 2 && taps == 2) give_to_largest(&at, x, load(from), to, 2, 2);
        else if (rows == 3 && taps == 3) give_to_largest(&at, x, load(from), to, 3, 3);
        else give_to_largest(&at, x, load(from), to, 0, 0);
        continue;
      }
      taps_within(left, w->dilation_x, w->kernel_width, -w->pad_left, p->width + w->pad_right, &px, &px_end);
      const long taps = (at.ky_end - at.ky) * (at.kx_end - at.kx), places = (py_end - py) * (px_end - px);
      give_to_all(&at, load(from) / divisor_of(p, taps, places), to);
    }
  }
}

/// Windows overlap, so that a member takes whole blocks of channels.
static void gradient_by_pool(const ek_pooling_gradient *g, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(g->pooling.channels), &first, &end);
  for (long block = first; block < end; block++) {
    if (g->pooling.kind == EK_MAXIMUM)
      gradient_by_pooled_block(EK_MAXIMUM, g, block);
    else
      gradient_by_pooled_block(EK_AVERAGE, g, block);
  }
}
