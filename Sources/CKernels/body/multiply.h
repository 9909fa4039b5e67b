// Products of two matrices that are both computed, many of them: attention's.

/// Floats that a member packs parts of b to.
INLINE long member_scratch(const ek_multiplication *w) {
  return least(w->k, DEPTH) * least(panel_count(w->n), most(GROUP, 1)) * PANEL * B;
}

static long multiplication_scratch(const ek_multiplication *w, long threads) { return member_scratch(w) * threads; }

static void multiply_matrices(const ek_multiplication *w, const ek_team *team) {
  const long panels = panel_count(w->n);
  const int by_panels = matmul_shares_panels(w->batch, w->m, panels, team->count);
  // Units of work: panels of all batches, or rows of all batches.
  const long units = by_panels ? panels : w->m;
  if (w->batch == 0 || units == 0) return;
  long begin, finish;
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
