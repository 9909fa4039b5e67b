// Layer normalisation and softmax backwards. With h = (x - mean) * factor and k = gradient * scale, the gradient by x
// is factor * (k - mean of k - h * mean of k * h). A member goes through every line, as it sums up a share of the
// parameters in the order of the lines; by the inputs it takes a share of the lines.

struct shares {
  long first_line, end_line, first_channel, end_channel;
};

/// The blocks of channels that a member takes, of a map: those of `s`, divided by B.
INLINE void give_pixels_parameters(const ek_layer_normalization_gradient *g, const struct shares *s, long p,
                                   struct line line, const int count) {
  const ek_layer_normalization *n = &g->normalization;
  const long all = blocks(n->channels), step = n->pixels * B;
  for (long block = s->first_channel; block < s->end_channel; block++) {
    float *by_scale = g->parameters + block * B, *by_shift = by_scale + all * B;
    vec product = p == 0 ? (vec)0.0f : load(by_scale), plain = p == 0 ? (vec)0.0f : load(by_shift);
    UNROLL for (int i = 0; i < count; i++) {
      const long at = block * step + (p + i) * B, lanes = n->channels - block * B;
      const vec gradient = first_lanes(load(g->gradient + at), lanes);
      product += gradient * (first_lanes(load(n->input + at) - line.mean[i], lanes) * line.factor[i]);
      plain += gradient;
    }
    store(by_scale, product);
    store(by_shift, plain);
  }
}

INLINE void gradient_by_pixels(const ek_layer_normalization_gradient *g, long p, struct line line, const int count) {
  const ek_layer_normalization *n = &g->normalization;
  const long all = blocks(n->channels), step = n->pixels * B;
  vec plain[B], product[B];
  UNROLL for (int i = 0; i < count; i++) plain[i] = product[i] = (vec)0.0f;
  for (long block = 0; block < all; block++) {
    const vec scale = n->scale ? load(n->scale + block * B) : (vec)1.0f;
    const long lanes = n->channels - block * B;
    UNROLL for (int i = 0; i < count; i++) {
      const long at = block * step + (p + i) * B;
      const vec k = first_lanes(load(g->gradient + at) * scale, lanes);
      plain[i] += k;
      product[i] += k * first_lanes(load(n->input + at) - line.mean[i], lanes);
    }
  }
  const vec mean = sums_of_lanes(plain, count) / (float)n->channels;
  const vec slope = sums_of_lanes(product, count) * line.factor / (float)n->channels;
  for (long block = 0; block < all; block++) {
    const vec scale = n->scale ? load(n->scale + block * B) : (vec)1.0f;
    UNROLL for (int i = 0; i < count; i++) {
      const long at = block * step + (p + i) * B;
      const vec h = (load(n->input + at) - line.mean[i]) * line.factor[i];
      const vec by_x = (load(g->gradient + at) * scale - mean[i] - h * slope[i]) * line.factor[i];
      store(g->output + at, first_lanes(by_x, n->channels - block * B));
    }
  }
}

INLINE void go_back_through_pixels(const ek_layer_normalization_gradient *g, const struct shares *s, long p,
                                   const int count) {
  const struct line line = line_of_pixels(&g->normalization, p, count);
  if (g->parameters) give_pixels_parameters(g, s, p, line, count);
  if (p >= s->first_line && p < s->end_line) gradient_by_pixels(g, p, line, count);
}

/// A row of the work, and the sums over its channels.
struct row_back {
  const float *x, *gradient, *scale;
  float *to;
  struct line line;
  vec plain, product, mean, slope;
};

INLINE vec scaled_gradient(const struct row_back *r, long i, long lanes, const int is_whole) {
  const vec k = loaded(r->gradient + i, lanes, is_whole);
  return r->scale ? k * loaded(r->scale + i, lanes, is_whole) : k;
}

INLINE void sum_row(struct row_back *r, long i, long lanes, const int is_whole) {
  const vec k = scaled_gradient(r, i, lanes, is_whole);
  r->plain += k;
  r->product += k * (loaded(r->x + i, lanes, is_whole) - r->line.mean);
}

INLINE void finish_row(const struct row_back *r, long i, long lanes, const int is_whole) {
  const vec h = (loaded(r->x + i, lanes, is_whole) - r->line.mean) * r->line.factor;
  put(r->to + i, (scaled_gradient(r, i, lanes, is_whole) - r->mean - h * r->slope) * r->line.factor, lanes, is_whole);
}

