#include "CKernels.h"

#include <string.h>

#include "clones.h"

#pragma clang fp contract(off)

// What rules that compare the updates of clients are made of.

enum { lanes = 8 };

/// The sum of values of eight lanes, one after another, and of what is left behind them.
#define SUM_IN_LANES(count, term)                                   \
  double sums[lanes] = {0};                                         \
  size_t whole = (count) - (count) % lanes;                         \
  for (size_t i = 0; i < whole; i += lanes)                         \
    for (size_t l = 0; l < lanes; l++) {                            \
      size_t k = i + l;                                             \
      sums[l] += (term);                                            \
    }                                                               \
  double sum = sums[0];                                             \
  for (size_t l = 1; l < lanes; l++) sum += sums[l];                \
  for (size_t k = whole; k < (count); k++) sum += (term);           \
  return sum;

ALWAYS_INLINE double square(double x) { return x * x; }

KERNEL_CLONES
double kernel_squared_distance(size_t count, const float *x, const float *y) {
  SUM_IN_LANES(count, square((double)x[k] - (double)y[k]))
}

KERNEL_CLONES
double kernel_squared_distance_to_point(size_t count, const float *x, const double *point) {
  SUM_IN_LANES(count, square((double)x[k] - point[k]))
}

KERNEL_CLONES
double kernel_dot_point(size_t count, const float *x, const double *point) {
  SUM_IN_LANES(count, (double)x[k] * point[k])
}

KERNEL_CLONES
void kernel_add_scaled(
    size_t count, double scale, const float *restrict x, double *restrict sums) {
  for (size_t i = 0; i < count; i++) sums[i] += scale * (double)x[i];
}

/// Leaves the smaller of each two values in `a` and the other in `b`.
ALWAYS_INLINE void exchange(float *restrict a, float *restrict b) {
  float low[kernel_sorted_columns], high[kernel_sorted_columns];
  for (size_t l = 0; l < kernel_sorted_columns; l++) {
    low[l] = b[l] < a[l] ? b[l] : a[l];
    high[l] = b[l] < a[l] ? a[l] : b[l];
  }
  memcpy(a, low, sizeof low);
  memcpy(b, high, sizeof high);
}

KERNEL_CLONES
void kernel_sort_columns(size_t rows, float *x) {
  enum { width = kernel_sorted_columns };
  if (rows < 2) return;
  size_t top = 1;
  while (top * 2 < rows) top *= 2;
  // Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M: Batcher's merge exchange.
  for (size_t p = top; p > 0; p /= 2) {
    size_t q = top, r = 0, d = p;
    while (1) {
      for (size_t start = r; start + d < rows; start += 2 * p)
        for (size_t i = start; i < start + p && i + d < rows; i++)
          exchange(x + i * width, x + (i + d) * width);
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}
