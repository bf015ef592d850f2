#include "kernels/linear.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>

#include "kernels/blocks.h"
#include "kernels/product.h"
#include "kernels/quantise.h"

namespace pellucid {
namespace {

using dnnl::memory;
using Size = Product::Size;
using Type = Product::Type;

Type type_of(bool bf16) {
  return bf16 ? Type::bf16 : Type::f32;
}

Type forward_type(Precision precision) {
  return precision == Precision::int8 ? Type::u8 : type_of(narrow(precision));
}

const std::byte* bytes_of(const ConstActivations& x) {
  return std::visit([](auto values) { return std::as_bytes(values).data(); }, x);
}
std::byte* bytes_of(const Activations& x) {
  return std::visit([](auto values) { return std::as_writable_bytes(values).data(); }, x);
}

memory in_place(const memory::desc& layout, const void* values) {
  return {layout, cpu_engine(), const_cast<void*>(values)};
}

// A thread's room for rows that are converted.
template <class T>
std::span<T> room(std::size_t size) {
  thread_local std::vector<T> values;
  if (values.size() < size) values.resize(size);
  return std::span(values).first(size);
}

// x in the type that is multiplied.
ConstActivations operand(const ConstActivations& x, Type type) {
  if (type_of(is_bf16(x)) == type) return x;
  if (is_bf16(x)) throw std::invalid_argument("Linear: bf16 rows are for bf16 alone");
  const auto values = std::get<std::span<const float>>(x);
  const std::span<Bf16> converted = room<Bf16>(values.size());
  to_bf16(values, converted);
  return std::span<const Bf16>(converted);
}

// A matrix as a product reads it, packed when it is first needed.
class Way {
 public:
  Way(Size depth, Size columns, Size x_stride, Type type) : product_(depth, columns, x_stride, type) {}

  template <class Pack>
  const Product& product(const Pack& pack) {
    if (!ready_.load(std::memory_order_acquire)) {
      const std::lock_guard lock(mutex_);
      if (!ready_.load(std::memory_order_relaxed)) {
        pack(product_);
        ready_.store(true, std::memory_order_release);
      }
    }
    return product_;
  }
  void forget() { ready_ = false; }

 private:
  Product product_;
  std::atomic<bool> ready_ = false;
  std::mutex mutex_;
};

}  // namespace

struct Linear::State {
  std::vector<Part> parts;
  std::vector<Size> columns;  // where each part begins in y
  Size in = 0;
  Size out = 0;
  Precision precision = Precision::fp32;
  std::vector<float> stacked_bias;          // only of several parts
  std::vector<float> scales, compensation;  // of int8: a column's scale, and −128 times its sum
  std::unique_ptr<Way> forth;               // packed [in, out]
  std::vector<std::unique_ptr<Way>> back;   // one a part, [part's out, in]: in place in fp32, packed in bf16

  std::span<const float> bias() const {
    return parts.size() == 1 ? parts[0].bias : std::span<const float>(stacked_bias);
  }

  const Product& product_forth() {
    return forth->product([&](Product& product) {
      std::vector<float> stack;
      std::span<const float> plain = parts[0].weight;
      if (parts.size() > 1) {
        stacked_bias.clear();
        for (const Part& part : parts) {
          stack.insert(stack.end(), part.weight.begin(), part.weight.end());
          stacked_bias.insert(stacked_bias.end(), part.bias.begin(), part.bias.end());
        }
        plain = stack;
      }
      if (precision != Precision::int8) {
        product.pack(in_place({{in, out}, Type::f32, memory::format_tag::ba}, plain.data()));
        return;
      }
      std::vector<std::int8_t> q(plain.size());
      scales.resize(out);
      compensation.resize(out);
      quantise_weights(plain, scales, q);
      for (Size o = 0; o < out; ++o) {
        std::int32_t sum = 0;
        for (Size k = 0; k < in; ++k) sum += q[o * in + k];
        compensation[o] = static_cast<float>(-kZeroPoint * sum);
      }
      product.pack(in_place({{in, out}, Type::s8, memory::format_tag::ba}, q.data()));
    });
  }

