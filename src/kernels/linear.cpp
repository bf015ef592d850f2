#include "kernels/linear.h"

#include <algorithm>
#include <array>
#include <dnnl.hpp>
#include <memory>
#include <stdexcept>

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

using dnnl::matmul;
using dnnl::memory;
using Size = std::int64_t;

// A primitive is made for one number of rows (0.1 to 0.4 ms and about 50 kB each). Numbers from kManyRows
// on are taken as they are, their work dwarfs that; fewer in multiples of 16, then fewer than 16; up to
// 64 as they are.
constexpr Size kManyRows = 512;
constexpr Size kGranule = 16;
constexpr Size kWholeRows = 64;
constexpr int kCachedPrimitives = 256;

Size next_rows(Size rows) {
  return rows >= kManyRows || rows <= kWholeRows ? rows : rows / kGranule * kGranule;
}

const dnnl::engine& cpu() {
  static const dnnl::engine engine = [] {
    dnnl::set_primitive_cache_capacity(kCachedPrimitives);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return engine;
}

memory::desc row_major(Size rows, Size columns, Size stride, memory::data_type type) {
  return {{rows, columns}, type, memory::dims{stride, 1}};
}

memory::data_type type_of(bool bf16) {
  return bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

dnnl::primitive_attr adding(bool add) {
  dnnl::primitive_attr attributes;
  if (add) {
    dnnl::post_ops sum;
    sum.append_sum();
    attributes.set_post_ops(sum);
  }
  return attributes;
}

std::byte* bytes_of(const ConstActivations& x) {
  return std::visit([](auto values) { return const_cast<std::byte*>(std::as_bytes(values).data()); }, x);
}

// x [rows, depth] · B [depth, columns], B in a given or the best layout.
struct Product {
  Size depth, columns, x_stride;
  memory::data_type type;

  // How one call wants it.
  struct Call {
    Size rows;
    memory::data_type y_type;
    bool bias, add;  // add: y += …
    bool operator==(const Call&) const = default;
  };

  matmul::primitive_desc at(const Call& call, const memory::desc& b) const {
    const memory::desc x = row_major(call.rows, depth, x_stride, type);
    const memory::desc y = row_major(call.rows, columns, columns, call.y_type);
    if (!call.bias) return {matmul::desc(x, b, y), adding(call.add), cpu()};
    return {matmul::desc(x, b, row_major(1, columns, columns, memory::data_type::f32), y), adding(call.add), cpu()};
  }

  // Chosen for many rows, and used for every number of them.
  memory::desc best_layout() const {
    const memory::desc any({depth, columns}, type, memory::format_tag::any);
    return at({kManyRows, type, false, false}, any).weights_desc();
  }
};

// The same product for changing calls; the last few primitives are kept.
class Runner {
 public:
  explicit Runner(const Product& product) : product_(product) {}

  void run(const Product::Call& call, const std::byte* x, const memory& b, const float* bias, std::byte* y) {
    const Entry& entry = find(call, b.get_desc());
    std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, memory(entry.x, cpu(), const_cast<std::byte*>(x))},
                                                 {DNNL_ARG_WEIGHTS, b},
                                                 {DNNL_ARG_DST, memory(entry.y, cpu(), y)}};
    if (call.bias) arguments.emplace(DNNL_ARG_BIAS, memory(entry.bias, cpu(), const_cast<float*>(bias)));
    dnnl::stream stream(cpu());
    entry.primitive.execute(stream, arguments);
    stream.wait();
  }

 private:
  struct Entry {
    Product::Call call{};
    memory::desc x, bias, y;
    matmul primitive;
  };

  const Entry& find(const Product::Call& call, const memory::desc& b) {
    const auto known = std::ranges::find(entries_, call, &Entry::call);
    if (known != entries_.end()) return *known;
    const matmul::primitive_desc description = product_.at(call, b);
    Entry& oldest = entries_[next_++ % entries_.size()];
    oldest = {call, description.src_desc(), description.bias_desc(), description.dst_desc(), matmul(description)};
    return oldest;
  }

  Product product_;
  std::array<Entry, 4> entries_;
  std::size_t next_ = 0;
};

// `plain` in another layout, into `target`, which is made on first use.
void pack(memory plain, const memory::desc& layout, std::unique_ptr<memory>& target) {
  if (target == nullptr) target = std::make_unique<memory>(layout, cpu());
  dnnl::stream stream(cpu());
  dnnl::reorder(plain, *target).execute(stream, plain, *target);
  stream.wait();
}

memory in_place(const memory::desc& layout, std::span<const float> values) {
  return {layout, cpu(), const_cast<float*>(values.data())};
}

}  // namespace

struct Linear::State {
  // A matrix as a product reads it.
  struct Way {
    std::unique_ptr<memory> weights;
    std::unique_ptr<Runner> runner;
    bool stale = true;
  };

  std::vector<Part> parts;
  std::vector<Size> columns;  // where each part begins in y
  Size in = 0;
  Size out = 0;
  memory::data_type type = memory::data_type::f32;
  std::vector<float> stacked_bias;  // only of several parts
  Way forth;                        // packed [in, out]
  std::vector<Way> back;            // one a part, [part's out, in]: in place in fp32, packed in bf16

  std::span<const float> bias() const {
    return parts.size() == 1 ? parts[0].bias : std::span<const float>(stacked_bias);
  }

