#include "CKernels.h"

#pragma clang fp contract(off)

#include "activations.h"

KERNEL_CLONES
void kernel_exp(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = exp_element(x[i]);
}

KERNEL_CLONES
void kernel_tanh(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = tanh_element(x[i]);
}

KERNEL_CLONES
void kernel_sigmoid(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = sigmoid_element(x[i]);
}

// Eight lanes fix the order of the sum, whatever width the processor adds with.
enum { lanes = 8 };

KERNEL_CLONES
float kernel_softmax(size_t count, float *x) {
  size_t whole = count - count % lanes;
  float top = -INFINITY;
  float tops[lanes];
  for (size_t l = 0; l < lanes; l++) tops[l] = top;
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t l = 0; l < lanes; l++) tops[l] = at_least(x[i + l], tops[l]);
  for (size_t l = 0; l < lanes; l++) top = at_least(tops[l], top);
  for (size_t i = whole; i < count; i++) top = at_least(x[i], top);

  float sums[lanes] = {0};
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t l = 0; l < lanes; l++) {
      float e = exp_element(x[i + l] - top);
      x[i + l] = e;
      sums[l] += e;
    }
  for (size_t i = whole; i < count; i++) {
    float e = exp_element(x[i] - top);
    x[i] = e;
    sums[i - whole] += e;
  }
  float sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
              ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  float scale = 1 / sum;
  for (size_t i = 0; i < count; i++) x[i] *= scale;
  return top + logf(sum);
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

KERNEL_CLONES
void kernel_descend(
    size_t count, float keep, float rate, const float *restrict gradient, float *restrict x) {
  for (size_t i = 0; i < count; i++) x[i] = keep * x[i] - rate * gradient[i];
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
