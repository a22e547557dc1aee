#pragma once

// The tiles of packed.c: for both widths of vectors, each number of rows compiled by itself.

#include "CKernels.h"
#include "clones.h"

enum { width = kernel_panel_width, half = width / 2 };

/// A step of gradient descent: x becomes keep · x - rate · (gradient + drift), where there is a drift.
struct descent {
  float keep, rate;
  /// Lies as C does; NULL for none.
  const float *drift;
};

#define MOST_PARTS 4

#define TILE narrow_tile
#define LANES 8
#define MOST_VECTORS 12
#include "tile.h"

#define TILE wide_tile
#define LANES 16
#define MOST_VECTORS 24
#include "tile.h"

/// Rows of a tile as a constant, for a number known only now.
#define CASE(count, tile, parts)                                                             \
  case count:                                                                                \
    tile(                                                                                    \
        count, parts, k, a, a_row, a_step, b, b_step, b_part, initial, initial_stride,       \
        initial_rows, descent, c, c_stride, c_part);                                         \
    break
#define PAIR(count, tile, parts)                                                             \
  CASE(count, tile, parts);                                                                  \
  CASE(count + 1, tile, parts)
#define UP_TO_6(tile, parts)                                                                 \
  PAIR(1, tile, parts);                                                                      \
  PAIR(3, tile, parts);                                                                      \
  PAIR(5, tile, parts)
#define UP_TO_8(tile, parts)                                                                 \
  UP_TO_6(tile, parts);                                                                      \
  PAIR(7, tile, parts)
#define UP_TO_12(tile, parts)                                                                \
  UP_TO_8(tile, parts);                                                                      \
  PAIR(9, tile, parts);                                                                      \
  PAIR(11, tile, parts)

/// Rows of the tiles that the three macros are for.
enum { square_rows = 6, half_rows = 8, tall_rows = 12 };

/// The most panels that one tile spans, and the most rows of a tile for so many panels. A processor
/// loads no more than it multiplies: the squarer a tile, the fewer loads.
ALWAYS_INLINE size_t panels_of(int is_wide, size_t left) {
  return !is_wide ? 1 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}
ALWAYS_INLINE size_t most_rows(int is_wide, size_t panels) {
  return !is_wide || panels == 4 ? square_rows : tall_rows;
}

#define TILE_PARAMETERS                                                                      \
  size_t rows, size_t k, const float *a, size_t a_row, size_t a_step, const float *b,        \
      size_t b_step, size_t b_part, const float *initial, size_t initial_stride,             \
      const int32_t *initial_rows, const struct descent *descent, float *c, size_t c_stride, \
      size_t c_part
#define TILE_ARGUMENTS                                                                       \
  rows, k, a, a_row, a_step, b, b_step, b_part, initial, initial_stride, initial_rows,       \
      descent, c, c_stride, c_part

/// 8 columns.
ALWAYS_INLINE void half_tile_of(TILE_PARAMETERS) {
  switch (rows) { UP_TO_8(narrow_tile, 1); }
}

ALWAYS_INLINE void narrow_tile_of(TILE_PARAMETERS) {
  // A panel is two vectors wide.
  b_part = c_part = half;
  switch (rows) { UP_TO_6(narrow_tile, 2); }
}

ALWAYS_INLINE void wide_tile_of(size_t panels, TILE_PARAMETERS) {
  if (panels == 4)
    switch (rows) { UP_TO_6(wide_tile, 4); }
  else if (panels == 2)
    switch (rows) { UP_TO_12(wide_tile, 2); }
  else
    switch (rows) { UP_TO_12(wide_tile, 1); }
}

/// A tile of 16 columns for each panel, one vector (`is_wide`, a constant) or two.
ALWAYS_INLINE void tile_of(const int is_wide, size_t panels, TILE_PARAMETERS) {
  if (is_wide)
    wide_tile_of(panels, TILE_ARGUMENTS);
  else
    narrow_tile_of(TILE_ARGUMENTS);
}
