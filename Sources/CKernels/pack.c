#include "CKernels.h"
#include "clones.h"

#include <string.h>

enum { width = kernel_panel_width };

typedef float quad __attribute__((vector_size(16), aligned(4)));
typedef float octet __attribute__((vector_size(32), aligned(4)));

enum { block = 8 };

/// target[p × target_stride + j] = source[p + j × stride] for p, j < 8.
ALWAYS_INLINE void transpose(
    const float *source, size_t stride, float *target, size_t target_stride) {
  for (size_t p = 0; p < block; p += 4) {
    // Rows j and j + 4 side by side: then no step crosses the halves of a vector.
    octet rows[4];
    for (size_t j = 0; j < 4; j++)
      rows[j] = __builtin_shufflevector(
          *(const quad *)(source + j * stride + p), *(const quad *)(source + (j + 4) * stride + p),
          0, 1, 2, 3, 4, 5, 6, 7);
    octet ab01 = __builtin_shufflevector(rows[0], rows[1], 0, 8, 1, 9, 4, 12, 5, 13);
    octet ab23 = __builtin_shufflevector(rows[0], rows[1], 2, 10, 3, 11, 6, 14, 7, 15);
    octet cd01 = __builtin_shufflevector(rows[2], rows[3], 0, 8, 1, 9, 4, 12, 5, 13);
    octet cd23 = __builtin_shufflevector(rows[2], rows[3], 2, 10, 3, 11, 6, 14, 7, 15);
    float *row = target + p * target_stride;
    *(octet *)row = __builtin_shufflevector(ab01, cd01, 0, 1, 8, 9, 4, 5, 12, 13);
    row += target_stride;
    *(octet *)row = __builtin_shufflevector(ab01, cd01, 2, 3, 10, 11, 6, 7, 14, 15);
    row += target_stride;
    *(octet *)row = __builtin_shufflevector(ab23, cd23, 0, 1, 8, 9, 4, 5, 12, 13);
    row += target_stride;
    *(octet *)row = __builtin_shufflevector(ab23, cd23, 2, 3, 10, 11, 6, 7, 14, 15);
  }
}

KERNEL_CLONES
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
      for (; p + block <= k; p += block)
        for (size_t j = 0; j < width; j += block)
          transpose(source + p + j * column_stride, column_stride, panel + p * width + j, width);
    }
    for (; p < k; p++)
      for (size_t j = 0; j < width; j++)
        panel[p * width + j] = j < columns ? source[p * row_stride + j * column_stride] : 0;
  }
}

KERNEL_CLONES
void kernel_unpack(
    size_t k, size_t n, const float *panels, size_t panel_stride, float *b, size_t row_stride,
    size_t column_stride) {
  for (size_t first = 0; first < n; first += width) {
    size_t columns = n - first < width ? n - first : width;
    const float *panel = panels + first / width * panel_stride;
    float *target = b + first * column_stride;
    size_t p = 0;
    if (columns == width && row_stride == 1) {
      p = k / block * block;
      for (size_t j = 0; j < width; j += block)
        for (size_t q = 0; q < p; q += block)
          transpose(panel + q * width + j, width, target + q + j * column_stride, column_stride);
    }
    for (; p < k; p++)
      for (size_t j = 0; j < columns; j++)
        target[p * row_stride + j * column_stride] = panel[p * width + j];
  }
}
