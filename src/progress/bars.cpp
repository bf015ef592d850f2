#include "progress/bars.h"

#include "progress/interrupt.h"

namespace pellucid {

bool Bars::operator()(std::string_view what, std::size_t done, std::size_t all) {
  if (what != what_) {
    bar_.emplace(std::string(what), all, what == "testing words" ? "words" : "texts", quiet_);
    what_ = what;
    before_ = 0;
  }
  bar_->advance(done - before_);
  before_ = done;
  return !interrupted();
}

}  // namespace pellucid
