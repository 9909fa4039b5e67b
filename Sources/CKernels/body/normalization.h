// Normalisation of each pixel's channels, or of each row.

/// A number of a pixel of a map, or of a row.
INLINE long place_in_layer(const ek_layer_normalization *n, long line, long channel) {
  return n->rows ? line * n->channels + channel : (channel / B * n->pixels + line) * B + channel % B;
}

static void normalize_layer(const ek_layer_normalization *n, const ek_team *team) {
  long first, end;
  ek_share(team, n->rows ? n->rows : n->pixels, &first, &end);
  for (long line = first; line < end; line++) {
    float mean = 0, variance = 0;
    for (long c = 0; c < n->channels; c++) mean += n->input[place_in_layer(n, line, c)];
    mean /= (float)n->channels;
    for (long c = 0; c < n->channels; c++) {
      const float from_mean = n->input[place_in_layer(n, line, c)] - mean;
      variance += from_mean * from_mean;
    }
    const float factor = 1 / sqrtf(variance / (float)n->channels + n->epsilon);
    for (long c = 0; c < n->channels; c++) {
      const long at = place_in_layer(n, line, c);
      n->output[at] =
          (n->input[at] - mean) * factor * (n->scale ? n->scale[c] : 1) + (n->shift ? n->shift[c] : 0);
    }
    if (!n->rows)
      for (long c = n->channels; c < blocks(n->channels) * B; c++) n->output[place_in_layer(n, line, c)] = 0;
  }
}

static void softmax(const ek_softmax *s, const ek_team *team) {
  long first, end;
  ek_share(team, s->rows, &first, &end);
  for (long row = first; row < end; row++) {
    const float *x = s->input + row * s->width;
    float *y = s->output + row * s->width;
    float largest = -__builtin_inff(), sum = 0;
    for (long i = 0; i < s->width; i++) largest = x[i] > largest ? x[i] : largest;
    for (long i = 0; i < s->width; i++) sum += y[i] = expf(x[i] - largest);
    for (long i = 0; i < s->width; i++) y[i] /= sum;
  }
}
