// Pooling in blocked channels. A window that holds no input at all (a dilated one may) gives 0.

static void max_pool(const ek_pooling *p) {
  const long channels = p->channels, height = p->height, width = p->width;
  const long out_height = p->out_height, out_width = p->out_width;
  const ek_window *w = &p->window;
  const float *input = p->input;
  float *output = p->output;
  for (long block = 0; block < blocks(channels); block++)
    for (long oy = 0; oy < out_height; oy++) {
      const float *plane = input + block * height * width * B;
      long y0 = oy * w->stride_y - w->pad_top, ky0, ky1;
      taps_within(y0, w->dilation_y, w->kernel_height, 0, height, &ky0, &ky1);
      for (long ox = 0; ox < out_width; ox++) {
        long x0 = ox * w->stride_x - w->pad_left, kx0, kx1;
        taps_within(x0, w->dilation_x, w->kernel_width, 0, width, &kx0, &kx1);
        const int empty = ky0 == ky1 || kx0 == kx1;
        vec best = (vec)(empty ? 0 : -__builtin_inff());
        for (long ky = ky0; ky < ky1; ky++)
          for (long kx = kx0; kx < kx1; kx++) {
            const vec x = load(plane + ((y0 + ky * w->dilation_y) * width + x0 + kx * w->dilation_x) * B);
            best = x > best ? x : best;
          }
        store(output + ((block * out_height + oy) * out_width + ox) * B, best);
      }
    }
}

static void average_pool(const ek_pooling *p) {
  const long channels = p->channels, height = p->height, width = p->width;
  const long out_height = p->out_height, out_width = p->out_width;
  const ek_window *w = &p->window;
  const ek_divisor divided_by = p->divided_by;
  const float *input = p->input;
  float *output = p->output;
  for (long block = 0; block < blocks(channels); block++)
    for (long oy = 0; oy < out_height; oy++) {
      const float *plane = input + block * height * width * B;
      long y0 = oy * w->stride_y - w->pad_top, ky0, ky1, py0, py1;
      taps_within(y0, w->dilation_y, w->kernel_height, 0, height, &ky0, &ky1);
      taps_within(y0, w->dilation_y, w->kernel_height, -w->pad_top, height + w->pad_bottom, &py0, &py1);
      for (long ox = 0; ox < out_width; ox++) {
        long x0 = ox * w->stride_x - w->pad_left, kx0, kx1, px0, px1;
        taps_within(x0, w->dilation_x, w->kernel_width, 0, width, &kx0, &kx1);
        taps_within(x0, w->dilation_x, w->kernel_width, -w->pad_left, width + w->pad_right, &px0, &px1);
        long divisor = divided_by == EK_ONE      ? 1
                       : divided_by == EK_PLACES ? (py1 - py0) * (px1 - px0)
                                                 : (ky1 - ky0) * (kx1 - kx0);
        vec sum = (vec)0.0f;
        for (long ky = ky0; ky < ky1; ky++)
          for (long kx = kx0; kx < kx1; kx++)
            sum += load(plane + ((y0 + ky * w->dilation_y) * width + x0 + kx * w->dilation_x) * B);
        store(output + ((block * out_height + oy) * out_width + ox) * B, divisor ? sum / (float)divisor : sum);
      }
    }
}

static void global_average(long channels, long pixels, const float *input, float *output) {
  for (long block = 0; block < blocks(channels); block++) {
    vec sum = (vec)0.0f;
    for (long p = 0; p < pixels; p++) sum += load(input + (block * pixels + p) * B);
    store(output + block * B, pixels ? sum / (float)pixels : sum);
  }
}

static void global_max(long channels, long pixels, const float *input, float *output) {
  for (long block = 0; block < blocks(channels); block++) {
    vec best = (vec)(pixels ? -__builtin_inff() : 0);
    for (long p = 0; p < pixels; p++) {
      const vec x = load(input + (block * pixels + p) * B);
      best = x > best ? x : best;
    }
    store(output + block * B, best);
  }
}

static void pool(const ek_pooling *p, const ek_team *team) {
  if (team->index > 0) return;
  if (p->kind == EK_MAXIMUM)
    max_pool(p);
  else
    average_pool(p);
}

static void pool_globally(const ek_global_pooling *p, const ek_team *team) {
  if (team->index > 0) return;
  if (p->kind == EK_MAXIMUM)
    global_max(p->channels, p->pixels, p->input, p->output);
  else
    global_average(p->channels, p->pixels, p->input, p->output);
}
