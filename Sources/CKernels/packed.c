#include "CKernels.h"
#include "clones.h"

#include <string.h>

#pragma clang fp contract(fast)

enum { width = kernel_panel_width, half = width / 2 };
enum { narrow_rows = 6, half_rows = 8, wide_rows = 16 };

#define TILE narrow_tile
#define LANES 8
#define MOST_ROWS 8
#include "tile.h"

#define TILE wide_tile
#define LANES 16
#define MOST_ROWS 16
#include "tile.h"

/// Rows of a tile as a constant, for a number known only now.
#define CASE(count, tile, parts)                                                             \
  case count:                                                                                \
    tile(                                                                                    \
        count, parts, k, a, a_row, a_step, panel, initial, initial_stride, initial_rows, c,  \
        c_stride);                                                                           \
    break

#define TILE_PARAMETERS                                                                      \
  size_t rows, size_t k, const float *a, size_t a_row, size_t a_step, const float *panel,    \
      const float *initial, size_t initial_stride, const int32_t *initial_rows, float *c,    \
      size_t c_stride

ALWAYS_INLINE void narrow_tile_of(TILE_PARAMETERS) {
  switch (rows) {
    CASE(6, narrow_tile, 2);
    CASE(5, narrow_tile, 2);
    CASE(4, narrow_tile, 2);
    CASE(3, narrow_tile, 2);
    CASE(2, narrow_tile, 2);
    CASE(1, narrow_tile, 2);
  }
}

/// 8 columns.
ALWAYS_INLINE void half_tile_of(TILE_PARAMETERS) {
  switch (rows) {
    CASE(8, narrow_tile, 1);
    CASE(7, narrow_tile, 1);
    CASE(6, narrow_tile, 1);
    CASE(5, narrow_tile, 1);
    CASE(4, narrow_tile, 1);
    CASE(3, narrow_tile, 1);
    CASE(2, narrow_tile, 1);
    CASE(1, narrow_tile, 1);
  }
}

ALWAYS_INLINE void wide_tile_of(TILE_PARAMETERS) {
  switch (rows) {
    CASE(16, wide_tile, 1);
    CASE(15, wide_tile, 1);
    CASE(14, wide_tile, 1);
    CASE(13, wide_tile, 1);
    CASE(12, wide_tile, 1);
    CASE(11, wide_tile, 1);
    CASE(10, wide_tile, 1);
    CASE(9, wide_tile, 1);
    CASE(8, wide_tile, 1);
    CASE(7, wide_tile, 1);
    CASE(6, wide_tile, 1);
    CASE(5, wide_tile, 1);
    CASE(4, wide_tile, 1);
    CASE(3, wide_tile, 1);
    CASE(2, wide_tile, 1);
    CASE(1, wide_tile, 1);
  }
}
#undef CASE

/// A tile of 16 columns, one vector (`is_wide`, a constant) or two.
ALWAYS_INLINE void tile_of(const int is_wide, TILE_PARAMETERS) {
  if (is_wide)
    wide_tile_of(
        rows, k, a, a_row, a_step, panel, initial, initial_stride, initial_rows, c, c_stride);
  else
    narrow_tile_of(
        rows, k, a, a_row, a_step, panel, initial, initial_stride, initial_rows, c, c_stride);
}
#undef TILE_PARAMETERS

#define PACKED_PARAMETERS                                                                    \
  size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,        \
      size_t panel_stride, const float *initial, size_t initial_stride,                      \
      const int32_t *initial_rows, float *c, size_t c_stride
#define PACKED_ARGUMENTS                                                                     \
  m, n, k, a, a_stride, panels, panel_stride, initial, initial_stride, initial_rows, c, c_stride

