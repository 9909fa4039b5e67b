// Element by element, and across channels.

static void binary(const ek_binary *e, const ek_team *team) {
  long first, end;
  ek_share(team, e->count, &first, &end);
  const float *a = e->a, *b = e->b;
  float *y = e->output;
  switch (e->operation) {
  case EK_ADD:
    for (long i = first; i < end; i++) y[i] = a[i] + b[i];
    break;
  case EK_SUBTRACT:
    for (long i = first; i < end; i++) y[i] = a[i] - b[i];
    break;
  case EK_MULTIPLY:
    for (long i = first; i < end; i++) y[i] = a[i] * b[i];
    break;
  case EK_DIVIDE:
    for (long i = first; i < end; i++) y[i] = a[i] / b[i];
    break;
  case EK_LEAST:
    for (long i = first; i < end; i++) y[i] = b[i] < a[i] ? b[i] : a[i];
    break;
  case EK_GREATEST:
    for (long i = first; i < end; i++) y[i] = b[i] > a[i] ? b[i] : a[i];
    break;
  }
  activate(&e->activation, end - first, y + first, y + first);
}

static void scale(const ek_scaling *s, const ek_team *team) {
  long first, end;
  ek_share(team, blocks(s->channels), &first, &end);
  for (long block = first; block < end; block++) {
    const vec factor = s->scale ? load(s->scale + block * B) : (vec)1.0f;
    const vec term = s->shift ? load(s->shift + block * B) : (vec)0.0f;
    const long at = block * s->pixels * B;
    for (long p = 0; p < s->pixels; p++) store(s->output + at + p * B, load(s->input + at + p * B) * factor + term);
    activate(&s->activation, s->pixels * B, s->output + at, s->output + at);
  }
}

// y = x / (bias + alpha / size * sum of squares over the `size` channels around)^beta; Krizhevsky et al. 2012, 3.3.
static void normalize_response(const ek_response_normalization *n, const ek_team *team) {
  if (team->index > 0) return;
  const long channels = n->channels, pixels = n->pixels, size = n->size;
  const float alpha = n->alpha, beta = n->beta, bias = n->bias;
  const float *x = n->input;
  float *y = n->output;
  long before = (size - 1) / 2, after = size - 1 - before;
  memset(y, 0, blocks(channels) * pixels * B * sizeof(float));
  for (long c = 0; c < channels; c++) {
    long first = c < before ? 0 : c - before;
    long last = c + after >= channels ? channels - 1 : c + after;
    for (long p = 0; p < pixels; p++) {
      float sum = 0;
      for (long i = first; i <= last; i++) {
        float v = x[(i / B * pixels + p) * B + i % B];
        sum += v * v;
      }
      long at = (c / B * pixels + p) * B + c % B;
      float base = bias + alpha / (float)size * sum;
      // The usual exponent, without powf: b^-0.75 = 1 / (sqrt(b) * sqrt(sqrt(b))).
      float root = sqrtf(base);
      y[at] = beta == 0.75f ? x[at] / (root * sqrtf(root)) : x[at] * powf(base, -beta);
    }
  }
}
