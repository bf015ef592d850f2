// One (text, head) of packed attention, written with vectors of kLanes floats. Included by
// attention_tasks.cpp once for each instruction set, inside a namespace that defines kLanes and kRows,
// so there is no include guard: generic vectors are lowered for the target of the function they stand in.
//
// Softmax is kept unnormalised: E = exp(S − max), A = E / sum. Rows that enter a product are divided
// instead of the n × n matrix.

using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));
using IntVector = std::int32_t __attribute__((vector_size(kLanes * sizeof(float))));
using Unaligned = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

constexpr Size kColumns = 2;    // vectors a tile is wide
constexpr Size kBandRows = 48;  // of a band, a multiple of kRows

inline Vector load(const float* from) {
  return *reinterpret_cast<const Unaligned*>(from);
}
inline void store(float* to, Vector value) {
  *reinterpret_cast<Unaligned*>(to) = value;
}
inline Vector load(const Bf16* from) {
  using Narrow = std::uint16_t __attribute__((vector_size(kLanes * sizeof(Bf16)), aligned(sizeof(Bf16)), may_alias));
  return reinterpret_cast<Vector>(__builtin_convertvector(*reinterpret_cast<const Narrow*>(from), IntVector) << 16);
}
inline void store(Bf16* to, Vector value) {  // as to_bf16
  using Narrow = std::uint16_t __attribute__((vector_size(kLanes * sizeof(Bf16)), aligned(sizeof(Bf16)), may_alias));
  using Bits = std::uint32_t __attribute__((vector_size(kLanes * sizeof(float))));
  const Bits bits = reinterpret_cast<Bits>(value);
  const Bits nearest = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  *reinterpret_cast<Narrow*>(to) = __builtin_convertvector(value == value ? nearest : bits >> 16 | 0x40, Narrow);
}
inline Vector splat(float value) {
  return value - Vector{};  // x − 0 is x even for −0, so this is one broadcast
}

