// What is thrown in a parallel region would end the program there. Kept, it reaches the thread that began the region.
#pragma once

#include <atomic>
#include <exception>

namespace pellucid {

class KeptException {
 public:
  // In the region: calls work().
  template <class Work>
  void run(const Work& work) noexcept {
    try {
      work();
    } catch (...) {
      if (!taken_.test_and_set()) first_ = std::current_exception();
    }
  }
  // Behind the region.
  void rethrow() const {
    if (first_ != nullptr) std::rethrow_exception(first_);
  }

 private:
  std::atomic_flag taken_;
  std::exception_ptr first_;
};

}  // namespace pellucid
