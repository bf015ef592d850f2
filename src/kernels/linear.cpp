#include "kernels/linear.h"

#include <algorithm>
#include <array>
#include <dnnl.hpp>
#include <memory>
#include <stdexcept>

#include "kernels/bf16.h"

namespace pellucid {
namespace {

using dnnl::matmul;
using dnnl::memory;
using Size = std::int64_t;

// A primitive is made for one number of rows (0.1 to 0.4 ms and about 50 kB each), so rows are taken
// in blocks: 512, then what is left in multiples of 16, then fewer than 16. Up to 64 rows as they are.
constexpr Size kBlockRows = 512;
constexpr Size kGranule = 16;
constexpr Size kWholeRows = 64;
constexpr int kCachedPrimitives = 256;

Size next_rows(Size rows) {
  if (rows >= kBlockRows) return kBlockRows;
  if (rows <= kWholeRows) return rows;
  return rows / kGranule * kGranule;
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

// x [rows, depth] · B [depth, columns], B in a given or the best layout.
struct Product {
  Size depth, columns, x_stride, y_stride;
  bool bias, add;  // add: y += …
  memory::data_type type;

  matmul::primitive_desc at(Size rows, const memory::desc& b) const {
    const memory::desc x = row_major(rows, depth, x_stride, type);
    const memory::desc y = row_major(rows, columns, y_stride, memory::data_type::f32);
    dnnl::primitive_attr attributes;
    if (add) {
      dnnl::post_ops sum;
      sum.append_sum();
      attributes.set_post_ops(sum);
    }
    if (!bias) return {matmul::desc(x, b, y), attributes, cpu()};
    return {matmul::desc(x, b, row_major(1, columns, columns, memory::data_type::f32), y), attributes, cpu()};
  }

  memory::desc any_layout() const { return {{depth, columns}, type, memory::format_tag::any}; }
};

// The same product for changing numbers of rows; the last few primitives are kept.
class Runner {
 public:
  explicit Runner(const Product& product) : product_(product) {}

  void run(const void* x, Size rows, const memory& b, const float* bias, float* y) {
    const Entry& entry = find(rows, b.get_desc());
    std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, memory(entry.x, cpu(), const_cast<void*>(x))},
                                                 {DNNL_ARG_WEIGHTS, b},
                                                 {DNNL_ARG_DST, memory(entry.y, cpu(), y)}};
    if (product_.bias) arguments.emplace(DNNL_ARG_BIAS, memory(entry.bias, cpu(), const_cast<float*>(bias)));
    dnnl::stream stream(cpu());
    entry.primitive.execute(stream, arguments);
    stream.wait();
  }

 private:
  struct Entry {
    Size rows = 0;
    memory::desc x, bias, y;
    matmul primitive;
  };

  const Entry& find(Size rows, const memory::desc& b) {
    const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.rows == rows; });
    if (known != entries_.end()) return *known;
    const matmul::primitive_desc description = product_.at(rows, b);
    Entry& oldest = entries_[next_++ % entries_.size()];
    oldest = {rows, description.src_desc(), description.bias_desc(), description.dst_desc(), matmul(description)};
    return oldest;
  }

  Product product_;
  std::array<Entry, 4> entries_;
  std::size_t next_ = 0;
};

memory packed(const memory& plain, const memory::desc& layout) {
  if (plain.get_desc() == layout) return plain;
  memory target(layout, cpu());
  dnnl::stream stream(cpu());
  memory source = plain;
  dnnl::reorder(source, target).execute(stream, source, target);
  stream.wait();
  return target;
}

memory in_place(const memory::desc& layout, std::span<const float> values) {
  return {layout, cpu(), const_cast<float*>(values.data())};
}

}  // namespace

struct Linear::State {
  std::vector<Part> parts;
  std::vector<Size> columns;  // where each part begins in y
  Size in = 0;
  Size out = 0;
  memory::data_type type = memory::data_type::f32;
  std::vector<float> stacked_bias;  // only of several parts
  std::unique_ptr<memory> weights;  // packed [in, out]
  std::unique_ptr<Runner> with_bias, without_bias;

  struct Way {
    std::unique_ptr<memory> weights;  // [part's out, in]: in place in fp32, packed in bf16
    std::unique_ptr<Runner> set, add;
  };
  std::vector<Way> back;  // one a part

  std::span<const float> bias() const {
    return parts.size() == 1 ? parts[0].bias : std::span<const float>(stacked_bias);
  }

