// What a classifier without an ability answers: methods that need it do not apply, so asking is a bug.
#include <stdexcept>

#include "runtime/classifier.h"

namespace pellucid {
namespace {

[[noreturn]] void not_able(const char* what) {
  throw std::logic_error(std::string(what) + " is not among this classifier's abilities");
}

}  // namespace

std::span<const float> ForwardPass::class_bias() const {
  not_able("class_bias");
}
HeadAttribution ForwardPass::head_attribution() const {
  not_able("head_attribution");
}
std::vector<float> ForwardPass::attribution(std::span<const float>) const {
  not_able("attribution");
}
Decomposition ForwardPass::decompose(std::span<const float>) const {
  not_able("decompose");
}
std::size_t ForwardPass::mixing_layers() const {
  not_able("mixing_layers");
}
std::vector<float> ForwardPass::readout() const {
  not_able("readout");
}
std::vector<float> ForwardPass::attention(std::size_t) const {
  not_able("attention");
}
std::vector<std::vector<float>> ForwardPass::attention_gradients(std::span<const float>, std::size_t, float) const {
  not_able("attention_gradients");
}
void ForwardPass::for_each_mixture(std::size_t, const MixtureVisitor&) const {
  not_able("for_each_mixture");
}
std::vector<float> ForwardPass::propagate(std::span<const std::size_t>) const {
  not_able("propagate");
}
std::vector<float> ForwardPass::propagate_biases() const {
  not_able("propagate_biases");
}

}  // namespace pellucid
