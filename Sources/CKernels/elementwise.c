#include "CKernels.h"

#pragma clang fp contract(off)

#include "activations.h"

KERNEL_CLONES
void kernel_exp(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = exp_element(x[i]);
}

ALWAYS_INLINE void add(size_t count, const float *restrict x, float *restrict sum) {
  for (size_t i = 0; i < count; i++) sum[i] += x[i];
}

KERNEL_CLONES
void kernel_add_rows(
    size_t count, size_t width, const float *rows, size_t row_stride, const int32_t *slots,
    float *sums, size_t sum_stride) {
  for (size_t r = 0; r < count; r++)
    add(width, rows + r * row_stride, sums + (size_t)slots[r] * sum_stride);
}

void kernel_gather_rows(
    size_t rows, size_t width, const float *x, const int32_t *chosen, size_t ahead, float *y) {
  const size_t line = 64 / sizeof(float);
  for (size_t r = 0; r < rows; r++)
    memcpy(y + r * width, x + (size_t)chosen[r] * width, width * sizeof(float));
  for (size_t r = rows; r < rows + ahead; r++)
    for (size_t i = 0; i < width; i += line)
      __builtin_prefetch(x + (size_t)chosen[r] * width + i, 0, 2);
}

KERNEL_CLONES
void kernel_descend(
    size_t count, float keep, float rate, const float *restrict gradient, float *restrict x) {
  for (size_t i = 0; i < count; i++) x[i] = keep * x[i] - rate * gradient[i];
}

KERNEL_CLONES
void kernel_descend_drifting(
    size_t count, float keep, float rate, const float *restrict gradient,
    const float *restrict drift, float *restrict x) {
  for (size_t i = 0; i < count; i++) x[i] = keep * x[i] - rate * (gradient[i] + drift[i]);
}

KERNEL_CLONES
void kernel_sum_columns(
    size_t rows, size_t columns, const float *x, size_t stride, float *sums) {
  memset(sums, 0, columns * sizeof(float));
  for (size_t r = 0; r < rows; r++) add(columns, x + r * stride, sums);
}

KERNEL_CLONES
void kernel_subtract(size_t count, const float *restrict y, float *restrict x) {
  for (size_t i = 0; i < count; i++) x[i] -= y[i];
}

KERNEL_CLONES
double kernel_sum_squares(size_t count, const float *x) {
  enum { lanes = 8 };
  size_t whole = count - count % lanes;
  double sums[lanes] = {0};
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t l = 0; l < lanes; l++) sums[l] += (double)x[i + l] * (double)x[i + l];
  double sum = sums[0];
  for (size_t l = 1; l < lanes; l++) sum += sums[l];
  for (size_t i = whole; i < count; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}

KERNEL_CLONES
int kernel_is_within(size_t count, const float *x, float bound) {
  int outside = 0;
  // False for NaN as well.
  for (size_t i = 0; i < count; i++) outside |= !(fabsf(x[i]) < bound);
  return !outside;
}

KERNEL_CLONES
void kernel_add_fixed_point(
    size_t count, const float *restrict x, double scale, int64_t weight, int64_t *restrict sums) {
  // Adding 1.5 × 2^52 leaves the rounded integer in the low bits of a double: unlike a conversion
  // this is a vector instruction on every x86-64. So is a weight of one, unlike other weights.
  const double shift = 0x1.8p52;
  int64_t bits, shift_bits;
  memcpy(&shift_bits, &shift, sizeof shift_bits);
  if (weight == 1) {
    for (size_t i = 0; i < count; i++) {
      double y = (double)x[i] * scale + shift;
      memcpy(&bits, &y, sizeof bits);
      sums[i] = (int64_t)((uint64_t)sums[i] + ((uint64_t)bits - (uint64_t)shift_bits));
    }
    return;
  }
  for (size_t i = 0; i < count; i++) {
    double y = (double)x[i] * scale + shift;
    memcpy(&bits, &y, sizeof bits);
    sums[i] = (int64_t)((uint64_t)sums[i] +
                        ((uint64_t)bits - (uint64_t)shift_bits) * (uint64_t)weight);
  }
}
