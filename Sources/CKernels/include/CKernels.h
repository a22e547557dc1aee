#pragma once

#include <stddef.h>
#include <stdint.h>

/// 1 where kernels compute with vectors of 512 bits: on processors with AVX-512 (x86-64-v4), unless
/// the environment has FEDSIM_VECTOR_BITS=256. No bit of any result depends on it.
int kernel_uses_wide_vectors(void);

// Elementwise kernels: the same bits on every x86-64, whatever vectors they use; those of
// the LSTM, fused like the products that feed them, on all x86-64-v3 processors.

/// y[i] = e^x[i]; 0 below -87.33, infinity above 88.37. `x` and `y` may be equal.
///
/// Tests look through this at the exponential of the kernels below.
void kernel_exp(size_t count, const float *x, float *y);

/// Replaces x by softmax(x) and returns log(sum(e^x)), without overflow for any finite x.
float kernel_softmax(size_t count, float *x);

/// Replaces each of `rows` rows of scores by the derivative of its cross-entropy with its target,
/// times `scale`, and returns the sum of the cross-entropies (nats).
///
/// Row r's target is targets[chosen[r]], or targets[r] where `chosen` is null.
float kernel_cross_entropy(
    size_t rows, size_t count, size_t stride, const int32_t *targets, const int32_t *chosen,
    float scale, float *x);

/// One LSTM step after its matrix products, row by row; absolute error below 3e-7.
///
/// gates (in: pre-activations, out: activations) rows × [i, f, g, o], each `hidden` wide;
/// the three cell buffers rows × hidden; output rows × hidden with its own row stride.
void kernel_lstm_forward(
    size_t rows, size_t hidden, float *gates, size_t gate_stride, const float *previous_cell,
    float *cell, float *cell_tanh, float *output, size_t output_stride);

/// The derivative of `kernel_lstm_forward`.
///
/// gates (in: activations, out: gradient of the pre-activations); cell_gradient (in: with
/// respect to the cell, out: to the previous cell); output_gradient has its own row stride.
void kernel_lstm_backward(
    size_t rows, size_t hidden, float *gates, size_t gate_stride, const float *previous_cell,
    const float *cell_tanh, const float *output_gradient, size_t output_gradient_stride,
    float *cell_gradient);

/// x[i] = keep · x[i] - rate · gradient[i]. The buffers may not overlap.
void kernel_descend(size_t count, float keep, float rate, const float *gradient, float *x);

/// x[i] = keep · x[i] - rate · (gradient[i] + drift[i]). The buffers may not overlap.
void kernel_descend_drifting(
    size_t count, float keep, float rate, const float *gradient, const float *drift, float *x);

/// sums[j] = the sum of x[i × stride + j] over all rows i, in order.
void kernel_sum_columns(
    size_t rows, size_t columns, const float *x, size_t stride, float *sums);

/// x[i] = x[i] - y[i]. The buffers may not overlap.
void kernel_subtract(size_t count, const float *y, float *x);

/// The sum of x[i]², in double precision, in eight lanes of fixed order.
double kernel_sum_squares(size_t count, const float *x);

/// The sum of (x[i] - y[i])², in double precision, in eight lanes of fixed order.
double kernel_squared_distance(size_t count, const float *x, const float *y);

/// The sum of (x[i] - point[i])², in double precision, in eight lanes of fixed order.
double kernel_squared_distance_to_point(size_t count, const float *x, const double *point);

/// The sum of x[i] · point[i], in double precision, in eight lanes of fixed order.
double kernel_dot_point(size_t count, const float *x, const double *point);

/// sums[i] += scale · x[i], in double precision. The buffers may not overlap.
void kernel_add_scaled(size_t count, double scale, const float *x, double *sums);

/// Columns that `kernel_sort_columns` sorts at once.
enum { kernel_sorted_columns = 16 };

/// Sorts each of 16 columns of a rows × 16 matrix, the smallest first; no value may be NaN.
void kernel_sort_columns(size_t rows, float *x);

/// 1 when |x[i]| < bound for all i, 0 otherwise and for NaN.
int kernel_is_within(size_t count, const float *x, float bound);

/// sums[i] += weight · round(scale · x[i]), wrapping, half to even; |scale · x[i]| < 2^51.
void kernel_add_fixed_point(
    size_t count, const float *x, double scale, int64_t weight, int64_t *sums);

/// sums[slots[r]] += rows[r], one row after another; each row `width` wide.
void kernel_add_rows(
    size_t count, size_t width, const float *rows, size_t row_stride, const int32_t *slots,
    float *sums, size_t sum_stride);

/// y row r = x row chosen[r]; each row `width` wide.
///
/// The rows that `ahead` more entries of `chosen` name are asked for and not waited for: they are in
/// the cache when their turn comes.
void kernel_gather_rows(
    size_t rows, size_t width, const float *x, const int32_t *chosen, size_t ahead, float *y);

// Matrix product with a packed right-hand side. Fused multiply-add where the processor has it:
// bits agree on all x86-64-v3 processors, not with older ones.

/// Columns of one panel of a packed matrix.
enum { kernel_panel_width = 16 };

/// Packs B (k × n, any strides) into panels of 16 columns, each k × 16, the last zero-padded.
void kernel_pack(
    size_t k, size_t n, const float *b, size_t row_stride, size_t column_stride,
    float *panels, size_t panel_stride);

/// The inverse of `kernel_pack`: writes B, k × n with any strides.
void kernel_unpack(
    size_t k, size_t n, const float *panels, size_t panel_stride, float *b, size_t row_stride,
    size_t column_stride);

/// C = initial[initial_rows] + A · B for a packed B.
///
/// A null `initial` is zero; with null `initial_rows` every row starts at its first row.
/// A m × k, C m × n with n rounded up to whole panels. Every element is summed in the order of
/// k, so its bits depend on its own row and column alone.
void kernel_multiply_packed(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,
    size_t panel_stride, const float *initial, size_t initial_stride,
    const int32_t *initial_rows, float *c, size_t c_stride);

/// C = Aᵀ · B for a packed B: A k × m, C m × n, and nothing beyond n is written.
///
/// Every element is summed in the order of k.
void kernel_multiply_transposed(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *panels,
    size_t panel_stride, float *c, size_t c_stride);

/// X = keep · X - rate · (Aᵀ · B + drift) for a packed X: A k × m, B k × n with n rounded up to whole
/// panels, the drift packed like X, NULL for none.
///
/// To the bit what `kernel_multiply_transposed` and `kernel_descend` or `kernel_descend_drifting` give
/// together.
void kernel_descend_packed(
    size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b,
    size_t b_stride, float keep, float rate, const float *drift, float *panels,
    size_t panel_stride);