  // The layout is chosen for a full block and serves every number of rows.
  void pack() {
    const Product product{in, out, in, out, true, false, type};
    std::vector<float> stack;
    std::span<const float> plain = parts[0].weight;
    if (parts.size() > 1) {
      for (const Part& part : parts) stack.insert(stack.end(), part.weight.begin(), part.weight.end());
      plain = stack;
    }
    const memory::desc layout = product.at(kBlockRows, product.any_layout()).weights_desc();
    const memory source = in_place({{in, out}, memory::data_type::f32, memory::format_tag::ba}, plain);
    weights = std::make_unique<memory>(packed(source, layout));
    if (weights->get_data_handle() == source.get_data_handle() && parts.size() > 1) {  // stays as it is: keep a copy
      weights = std::make_unique<memory>(layout, cpu());
      std::copy(plain.begin(), plain.end(), static_cast<float*>(weights->get_data_handle()));
    }
    with_bias = std::make_unique<Runner>(product);
    without_bias = std::make_unique<Runner>(Product{in, out, in, out, false, false, type});
  }

  Way& way_back(std::size_t part) {
    Way& way = back[part];
    if (way.weights != nullptr) return way;
    const Size rows = static_cast<Size>(parts[part].bias.size());
    Product product{rows, in, out, in, false, false, type};
    const memory plain = in_place({{rows, in}, memory::data_type::f32, memory::format_tag::ab}, parts[part].weight);
    way.weights = std::make_unique<memory>(
        type == memory::data_type::f32 ? plain
                                       : packed(plain, product.at(kBlockRows, product.any_layout()).weights_desc()));
    way.set = std::make_unique<Runner>(product);
    product.add = true;
    way.add = std::make_unique<Runner>(product);
    return way;
  }

  // Calls work(first row, rows, those rows of x) block by block, x in the type that is multiplied.
  template <class Work>
  void for_each_rows(std::span<const float> x, Size width, const Work& work) const {
    thread_local std::vector<std::uint16_t> converted;
    const Size total = static_cast<Size>(x.size()) / width;
    for (Size done = 0; done < total;) {
      const Size rows = next_rows(total - done);
      const std::span<const float> block = x.subspan(done * width, rows * width);
      if (type == memory::data_type::bf16) {
        converted.resize(std::max(converted.size(), block.size()));
        to_bf16(block, std::span(converted).first(block.size()));
        work(done, rows, reinterpret_cast<const std::byte*>(converted.data()));
      } else {
        work(done, rows, reinterpret_cast<const std::byte*>(block.data()));
      }
      done += rows;
    }
  }

  void forward(std::unique_ptr<Runner>& runner, std::span<const float> x, std::span<float> y) {
    if (weights == nullptr) pack();
    for_each_rows(x, in, [&](Size first, Size rows, const std::byte* block) {
      runner->run(block, rows, *weights, bias().data(), y.data() + first * out);
    });
  }

  // d_x from the columns of parts [begin, end) of d_y.
  void backward(std::size_t begin, std::size_t end, std::span<const float> d_y, std::span<float> d_x) {
    const Size size = type == memory::data_type::bf16 ? sizeof(std::uint16_t) : sizeof(float);
    for_each_rows(d_y, out, [&](Size first, Size rows, const std::byte* block) {
      for (std::size_t part = begin; part < end; ++part) {
        Way& way = way_back(part);
        Runner& runner = part == begin ? *way.set : *way.add;
        runner.run(block + columns[part] * size, rows, *way.weights, nullptr, d_x.data() + first * in);
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
    if (parts.size() > 1) s.stacked_bias.insert(s.stacked_bias.end(), part.bias.begin(), part.bias.end());
  }
  s.type = precision == Precision::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
  s.back.resize(parts.size());
  s.parts = std::move(parts);
}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, Precision precision)
    : Linear(std::vector<Part>{{weight, bias}}, precision) {}

Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

std::int64_t Linear::in() const {
  return state_->in;
}
std::int64_t Linear::out() const {
  return state_->out;
}
std::span<const float> Linear::bias(std::size_t part) const {
  return state_->parts[part].bias;
}

void Linear::forward(std::span<const float> x, std::span<float> y) const {
  state_->forward(state_->with_bias, x, y);
}

void Linear::linear(std::span<const float> x, std::span<float> y) const {
  state_->forward(state_->without_bias, x, y);
}

void Linear::backward(std::span<const float> d_y, std::span<float> d_x) const {
  state_->backward(0, state_->parts.size(), d_y, d_x);
}

void Linear::backward_part(std::size_t part, std::span<const float> d_y, std::span<float> d_x) const {
  state_->backward(part, part + 1, d_y, d_x);
}

}  // namespace pellucid