inline Size padded(Size n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

// The lanes of v moved down by kBy, for reductions by halves.
template <Size kBy>
inline Vector moved(Vector v) {
  return [v]<std::size_t... i>(std::index_sequence<i...>) {
    return __builtin_shufflevector(v, v, (static_cast<Size>(i) + kBy) % kLanes...);
  }(std::make_index_sequence<kLanes>());
}
inline float sum_of(Vector v) {
  if constexpr (kLanes == 16) v += moved<8>(v);
  if constexpr (kLanes >= 8) v += moved<4>(v);
  v += moved<2>(v);
  v += moved<1>(v);
  return v[0];
}
inline Vector larger(Vector a, Vector b) {
  return a > b ? a : b;
}
inline float max_of(Vector v) {
  if constexpr (kLanes == 16) v = larger(v, moved<8>(v));
  if constexpr (kLanes >= 8) v = larger(v, moved<4>(v));
  v = larger(v, moved<2>(v));
  v = larger(v, moved<1>(v));
  return v[0];
}

// e^x for x <= 0, relative error about 2e-7; below -87 it stays at e^-87.
inline Vector exp_of(Vector x) {
  const Vector lowest = splat(-87.0F);
  x = x < lowest ? lowest : x;
  const Vector magic = splat(12582912.0F);  // 1.5 · 2^23: adding it rounds to an integer
  const Vector shifted = x * 1.44269504F + magic;
  const Vector k = shifted - magic;
  const Vector r = (x - k * 0.693359375F) + k * 2.12194440e-4F;  // ln 2 in two parts
  Vector p = splat(1.9875691500e-4F);                            // Cephes expf
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const IntVector power = (reinterpret_cast<IntVector>(shifted) << 23) + 0x3F800000;  // magic's low bits hold k: 2^k
  return p * reinterpret_cast<Vector>(power);  // exact, and what is no number stays none
}

// c [kR, kC · kLanes] = a · b. Element (r, k) of a is a[r · lda + k], transposed a[k · lda + r].
template <Size kR, Size kC, bool kTransposed>
inline void tile(const float* a, Size lda, const float* b, Size ldb, Size depth, float* c, Size ldc) {
  Vector sums[kR][kC] = {};
  for (Size k = 0; k < depth; ++k) {
    Vector row[kC];
#pragma GCC unroll 8
    for (Size j = 0; j < kC; ++j) row[j] = load(b + k * ldb + j * kLanes);
#pragma GCC unroll 8
    for (Size r = 0; r < kR; ++r) {
      const Vector factor = splat(kTransposed ? a[k * lda + r] : a[r * lda + k]);
#pragma GCC unroll 8
      for (Size j = 0; j < kC; ++j) sums[r][j] += factor * row[j];
    }
  }
#pragma GCC unroll 8
  for (Size r = 0; r < kR; ++r) {
#pragma GCC unroll 8
    for (Size j = 0; j < kC; ++j) store(c + r * ldc + j * kLanes, sums[r][j]);
  }
}

// The last rows are computed again with their predecessors where kR does not divide `rows` (the same
// sums in the same order, so the same bits).
template <Size kR, Size kC, bool kTransposed>
inline void row_tiles(Size rows, const float* a, Size lda, const float* b, Size ldb, Size depth, float* c, Size ldc) {
  for (Size done = 0; done < rows; done += kR) {
    const Size r = done + kR <= rows ? done : rows - kR;
    tile<kR, kC, kTransposed>(kTransposed ? a + r : a + r * lda, lda, b, ldb, depth, c + r * ldc, ldc);
  }
}

template <Size kC, bool kTransposed>
inline void column_tile(Size rows, const float* a, Size lda, const float* b, Size ldb, Size depth, float* c, Size ldc) {
  if (rows >= kRows) {
    row_tiles<kRows, kC, kTransposed>(rows, a, lda, b, ldb, depth, c, ldc);
  } else if (rows >= 3) {
    row_tiles<3, kC, kTransposed>(rows, a, lda, b, ldb, depth, c, ldc);
  } else {
    row_tiles<1, kC, kTransposed>(rows, a, lda, b, ldb, depth, c, ldc);
  }
}

// c [rows, columns] = a [rows, depth] · b [depth, columns]; columns a multiple of kLanes.
template <bool kTransposed>
void multiply(Size rows, Size columns, Size depth, const float* a, Size lda, const float* b, Size ldb, float* c,
              Size ldc) {
  Size j = 0;
  for (; j + kColumns * kLanes <= columns; j += kColumns * kLanes) {
    column_tile<kColumns, kTransposed>(rows, a, lda, b + j, ldb, depth, c + j, ldc);
  }
  for (; j < columns; j += kLanes) column_tile<1, kTransposed>(rows, a, lda, b + j, ldb, depth, c + j, ldc);
}

// to [rows, padded(columns)] = from, each row times its factor where factors are given; padding 0.
template <class T>
void copy_rows(const T* from, Size stride, Size rows, Size columns, const float* factors, float* to) {
  const Size width = padded(columns);
  const Size whole = columns / kLanes * kLanes;
  for (Size r = 0; r < rows; ++r, from += stride, to += width) {
    const float factor = factors == nullptr ? 1.0F : factors[r];
    for (Size c = 0; c < whole; c += kLanes) store(to + c, load(from + c) * factor);
    if (whole < width) {
      store(to + whole, Vector{});
      for (Size c = whole; c < columns; ++c) to[c] = to_float(from[c]) * factor;
    }
  }
}

// The way back: to [rows, columns] with its own stride = from [rows, padded(columns)].
template <class T>
void write_rows(const float* from, Size rows, Size columns, const float* factors, T* to, Size stride) {
  const Size width = padded(columns);
  const Size whole = columns / kLanes * kLanes;
  for (Size r = 0; r < rows; ++r, from += width, to += stride) {
    const float factor = factors == nullptr ? 1.0F : factors[r];
    for (Size c = 0; c < whole; c += kLanes) store(to + c, load(from + c) * factor);
    for (Size c = whole; c < columns; ++c) to[c] = rounded<T>(from[c] * factor);
  }
}

// to [columns, padded(rows)] = fromᵀ; padding 0.
void transpose_rows(const float* from, Size stride, Size rows, Size columns, float* to) {
  using Four = float __attribute__((vector_size(16)));
  using UnalignedFour = float __attribute__((vector_size(16), aligned(sizeof(float)), may_alias));
  const Size width = padded(rows);
  Size r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float* source = from + r * stride;
    Size c = 0;
    for (; c + 4 <= columns; c += 4) {
      Four x[4];
      for (Size i = 0; i < 4; ++i) x[i] = *reinterpret_cast<const UnalignedFour*>(source + i * stride + c);
      const Four low01 = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5);
      const Four high01 = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7);
      const Four low23 = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
      const Four high23 = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
      float* target = to + c * width + r;
      *reinterpret_cast<UnalignedFour*>(target) = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
      *reinterpret_cast<UnalignedFour*>(target + width) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
      *reinterpret_cast<UnalignedFour*>(target + 2 * width) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
      *reinterpret_cast<UnalignedFour*>(target + 3 * width) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    }
    for (; c < columns; ++c) {
      for (Size i = 0; i < 4; ++i) to[c * width + r + i] = source[i * stride + c];
    }
  }
  for (; r < width; ++r) {
    for (Size c = 0; c < columns; ++c) to[c * width + r] = r < rows ? from[r * stride + c] : 0.0F;
  }
}

