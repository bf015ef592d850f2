// What the machine's cores reach in nothing but matrix products: oneDNN on the shapes of MiniLM's layers, 64 rows a
// call, every thread with calls of its own, weights in the layout that oneDNN likes best. A request is fp32, bf16 or
// int8; the answer says how much was computed.
#include <omp.h>

#include <cstring>
#include <dnnl.hpp>

#include "repetitions.h"

namespace pellucid::bench {
namespace {

using dnnl::matmul;
using dnnl::memory;
using Type = memory::data_type;

constexpr memory::dim kRows = 64;
constexpr int kCalls = 400;  // of each shape and thread in a repetition

struct Shape {
  memory::dim depth, columns;
};
constexpr Shape kShapes[] = {{384, 1152}, {384, 384}, {384, 1536}, {1536, 384}};

// Memory of zeros: nothing here depends on the values.
memory zeros(const memory::desc& layout, const dnnl::engine& engine) {
  memory made(layout, engine);
  std::memset(made.get_data_handle(), 0, layout.get_size());
  return made;
}

struct Layer {
  memory x, weights, y;
  matmul product;

  Layer(const Shape& shape, Type x_type, Type weight_type, Type y_type, const dnnl::engine& engine) {
    const memory::desc x_layout({kRows, shape.depth}, x_type, memory::format_tag::ab);
    const memory::desc best({shape.depth, shape.columns}, weight_type, memory::format_tag::any);
    const memory::desc y_layout({kRows, shape.columns}, y_type, memory::format_tag::ab);
    const matmul::primitive_desc found(matmul::desc(x_layout, best, y_layout), engine);
    x = zeros(x_layout, engine);
    weights = zeros(found.weights_desc(), engine);
    y = zeros(y_layout, engine);
    product = matmul(found);
  }
};

// One thread's layers, all calls of them; floating-point operations.
double run(const std::string& precision) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const bool int8 = precision == "int8";
  const Type type = int8 ? Type::u8 : precision == "bf16" ? Type::bf16 : Type::f32;
  dnnl::stream stream(engine);
  std::vector<Layer> layers;
  for (const Shape& shape : kShapes) layers.emplace_back(shape, type, int8 ? Type::s8 : type, Type::f32, engine);
  for (int call = 0; call < kCalls; ++call) {
    for (const Layer& layer : layers) {
      layer.product.execute(stream,
                            {{DNNL_ARG_SRC, layer.x}, {DNNL_ARG_WEIGHTS, layer.weights}, {DNNL_ARG_DST, layer.y}});
    }
  }
  stream.wait();
  double operations = 0;
  for (const Shape& shape : kShapes)
    operations += 2.0 * kCalls * kRows * static_cast<double>(shape.depth * shape.columns);
  return operations;
}

Result<void> multiply() {
  return repeat([&](const std::string& precision) -> Result<nlohmann::json> {
    double operations = 0;
#pragma omp parallel reduction(+ : operations)
    operations += run(precision);
    return nlohmann::json{{"operations", operations}};
  });
}

}  // namespace
}  // namespace pellucid::bench

int main() {
  pellucid::bench::keep_memory();
  return pellucid::bench::multiply() ? 0 : 1;
}