  Way& way_forth() {
    if (!forth.stale) return forth;
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
    const Product product{in, out, in, type};
    pack(in_place({{in, out}, memory::data_type::f32, memory::format_tag::ba}, plain), product.best_layout(),
         forth.weights);
    if (forth.runner == nullptr) forth.runner = std::make_unique<Runner>(product);
    forth.stale = false;
    return forth;
  }

  Way& way_back(std::size_t part) {
    Way& way = back[part];
    if (!way.stale) return way;
    const Size rows = static_cast<Size>(parts[part].bias.size());
    const Product product{rows, in, out, type};
    const memory plain = in_place({{rows, in}, memory::data_type::f32, memory::format_tag::ab}, parts[part].weight);
    if (type == memory::data_type::f32) {
      way.weights = std::make_unique<memory>(plain);
    } else {
      pack(plain, product.best_layout(), way.weights);
    }
    if (way.runner == nullptr) way.runner = std::make_unique<Runner>(product);
    way.stale = false;
    return way;
  }

  // x in the type that is multiplied.
  ConstActivations operand(const ConstActivations& x) const {
    if (type_of(is_bf16(x)) == type) return x;
    if (is_bf16(x)) throw std::invalid_argument("Linear: bf16 rows are for bf16 alone");
    thread_local std::vector<Bf16> converted;
    const auto values = std::get<std::span<const float>>(x);
    converted.resize(std::max(converted.size(), values.size()));
    to_bf16(values, converted);
    return std::span<const Bf16>(converted).first(values.size());
  }

  // Calls work(first row, rows) block by block.
  template <class Work>
  static void for_each_rows(Size total, const Work& work) {
    for (Size done = 0; done < total;) {
      const Size rows = next_rows(total - done);
      work(done, rows);
      done += rows;
    }
  }

  Size size() const { return type == memory::data_type::bf16 ? sizeof(Bf16) : sizeof(float); }

  void forward(const ConstActivations& x, const Activations& y, bool with_bias) {
    Way& way = way_forth();
    const ConstActivations rows_of_x = operand(x);
    const std::byte* from = bytes_of(rows_of_x);
    std::byte* to = bytes_of(as_const(y));
    const Size y_size = is_bf16(y) ? sizeof(Bf16) : sizeof(float);
    for_each_rows(static_cast<Size>(size_of(x)) / in, [&](Size first, Size rows) {
      way.runner->run({rows, type_of(is_bf16(y)), with_bias, false}, from + first * in * size(), *way.weights,
                      bias().data(), to + first * out * y_size);
    });
  }

  // d_x from the columns of parts [begin, end) of d_y.
  void backward(std::size_t begin, std::size_t end, const ConstActivations& d_y, const Activations& d_x, bool add) {
    const ConstActivations rows_of_d = operand(d_y);
    const std::byte* from = bytes_of(rows_of_d);
    std::byte* to = bytes_of(as_const(d_x));
    if (is_bf16(d_x) && (add || end - begin > 1)) throw std::invalid_argument("Linear: sums are fp32");
    const Size d_x_size = is_bf16(d_x) ? sizeof(Bf16) : sizeof(float);
    for_each_rows(static_cast<Size>(size_of(d_y)) / out, [&](Size first, Size rows) {
      for (std::size_t part = begin; part < end; ++part) {
        Way& way = way_back(part);
        way.runner->run({rows, type_of(is_bf16(d_x)), false, add || part > begin},
                        from + (first * out + columns[part]) * size(), *way.weights, nullptr,
                        to + first * in * d_x_size);
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
  s.type = type_of(precision == Precision::bf16);
  s.back.resize(parts.size());
  s.parts = std::move(parts);
}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, Precision precision)
    : Linear(std::vector<Part>{{weight, bias}}, precision) {}

Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

Precision Linear::precision() const {
  return state_->type == memory::data_type::bf16 ? Precision::bf16 : Precision::fp32;
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
  state_->forth.stale = true;
  for (State::Way& way : state_->back) way.stale = true;
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

void add_weight_gradient(const ConstActivations& d_y, const ConstActivations& x, std::int64_t out,
                         std::span<float> d_weight) {
  const Size rows = static_cast<Size>(size_of(d_y)) / out;
  const Size in = std::ssize(d_weight) / out;
  if (rows == 0) return;
  const memory::data_type type = type_of(is_bf16(d_y));
  const memory::desc transposed({out, rows}, type, memory::dims{1, out});
  const matmul::primitive_desc description(
      matmul::desc(transposed, row_major(rows, in, in, type), row_major(out, in, in, memory::data_type::f32)),
      adding(true), cpu());
  dnnl::stream stream(cpu());
  matmul(description)
      .execute(stream, {{DNNL_ARG_SRC, memory(description.src_desc(), cpu(), bytes_of(d_y))},
                        {DNNL_ARG_WEIGHTS, memory(description.weights_desc(), cpu(), bytes_of(x))},
                        {DNNL_ARG_DST, memory(description.dst_desc(), cpu(), d_weight.data())}});
  stream.wait();
}

namespace {

template <class T>
PELLUCID_CLONES void add_rows(const T* d_y, Size rows, Size stride, Size begin, Size end, float* sums) {
  for (Size row = 0; row < rows; ++row, d_y += stride) {
#pragma omp simd
    for (Size k = begin; k < end; ++k) sums[k] += to_float(d_y[k]);
  }
}

}  // namespace

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