// Rows of q, k and v lie a page or so apart, which no hardware prefetcher follows; the next head's
// are asked for while this one is computed.
template <class T>
inline void prefetch_next(const Task<T>& task) {
  constexpr Size kLine = 64 / sizeof(T);
  for (Size j = 0; j < task.n; ++j) {
    for (Size k = task.head_size; k < 2 * task.head_size; k += kLine) {
      __builtin_prefetch(task.q + j * task.stride + k);
      __builtin_prefetch(task.k + j * task.stride + k);
      __builtin_prefetch(task.v + j * task.stride + k);
    }
  }
}

// Rows as fp32 operands of a product: in place where they are fp32, else widened into scratch.
struct Operand {
  const float* rows;
  Size stride;
};
inline Operand operand(const float* rows, Size stride, Size, Size, Scratch&) {
  return {rows, stride};
}
inline Operand operand(const Bf16* rows, Size stride, Size n, Size columns, Scratch& scratch) {
  float* wide = scratch.take(n * padded(columns));
  copy_rows(rows, stride, n, columns, nullptr, wide);
  return {wide, padded(columns)};
}

// Rows [row, row + rows) of a matrix of scores, and the columns [begin, end) that they see: a band along its diagonal
// where attention is local, else all of it. begin is a multiple of kLanes; row `row` sees none before `first`.
struct Band {
  Size row, rows, begin, end, first;
};
template <class T, class Work>
void for_each_band(const Task<T>& task, const Work& work) {
  const Size n = task.n;
  if (task.window >= n - 1) return work(Band{0, n, 0, n, 0});
  for (Size row = 0; row < n; row += kBandRows) {
    const Size rows = n - row < kBandRows ? n - row : kBandRows;
    const Size first = row > task.window ? row - task.window : 0;
    const Size last = row + rows + task.window;
    work(Band{row, rows, first / kLanes * kLanes, last < n ? last : n, first});
  }
}

// What row j sees: [begin, end).
struct Columns {
  Size begin, end;
};
template <class T>
inline Columns seen(const Task<T>& task, Size j) {
  if (task.window >= task.n - 1) return {0, task.n};
  const Size end = j + task.window + 1;
  return {j > task.window ? j - task.window : 0, end < task.n ? end : task.n};
}

// Zeros beside a band, as far as the products with the transposed matrix read.
inline void clear_beside(const Band& band, Size n, float* matrix) {
  const Size width = padded(n);
  const Size before = band.first > kBandRows ? band.first - kBandRows : 0;
  const Size covered = band.begin + padded(band.end - band.begin);
  const Size after = band.end + kBandRows < n ? band.end + kBandRows : n;
  for (Size j = band.row; j < band.row + band.rows; ++j) {
    float* row = matrix + j * width;
    if (before < band.begin) std::fill(row + before, row + band.begin, 0.0F);
    if (covered < after) std::fill(row + covered, row + after, 0.0F);
  }
}