ALWAYS_INLINE void multiply_packed(const int is_wide, PACKED_PARAMETERS) {
  // The tiles are as even as possible: 16 rows are 6 + 5 + 5, never 6 + 6 + 4.
  size_t most = is_wide ? wide_rows : narrow_rows;
  size_t tiles = (m + most - 1) / most;
  for (size_t first = 0; first < n; first += width) {
    const float *panel = panels + first / width * panel_stride;
    const float *start = initial ? initial + first : initial;
    for (size_t t = 0; t < tiles; t++) {
      size_t row = m * t / tiles;
      tile_of(
          is_wide, m * (t + 1) / tiles - row, k, a + row * a_stride, a_stride, 1, panel, start,
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
    const int is_wide, size_t m, size_t columns, size_t k, const float *a, size_t a_stride,
    const float *panel, float *c, size_t c_stride) {
  int is_half = columns <= half;
  size_t most = is_half ? half_rows : is_wide ? wide_rows : narrow_rows;
  size_t tiles = (m + most - 1) / most;
  for (size_t depth = 0; depth == 0 || depth < k; depth += block_depth) {
    size_t inner = k - depth < block_depth ? k - depth : block_depth;
    const float *b = panel + depth * width;
    for (size_t t = 0; t < tiles; t++) {
      size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
      const float *x = a + row + depth * a_stride;
      float *y = c + row * c_stride;
      if (columns == half) {
        half_tile_of(
            rows, inner, x, 1, a_stride, b, depth ? y : NULL, c_stride, NULL, y, c_stride);
        continue;
      }
      // What lies beyond the columns is the caller's, or the next row's.
      float edge[wide_rows * width];
      for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++)
          edge[r * width + j] = depth && j < columns ? y[r * c_stride + j] : 0;
      if (is_half)
        half_tile_of(rows, inner, x, 1, a_stride, b, edge, width, NULL, edge, width);
      else
        tile_of(is_wide, rows, inner, x, 1, a_stride, b, edge, width, NULL, edge, width);
      for (size_t r = 0; r < rows; r++)
        memcpy(y + r * c_stride, edge + r * width, columns * sizeof(float));
    }
  }
}

#define TRANSPOSED_PARAMETERS                                                                \
  size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,        \
      size_t panel_stride, float *c, size_t c_stride
#define TRANSPOSED_ARGUMENTS m, n, k, a, a_stride, panels, panel_stride, c, c_stride

ALWAYS_INLINE void multiply_transposed(const int is_wide, TRANSPOSED_PARAMETERS) {
  size_t most = is_wide ? wide_rows : narrow_rows;
  size_t tiles = (m + most - 1) / most;
  size_t whole = n / width * width;
  for (size_t first = 0; first < whole; first += width) {
    const float *panel = panels + first / width * panel_stride;
    for (size_t depth = 0; depth == 0 || depth < k; depth += block_depth) {
      size_t inner = k - depth < block_depth ? k - depth : block_depth;
      for (size_t t = 0; t < tiles; t++) {
        size_t row = m * t / tiles;
        float *y = c + row * c_stride + first;
        tile_of(
            is_wide, m * (t + 1) / tiles - row, inner, a + row + depth * a_stride, 1, a_stride,
            panel + depth * width, depth ? y : NULL, c_stride, NULL, y, c_stride);
      }
    }
  }
  if (whole < n)
    multiply_rest(
        is_wide, m, n - whole, k, a, a_stride, panels + whole / width * panel_stride, c + whole,
        c_stride);
}

KERNEL_CLONES static void packed_narrow(PACKED_PARAMETERS) {
  multiply_packed(0, PACKED_ARGUMENTS);
}

KERNEL_CLONES static void transposed_narrow(TRANSPOSED_PARAMETERS) {
  multiply_transposed(0, TRANSPOSED_ARGUMENTS);
}

KERNEL_WIDE static void packed_wide(PACKED_PARAMETERS) {
  multiply_packed(1, PACKED_ARGUMENTS);
}

KERNEL_WIDE static void transposed_wide(TRANSPOSED_PARAMETERS) {
  multiply_transposed(1, TRANSPOSED_ARGUMENTS);
}

void kernel_multiply_packed(PACKED_PARAMETERS) {
  if (kernel_uses_wide_vectors())
    packed_wide(PACKED_ARGUMENTS);
  else
    packed_narrow(PACKED_ARGUMENTS);
}

void kernel_multiply_transposed(TRANSPOSED_PARAMETERS) {
  if (kernel_uses_wide_vectors())
    transposed_wide(TRANSPOSED_ARGUMENTS);
  else
    transposed_narrow(TRANSPOSED_ARGUMENTS);
}
