// Pixels set apart in a map of zeros.

static void spread(const ek_spreading *s, const ek_team *team) {
  const vec zero = (vec)0.0f;
  long first, end;
  ek_share(team, blocks(s->channels) * s->out_height, &first, &end);
  for (long i = first; i < end; i++) {
    const long block = i / s->out_height, y = i % s->out_height;
    float *to = s->output + i * s->out_width * B;
    long x = 0;
    if (y % s->stride_y == 0 && y / s->stride_y < s->height) {
      const float *from = s->input + (block * s->height + y / s->stride_y) * s->width * B;
      for (long pixel = 0; pixel < s->width; pixel++, from += B) {
        for (; x < pixel * s->stride_x; x++) store(to + x * B, zero);
        store(to + x++ * B, load(from));
      }
    }
    for (; x < s->out_width; x++) store(to + x * B, zero);
  }
}
