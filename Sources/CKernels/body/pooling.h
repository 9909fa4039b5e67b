// Pooling in blocked channels. A window that holds no input at all (a dilated one may) gives 0.

struct pooling_row {
  const ek_pooling *p;
  const float *input; // the block
  float *output;      // the row
  long y, ky, ky_end; // the first tap's input row; the taps that fall into the input
  long places;        // taps that fall into the input or its padding
};

/// `count` pixels from `ox` on, whose taps [kx, kx_end) fall into the input.
INLINE void pool_pixels(const struct pooling_row *r, long ox, long kx, long kx_end, float divisor, const int count,
                        const ek_pool_kind kind) {
  const ek_window *w = &r->p->window;
  const long step = w->stride_x * B;
  const int is_empty = r->ky == r->ky_end || kx == kx_end;
  vec result[8]; // count at most
  UNROLL for (int i = 0; i < count; i++)
    result[i] = (vec)(kind == EK_MAXIMUM && !is_empty ? -__builtin_inff() : 0.0f);
  for (long ky = r->ky; ky < r->ky_end; ky++) {
    const float *row =
        r->input + ((r->y + ky * w->dilation_y) * r->p->width + ox * w->stride_x - w->pad_left) * B;
    for (long j = kx; j < kx_end; j++)
      UNROLL for (int i = 0; i < count; i++) {
        const vec x = load(row + j * w->dilation_x * B + i * step);
        if (kind == EK_MAXIMUM)
          result[i] = x > result[i] ? x : result[i];
        else
          result[i] += x;
      }
  }
  UNROLL for (int i = 0; i < count; i++)
    store(r->output + (ox + i) * B, kind == EK_AVERAGE ? result[i] / divisor : result[i]);
}

INLINE float divisor_of(const ek_pooling *p, long taps, long places) {
  const long divisor = p->divided_by == EK_ONE ? 1 : p->divided_by == EK_PLACES ? places : taps;
  return divisor ? (float)divisor : 1;
}

/// A row, of whose pixels [inside, outside) see no border.
INLINE void pool_row(const struct pooling_row *r, long inside, long outside, const ek_pool_kind kind) {
  const ek_window *w = &r->p->window;
  const long width = r->p->width, rows = r->ky_end - r->ky;
  const float divisor = divisor_of(r->p, rows * w->kernel_width, r->places * w->kernel_width);
  for (long ox = 0; ox < r->p->out_width;) {
    if (ox == inside && outside - inside >= 8) {
      // The last run overlaps the one before it where need be.
      for (; ox < outside; ox += 8) pool_pixels(r, least(ox, outside - 8), 0, w->kernel_width, divisor, 8, kind);
      ox = outside;
    } else if (ox >= inside && ox + 2 <= outside) {
      pool_pixels(r, ox, 0, w->kernel_width, divisor, 2, kind);
      ox += 2;
    } else {
      const long x = ox * w->stride_x - w->pad_left;
      long kx, kx_end, px, px_end;
      taps_within(x, w->dilation_x, w->kernel_width, 0, width, &kx, &kx_end);
      taps_within(x, w->dilation_x, w->kernel_width, -w->pad_left, width + w->pad_right, &px, &px_end);
      pool_pixels(r, ox++, kx, kx_end, divisor_of(r->p, rows * (kx_end - kx), r->places * (px_end - px)), 1, kind);
    }
  }
}

static void pool(const ek_pooling *p, const ek_team *team) {
  const ek_window *w = &p->window;
  const long inside = least((w->pad_left + w->stride_x - 1) / w->stride_x, p->out_width);
  const long room = p->width - 1 - (w->kernel_width - 1) * w->dilation_x + w->pad_left;
  const long outside = most(inside, room < 0 ? 0 : least(room / w->stride_x + 1, p->out_width));
  long first, end;
  ek_share(team, blocks(p->channels) * p->out_height, &first, &end);
  for (long i = first; i < end; i++) {
    const long block = i / p->out_height, oy = i % p->out_height;
    struct pooling_row r = {
        .p = p,
        .input = p->input + block * p->height * p->width * B,
        .output = p->output + i * p->out_width * B,
        .y = oy * w->stride_y - w->pad_top,
    };
    long py, py_end;
    taps_within(r.y, w->dilation_y, w->kernel_height, 0, p->height, &r.ky, &r.ky_end);
    taps_within(r.y, w->dilation_y, w->kernel_height, -w->pad_top, p->height + w->pad_bottom, &py, &py_end);
    r.places = py_end - py;
    if (p->kind == EK_MAXIMUM)
      pool_row(&r, inside, outside, EK_MAXIMUM);
    else
      pool_row(&r, inside, outside, EK_AVERAGE);
  }
}

/// Eight partial results side by side: quicker than one, and their sums err less.
INLINE vec pool_block(long pixels, const float *from, const ek_pool_kind kind) {
  vec part[8];
  UNROLL for (int i = 0; i < 8; i++) part[i] = (vec)(kind == EK_MAXIMUM && pixels ? -__builtin_inff() : 0.0f);
  long p = 0;
  for (; p + 8 <= pixels; p += 8)
    UNROLL for (int i = 0; i < 8; i++) {
      const vec x = load(from + (p + i) * B);
      part[i] = kind == EK_AVERAGE ? part[i] + x : x > part[i] ? x : part[i];
    }
  for (; p < pixels; p++) {
    const vec x = load(from + p * B);
    part[0] = kind == EK_AVERAGE ? part[0] + x : x > part[0] ? x : part[0];
  }
  UNROLL for (int half = 4; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) {
      const vec a = part[i], b = part[i + half];
      part[i] = kind == EK_AVERAGE ? a + b : b > a ? b : a;
    }
  return kind == EK_AVERAGE && pixels ? part[0] / (float)pixels : part[0];
}

static void pool_globally(const ek_global_pooling *p, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(p->channels), &first, &end);
  for (long block = first; block < end; block++) {
    const float *from = p->input + block * p->pixels * B;
    store(p->output + block * B, p->kind == EK_MAXIMUM ? pool_block(p->pixels, from, EK_MAXIMUM)
                                                       : pool_block(p->pixels, from, EK_AVERAGE));
  }
}
