// Depthwise convolution: every channel by itself, so that lanes never mix. Border pixels take the taps that fall into
// the input; the others go in runs.

struct depthwise_run {
  const ek_convolution *c;
  const float *input, *weights, *bias, *residual; // of the block; of the output row
  float *output;
  long y, ky, ky_end; // the first tap's input row; the taps that fall into the input
};

/// `count` pixels from `ox` on, of which all taps [kx, kx_end) fall into the input.
INLINE void depthwise_pixels(const struct depthwise_run *d, long ox, long kx, long kx_end, const int count,
                             const long stride) {
  const ek_convolution *c = d->c;
  const ek_window *w = &c->window;
  vec sum[8];
  UNROLL for (int p = 0; p < count; p++) sum[p] = load(d->bias);
  for (long i = d->ky; i < d->ky_end; i++) {
    const float *row = d->input + ((d->y + i * w->dilation_y) * c->width + ox * stride - w->pad_left) * B;
    for (long j = kx; j < kx_end; j++) {
      const float *from = row + j * w->dilation_x * B;
      const vec factor = load(d->weights + (i * w->kernel_width + j) * B);
      UNROLL for (int p = 0; p < count; p++) sum[p] += load(from + p * stride * B) * factor;
    }
  }
  UNROLL for (int p = 0; p < count; p++) {
    if (d->residual) sum[p] += load(d->residual + (ox + p) * B);
    store(d->output + (ox + p) * B, clamped_lanes(sum[p], c->activation.a, c->activation.b));
  }
}

/// Pixels [from, to), whose taps all fall into the input. The last run overlaps the one before it where need be.
INLINE void depthwise_inside(const struct depthwise_run *d, long from, long to, const long stride) {
  const long kw = d->c->window.kernel_width;
  if (to - from >= 8) {
    for (long ox = from; ox < to; ox += 8) depthwise_pixels(d, least(ox, to - 8), 0, kw, 8, stride);
  } else if (to - from >= 4) {
    for (long ox = from; ox < to; ox += 4) depthwise_pixels(d, least(ox, to - 4), 0, kw, 4, stride);
  } else {
    for (long ox = from; ox < to; ox++) depthwise_pixels(d, ox, 0, kw, 1, stride);
  }
}

static void depthwise(const ek_convolution *c, const float *input, const float *residual, float *output) {
  const ek_window *w = &c->window;
  const long reach = (w->kernel_width - 1) * w->dilation_x;
  // Output columns [inside, outside) see no border.
  long inside = least((w->pad_left + w->stride_x - 1) / w->stride_x, c->out_width);
  long room = c->width - 1 - reach + w->pad_left;
  long outside = room < 0 ? 0 : least(room / w->stride_x + 1, c->out_width);
  if (outside < inside) outside = inside;
  for (long block = 0; block < blocks(c->channels); block++)
    for (long oy = 0; oy < c->out_height; oy++) {
      const long at = (block * c->out_height + oy) * c->out_width * B;
      struct depthwise_run d = {
          .c = c,
          .input = input + block * c->height * c->width * B,
          .weights = (const float *)c->weights + block * taps_of(c) * B,
          .bias = c->bias + block * B,
          .residual = residual ? residual + at : 0,
          .output = output + at,
          .y = oy * w->stride_y - w->pad_top,
      };
      taps_within(d.y, w->dilation_y, w->kernel_height, 0, c->height, &d.ky, &d.ky_end);
      for (long ox = 0; ox < c->out_width; ox++) {
        if (ox == inside) ox = outside;
        if (ox >= c->out_width) break;
        long kx, kx_end;
        taps_within(ox * w->stride_x - w->pad_left, w->dilation_x, w->kernel_width, 0, c->width, &kx, &kx_end);
        depthwise_pixels(&d, ox, kx, kx_end, 1, w->stride_x);
      }
      if (w->stride_x == 1)
        depthwise_inside(&d, inside, outside, 1);
      else if (w->stride_x == 2)
        depthwise_inside(&d, inside, outside, 2);
      else
        depthwise_inside(&d, inside, outside, w->stride_x);
    }
}

static void convolve_depthwise(const ek_convolution *c, const ek_team *team) {
  if (team->index > 0) return;
  if (c->activation.function == EK_CLAMP) {
    depthwise(c, c->input, c->residual, c->output);
    return;
  }
  ek_convolution plain = *c;
  plain.activation = (ek_activation){EK_CLAMP, -__builtin_inff(), __builtin_inff()};
  depthwise(&plain, c->input, c->residual, c->output);
  activate(&c->activation, blocks(c->out_channels) * B * c->out_height * c->out_width, c->output, c->output);
}
