// x [rows, depth] · B [depth, columns] on oneDNN, B in a layout of its own: what a Linear is made of.
// Internal to linear.cpp.
#pragma once

#include <cstddef>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>

namespace pellucid {

class Product {
 public:
  using Size = dnnl::memory::dim;
  using Type = dnnl::memory::data_type;

  // x's rows lie x_stride elements apart. With x of type u8, B is s8.
  Product(Size depth, Size columns, Size x_stride, Type x_type);

  void pack(dnnl::memory plain);  // B in the layout that is best
  void use(dnnl::memory plain);   // B as it lies

  struct Call {
    Size rows;
    Type y_type;
    bool bias, add;  // y = x B + bias; add: y += x B
    auto operator<=>(const Call&) const = default;
  };
  // y [rows, columns]. From any thread.
  void run(const Call& call, const std::byte* x, const float* bias, std::byte* y) const;

  Type x_type() const { return x_type_; }

 private:
  struct Primitive;
  dnnl::matmul::primitive_desc describe(const Call& call, const dnnl::memory::desc& b) const;
  std::shared_ptr<const Primitive> primitive(const Call& call) const;
  void run_at_once(const Call& call, const std::byte* x, const float* bias, std::byte* y) const;

  Size depth_, columns_, x_stride_;
  Type x_type_;
  dnnl::memory b_;
  mutable std::map<Call, std::shared_ptr<const Primitive>> primitives_;
  mutable std::mutex mutex_;  // of primitives_
};

// work(), which calls oneDNN; where that says it lacked memory, std::bad_alloc.
template <class Work>
void call_onednn(const Work& work) {
  try {
    work();
  } catch (const dnnl::error& failure) {
    if (failure.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

const dnnl::engine& cpu_engine();

// Runs it on `cpu_engine()` and waits. Signals of the calling thread wait, too: oneDNN's fp32 product without AVX-512
// (seen in 2.6.3) keeps its stack pointer in a buffer of the heap, and a signal's handler would write over the heap
// around it.
void execute(const dnnl::primitive& primitive, const std::unordered_map<int, dnnl::memory>& arguments);

void* product_scratch(std::size_t bytes);  // the calling thread's, for what a primitive asks for while it runs

}  // namespace pellucid
