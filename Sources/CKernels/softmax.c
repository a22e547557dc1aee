#include "CKernels.h"

#pragma clang fp contract(off)

#include "activations.h"

// Eight lanes fix the order of the sum, whatever width the processor adds with.
enum { lanes = 8 };

ALWAYS_INLINE float largest(size_t count, const float *x) {
  size_t whole = count - count % lanes;
  float top = -INFINITY;
  float tops[lanes];
  for (size_t l = 0; l < lanes; l++) tops[l] = top;
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t l = 0; l < lanes; l++) tops[l] = at_least(x[i + l], tops[l]);
  for (size_t l = 0; l < lanes; l++) top = at_least(tops[l], top);
  for (size_t i = whole; i < count; i++) top = at_least(x[i], top);
  return top;
}

/// Replaces x by e^(x - top) and returns the sum: NaN where there is one, whatever `top` then is.
ALWAYS_INLINE float exponentials(size_t count, float top, float *x) {
  size_t whole = count - count % lanes;
  float sums[lanes] = {0};
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t l = 0; l < lanes; l++) {
      float e = exp_bounded(x[i + l] - top);
      x[i + l] = e;
      sums[l] += e;
    }
  for (size_t i = whole; i < count; i++) {
    float e = exp_bounded(x[i] - top);
    x[i] = e;
    sums[i - whole] += e;
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
         ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

KERNEL_CLONES
float kernel_softmax(size_t count, float *x) {
  float top = largest(count, x);
  float sum = exponentials(count, top, x);
  float scale = 1 / sum;
  for (size_t i = 0; i < count; i++) x[i] *= scale;
  return top + logf(sum);
}

#define ENTROPY_PARAMETERS                                                                   \
  size_t rows, size_t count, size_t stride, const int32_t *targets, const int32_t *chosen,   \
      float scale, float *x
#define ENTROPY_ARGUMENTS rows, count, stride, targets, chosen, scale, x

ALWAYS_INLINE size_t target_of(size_t row, const int32_t *targets, const int32_t *chosen) {
  return (size_t)targets[chosen ? (size_t)chosen[row] : row];
}

/// Rows that go through each pass together: what follows a sum of one row need not wait for it.
enum { block_rows = 16 };

ALWAYS_INLINE float cross_entropy(ENTROPY_PARAMETERS) {
  float loss = 0;
  for (size_t first = 0; first < rows; first += block_rows) {
    size_t block = rows - first < block_rows ? rows - first : block_rows;
    float tops[block_rows], sums[block_rows], scores[block_rows];
    float *start = x + first * stride;
    for (size_t r = 0; r < block; r++) tops[r] = largest(count, start + r * stride);
    for (size_t r = 0; r < block; r++) {
      scores[r] = start[r * stride + target_of(first + r, targets, chosen)];
      sums[r] = exponentials(count, tops[r], start + r * stride);
    }
    for (size_t r = 0; r < block; r++) {
      float *row = start + r * stride, *target = row + target_of(first + r, targets, chosen);
      float normal = 1 / sums[r], slope = (*target * normal - 1) * scale;
      for (size_t i = 0; i < count; i++) row[i] = (row[i] * normal) * scale;
      *target = slope;
    }
    for (size_t r = 0; r < block; r++) loss += (tops[r] + logf(sums[r])) - scores[r];
  }
  return loss;
}

KERNEL_CLONES static float cross_entropy_narrow(ENTROPY_PARAMETERS) {
  return cross_entropy(ENTROPY_ARGUMENTS);
}

KERNEL_WIDE static float cross_entropy_wide(ENTROPY_PARAMETERS) {
  return cross_entropy(ENTROPY_ARGUMENTS);
}

float kernel_cross_entropy(ENTROPY_PARAMETERS) {
  return kernel_uses_wide_vectors() ? cross_entropy_wide(ENTROPY_ARGUMENTS)
                                    : cross_entropy_narrow(ENTROPY_ARGUMENTS);
}
