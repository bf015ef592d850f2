// What the machine's cores reach in nothing but matrix products: oneDNN on the shapes of MiniLM's layers, weights in
// the layout that oneDNN likes best, each thread with calls of its own. A request is `PRECISION ROWS`: fp32, bf16 or
// int8, and the rows of a call; the answer says how much was computed.
#include <omp.h>

#include <cstring>
#include <dnnl.hpp>
#include <sstream>

#include "repetitions.h"

namespace pellucid::bench {
namespace {

using dnnl::matmul;
using dnnl::memory;
using Type = memory::data_type;

constexpr memory::dim kRows = 50'000;  // through each shape and thread in a repetition

struct Shape {
  memory::dim in, out;
};
constexpr Shape kShapes[] = {{384, 1152}, {384, 384}, {384, 1536}, {1536, 384}};

// Memory of zeros: nothing here depends on the values.
memory zeros(const memory::desc& layout, const dnnl::engine& engine) {
  memory made(layout, engine);
  std::memset(made.get_data_handle(), 0, layout.get_size());
  return made;
}

struct Product {
  memory x, weight, y;
  matmul multiply;

  Product(const Shape& shape, memory::dim rows, Precision precision, const dnnl::engine& engine) {
    const bool int8 = precision == Precision::int8;
    const Type type = int8 ? Type::u8 : precision == Precision::bf16 ? Type::bf16 : Type::f32;
    const memory::desc x_layout({rows, shape.in}, type, memory::format_tag::ab);
    const memory::desc any_layout({shape.in, shape.out}, int8 ? Type::s8 : type, memory::format_tag::any);
    const memory::desc y_layout({rows, shape.out}, int8 ? Type::f32 : type, memory::format_tag::ab);
    const matmul::primitive_desc chosen(matmul::desc(x_layout, any_layout, y_layout), engine);
    x = zeros(x_layout, engine);
    weight = zeros(chosen.weights_desc(), engine);
    y = zeros(y_layout, engine);
    multiply = matmul(chosen);
  }
};

// One thread's calls; floating-point operations.
double work(Precision precision, memory::dim rows) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  std::vector<Product> products;
  for (const Shape& shape : kShapes) products.emplace_back(shape, rows, precision, engine);
  const memory::dim calls = kRows / rows;
  for (memory::dim call = 0; call < calls; ++call) {
    for (const Product& product : products) {
      product.multiply.execute(
          stream, {{DNNL_ARG_SRC, product.x}, {DNNL_ARG_WEIGHTS, product.weight}, {DNNL_ARG_DST, product.y}});
    }
  }
  stream.wait();
  double operations = 0;
  for (const Shape& shape : kShapes) operations += 2.0 * static_cast<double>(calls * rows * shape.in * shape.out);
  return operations;
}

Result<void> multiply() {
  return repeat([](const std::string& request) -> Result<nlohmann::json> {
    std::istringstream words(request);
    std::string precision;
    memory::dim rows = 0;
    words >> precision >> rows;
    double operations = 0;
#pragma omp parallel reduction(+ : operations)
    operations += work(precision_of(precision), rows);
    return nlohmann::json{{"operations", operations}};
  });
}

}  // namespace
}  // namespace pellucid::bench

int main() try {
  pellucid::bench::keep_memory();
  return pellucid::bench::multiply() ? 0 : 1;
} catch (const std::exception& bug) {
  std::fprintf(stderr, "bench_gemm: %s\n", bug.what());
  return 1;
}
