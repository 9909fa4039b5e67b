// Products of matrices. A tile of rows x one panel of columns stays in registers while the depth (what the factors
// share) is added up. The depth is cut into chunks and the columns into groups of panels, so that a group's part of
// the right factor stays in the second-level cache while all rows pass; a tile's rows are first copied next to each
// other, because rows a power of two apart would fight for the same places in the first-level cache.

/// y = activation(scale * a * b + bias + residual).
struct matmul {
  long rows, columns, depth;
  float scale;
  const float *a;
  long a_row, a_column;
  ek_element element;
  const void *b;
  /// Null where b is packed; else it is packed to here, part by part, from numbers these strides apart.
  float *scratch;
  long b_row, b_column;
  const float *bias, *residual;
  ek_activation activation;
  /// The residual's rows lie as y's.
  float *y;
  long y_row;
};

/// Most of the depth at once; a tile's copied rows are A_ROW floats apart.
#define DEPTH 384
#define A_ROW (DEPTH + 16)
/// Panels at once.
#define GROUP (INPUT_BYTES / (DEPTH * PANEL * B * 4))

struct matmul_tile {
  const float *a;
  const void *b;
  long depth, b_row;
  int first; // the sums start with the bias and the residual, not with what is in y
  const float *bias, *residual;
  float *y;
  long y_row;
  float minimum, maximum;
};

typedef void matmul_function(const struct matmul_tile *);

/// `rows` rows by `width` blocks. Small tiles keep `sets` of partial sums, to hide the latency of sums.
INLINE void compute_matmul(const struct matmul_tile *t, const int rows, const int width, const int sets,
                            const ek_element element) {
  vec sum[ROWS * PANEL + 8]; // sets * rows * width of them
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < width; v++) {
      vec *start = sum + r * width + v;
      if (t->first) {
        *start = t->bias ? load(t->bias + v * B) : (vec)0.0f;
        if (t->residual) *start += load(t->residual + r * t->y_row + v * B);
      } else {
        *start = load(t->y + r * t->y_row + v * B);
      }
    }
  UNROLL for (int i = rows * width; i < sets * rows * width; i++) sum[i] = (vec)0.0f;

  const float *a = t->a;
  const char *b = t->b;
  const long step = t->b_row * element_bytes(element);
  long d = 0;
  for (; d + sets <= t->depth; d += sets, a += sets)
    UNROLL for (int s = 0; s < sets; s++, b += step) {
      vec factor[PANEL];
      UNROLL for (int v = 0; v < width; v++) factor[v] = load_as(element, b, v * B);
      UNROLL for (int r = 0; r < rows; r++) {
        const vec x = (vec)(a[r * A_ROW + s]);
        UNROLL for (int v = 0; v < width; v++) sum[(s * rows + r) * width + v] += x * factor[v];
      }
    }
  for (; sets > 1 && d < t->depth; d++, a++, b += step)
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < width; v++) sum[r * width + v] += (vec)(a[r * A_ROW]) * load_as(element, b, v * B);

  UNROLL for (int s = 1; s < sets; s++)
    UNROLL for (int i = 0; i < rows * width; i++) sum[i] += sum[s * rows * width + i];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < width; v++)
      store(t->y + r * t->y_row + v * B, clamped_lanes(sum[r * width + v], t->minimum, t->maximum));
}

#define SETS(vectors) ((vectors) * REGISTERS > 4 ? 1 : (vectors) * REGISTERS > 2 ? 2 : 4)
#define TILE(rows, width, element)                                                                                     \
  static void matmul_##rows##x##width##_##element(const struct matmul_tile *t) {                                     \
    compute_matmul(t, rows, width, SETS((rows) * (width)), element);                                                  \
  }
#define TILES_TO_6(width, element)                                                                                     \
  TILE(1, width, element) TILE(2, width, element) TILE(3, width, element) TILE(4, width, element)                      \
  TILE(5, width, element) TILE(6, width, element)
#define NAME(rows, width, element) matmul_##rows##x##width##_##element
#define NAMES_TO_6(width, element)                                                                                     \
  0, NAME(1, width, element), NAME(2, width, element), NAME(3, width, element), NAME(4, width, element),               \
      NAME(5, width, element), NAME(6, width, element)
