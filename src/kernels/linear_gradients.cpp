#include <algorithm>
#include <vector>

#include "kernels/blocks.h"
#include "kernels/clones.h"
#include "kernels/linear.h"
#include "kernels/product.h"

namespace pellucid {
namespace {

using dnnl::matmul;
using dnnl::memory;
using Size = memory::dim;

template <class T>
PELLUCID_CLONES void add_rows(const T* d_y, Size rows, Size stride, Size begin, Size end, float* sums) {
  for (Size row = 0; row < rows; ++row, d_y += stride) {
#pragma omp simd
    for (Size k = begin; k < end; ++k) sums[k] += to_float(d_y[k]);
  }
}

// d_weight [outputs, in] += d_yᵀ x, d_y [rows, outputs] and x [rows, in] without gaps, on one thread.
class TransposedProduct {
 public:
  TransposedProduct(Size rows, Size outputs, Size in, memory::data_type type)
      : description_(
            matmul::desc({{outputs, rows}, type, memory::dims{1, outputs}}, {{rows, in}, type, memory::dims{in, 1}},
                         {{outputs, in}, memory::data_type::f32, memory::dims{in, 1}}),
            attributes(), cpu_engine()),
        run_(description_) {}

  void operator()(const void* d_y, const void* x, float* d_weight) const {
    const auto at = [](const memory::desc& layout, const void* values) {
      return memory(layout, cpu_engine(), const_cast<void*>(values));
    };
    const memory::desc scratchpad = description_.scratchpad_desc();
    execute(run_, {{DNNL_ARG_SRC, at(description_.src_desc(), d_y)},
                   {DNNL_ARG_WEIGHTS, at(description_.weights_desc(), x)},
                   {DNNL_ARG_DST, at(description_.dst_desc(), d_weight)},
                   {DNNL_ARG_SCRATCHPAD, at(scratchpad, product_scratch(scratchpad.get_size()))}});
  }

 private:
  static dnnl::primitive_attr attributes() {
    dnnl::post_ops sum;
    sum.append_sum();
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    attributes.set_post_ops(sum);
    return attributes;
  }

  matmul::primitive_desc description_;
  matmul run_;
};

}  // namespace

// Rows of d_weight are shared out among the threads, each a product of its own on columns of d_y that are copied
// together: oneDNN's own threads would reach two thirds of that, and its way with columns that lie apart (gemm:jit)
// cannot be run beside libtorch, whose own oneDNN exports symbols of the same names.
void add_weight_gradient(const ConstActivations& d_y, const ConstActivations& x, std::int64_t out,
                         std::span<float> d_weight) {
  constexpr Size kOutputs = 192;  // a task
  const Size rows = static_cast<Size>(size_of(d_y)) / out;
  const Size in = std::ssize(d_weight) / out;
  if (rows == 0) return;
  call_onednn([&] {
    std::visit(
        [&]<class T>(std::span<const T> d_rows) {
          const void* right = std::get<std::span<const T>>(x).data();
          const memory::data_type type = is_bf16(d_y) ? memory::data_type::bf16 : memory::data_type::f32;
          const TransposedProduct most(rows, std::min(out, kOutputs), in, type);
          const Size last = out % kOutputs == 0 ? std::min(out, kOutputs) : out % kOutputs;
          const TransposedProduct rest(rows, last, in, type);
          for_each_block(out, kOutputs, [&](Size begin, Size end) {
            thread_local std::vector<T> columns;
            columns.resize(static_cast<std::size_t>(rows * kOutputs));
            for (Size row = 0; row < rows; ++row) {
              std::copy_n(d_rows.data() + row * out + begin, end - begin, columns.data() + row * (end - begin));
            }
            (end < out ? most : rest)(columns.data(), right, d_weight.data() + begin * in);
          });
        },
        d_y);
  });
}

void add_bias_gradient(const ConstActivations& d_y, std::span<float> d_bias) {
  constexpr Size kColumns = 128;  // a task; each column is summed by one thread
  const Size out = std::ssize(d_bias);
  std::visit(
      [&](auto values) {
        const Size rows = std::ssize(values) / out;
        for_each_block(out, kColumns,
                       [&](Size begin, Size end) { add_rows(values.data(), rows, out, begin, end, d_bias.data()); });
      },
      d_y);
}

}  // namespace pellucid
