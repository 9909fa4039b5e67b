// How the right factor of a product is packed: its columns are cut into panels of PANEL blocks, the last one narrower
// where less is left, and a panel's rows lie one after the other. Columns that are not there are 0.

INLINE long panel_count(long columns) { return (columns + PANEL * B - 1) / (PANEL * B); }

/// Blocks of a panel.
INLINE long panel_width(long columns, long panel) { return least(PANEL, blocks(columns) - panel * PANEL); }

#if B == 16
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define UPPER(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#else
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#endif

/// B x B numbers, transposed: riffling the upper half into the lower turns the places' bits by one.
INLINE void transpose_block(const float *from, long from_row, float *to, long to_row) {
  vec v[B], w[B];
  UNROLL for (int i = 0; i < B; i++) v[i] = load(from + i * from_row);
  UNROLL for (int bits = 1; bits < B; bits *= 2) {
    UNROLL for (int i = 0; i < B / 2; i++) {
      w[2 * i] = LOWER(v[i], v[i + B / 2]);
      w[2 * i + 1] = UPPER(v[i], v[i + B / 2]);
    }
    UNROLL for (int i = 0; i < B; i++) v[i] = w[i];
  }
  UNROLL for (int i = 0; i < B; i++) store(to + i * to_row, v[i]);
}

#undef LOWER
#undef UPPER

/// Packs `depth` rows of `columns` (at most `width` blocks) columns, `row` and `column` floats apart.
static void pack_panel(const float *from, long row, long column, long depth, long columns, long width, float *to) {
  const long pitch = width * B, whole = columns / B * B;
  long done = 0;
  if (column == 1)
    for (; done < whole; done += B)
      for (long d = 0; d < depth; d++) store(to + d * pitch + done, load(from + d * row + done));
  else if (row == 1)
    for (; done < whole; done += B) {
      long d = 0;
      for (; d + B <= depth; d += B)
        transpose_block(from + done * column + d, column, to + d * pitch + done, pitch);
      for (; d < depth; d++)
        for (long c = done; c < done + B; c++) to[d * pitch + c] = from[d + c * column];
    }
  for (long d = 0; done < pitch && d < depth; d++) {
    for (long c = done; c < columns; c++) to[d * pitch + c] = from[d * row + c * column];
    for (long c = columns; c < pitch; c++) to[d * pitch + c] = 0;
  }
}

static long packed_linear_count(const ek_linear *l) { return l->k * blocks(l->n) * B; }

/// Packs weights w[n][k] at n * `row` + k * `column`.
static void pack_linear(const ek_linear *l, const float *weights, long row, long column, void *packed) {
  enum { STEP = 64 };
  float buffer[STEP * PANEL * B];
  char *to = packed;
  for (long panel = 0; panel < panel_count(l->n); panel++) {
    const long first = panel * PANEL * B, width = panel_width(l->n, panel);
    for (long d = 0; d < l->k; d += STEP) {
      const long depth = least(STEP, l->k - d);
      pack_panel(weights + first * row + d * column, column, row, depth, least(width * B, l->n - first), width, buffer);
      ek_narrow(l->element, depth * width * B, buffer, to);
      to += depth * width * B * element_bytes(l->element);
    }
  }
}
