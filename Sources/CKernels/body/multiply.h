// Products of two matrices that are both computed, many of them: attention's.

/// Floats that a member packs parts of b to.
INLINE long member_scratch(const ek_multiplication *w) {
  return least(w->k, DEPTH) * least(panel_count(w->n), most(GROUP, 1)) * PANEL * B;
}

static long multiplication_scratch(const ek_multiplication *w, long threads) { return member_scratch(w) * threads; }

/// The product as dot products of rows that lie in memory as they are, where packing would not pay: few rows of a, or one
/// column of b. Returns whether it is one; `columns` rows of weights, `w_row` floats apart.
INLINE int is_dot_products(const ek_multiplication *w, ek_linear *l, long *w_row, long *x_batch, long *w_batch) {
  if (w->scale != 1 || w->a_column != 1 || w->b_row != 1) return 0;
  *l = (ek_linear){.k = w->k, .element = EK_F32, .bias = w->bias, .activation = w->activation};
  if (w->n == 1 && !w->bias && (w->y_row == 1 || w->m == 1)) {
    l->m = 1, l->n = w->m, l->x = w->b, l->w = w->a;
    *w_row = w->a_row, *x_batch = w->b_batch, *w_batch = w->a_batch;
    return 1;
  }
  l->m = w->m, l->n = w->n, l->x = w->a, l->w = w->b;
  *w_row = w->b_column, *x_batch = w->a_batch, *w_batch = w->b_batch;
  return w->m == 1 || (w->m < 4 && w->a_row == w->k && w->y_row == w->n);
}

static void multiply_matrices(const ek_multiplication *w, const ek_team *team) {
  ek_linear l;
  long w_row, x_batch, w_batch, begin, finish;
  if (is_dot_products(w, &l, &w_row, &x_batch, &w_batch)) {
    if (w->batch == 0 || l.n == 0) return;
    const float *x = l.x, *rows = l.w;
    ek_share(team, w->batch * l.n, &begin, &finish);
    for (long batch = begin / l.n; batch * l.n < finish; batch++) {
      l.x = x + batch * x_batch, l.w = rows + batch * w_batch, l.y = w->y + batch * w->y_batch;
      products_f32(&l, w_row, 0, l.m, most(begin - batch * l.n, 0), least(finish - batch * l.n, l.n));
    }
    return;
  }
  const long panels = panel_count(w->n);
  const int by_panels = matmul_shares_panels(w->batch, w->m, panels, team->count);
  // Units of work: panels of all batches, or rows of all batches.
  const long units = by_panels ? panels : w->m;
  if (w->batch == 0 || units == 0) return;
  ek_share(team, w->batch * units, &begin, &finish);
  for (long batch = begin / units; batch * units < finish; batch++) {
    const long low = most(begin - batch * units, 0), high = least(finish - batch * units, units);
    const struct matmul p = {
        .rows = w->m,
        .columns = w->n,
        .depth = w->k,
        .scale = w->scale,
        .a = w->a + batch * w->a_batch,
        .a_row = w->a_row,
        .a_column = w->a_column,
        .element = EK_F32,
        .b = w->b + batch * w->b_batch,
        .scratch = w->scratch + team->index * member_scratch(w),
        .b_row = w->b_row,
        .b_column = w->b_column,
        .bias = w->bias,
        .activation = w->activation,
        .y = w->y + batch * w->y_batch,
        .y_row = w->y_row,
    };
    if (by_panels)
      matmul_of_share(&p, 0, w->m, low, high);
    else
      matmul_of_share(&p, low, high, 0, panels);
  }
}
