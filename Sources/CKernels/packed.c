#include "CKernels.h"
#include "clones.h"

#include <string.h>

#pragma clang fp contract(fast)

typedef float vector __attribute__((vector_size(32), aligned(4)));
enum { lanes = 8, width = kernel_panel_width, tile_rows = 6, half_tile_rows = 8 };

typedef float quad __attribute__((vector_size(16), aligned(4)));

/// target[p × width + j] = source[p + j × stride] for p, j < 4.
ALWAYS_INLINE void transpose(const float *source, size_t stride, float *target) {
  quad a = *(const quad *)source, b = *(const quad *)(source + stride);
  quad c = *(const quad *)(source + 2 * stride), d = *(const quad *)(source + 3 * stride);
  quad ab01 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  quad ab23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  quad cd01 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  quad cd23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(quad *)target = __builtin_shufflevector(ab01, cd01, 0, 1, 4, 5);
  *(quad *)(target + width) = __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7);
  *(quad *)(target + 2 * width) = __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5);
  *(quad *)(target + 3 * width) = __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7);
}

void kernel_pack(
    size_t k, size_t n, const float *b, size_t row_stride, size_t column_stride,
    float *panels, size_t panel_stride) {
  for (size_t first = 0; first < n; first += width) {
    size_t columns = n - first < width ? n - first : width;
    float *panel = panels + first / width * panel_stride;
    const float *source = b + first * column_stride;
    size_t p = 0;
    if (columns == width && column_stride == 1) {
      for (; p < k; p++)
        memcpy(panel + p * width, source + p * row_stride, width * sizeof(float));
    } else if (column_stride == 1) {
      memset(panel, 0, k * width * sizeof(float));
      for (; p < k; p++)
        memcpy(panel + p * width, source + p * row_stride, columns * sizeof(float));
    } else if (columns == width && row_stride == 1) {
      for (; p + 4 <= k; p += 4)
        for (size_t j = 0; j < width; j += 4)
          transpose(source + p + j * column_stride, column_stride, panel + p * width + j);
    }
    for (; p < k; p++)
      for (size_t j = 0; j < width; j++)
        panel[p * width + j] = j < columns ? source[p * row_stride + j * column_stride] : 0;
  }
}

/// `rows` × 16 elements of C, or × 8 where `halves` is one, held in registers while k runs; `rows`
/// and `halves` are constants at each call.
///
/// Element (r, p) of A lies at r × a_row + p × a_step.
ALWAYS_INLINE void tile(
    const size_t rows, const size_t halves, size_t k, const float *a, size_t a_row, size_t a_step,
    const float *panel, const float *initial, size_t initial_stride, const int32_t *initial_rows,
    float *c, size_t c_stride) {
  vector left[half_tile_rows], right[half_tile_rows];
#pragma unroll
  for (size_t r = 0; r < rows; r++) {
    left[r] = (vector){0};
    right[r] = (vector){0};
    if (initial) {
      const float *row = initial + (initial_rows ? (size_t)initial_rows[r] : r) * initial_stride;
      left[r] = *(const vector *)row;
      if (halves == 2) right[r] = *(const vector *)(row + lanes);
    }
  }
  for (size_t p = 0; p < k; p++) {
    vector b0 = *(const vector *)(panel + p * width);
    vector b1 = {0};
    if (halves == 2) b1 = *(const vector *)(panel + p * width + lanes);
#pragma unroll
    for (size_t r = 0; r < rows; r++) {
      float x = a[r * a_row + p * a_step];
      left[r] += x * b0;
      if (halves == 2) right[r] += x * b1;
    }
  }
#pragma unroll
  for (size_t r = 0; r < rows; r++) {
    *(vector *)(c + r * c_stride) = left[r];
    if (halves == 2) *(vector *)(c + r * c_stride + lanes) = right[r];
  }
}

#define TILE(count, halves)                                                             \
  case count:                                                                           \
    tile(                                                                               \
        count, halves, k, a, a_row, a_step, panel, initial, initial_stride, initial_rows, c, \
        c_stride);                                                                      \
    break

/// `tile` of 16 columns for a number of rows known only now.
ALWAYS_INLINE void tile_of(
    size_t rows, size_t k, const float *a, size_t a_row, size_t a_step, const float *panel,
    const float *initial, size_t initial_stride, const int32_t *initial_rows, float *c,
    size_t c_stride) {
  switch (rows) {
    TILE(6, 2);
    TILE(5, 2);
    TILE(4, 2);
    TILE(3, 2);
    TILE(2, 2);
    TILE(1, 2);
  }
}

