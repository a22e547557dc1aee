#include "CKernels.h"
#include "clones.h"

#include <string.h>

enum { width = kernel_panel_width };

typedef float quad __attribute__((vector_size(16), aligned(4)));

/// target[p × target_stride + j] = source[p + j × stride] for p, j < 4.
ALWAYS_INLINE void transpose(
    const float *source, size_t stride, float *target, size_t target_stride) {
  quad a = *(const quad *)source, b = *(const quad *)(source + stride);
  quad c = *(const quad *)(source + 2 * stride), d = *(const quad *)(source + 3 * stride);
  quad ab01 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  quad ab23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  quad cd01 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  quad cd23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(quad *)target = __builtin_shufflevector(ab01, cd01, 0, 1, 4, 5);
  *(quad *)(target + target_stride) = __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7);
  *(quad *)(target + 2 * target_stride) = __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5);
  *(quad *)(target + 3 * target_stride) = __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7);
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
          transpose(
              source + p + j * column_stride, column_stride, panel + p * width + j, width);
    }
    for (; p < k; p++)
      for (size_t j = 0; j < width; j++)
        panel[p * width + j] = j < columns ? source[p * row_stride + j * column_stride] : 0;
  }
}

void kernel_unpack(
    size_t k, size_t n, const float *panels, size_t panel_stride, float *b, size_t row_stride,
    size_t column_stride) {
  for (size_t first = 0; first < n; first += width) {
    size_t columns = n - first < width ? n - first : width;
    const float *panel = panels + first / width * panel_stride;
    float *target = b + first * column_stride;
    size_t p = 0;
    if (columns == width && row_stride == 1)
      for (; p + 4 <= k; p += 4)
        for (size_t j = 0; j < width; j += 4)
          transpose(panel + p * width + j, width, target + p + j * column_stride, column_stride);
    for (; p < k; p++)
      for (size_t j = 0; j < columns; j++)
        target[p * row_stride + j * column_stride] = panel[p * width + j];
  }
}
