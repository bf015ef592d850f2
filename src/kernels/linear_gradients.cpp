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

}  // namespace

void add_weight_gradient(const ConstActivations& d_y, const ConstActivations& x, std::int64_t out,
                         std::span<float> d_weight) {
  const Size rows = static_cast<Size>(size_of(d_y)) / out;
  const Size in = std::ssize(d_weight) / out;
  if (rows == 0) return;
  const memory::data_type type = is_bf16(d_y) ? memory::data_type::bf16 : memory::data_type::f32;
  const memory::desc transposed({out, rows}, type, memory::dims{1, out});
  const memory::desc right({rows, in}, type, memory::dims{in, 1});
  const memory::desc sum({out, in}, memory::data_type::f32, memory::dims{in, 1});
  dnnl::post_ops adding;
  adding.append_sum();
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(adding);
  const matmul::primitive_desc description(matmul::desc(transposed, right, sum), attributes, cpu_engine());
  const auto at_address = [](const memory::desc& layout, const ConstActivations& values) {
    return std::visit(
        [&](auto span) { return memory(layout, cpu_engine(), const_cast<void*>(static_cast<const void*>(span.data()))); },
        values);
  };
  dnnl::stream stream(cpu_engine());
  matmul(description)
      .execute(stream, {{DNNL_ARG_SRC, at_address(description.src_desc(), d_y)},
                        {DNNL_ARG_WEIGHTS, at_address(description.weights_desc(), x)},
                        {DNNL_ARG_DST, memory(description.dst_desc(), cpu_engine(), d_weight.data())}});
  stream.wait();
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
