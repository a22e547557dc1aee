#pragma once

#include "clones.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

// Whether multiplications and additions are fused is up to the file that includes this one.

/// The larger or smaller operand; a NaN in x passes through.
ALWAYS_INLINE float at_most(float x, float limit) { return limit < x ? limit : x; }
ALWAYS_INLINE float at_least(float x, float limit) { return limit > x ? limit : x; }

/// e^x = power · (1 + excess), with power a power of two and |excess| < 0.42.
typedef struct {
  float power, excess;
} split_exp;

/// For -87.33 <= x <= 88.37; the polynomial is fitted by LinearAlgebraTests/Vectors.
ALWAYS_INLINE split_exp exp_split(float x) {
  const float to_whole = 0x1.8p23f;  // adding it leaves a whole number in the low bits
  float shifted = x * 1.44269504f + to_whole;
  float n = shifted - to_whole;
  // ln 2 in two parts: the first has so few bits that n times it is exact.
  float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.381459879e-03f;
  p = p * r + 8.368716575e-03f;
  p = p * r + 4.166838899e-02f;
  p = p * r + 1.666652113e-01f;
  p = p * r + 4.999999404e-01f;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3F800000u;
  split_exp result;
  memcpy(&result.power, &bits, sizeof bits);
  result.excess = p * (r * r) + r;
  return result;
}

/// For x <= 88.37.
ALWAYS_INLINE float exp_bounded(float x) {
  split_exp e = exp_split(at_least(x, -87.33f));
  float y = e.power + e.power * e.excess;
  return x < -87.33f ? 0 : y;
}

ALWAYS_INLINE float exp_element(float x) {
  float y = exp_bounded(at_most(x, 88.37f));
  return x > 88.37f ? INFINITY : y;
}