// c [n, head_width] = m b, or mᵀ b, of a matrix m [n, padded(n)] that is 0 outside the bands.
template <bool kTransposed, class T>
void multiply_banded(const Task<T>& task, Size head_width, const float* m, const float* b, float* c) {
  const Size width = padded(task.n);
  for_each_band(task, [&](const Band& band) {
    const float* a = m + (kTransposed ? band.first * width + band.row : band.row * width + band.first);
    multiply<kTransposed>(band.rows, head_width, band.end - band.first, a, width, b + band.first * head_width,
                          head_width, c + band.row * head_width, head_width);
  });
}

// ⟨x_t, table_r⟩ of the rows r that the text has distances for. [n, padded(count)]
template <class T>
float* position_scores(const Task<T>& task, const Operand& x, const float* table, Scratch& scratch) {
  const Size count = task.positions.count(task.n);
  const Size width = padded(count);
  float* transposed = scratch.take(task.head_size * width);
  float* scores = scratch.take(task.n * width);
  transpose_rows(table + task.positions.first(task.n) * task.positions.stride, task.positions.stride, count,
                 task.head_size, transposed);
  multiply<false>(task.n, width, task.head_size, x.rows, x.stride, transposed, width, scores, width);
  return scores;
}

// The terms of where tokens stand, for scores that are scaled later.
template <class T>
struct PositionTerms {
  const float* of_queries = nullptr;  // ⟨q_j, K_r⟩
  const float* of_keys = nullptr;     // ⟨k_i, Q_r⟩
  Size width = 0;

  PositionTerms(const Task<T>& task, const Operand& q, const Operand& k, Scratch& scratch) {
    if (task.positions.rows == nullptr) return;
    of_queries = position_scores(task, q, task.positions.keys, scratch);
    of_keys = position_scores(task, k, task.positions.queries, scratch);
    width = padded(task.positions.count(task.n));
  }
  void add(const Task<T>& task, Size j, const Columns& columns, float* row) const {
    if (of_queries == nullptr) return;
    const std::int32_t* rows = task.positions.rows - j;
    const Size first = task.positions.first(task.n);
    for (Size i = columns.begin; i < columns.end; ++i) {
      row[i] += of_queries[j * width + rows[i] - first] + of_keys[i * width + rows[i] - first];
    }
  }
};

// E [n, padded(n)] and 1 / Σ_i E_ji [n]; 0 where j does not see i. E's padding is not 0: no product reaches that far.
template <class T>
void exponentials(const Task<T>& task, Scratch& scratch, float* e, float* inverse_sums) {
  const Size n = task.n;
  const Size width = padded(n);
  float* keys = scratch.take(task.head_size * width);
  prefetch_next(task);
  const Operand k = operand(task.k, task.stride, n, task.head_size, scratch);
  transpose_rows(k.rows, k.stride, n, task.head_size, keys);
  const Operand q = operand(task.q, task.stride, n, task.head_size, scratch);
  const PositionTerms<T> positions(task, q, k, scratch);
  for_each_band(task, [&](const Band& band) {
    const Size end = band.begin + padded(band.end - band.begin);
    multiply<false>(band.rows, end - band.begin, task.head_size, q.rows + band.row * q.stride, q.stride,
                    keys + band.begin, width, e + band.row * width + band.begin, width);
    for (Size j = band.row; j < band.row + band.rows; ++j) {
      float* row = e + j * width;
      const Columns columns = seen(task, j);
      positions.add(task, j, columns, row);
      if (task.bias != nullptr) {  // the scale comes below
        for (Size i = columns.begin; i < columns.end; ++i) row[i] += task.bias[i - j] / task.scale;
      }
      for (Size i = band.begin; i < columns.begin; ++i) row[i] = -1e30F;
      for (Size i = columns.end; i < end; ++i) row[i] = -1e30F;
      Vector max = load(row + band.begin);
      for (Size i = band.begin + kLanes; i < end; i += kLanes) {
        max = larger(max, load(row + i));
      }
      // Subtracted first: fused with the scale, the largest score's exponent would be the rounding of max · scale, not
      // 0.
      const Vector most = splat(max_of(max));
      Vector sum = {};
      for (Size i = band.begin; i < end; i += kLanes) {
        const Vector x = exp_of((load(row + i) - most) * task.scale);
        sum += x;
        store(row + i, x);
      }
      inverse_sums[j] = 1.0F / sum_of(sum);
      for (Size i = band.begin; i < columns.begin; ++i) row[i] = 0;
      for (Size i = columns.end; i < (end < n ? end : n); ++i) row[i] = 0;
    }
    clear_beside(band, n, e);
  });
}

