#include "kernels/product.h"

#include <omp.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "kernels/instructions.h"
#include "kernels/parallel.h"
#include "kernels/threads.h"

namespace pellucid {
namespace {

using dnnl::matmul;
using dnnl::memory;

// A primitive is made for one number of rows: 0.1 to 0.4 ms and about 50 kB, shared by all products of its shape. Rows
// come in blocks (kernels/blocks.h), so there are not many numbers; where there are, all are forgotten now and then.
constexpr std::size_t kMostPrimitives = 128;
constexpr int kSharedPrimitives = 1024;

constexpr memory::dim kUsualRows = 64;  // the best layout of B is chosen for them

// Without AVX-512, oneDNN multiplies fp32 so many rows at a time, and adds up the last one to three of a call in
// another order: their bits would depend on how many rows there are.
constexpr memory::dim kTile = 6;

bool rounds_by_tile(memory::data_type type) {
  static const bool avx512 = cpu_has(dnnl::cpu_isa::avx512_core);
  return type == memory::data_type::f32 && !avx512;
}

memory::desc row_major(memory::dim rows, memory::dim columns, memory::dim stride, memory::data_type type) {
  return {{rows, columns}, type, memory::dims{stride, 1}};
}

memory at_address(const memory::desc& layout, const void* address) {
  return {layout, cpu_engine(), const_cast<void*>(address)};
}

// A primitive is made for the threads that there are. With 16 or more and AMX, oneDNN lets several share the depth of a
// product of bf16 and adds up their parts, so that the bits of a row would depend on how many threads there are, and on
// whether the product is run inside a parallel region.
constexpr int kMostThreads = 15;

// Keeps signals from this thread while it lives, but those that the thread itself causes.
class HeldSignals {
 public:
  HeldSignals() {
    static const sigset_t held = [] {
      sigset_t signals;
      sigfillset(&signals);
      for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&signals, own);
      return signals;
    }();
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void execute(const dnnl::primitive& primitive, const std::unordered_map<int, memory>& arguments) {
  dnnl::stream stream(cpu_engine());
  const HeldSignals held;
  primitive.execute(stream, arguments);
  stream.wait();
}

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine = [] {
    dnnl::set_primitive_cache_capacity(kSharedPrimitives);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return engine;
}

void* product_scratch(std::size_t bytes) {
  thread_local std::unique_ptr<std::byte[]> buffer;
  thread_local std::size_t capacity = 0;
  if (bytes > capacity) {
    buffer = std::make_unique_for_overwrite<std::byte[]>(bytes);
    capacity = bytes;
  }
  return buffer.get();
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
  call_onednn([&] {
    const Type b_type = x_type_ == Type::u8 ? Type::s8 : x_type_;
    const memory::desc any({depth_, columns_}, b_type, memory::format_tag::any);
    const memory::desc best = describe({kUsualRows, Type::f32, false, false}, any).weights_desc();
    if (!b_) b_ = memory(best, cpu_engine());
    execute(dnnl::reorder(plain, b_), {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, b_}});
  });
}

void Product::use(memory plain) {
  b_ = std::move(plain);
}

std::shared_ptr<const Product::Primitive> Product::primitive(const Call& call) const {
  const std::lock_guard lock(mutex_);
  const auto known = primitives_.find(call);
  if (known != primitives_.end()) return known->second;
  if (primitives_.size() >= kMostPrimitives) primitives_.clear();
  const ThreadsMeanwhile few(std::min(omp_get_max_threads(), kMostThreads));
  const matmul::primitive_desc found = describe(call, b_.get_desc());
  auto made = std::make_shared<Primitive>(
      Primitive{found.src_desc(), found.bias_desc(), found.dst_desc(), found.scratchpad_desc(), matmul(found)});
  return primitives_.emplace(call, std::move(made)).first->second;
}

void Product::run_at_once(const Call& call, const std::byte* x, const float* bias, std::byte* y) const {
  const std::shared_ptr<const Primitive> one = primitive(call);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, at_address(one->x, x)},
      {DNNL_ARG_WEIGHTS, b_},
      {DNNL_ARG_DST, at_address(one->y, y)},
      {DNNL_ARG_SCRATCHPAD, at_address(one->scratchpad, product_scratch(one->scratchpad.get_size()))}};
  if (call.bias) arguments.emplace(DNNL_ARG_BIAS, at_address(one->bias, bias));
  execute(one->run, arguments);
}

void Product::run(const Call& call, const std::byte* x, const float* bias, std::byte* y) const {
  const auto at_once = [&](const Call& rows, const std::byte* from, std::byte* to) {
    call_onednn([&] { run_at_once(rows, from, bias, to); });
  };
  if (!rounds_by_tile(x_type_)) return at_once(call, x, y);

  // Rows [begin, end): whole tiles, and what is left as a tile of its own, filled up with zeros.
  const auto in_tiles = [&](Size begin, Size end) {
    const float* from = reinterpret_cast<const float*>(x) + begin * x_stride_;
    float* to = reinterpret_cast<float*>(y) + begin * columns_;
    const Size rest = (end - begin) % kTile;
    const Size whole = rest > 3 ? end - begin : end - begin - rest;
    if (whole > 0) {
      at_once({whole, call.y_type, call.bias, call.add}, reinterpret_cast<const std::byte*>(from),
              reinterpret_cast<std::byte*>(to));
    }
    if (whole == end - begin) return;
    from += whole * x_stride_;
    to += whole * columns_;
    thread_local std::vector<float> tile;
    tile.assign(kTile * (x_stride_ + columns_), 0);
    float* sums = tile.data() + kTile * x_stride_;
    for (Size r = 0; r < rest; ++r) std::copy_n(from + r * x_stride_, depth_, tile.data() + r * x_stride_);
    if (call.add) std::copy_n(to, rest * columns_, sums);
    at_once({kTile, call.y_type, call.bias, call.add}, reinterpret_cast<const std::byte*>(tile.data()),
            reinterpret_cast<std::byte*>(sums));
    std::copy_n(sums, rest * columns_, to);
  };
  if (call.rows == 0) return;
  // Shared out by tiles: oneDNN's own threads would cut rows elsewhere.
  const Size threads = omp_in_parallel() != 0 ? 1 : omp_get_max_threads();
  const Size tiles = (call.rows + kTile - 1) / kTile;
  const Size each = (tiles + threads - 1) / threads * kTile;
  parallel_for((call.rows + each - 1) / each, Shared::evenly,
               [&](Size part) { in_tiles(part * each, std::min((part + 1) * each, call.rows)); });
}

}  // namespace pellucid