static void gradient_by_row(const ek_layer_normalization_gradient *g, long row, struct line line) {
  const long channels = g->normalization.channels, at = row * channels, whole = channels / B * B;
  struct row_back r = {.x = g->normalization.input + at, .gradient = g->gradient + at, .line = line,
                       .scale = g->normalization.scale, .to = g->output + at};
  r.plain = r.product = (vec)0.0f;
  for (long i = 0; i < whole; i += B) sum_row(&r, i, B, 1);
  if (whole < channels) sum_row(&r, whole, channels - whole, 0);
  r.mean = (vec)(sum_of_lanes(r.plain) / (float)channels);
  r.slope = (vec)(sum_of_lanes(r.product) / (float)channels) * line.factor;
  for (long i = 0; i < whole; i += B) finish_row(&r, i, B, 1);
  if (whole < channels) finish_row(&r, whole, channels - whole, 0);
}

INLINE void give_parameters(const ek_layer_normalization_gradient *g, long row, long i, struct line line, long lanes,
                            const int is_whole) {
  const long channels = g->normalization.channels, at = row * channels + i;
  float *by_scale = g->parameters + i, *by_shift = by_scale + channels;
  const vec plain = loaded(g->gradient + at, lanes, is_whole);
  const vec product = plain * ((loaded(g->normalization.input + at, lanes, is_whole) - line.mean) * line.factor);
  put(by_scale, row ? loaded(by_scale, lanes, is_whole) + product : product, lanes, is_whole);
  put(by_shift, row ? loaded(by_shift, lanes, is_whole) + plain : plain, lanes, is_whole);
}

static void give_row_parameters(const ek_layer_normalization_gradient *g, const struct shares *s, long row,
                                struct line line) {
  long i = s->first_channel;
  for (; i + B <= s->end_channel; i += B) give_parameters(g, row, i, line, B, 1);
  if (i < s->end_channel) give_parameters(g, row, i, line, s->end_channel - i, 0);
}

static void gradient_by_layer_normalization(const ek_layer_normalization_gradient *g, const ek_team *team) {
  const ek_layer_normalization *n = &g->normalization;
  struct shares s;
  if (n->channels == 0) return;
  if (n->rows) {
    ek_share(team, n->rows, &s.first_line, &s.end_line);
    share_of_floats(team, n->channels, &s.first_channel, &s.end_channel);
    // Whoever sums nothing up has to look at no other rows.
    const int sums = g->parameters && s.first_channel < s.end_channel;
    for (long row = sums ? 0 : s.first_line; row < (sums ? n->rows : s.end_line); row++) {
      const struct line line = line_of_row(n, n->input + row * n->channels);
      if (sums) give_row_parameters(g, &s, row, line);
      if (row >= s.first_line && row < s.end_line) gradient_by_row(g, row, line);
    }
    return;
  }
  ek_share(team, (n->pixels + B - 1) / B, &s.first_line, &s.end_line);
  s.first_line *= B, s.end_line = least(s.end_line * B, n->pixels);
  ek_share(team, blocks(n->channels), &s.first_channel, &s.end_channel);
  const int sums = g->parameters && s.first_channel < s.end_channel;
  const long end = sums ? n->pixels : s.end_line;
  long p = sums ? 0 : s.first_line;
  for (; p + B <= end; p += B) go_back_through_pixels(g, &s, p, B);
  for (; p < end; p++) go_back_through_pixels(g, &s, p, 1);
}

static void gradient_by_softmax_row(long width, const float *y, const float *gradient, float *to) {
  const long whole = width / B * B, rest = width - whole;
  vec sum = load_some(y + whole, rest) * load_some(gradient + whole, rest);
  for (long i = 0; i < whole; i += B) sum += load(y + i) * load(gradient + i);
  const vec all = (vec)sum_of_lanes(sum);
  for (long i = 0; i < whole; i += B) store(to + i, load(y + i) * (load(gradient + i) - all));
  if (rest) store_some(to + whole, load_some(y + whole, rest) * (load_some(gradient + whole, rest) - all), rest);
}

static void gradient_by_softmax(const ek_softmax_gradient *s, const ek_team *team) {
  long first, end;
  ek_share(team, s->rows, &first, &end);
  for (long row = first; row < end; row++)
    gradient_by_softmax_row(s->width, s->result + row * s->width, s->gradient + row * s->width,
                            s->output + row * s->width);
}