#if ROWS == 6
#define TILES(width, element) TILES_TO_6(width, element)
#define NAMES(width, element) {NAMES_TO_6(width, element)}
#elif ROWS == 8
#define TILES(width, element) TILES_TO_6(width, element) TILE(7, width, element) TILE(8, width, element)
#define NAMES(width, element) {NAMES_TO_6(width, element), NAME(7, width, element), NAME(8, width, element)}
#else
#define TILES(width, element)                                                                                          \
  TILES_TO_6(width, element)                                                                                           \
  TILE(7, width, element) TILE(8, width, element) TILE(9, width, element) TILE(10, width, element)                     \
  TILE(11, width, element) TILE(12, width, element) TILE(13, width, element) TILE(14, width, element)
#define NAMES(width, element)                                                                                          \
  {                                                                                                                    \
    NAMES_TO_6(width, element), NAME(7, width, element), NAME(8, width, element), NAME(9, width, element),             \
        NAME(10, width, element), NAME(11, width, element), NAME(12, width, element), NAME(13, width, element),        \
        NAME(14, width, element)                                                                                       \
  }
#endif

TILES(1, EK_F32) TILES(1, EK_BF16) TILES(1, EK_F16)
#if PANEL > 1
TILES(2, EK_F32) TILES(2, EK_BF16) TILES(2, EK_F16)
#endif

/// Tiles by element, width - 1 and rows.
static matmul_function *const matmul_tiles[3][PANEL][ROWS + 1] = {
#if PANEL > 1
    [EK_F32] = {NAMES(1, EK_F32), NAMES(2, EK_F32)},
    [EK_BF16] = {NAMES(1, EK_BF16), NAMES(2, EK_BF16)},
    [EK_F16] = {NAMES(1, EK_F16), NAMES(2, EK_F16)},
#else
    [EK_F32] = {NAMES(1, EK_F32)},
    [EK_BF16] = {NAMES(1, EK_BF16)},
    [EK_F16] = {NAMES(1, EK_F16)},
#endif
};

#undef SETS
#undef TILE
#undef TILES_TO_6
#undef TILES
#undef NAME
#undef NAMES_TO_6
#undef NAMES

/// Copies `rows` rows of a from `row`, of the depth [d, d + depth).
INLINE void copy_rows(const struct matmul *p, long row, long rows, long d, long depth, float *to) {
  for (long r = 0; r < rows; r++, to += A_ROW) {
    const float *from = p->a + (row + r) * p->a_row + d * p->a_column;
    if (p->a_column == 1 && p->scale == 1 && depth >= B) {
      // The last block overlaps the one before.
      for (long i = 0; i < depth - B; i += B) store(to + i, load(from + i));
      store(to + depth - B, load(from + depth - B));
    } else
      for (long i = 0; i < depth; i++) to[i] = from[i * p->a_column] * p->scale;
  }
}

/// Where a panel does not end with a block, y has no room for all of its columns: they are computed elsewhere.
INLINE void matmul_of_part(const struct matmul *p, const struct matmul_tile *t, matmul_function *function,
                            long rows, long columns, long width) {
  float y[ROWS * PANEL * B];
  const unsigned long bytes = (unsigned long)columns * sizeof(float);
  struct matmul_tile here = *t;
  here.y = y;
  here.y_row = width * B;
  here.first = 0;
  memset(y, 0, (unsigned long)(rows * width * B) * sizeof(float));
  // Branches around whole rows: compilers would turn those around numbers into loads from null, masked but slow.
  for (long r = 0; r < rows; r++) {
    float *to = y + r * width * B;
    if (!t->first) {
      memcpy(to, t->y + r * p->y_row, bytes);
      continue;
    }
    if (t->bias) memcpy(to, t->bias, bytes);
    if (t->residual)
      for (long c = 0; c < columns; c++) to[c] += t->residual[r * p->y_row + c];
  }
  function(&here);
  for (long r = 0; r < rows; r++) memcpy(t->y + r * p->y_row, y + r * width * B, bytes);
}

/// What a group's tiles read: panels [from, until) of the depth [d, d + depth).
struct matmul_group {
  long from, until, d, depth;
};

