// A tile of a product, for one width of vectors: the file that includes this names `TILE`, `LANES`
// and `MOST_VECTORS`, as many of C as leave registers for the operands.

#define VECTOR_NAME(tile) tile##_vector
#define VECTOR_OF(tile) VECTOR_NAME(tile)
#define VECTOR VECTOR_OF(TILE)

typedef float VECTOR __attribute__((vector_size(4 * LANES), aligned(4)));

/// `rows` × `parts` vectors of C, held in registers while k runs; `rows` and `parts` are constants at
/// each call.
///
/// Element (r, p) of A lies at r × a_row + p × a_step, row p of B at p × b_step, its vectors b_part
/// apart like those of C c_part. Every element of the product is one chain of multiplications and
/// additions in the order of k: its bits are those of every width. C becomes the product, or with
/// `descent` takes a step along it.
ALWAYS_INLINE void TILE(
    const size_t rows, const size_t parts, size_t k, const float *a, size_t a_row, size_t a_step,
    const float *b, size_t b_step, size_t b_part, const float *initial, size_t initial_stride,
    const int32_t *initial_rows, const struct descent *descent, float *c, size_t c_stride,
    size_t c_part) {
  VECTOR sums[MOST_VECTORS], right[MOST_PARTS];
#pragma unroll
  for (size_t r = 0; r < rows; r++) {
    const float *row = initial;
    if (initial) row += (initial_rows ? (size_t)initial_rows[r] : r) * initial_stride;
#pragma unroll
    for (size_t q = 0; q < parts; q++)
      sums[r * parts + q] = initial ? *(const VECTOR *)(row + q * LANES) : (VECTOR){0};
  }
  for (size_t p = 0; p < k; p++) {
#pragma unroll
    for (size_t q = 0; q < parts; q++) right[q] = *(const VECTOR *)(b + p * b_step + q * b_part);
#pragma unroll
    for (size_t r = 0; r < rows; r++) {
      float x = a[r * a_row + p * a_step];
#pragma unroll
      for (size_t q = 0; q < parts; q++) sums[r * parts + q] += x * right[q];
    }
  }
  if (descent && descent->drift) {
#pragma unroll
    for (size_t r = 0; r < rows; r++)
#pragma unroll
      for (size_t q = 0; q < parts; q++) {
        // Rounded like `kernel_descend_drifting`.
#pragma clang fp contract(off)
        size_t place = r * c_stride + q * c_part;
        VECTOR *target = (VECTOR *)(c + place);
        VECTOR drift = *(const VECTOR *)(descent->drift + place);
        *target = descent->keep * *target - descent->rate * (sums[r * parts + q] + drift);
      }
    return;
  }
#pragma unroll
  for (size_t r = 0; r < rows; r++)
#pragma unroll
    for (size_t q = 0; q < parts; q++) {
      VECTOR *target = (VECTOR *)(c + r * c_stride + q * c_part);
      if (descent) {
        // Rounded like `kernel_descend`.
#pragma clang fp contract(off)
        *target = descent->keep * *target - descent->rate * sums[r * parts + q];
      } else {
        *target = sums[r * parts + q];
      }
    }
}

#undef VECTOR
#undef VECTOR_OF
#undef VECTOR_NAME
#undef TILE
#undef LANES
#undef MOST_VECTORS
