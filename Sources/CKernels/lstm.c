#include "CKernels.h"
#include "activations.h"

ALWAYS_INLINE void forward_row(
    size_t hidden, float *restrict i, float *restrict f, float *restrict g, float *restrict o,
    const float *restrict previous_cell, float *restrict cell, float *restrict cell_tanh,
    float *restrict output) {
  for (size_t j = 0; j < hidden; j++) {
    float input = sigmoid_element(i[j]);
    float forget = sigmoid_element(f[j]);
    float candidate = tanh_element(g[j]);
    float out = sigmoid_element(o[j]);
    float next = forget * previous_cell[j] + input * candidate;
    float squashed = tanh_element(next);
    i[j] = input;
    f[j] = forget;
    g[j] = candidate;
    o[j] = out;
    cell[j] = next;
    cell_tanh[j] = squashed;
    output[j] = out * squashed;
  }
}

KERNEL_CLONES
void kernel_lstm_forward(
    size_t rows, size_t hidden, float *gates, size_t gate_stride, const float *previous_cell,
    float *cell, float *cell_tanh, float *output, size_t output_stride) {
  for (size_t r = 0; r < rows; r++) {
    float *row = gates + r * gate_stride;
    size_t start = r * hidden;
    forward_row(
        hidden, row, row + hidden, row + 2 * hidden, row + 3 * hidden, previous_cell + start,
        cell + start, cell_tanh + start, output + r * output_stride);
  }
}

ALWAYS_INLINE void backward_row(
    size_t hidden, float *restrict i, float *restrict f, float *restrict g, float *restrict o,
    const float *restrict previous_cell, const float *restrict cell_tanh,
    const float *restrict output_gradient, float *restrict cell_gradient) {
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

KERNEL_CLONES
void kernel_lstm_backward(
    size_t rows, size_t hidden, float *gates, size_t gate_stride, const float *previous_cell,
    const float *cell_tanh, const float *output_gradient, size_t output_gradient_stride,
    float *cell_gradient) {
  for (size_t r = 0; r < rows; r++) {
    float *row = gates + r * gate_stride;
    size_t start = r * hidden;
    backward_row(
        hidden, row, row + hidden, row + 2 * hidden, row + 3 * hidden, previous_cell + start,
        cell_tanh + start, output_gradient + r * output_gradient_stride, cell_gradient + start);
  }
}
