#include "CKernels.h"

// Fused where the processor can, as is `kernel_multiply_packed`, which feeds this.
#pragma clang fp contract(on)

#include "activations.h"

// One chain of operations an element is too long for the processor to overlap with the next: every
// pass works on 16 elements in step, two vectors or a wide one.
#define IN_STEP _Pragma("clang loop vectorize_width(16) interleave_count(1)")

/// 2^x for |x| <= 126, with |excess| < 0.42 and a relative error below 1.2e-7; the polynomial is
/// fitted by LinearAlgebraTests/Vectors.
///
/// Shorter than `exp_split`: fused, the remainder needs no second part of ln 2.
ALWAYS_INLINE split_exp power_split(float x, float log2_base) {
  const float to_whole = 0x1.8p23f;
  float shifted = x * log2_base + to_whole;
  float rest = x * log2_base - (shifted - to_whole);
  float p = 1.326469937e-03f;
  p = p * rest + 9.671533480e-03f;
  p = p * rest + 5.550733954e-02f;
  p = p * rest + 2.402224243e-01f;
  p = p * rest + 6.931470037e-01f;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3F800000u;
  split_exp result;
  memcpy(&result.power, &bits, sizeof bits);
  result.excess = p * rest;
  return result;
}

/// x = 1 / sigmoid(x), at most 1 + e^28.
ALWAYS_INLINE void invert_sigmoids(size_t count, float *restrict x) {
  IN_STEP
  for (size_t j = 0; j < count; j++) {
    split_exp e = power_split(at_least(at_most(x[j], 28), -28), -1.44269504f);
    x[j] = (1 + e.power) + e.power * e.excess;
  }
}

/// x = numerator of tanh(x), whose denominator lies between 1 and 2.
ALWAYS_INLINE void split_tanh(size_t count, float *restrict x, float *restrict denominator) {
  IN_STEP
  for (size_t j = 0; j < count; j++) {
    split_exp e = power_split(at_most(fabsf(x[j]), 20), -2.88539008f);
    denominator[j] = (1 + e.power) + e.power * e.excess;
    x[j] = copysignf((1 - e.power) - e.power * e.excess, x[j]);
  }
}

ALWAYS_INLINE void forward_row(
    size_t hidden, float *restrict i, float *restrict f, float *restrict g, float *restrict o,
    const float *restrict previous_cell, float *restrict cell, float *restrict cell_tanh,
    float *restrict output) {
  invert_sigmoids(hidden, i);
  invert_sigmoids(hidden, f);
  invert_sigmoids(hidden, o);
  split_tanh(hidden, g, cell_tanh);
  IN_STEP
  for (size_t j = 0; j < hidden; j++) {
    // One division for all four: their product stays below 2^124.
    float first = i[j] * f[j], second = o[j] * cell_tanh[j];
    float all = 1 / (first * second);
    first *= all;
    second *= all;
    float input = second * f[j];
    float forget = second * i[j];
    float candidate = g[j] * (first * o[j]);
    i[j] = input;
    f[j] = forget;
    g[j] = candidate;
    o[j] = first * cell_tanh[j];
    cell[j] = forget * previous_cell[j] + input * candidate;
  }
  IN_STEP
  for (size_t j = 0; j < hidden; j++) {
    split_exp e = power_split(at_most(fabsf(cell[j]), 20), -2.88539008f);
    float tail = e.power * e.excess;
    float squashed = copysignf(((1 - e.power) - tail) / ((1 + e.power) + tail), cell[j]);
    cell_tanh[j] = squashed;
    output[j] = o[j] * squashed;
  }
}

#define FORWARD_PARAMETERS                                                                     \
  size_t rows, size_t hidden, float *gates, size_t gate_stride, const float *previous_cell,    \
      float *cell, float *cell_tanh, float *output, size_t output_stride
#define FORWARD_ARGUMENTS                                                                      \
  rows, hidden, gates, gate_stride, previous_cell, cell, cell_tanh, output, output_stride

ALWAYS_INLINE void forward(FORWARD_PARAMETERS) {
  for (size_t r = 0; r < rows; r++) {
    float *row = gates + r * gate_stride;
    size_t start = r * hidden;
    forward_row(
        hidden, row, row + hidden, row + 2 * hidden, row + 3 * hidden, previous_cell + start,
        cell + start, cell_tanh + start, output + r * output_stride);
  }
}

KERNEL_CLONES static void forward_narrow(FORWARD_PARAMETERS) { forward(FORWARD_ARGUMENTS); }
KERNEL_WIDE static void forward_wide(FORWARD_PARAMETERS) { forward(FORWARD_ARGUMENTS); }

void kernel_lstm_forward(FORWARD_PARAMETERS) {
  if (kernel_uses_wide_vectors())
    forward_wide(FORWARD_ARGUMENTS);
  else
    forward_narrow(FORWARD_ARGUMENTS);
}

ALWAYS_INLINE void backward_row(
    size_t hidden, float *restrict i, float *restrict f, float *restrict g, float *restrict o,
    const float *restrict previous_cell, const float *restrict cell_tanh,
    const float *restrict output_gradient, float *restrict cell_gradient) {
  IN_STEP
  for (size_t j = 0; j < hidden; j++) {
    float input = i[j];
    float forget = f[j];
    float candidate = g[j];
    float out = o[j];
    float squashed = cell_tanh[j];
    float dh = output_gradient[j];
    float dc = cell_gradient[j] + dh * out * (1 - squashed * squashed);
    i[j] = dc * candidate * (input * (1 - input));
    f[j] = dc * previous_cell[j] * (forget * (1 - forget));
    g[j] = dc * input * (1 - candidate * candidate);
    o[j] = dh * squashed * (out * (1 - out));
    cell_gradient[j] = dc * forget;
  }
}

#define BACKWARD_PARAMETERS                                                                    \
  size_t rows, size_t hidden, float *gates, size_t gate_stride, const float *previous_cell,    \
      const float *cell_tanh, const float *output_gradient, size_t output_gradient_stride,     \
      float *cell_gradient
#define BACKWARD_ARGUMENTS                                                                     \
  rows, hidden, gates, gate_stride, previous_cell, cell_tanh, output_gradient,                 \
      output_gradient_stride, cell_gradient

ALWAYS_INLINE void backward(BACKWARD_PARAMETERS) {
  for (size_t r = 0; r < rows; r++) {
    float *row = gates + r * gate_stride;
    size_t start = r * hidden;
    backward_row(
        hidden, row, row + hidden, row + 2 * hidden, row + 3 * hidden, previous_cell + start,
        cell_tanh + start, output_gradient + r * output_gradient_stride, cell_gradient + start);
  }
}

KERNEL_CLONES static void backward_narrow(BACKWARD_PARAMETERS) { backward(BACKWARD_ARGUMENTS); }
KERNEL_WIDE static void backward_wide(BACKWARD_PARAMETERS) { backward(BACKWARD_ARGUMENTS); }

void kernel_lstm_backward(BACKWARD_PARAMETERS) {
  if (kernel_uses_wide_vectors())
    backward_wide(BACKWARD_ARGUMENTS);
  else
    backward_narrow(BACKWARD_ARGUMENTS);
}