/// The tiles of `rows` rows from `row`.
INLINE void matmul_of_rows(const struct matmul *p, const struct matmul_group *g, long row, long rows, int direct,
                             const float *a) {
  const int last = g->d + g->depth == p->depth, clamps = last && p->activation.function == EK_CLAMP;
  struct matmul_tile t = {
      .a = a,
      .depth = g->depth,
      .first = g->d == 0,
      .y_row = p->y_row,
      .minimum = clamps ? p->activation.a : -__builtin_inff(),
      .maximum = clamps ? p->activation.b : __builtin_inff(),
  };
  for (long panel = g->from; panel < g->until; panel++) {
    const long column = panel * PANEL * B, width = panel_width(p->columns, panel);
    const long columns = least(width * B, p->columns - column);
    t.b_row = width * B;
    if (!p->scratch)
      t.b = (const char *)p->b + (column * p->depth + g->d * width * B) * element_bytes(p->element);
    else if (direct && columns == width * B) {
      t.b = (const float *)p->b + g->d * p->b_row + column;
      t.b_row = p->b_row;
    } else
      t.b = p->scratch + (panel - g->from) * PANEL * B * g->depth;
    t.bias = p->bias ? p->bias + column : 0;
    t.residual = p->residual ? p->residual + row * p->y_row + column : 0;
    t.y = p->y + row * p->y_row + column;
    matmul_function *function = matmul_tiles[p->element][width - 1][rows];
    if (columns == width * B)
      function(&t);
    else
      matmul_of_part(p, &t, function, rows, columns, width);
  }
  if (!last || p->activation.function == EK_CLAMP) return;
  const long first = g->from * PANEL * B, count = least(g->until * PANEL * B, p->columns) - first;
  for (long r = row; r < row + rows; r++) {
    float *y = p->y + r * p->y_row + first;
    activate(&p->activation, count, y, y);
  }
}

/// Rows [first, end) of panels [from, until).
static void matmul_of_share(const struct matmul *p, long first, long end, long from, long until) {
  float a[ROWS * A_ROW] __attribute__((aligned(64)));
  const long rows = end - first;
  if (rows <= 0 || until <= from) return;
  const long runs = (rows + ROWS - 1) / ROWS, shorter = rows / runs, longer = rows % runs;
  // Few rows read b once whichever way it lies.
  const int direct = p->scratch && p->b_column == 1 && runs == 1;
  const long chunks = most(1, (p->depth + DEPTH - 1) / DEPTH), chunk = (p->depth + chunks - 1) / chunks;
  const long together = runs > 1 || p->scratch ? most(GROUP, 1) : until - from;
  long d = 0;
  do {
    for (long group = from; group < until; group += together) {
      const struct matmul_group g = {group, least(group + together, until), d, least(chunk, p->depth - d)};
      for (long panel = g.from; p->scratch && panel < g.until; panel++) {
        const long column = panel * PANEL * B, width = panel_width(p->columns, panel);
        const long columns = least(width * B, p->columns - column);
        if (direct && columns == width * B) continue;
        pack_panel((const float *)p->b + d * p->b_row + column * p->b_column, p->b_row, p->b_column, g.depth, columns,
                   width, p->scratch + (panel - g.from) * PANEL * B * g.depth);
      }
      long row = first;
      for (long run = 0; run < runs; run++) {
        const long count = shorter + (run < longer);
        if (runs > 1 || group == from) copy_rows(p, row, count, d, g.depth, a);
        matmul_of_rows(p, &g, row, count, direct, a);
        row += count;
      }
    }
    d += chunk;
  } while (d < p->depth);
}

/// Whether members had better take panels than rows: where the largest share is smaller so.
INLINE int matmul_shares_panels(long batch, long rows, long panels, long members) {
  const long tiles = (rows + ROWS - 1) / ROWS;
  const long by_panels = (batch * panels + members - 1) / members * tiles;
  return by_panels <= (batch * tiles + members - 1) / members * panels;
}

/// Weights as `pack_linear` packed them.
static void linear_by_panels(const ek_linear *l, const ek_team *team) {
  const struct matmul p = {
      .rows = l->m,
      .columns = l->n,
      .depth = l->k,
      .scale = 1,
      .a = l->x,
      .a_row = l->k,
      .a_column = 1,
      .element = l->element,
      .b = l->w,
      .bias = l->bias,
      .residual = l->residual,
      .activation = l->activation,
      .y = l->y,
      .y_row = l->n,
  };
  long first = 0, end = l->m, from = 0, until = panel_count(l->n);
  if (matmul_shares_panels(1, l->m, until, team->count))
    ek_share(team, until, &from, &until);
  else
    ek_share(team, l->m, &first, &end);
  matmul_of_share(&p, first, end, from, until);
}

static void linear(const ek_linear *l, const ek_team *team) {
  if (l->packed)
    linear_by_panels(l, team);
  else
    linear_by_rows(l, team);
}