template <class T>
void forward(const Task<T>& task, Scratch& scratch, T* context, Size context_stride, float* weights) {
  const Size n = task.n;
  const Size width = padded(n);
  const Size head_width = padded(task.head_size);
  float* e = scratch.take(n * width);
  float* inverse_sums = scratch.take(n);
  float* values = scratch.take(n * head_width);
  float* mixed = scratch.take(n * head_width);
  exponentials(task, scratch, e, inverse_sums);
  copy_rows(task.v, task.stride, n, task.head_size, nullptr, values);
  multiply_banded<false>(task, head_width, e, values, mixed);
  write_rows(mixed, n, task.head_size, inverse_sums, context, context_stride);
  if (weights != nullptr) {
    for (Size j = 0; j < n; ++j) {
      const Columns columns = seen(task, j);
      std::fill_n(weights + j * n, n, 0.0F);
      for (Size i = columns.begin; i < columns.end; ++i) weights[j * n + i] = e[j * width + i] * inverse_sums[j];
    }
  }
}

// What d_S owes to q and k over the terms of positions: added to d_q and d_k [n, head_width].
template <class T>
struct PositionGradients {
  const Task<T>& task;
  Size count, width, head_width;
  float *of_queries, *of_keys;  // d⟨q_j, K_r⟩, d⟨k_i, Q_r⟩ [n, width]
  float *table, *product;

  PositionGradients(const Task<T>& from, const float* d_scores, Scratch& scratch)
      : task(from), count(from.positions.count(from.n)), width(padded(count)), head_width(padded(from.head_size)) {
    if (count == 0) return;
    of_queries = scratch.take(task.n * width);
    of_keys = scratch.take(task.n * width);
    table = scratch.take(count * head_width);
    product = scratch.take(task.n * head_width);
    std::fill_n(of_queries, task.n * width, 0.0F);
    std::fill_n(of_keys, task.n * width, 0.0F);
    for (Size j = 0; j < task.n; ++j) {
      const Columns columns = seen(task, j);
      const std::int32_t* rows = task.positions.rows - j;
      for (Size i = columns.begin; i < columns.end; ++i) {
        const Size r = rows[i] - task.positions.first(task.n);
        const float d = d_scores[j * padded(task.n) + i];
        of_queries[j * width + r] += d;
        of_keys[i * width + r] += d;
      }
    }
  }
  void add_to_q(float* d_q) { add(of_queries, task.positions.keys, d_q); }
  void add_to_k(float* d_k) { add(of_keys, task.positions.queries, d_k); }

 private:
  void add(const float* d, const float* from, float* to) {
    if (count == 0) return;
    copy_rows(from + task.positions.first(task.n) * task.positions.stride, task.positions.stride, count, task.head_size,
              nullptr, table);
    multiply<false>(task.n, head_width, count, d, width, table, head_width, product, head_width);
    for (Size i = 0; i < task.n * head_width; ++i) to[i] += product[i];
  }
};