  const Product& product_back(std::size_t part) {
    return back[part]->product([&](Product& product) {
      const Size rows = static_cast<Size>(parts[part].bias.size());
      const memory plain = in_place({{rows, in}, Type::f32, memory::format_tag::ab}, parts[part].weight.data());
      if (narrow(precision)) {
        product.pack(plain);
      } else {
        product.use(plain);
      }
    });
  }

  void forward(const ConstActivations& x, const Activations& y, bool with_bias) {
    const Product& product = product_forth();
    const Type y_type = type_of(is_bf16(y));
    for_each_row_block(size_of(x) / in, [&](const Rows& rows) {
      const ConstActivations from = rows.of(x, in);
      const Activations to = rows.of(y, out);
      const auto count = static_cast<Size>(rows.count);
      if (precision != Precision::int8) {
        product.run({count, y_type, with_bias, false}, bytes_of(operand(from, product.x_type())), bias().data(),
                    bytes_of(to));
        return;
      }
      const std::span<std::uint8_t> q = room<std::uint8_t>(rows.count * in);
      const std::span<float> row_scales = room<float>(rows.count);
      quantise_rows(from, row_scales, q);
      product.run({count, y_type, true, false}, std::as_bytes(q).data(), compensation.data(), bytes_of(to));
      dequantise_rows(row_scales, scales, with_bias ? bias() : std::span<const float>(), to);
    });
  }

  // d_x from the columns of parts [first, last) of d_y.
  void backward(std::size_t first, std::size_t last, const ConstActivations& d_y, const Activations& d_x, bool add) {
    if (is_bf16(d_x) && (add || last - first > 1)) throw std::invalid_argument("Linear: sums are fp32");
    const Type d_x_type = type_of(is_bf16(d_x));
    for_each_row_block(size_of(d_y) / out, [&](const Rows& rows) {
      const ConstActivations from = operand(rows.of(d_y, out), type_of(narrow(precision)));
      const Size size = is_bf16(from) ? sizeof(Bf16) : sizeof(float);
      std::byte* to = bytes_of(rows.of(d_x, in));
      for (std::size_t part = first; part < last; ++part) {
        product_back(part).run({static_cast<Size>(rows.count), d_x_type, false, add || part > first},
                               bytes_of(from) + columns[part] * size, nullptr, to);
      }
    });
  }
};

Linear::Linear(std::vector<Part> parts, Precision precision) : state_(std::make_unique<State>()) {
  State& s = *state_;
  for (const Part& part : parts) {
    s.columns.push_back(s.out);
    s.out += static_cast<Size>(part.bias.size());
  }
  s.in = static_cast<Size>(parts.at(0).weight.size() / parts[0].bias.size());
  for (const Part& part : parts) {
    if (part.weight.size() != part.bias.size() * s.in) throw std::invalid_argument("Linear: weight is not [out, in]");
  }
  s.precision = precision;
  s.forth = std::make_unique<Way>(s.in, s.out, s.in, forward_type(precision));
  for (const Part& part : parts) {
    s.back.push_back(
        std::make_unique<Way>(static_cast<Size>(part.bias.size()), s.in, s.out, type_of(narrow(precision))));
  }
  s.parts = std::move(parts);
}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, Precision precision)
    : Linear(std::vector<Part>{{weight, bias}}, precision) {}

Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

Precision Linear::precision() const {
  return state_->precision;
}
std::int64_t Linear::in() const {
  return state_->in;
}
std::int64_t Linear::out() const {
  return state_->out;
}
std::span<const float> Linear::bias(std::size_t part) const {
  return state_->parts[part].bias;
}

void Linear::repack() {
  state_->forth->forget();
  for (const auto& way : state_->back) way->forget();
}

void Linear::forward(const ConstActivations& x, const Activations& y) const {
  state_->forward(x, y, true);
}

void Linear::linear(const ConstActivations& x, const Activations& y) const {
  state_->forward(x, y, false);
}

void Linear::backward(const ConstActivations& d_y, const Activations& d_x, bool add) const {
  state_->backward(0, state_->parts.size(), d_y, d_x, add);
}

void Linear::backward_part(std::size_t part, const ConstActivations& d_y, const Activations& d_x, bool add) const {
  state_->backward(part, part + 1, d_y, d_x, add);
}

}  // namespace pellucid
