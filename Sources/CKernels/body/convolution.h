// Packed weights: output block x C/g x taps x B.

static long packed_count(const ek_convolution *c) {
  return blocks(c->out_channels) * (c->channels / c->groups) * c->window.kernel_height * c->window.kernel_width * B;
}

static void pack(const ek_convolution *c, const float *weights, float *packed) {
  long reduction = (c->channels / c->groups) * c->window.kernel_height * c->window.kernel_width;
  memset(packed, 0, packed_count(c) * sizeof(float));
  for (long m = 0; m < c->out_channels; m++)
    for (long r = 0; r < reduction; r++) packed[((m / B) * reduction + r) * B + m % B] = weights[m * reduction + r];
}

static long scratch_count(const ek_convolution *c) {
  (void)c;
  return 0;
}

static void convolve(const ek_convolution *c, const float *input, const float *residual, float *output,
                     float *scratch) {
  (void)scratch;
  const ek_window *w = &c->window;
  long per_group = c->channels / c->groups, out_per_group = c->out_channels / c->groups;
  long taps = w->kernel_height * w->kernel_width;
  for (long block = 0; block < blocks(c->out_channels); block++)
    for (long oy = 0; oy < c->out_height; oy++)
      for (long ox = 0; ox < c->out_width; ox++) {
        float sum[B];
        for (long lane = 0; lane < B; lane++) sum[lane] = c->bias[block * B + lane];
        for (long ky = 0; ky < w->kernel_height; ky++) {
          long y = oy * w->stride_y - w->pad_top + ky * w->dilation_y;
          if (y < 0 || y >= c->height) continue;
          for (long kx = 0; kx < w->kernel_width; kx++) {
            long x = ox * w->stride_x - w->pad_left + kx * w->dilation_x;
            if (x < 0 || x >= c->width) continue;
            for (long lane = 0; lane < B; lane++) {
              long m = block * B + lane;
              if (m >= c->out_channels) break;
              for (long i = 0; i < per_group; i++) {
                long ch = m / out_per_group * per_group + i;
                sum[lane] += input[((ch / B * c->height + y) * c->width + x) * B + ch % B] *
                             c->weights[((block * per_group + i) * taps + ky * w->kernel_width + kx) * B + lane];
              }
            }
          }
        }
        long at = ((block * c->out_height + oy) * c->out_width + ox) * B;
        for (long lane = 0; lane < B; lane++)
          output[at + lane] = clamped(sum[lane] + (residual ? residual[at + lane] : 0), c->minimum, c->maximum);
      }
}