// d_q, d_k, d_v have the stride of qkv. With A fixed only d_v is not 0: d_v = Aᵀ d_context.
// Otherwise, with D = d_context vᵀ:  d_S = A ∘ (D − rowsum(A ∘ D)) / √d_k,  d_q = d_S k,  d_k = d_Sᵀ q.
template <class T>
void backward(const Task<T>& task, Scratch& scratch, bool exact, const T* d_context, Size context_stride, T* d_q,
              T* d_k, T* d_v, float* d_bias) {
  const Size n = task.n;
  const Size width = padded(n);
  const Size head_width = padded(task.head_size);
  float* e = scratch.take(n * width);
  float* inverse_sums = scratch.take(n);
  float* d_mixed = scratch.take(n * head_width);  // rows of d_context over their softmax sums
  float* result = scratch.take(n * head_width);
  exponentials(task, scratch, e, inverse_sums);
  copy_rows(d_context, context_stride, n, task.head_size, inverse_sums, d_mixed);
  multiply_banded<true>(task, head_width, e, d_mixed, result);
  write_rows(result, n, task.head_size, nullptr, d_v, task.stride);
  if (exact) {
    for (Size j = 0; j < n; ++j) {
      std::fill_n(d_q + j * task.stride, task.head_size, T{});
      std::fill_n(d_k + j * task.stride, task.head_size, T{});
    }
    return;
  }
  float* values = scratch.take(task.head_size * width);
  float* d_scores = scratch.take(n * width);
  float* rows = scratch.take(n * head_width);
  copy_rows(task.v, task.stride, n, task.head_size, nullptr, rows);
  transpose_rows(rows, head_width, n, task.head_size, values);
  for_each_band(task, [&](const Band& band) {
    const Size end = band.begin + padded(band.end - band.begin);
    multiply<false>(band.rows, end - band.begin, task.head_size, d_mixed + band.row * head_width, head_width,
                    values + band.begin, width, d_scores + band.row * width + band.begin, width);
    for (Size j = band.row; j < band.row + band.rows; ++j) {
      const float* e_row = e + j * width;
      float* d_row = d_scores + j * width;  // already over the sum; its padding is 0, as the padding of vᵀ
      Vector sum = {};
      for (Size i = band.begin; i < end; i += kLanes) sum += load(e_row + i) * load(d_row + i);
      const float mean = sum_of(sum) * inverse_sums[j];
      for (Size i = band.begin; i < end; i += kLanes) {
        store(d_row + i, load(e_row + i) * (load(d_row + i) - mean) * task.scale);
      }
    }
    clear_beside(band, n, d_scores);
  });
  if (d_bias != nullptr) {
    std::fill_n(d_bias, 2 * n - 1, 0.0F);
    for (Size j = 0; j < n; ++j) {
      const Columns columns = seen(task, j);
      for (Size i = columns.begin; i < columns.end; ++i) {
        d_bias[n - 1 + i - j] += d_scores[j * width + i] / task.scale;
      }
    }
  }
  PositionGradients<T> positions(task, d_scores, scratch);
  copy_rows(task.k, task.stride, n, task.head_size, nullptr, rows);
  multiply_banded<false>(task, head_width, d_scores, rows, result);
  positions.add_to_q(result);
  write_rows(result, n, task.head_size, nullptr, d_q, task.stride);
  copy_rows(task.q, task.stride, n, task.head_size, nullptr, rows);
  multiply_banded<true>(task, head_width, d_scores, rows, result);
  positions.add_to_k(result);
  write_rows(result, n, task.head_size, nullptr, d_k, task.stride);
}

// d_weights [n, n] = d_context vᵀ of one head.
template <class T>
void weight_gradient(const Task<T>& task, Scratch& scratch, const T* d_context, Size context_stride, float* d_weights) {
  const Size n = task.n;
  const Size width = padded(n);
  const Size head_width = padded(task.head_size);
  float* rows = scratch.take(n * head_width);
  float* values = scratch.take(task.head_size * width);
  float* product = scratch.take(n * width);
  copy_rows(task.v, task.stride, n, task.head_size, nullptr, rows);
  transpose_rows(rows, head_width, n, task.head_size, values);
  copy_rows(d_context, context_stride, n, task.head_size, nullptr, rows);
  multiply<false>(n, width, task.head_size, rows, head_width, values, width, product, width);
  for (Size j = 0; j < n; ++j) std::copy_n(product + j * width, n, d_weights + j * n);
}

// a_i = Σ_j A_ji g_j of one head. a [n]
template <class T>
void column_sum(const Task<T>& task, Scratch& scratch, const float* g, float* a) {
  const Size n = task.n;
  const Size width = padded(n);
  float* e = scratch.take(n * width);
  float* inverse_sums = scratch.take(n);
  float* sums = scratch.take(width);
  exponentials(task, scratch, e, inverse_sums);
  std::fill_n(sums, width, 0.0F);
  for (Size j = 0; j < n; ++j) {
    const float factor = g[j] * inverse_sums[j];
    for (Size i = 0; i < width; i += kLanes) store(sums + i, load(sums + i) + load(e + j * width + i) * factor);
  }
  std::copy_n(sums, n, a);
}
