#include "CKernels.h"
#include "clones.h"

#include <string.h>

#pragma clang fp contract(fast)

#include "tiles.h"

#define PACKED_PARAMETERS                                                                    \
  size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,        \
      size_t panel_stride, const float *initial, size_t initial_stride,                      \
      const int32_t *initial_rows, float *c, size_t c_stride
#define PACKED_ARGUMENTS                                                                     \
  m, n, k, a, a_stride, panels, panel_stride, initial, initial_stride, initial_rows, c, c_stride

ALWAYS_INLINE void multiply_packed(const int is_wide, PACKED_PARAMETERS) {
  size_t count = (n + width - 1) / width, together;
  for (size_t panel = 0; panel < count; panel += together) {
    together = panels_of(is_wide, count - panel);
    size_t most = most_rows(is_wide, together), tiles = (m + most - 1) / most;
    const float *start = initial ? initial + panel * width : initial;
    for (size_t t = 0; t < tiles; t++) {
      // The tiles are as even as possible: 16 rows are 6 + 5 + 5, never 6 + 6 + 4.
      size_t row = m * t / tiles;
      tile_of(
          is_wide, together, m * (t + 1) / tiles - row, k, a + row * a_stride, a_stride, 1,
          panels + panel * panel_stride, width, panel_stride, start,
          initial_rows ? initial_stride : 0, initial_rows ? initial_rows + row : initial_rows,
          NULL, c + row * c_stride + panel * width, c_stride, width);
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
  size_t most = is_half ? half_rows : most_rows(is_wide, 1), tiles = (m + most - 1) / most;
  for (size_t depth = 0; depth == 0 || depth < k; depth += block_depth) {
    size_t inner = k - depth < block_depth ? k - depth : block_depth;
    const float *b = panel + depth * width;
    for (size_t t = 0; t < tiles; t++) {
      size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
      const float *x = a + row + depth * a_stride;
      float *y = c + row * c_stride;
      if (columns == half) {
        half_tile_of(
            rows, inner, x, 1, a_stride, b, width, 0, depth ? y : NULL, c_stride, NULL, NULL, y,
            c_stride, 0);
        continue;
      }
      // What lies beyond the columns is the caller's, or the next row's.
      float edge[tall_rows * width];
      for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++)
          edge[r * width + j] = depth && j < columns ? y[r * c_stride + j] : 0;
      if (is_half)
        half_tile_of(
            rows, inner, x, 1, a_stride, b, width, 0, edge, width, NULL, NULL, edge, width, 0);
      else
        tile_of(
            is_wide, 1, rows, inner, x, 1, a_stride, b, width, 0, edge, width, NULL, NULL, edge,
            width, 0);
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
  size_t count = n / width, together;
  for (size_t panel = 0; panel < count; panel += together) {
    together = panels_of(is_wide, count - panel);
    size_t most = most_rows(is_wide, together), tiles = (m + most - 1) / most;
    for (size_t depth = 0; depth == 0 || depth < k; depth += block_depth) {
      size_t inner = k - depth < block_depth ? k - depth : block_depth;
      const float *b = panels + panel * panel_stride + depth * width;
      for (size_t t = 0; t < tiles; t++) {
        size_t row = m * t / tiles;
        float *y = c + row * c_stride + panel * width;
        tile_of(
            is_wide, together, m * (t + 1) / tiles - row, inner, a + row + depth * a_stride, 1,
            a_stride, b, width, panel_stride, depth ? y : NULL, c_stride, NULL, NULL, y, c_stride,
            width);
      }
    }
  }
  size_t whole = count * width;
  if (whole < n)
    multiply_rest(
        is_wide, m, n - whole, k, a, a_stride, panels + count * panel_stride, c + whole, c_stride);
}

#define DESCEND_PARAMETERS                                                                   \
  size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b,             \
      size_t b_stride, float keep, float rate, const float *drift, float *panels,            \
      size_t panel_stride
#define DESCEND_ARGUMENTS m, n, k, a, a_stride, b, b_stride, keep, rate, drift, panels, panel_stride

ALWAYS_INLINE void descend_packed(const int is_wide, DESCEND_PARAMETERS) {
  size_t count = (n + width - 1) / width, together;
  for (size_t panel = 0; panel < count; panel += together) {
    together = panels_of(is_wide, count - panel);
    size_t most = most_rows(is_wide, together), tiles = (m + most - 1) / most;
    for (size_t t = 0; t < tiles; t++) {
      size_t row = m * t / tiles, place = panel * panel_stride + row * width;
      const struct descent descent = {keep, rate, drift ? drift + place : NULL};
      tile_of(
          is_wide, together, m * (t + 1) / tiles - row, k, a + row, 1, a_stride,
          b + panel * width, b_stride, width, NULL, 0, NULL, &descent, panels + place, width,
          panel_stride);
    }
  }
}

KERNEL_CLONES static void packed_narrow(PACKED_PARAMETERS) {
  multiply_packed(0, PACKED_ARGUMENTS);
}

KERNEL_CLONES static void transposed_narrow(TRANSPOSED_PARAMETERS) {
  multiply_transposed(0, TRANSPOSED_ARGUMENTS);
}

KERNEL_CLONES static void descend_narrow(DESCEND_PARAMETERS) {
  descend_packed(0, DESCEND_ARGUMENTS);
}

KERNEL_WIDE static void packed_wide(PACKED_PARAMETERS) {
  multiply_packed(1, PACKED_ARGUMENTS);
}

KERNEL_WIDE static void transposed_wide(TRANSPOSED_PARAMETERS) {
  multiply_transposed(1, TRANSPOSED_ARGUMENTS);
}

KERNEL_WIDE static void descend_wide(DESCEND_PARAMETERS) {
  descend_packed(1, DESCEND_ARGUMENTS);
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

void kernel_descend_packed(DESCEND_PARAMETERS) {
  if (kernel_uses_wide_vectors())
    descend_wide(DESCEND_ARGUMENTS);
  else
    descend_narrow(DESCEND_ARGUMENTS);
}
