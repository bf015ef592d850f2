#include <algorithm>
#include <map>
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

// A product is made for one number of rows, which takes longer than to run it, and no two batches have as many: it is
// of a multiple of this, the rest filled up with zeros.
constexpr Size kRowGranule = 64;
constexpr std::size_t kMostProducts = 512;  // where there are more, all are forgotten now and then

// Rows of d_weight that are computed together: an even number of tasks, about alike, whatever number of threads there
// is.
Size outputs_of_task(Size out) {
  constexpr Size kMost = 192;
  constexpr Size kGranule = 16;
  const Size tasks = 2 * ((out + 2 * kMost - 1) / (2 * kMost));
  return ((out + tasks - 1) / tasks + kGranule - 1) / kGranule * kGranule;
}

struct TransposedShape {
  Size rows, outputs, in;
  memory::data_type type;
  auto operator<=>(const TransposedShape&) const = default;
};

// d_weight [outputs, in] += d_yᵀ x, d_y [rows, outputs] and x [rows, in] without gaps, on one thread.
class TransposedProduct {
 public:
  explicit TransposedProduct(const TransposedShape& shape)
      : description_(matmul::desc({{shape.outputs, shape.rows}, shape.type, memory::dims{1, shape.outputs}},
                                  {{shape.rows, shape.in}, shape.type, memory::dims{shape.in, 1}},
                                  {{shape.outputs, shape.in}, memory::data_type::f32, memory::dims{shape.in, 1}}),
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

const TransposedProduct& transposed_product(const TransposedShape& shape) {
  thread_local std::map<TransposedShape, TransposedProduct> products;
  const auto known = products.find(shape);
  if (known != products.end()) return known->second;
  if (products.size() >= kMostProducts) products.clear();
  return products.emplace(shape, TransposedProduct(shape)).first->second;
}

}  // namespace

// Rows of d_weight are shared out among the threads, each a product of its own on columns of d_y that are copied
// together: oneDNN's own threads would reach two thirds of that, and its way with columns that lie apart (gemm:jit)
// cannot be run beside libtorch, whose own oneDNN exports symbols of the same names.
void add_weight_gradient(const ConstActivations& d_y, const ConstActivations& x, std::int64_t out,
                         std::span<float> d_weight) {
  const Size rows = static_cast<Size>(size_of(d_y)) / out;
  const Size in = std::ssize(d_weight) / out;
  if (rows == 0) return;
  call_onednn([&] {
    std::visit(
        [&]<class T>(std::span<const T> d_rows) {
          const std::span<const T> x_rows = std::get<std::span<const T>>(x);
          const Size whole = rows / kRowGranule * kRowGranule;
          std::vector<T> x_rest(static_cast<std::size_t>(whole < rows ? kRowGranule * in : 0));
          std::ranges::copy(x_rows.subspan(static_cast<std::size_t>(whole * in)), x_rest.begin());
          const memory::data_type type = is_bf16(d_y) ? memory::data_type::bf16 : memory::data_type::f32;
          for_each_block(out, outputs_of_task(out), [&](Size begin, Size end) {
            const Size outputs = end - begin;
            thread_local std::vector<T> columns;
            columns.resize(static_cast<std::size_t>((whole + kRowGranule) * outputs));
            for (Size row = 0; row < rows; ++row) {
              std::copy_n(d_rows.data() + row * out + begin, outputs, columns.data() + row * outputs);
            }
            std::fill_n(columns.data() + rows * outputs, (whole + kRowGranule - rows) * outputs, T());
            float* sums = d_weight.data() + begin * in;
            if (whole > 0) transposed_product({whole, outputs, in, type})(columns.data(), x_rows.data(), sums);
            if (whole < rows) {
              transposed_product({kRowGranule, outputs, in, type})(columns.data() + whole * outputs, x_rest.data(),
                                                                   sums);
            }
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
