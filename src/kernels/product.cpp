#include "kernels/product.h"

namespace pellucid {
namespace {

using dnnl::matmul;
using dnnl::memory;

// A primitive is made for one number of rows: 0.1 to 0.4 ms and about 50 kB, shared by all products of its shape. Rows
// come in blocks (kernels/blocks.h), so there are not many numbers; where there are, all are forgotten now and then.
constexpr std::size_t kMostPrimitives = 128;
constexpr int kSharedPrimitives = 1024;

constexpr memory::dim kUsualRows = 64;  // the best layout of B is chosen for them

memory::desc row_major(memory::dim rows, memory::dim columns, memory::dim stride, memory::data_type type) {
  return {{rows, columns}, type, memory::dims{stride, 1}};
}

memory at_address(const memory::desc& layout, const void* address) {
  return {layout, cpu_engine(), const_cast<void*>(address)};
}

// What a primitive asks for while it runs.
void* scratch(std::size_t bytes) {
  thread_local std::unique_ptr<std::byte[]> buffer;
  thread_local std::size_t capacity = 0;
  if (bytes > capacity) {
    buffer = std::make_unique_for_overwrite<std::byte[]>(bytes);
    capacity = bytes;
  }
  return buffer.get();
}

}  // namespace

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine = [] {
    dnnl::set_primitive_cache_capacity(kSharedPrimitives);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return engine;
}

struct Product::Primitive {
  memory::desc x, bias, y, scratchpad;
  matmul run;
};

Product::Product(Size depth, Size columns, Size x_stride, Type x_type)
    : depth_(depth), columns_(columns), x_stride_(x_stride), x_type_(x_type) {}

matmul::primitive_desc Product::describe(const Call& call, const memory::desc& b) const {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);  // so that several threads may run one primitive
  if (call.add) {
    dnnl::post_ops sum;
    sum.append_sum();
    attributes.set_post_ops(sum);
  }
  const memory::desc x = row_major(call.rows, depth_, x_stride_, x_type_);
  const memory::desc y = row_major(call.rows, columns_, columns_, call.y_type);
  if (!call.bias) return {matmul::desc(x, b, y), attributes, cpu_engine()};
  return {matmul::desc(x, b, row_major(1, columns_, columns_, Type::f32), y), attributes, cpu_engine()};
}

void Product::pack(memory plain) {
  const Type b_type = x_type_ == Type::u8 ? Type::s8 : x_type_;
  const memory::desc any({depth_, columns_}, b_type, memory::format_tag::any);
  const memory::desc best = describe({kUsualRows, Type::f32, false, false}, any).weights_desc();
  if (!b_) b_ = memory(best, cpu_engine());
  dnnl::stream stream(cpu_engine());
  dnnl::reorder(plain, b_).execute(stream, plain, b_);
  stream.wait();
}

void Product::use(memory plain) {
  b_ = std::move(plain);
}

std::shared_ptr<const Product::Primitive> Product::primitive(const Call& call) const {
  const std::lock_guard lock(mutex_);
  const auto known = primitives_.find(call);
  if (known != primitives_.end()) return known->second;
  if (primitives_.size() >= kMostPrimitives) primitives_.clear();
  const matmul::primitive_desc found = describe(call, b_.get_desc());
  return primitives_[call] = std::make_shared<Primitive>(Primitive{
             found.src_desc(), found.bias_desc(), found.dst_desc(), found.scratchpad_desc(), matmul(found)});
}

void Product::run(const Call& call, const std::byte* x, const float* bias, std::byte* y) const {
  const std::shared_ptr<const Primitive> one = primitive(call);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, at_address(one->x, x)},
      {DNNL_ARG_WEIGHTS, b_},
      {DNNL_ARG_DST, at_address(one->y, y)},
      {DNNL_ARG_SCRATCHPAD, at_address(one->scratchpad, scratch(one->scratchpad.get_size()))}};
  if (call.bias) arguments.emplace(DNNL_ARG_BIAS, at_address(one->bias, bias));
  dnnl::stream stream(cpu_engine());
  one->run.execute(stream, arguments);
  stream.wait();
}

}  // namespace pellucid
