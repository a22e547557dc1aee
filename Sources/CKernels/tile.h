// A tile of a product, for one width of vectors: the file that includes this names `TILE`, `LANES`
// (a panel is one or two vectors wide) and `MOST_ROWS`, as many as leave registers for the operands.

#define VECTOR_NAME(tile) tile##_vector
#define VECTOR_OF(tile) VECTOR_NAME(tile)
#define VECTOR VECTOR_OF(TILE)

typedef float VECTOR __attribute__((vector_size(4 * LANES), aligned(4)));

/// `rows` × `parts` vectors of C, held in registers while k runs; `rows` and `parts` are constants at
/// each call.
///
/// Element (r, p) of A lies at r × a_row + p × a_step. Every element of C is one chain of
/// multiplications and additions in the order of k: its bits are those of every width.
ALWAYS_INLINE void TILE(
    const size_t rows, const size_t parts, size_t k, const float *a, size_t a_row, size_t a_step,
    const float *panel, const float *initial, size_t initial_stride, const int32_t *initial_rows,
    float *c, size_t c_stride) {
  VECTOR left[MOST_ROWS], right[MOST_ROWS];
#pragma unroll
  for (size_t r = 0; r < rows; r++) {
    left[r] = (VECTOR){0};
    right[r] = (VECTOR){0};
    if (initial) {
      const float *row = initial + (initial_rows ? (size_t)initial_rows[r] : r) * initial_stride;
      left[r] = *(const VECTOR *)row;
      if (parts == 2) right[r] = *(const VECTOR *)(row + LANES);
    }
  }
  for (size_t p = 0; p < k; p++) {
    VECTOR b0 = *(const VECTOR *)(panel + p * width);
    VECTOR b1 = {0};
    if (parts == 2) b1 = *(const VECTOR *)(panel + p * width + LANES);
#pragma unroll
    for (size_t r = 0; r < rows; r++) {
      float x = a[r * a_row + p * a_step];
      left[r] += x * b0;
      if (parts == 2) right[r] += x * b1;
    }
  }
#pragma unroll
  for (size_t r = 0; r < rows; r++) {
    *(VECTOR *)(c + r * c_stride) = left[r];
    if (parts == 2) *(VECTOR *)(c + r * c_stride + LANES) = right[r];
  }
}

#undef VECTOR
#undef VECTOR_OF
#undef VECTOR_NAME
#undef TILE
#undef LANES
#undef MOST_ROWS