/// `tile` of 8 columns for a number of rows known only now.
ALWAYS_INLINE void half_tile_of(
    size_t rows, size_t k, const float *a, size_t a_row, size_t a_step, const float *panel,
    const float *initial, size_t initial_stride, float *c, size_t c_stride) {
  const int32_t *initial_rows = NULL;
  switch (rows) {
    TILE(8, 1);
    TILE(7, 1);
    TILE(6, 1);
    TILE(5, 1);
    TILE(4, 1);
    TILE(3, 1);
    TILE(2, 1);
    TILE(1, 1);
  }
}
#undef TILE

KERNEL_CLONES
void kernel_multiply_packed(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,
    size_t panel_stride, const float *initial, size_t initial_stride,
    const int32_t *initial_rows, float *c, size_t c_stride) {
  // The tiles are as even as possible: 16 rows are 6 + 5 + 5, never 6 + 6 + 4.
  size_t tiles = (m + tile_rows - 1) / tile_rows;
  for (size_t first = 0; first < n; first += width) {
    const float *panel = panels + first / width * panel_stride;
    const float *start = initial ? initial + first : initial;
    for (size_t t = 0; t < tiles; t++) {
      size_t row = m * t / tiles;
      tile_of(
          m * (t + 1) / tiles - row, k, a + row * a_stride, a_stride, 1, panel, start,
          initial_rows ? initial_stride : 0, initial_rows ? initial_rows + row : initial_rows,
          c + row * c_stride + first, c_stride);
    }
  }
}

/// Rows of A and of a panel that stay in the first-level cache together.
enum { block_depth = 128 };

/// The last panel of a product with a transposed left side, which is not a whole one.
///
/// Half of a panel's columns need half of the work.
ALWAYS_INLINE void multiply_rest(
    size_t m, size_t columns, size_t k, const float *a, size_t a_stride, const float *panel,
    float *c, size_t c_stride) {
  int is_half = columns <= lanes;
  size_t most = is_half ? half_tile_rows : tile_rows;
  size_t tiles = (m + most - 1) / most;
  for (size_t depth = 0; depth == 0 || depth < k; depth += block_depth) {
    size_t inner = k - depth < block_depth ? k - depth : block_depth;
    const float *b = panel + depth * width;
    for (size_t t = 0; t < tiles; t++) {
      size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
      const float *x = a + row + depth * a_stride;
      float *y = c + row * c_stride;
      if (columns == lanes) {
        half_tile_of(rows, inner, x, 1, a_stride, b, depth ? y : NULL, c_stride, y, c_stride);
        continue;
      }
      // What lies beyond the columns is the caller's, or the next row's.
      float edge[half_tile_rows * width];
      for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++)
          edge[r * width + j] = depth && j < columns ? y[r * c_stride + j] : 0;
      if (is_half)
        half_tile_of(rows, inner, x, 1, a_stride, b, edge, width, edge, width);
      else
        tile_of(rows, inner, x, 1, a_stride, b, edge, width, NULL, edge, width);
      for (size_t r = 0; r < rows; r++)
        memcpy(y + r * c_stride, edge + r * width, columns * sizeof(float));
    }
  }
}

KERNEL_CLONES
void kernel_multiply_transposed(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,
    size_t panel_stride, float *c, size_t c_stride) {
  size_t tiles = (m + tile_rows - 1) / tile_rows;
  size_t whole = n / width * width;
  for (size_t first = 0; first < whole; first += width) {
    const float *panel = panels + first / width * panel_stride;
    for (size_t depth = 0; depth == 0 || depth < k; depth += block_depth) {
      size_t inner = k - depth < block_depth ? k - depth : block_depth;
      for (size_t t = 0; t < tiles; t++) {
        size_t row = m * t / tiles;
        float *y = c + row * c_stride + first;
        tile_of(
            m * (t + 1) / tiles - row, inner, a + row + depth * a_stride, 1, a_stride,
            panel + depth * width, depth ? y : NULL, c_stride, NULL, y, c_stride);
      }
    }
  }
  if (whole < n)
    multiply_rest(
        m, n - whole, k, a, a_stride, panels + whole / width * panel_stride, c + whole, c_stride);
}
