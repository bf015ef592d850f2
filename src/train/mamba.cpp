#include "train/mamba.h"

#include <algorithm>
#include <cmath>

#include "kernels/causal_convolution.h"
#include "train/initial.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

// Gu & Dao 2023, section 3.6: A = −(1, …, N), Δ log-uniform in [0.001, 0.1] where nothing is selected, D = 1.
SelectiveReading initial_reading(const MambaConfig& config) {
  constexpr double kShortest = 1e-3;
  constexpr double kLongest = 0.1;
  const Tensor delta =
      (torch::rand({config.inner}) * (std::log(kLongest) - std::log(kShortest)) + std::log(kShortest)).exp();
  const double spread = 1 / std::sqrt(static_cast<double>(config.rank));
  Linear step{(torch::rand({config.inner, config.rank}) * 2 - 1) * spread, delta.expm1().log()};  // softplus⁻¹(Δ)
  return {torch::rand({config.inner, kConvolutionWidth}) - 0.5,
          torch::zeros({config.inner}),
          initial_linear(config.rank + 2 * config.state, config.inner),
          step,
          torch::arange(1, config.state + 1, torch::kFloat32).log().repeat({config.inner, 1}),
          torch::ones({config.inner})};
}

void visit_reading(const Visit& visit, const std::string& scope, SelectiveReading& reading) {
  visit(scope + "convolution.weight", reading.convolution);
  visit(scope + "convolution.bias", reading.convolution_bias);
  visit_layer(visit, scope + "selection", reading.selection);
  visit_layer(visit, scope + "step", reading.step);
  visit(scope + "log_a", reading.log_a);
  visit(scope + "skip", reading.skip);
}

}  // namespace

ScanTensors SelectiveReading::scanned(const Tensor& p, const PackedTensors& batch, ReadingOrder order,
                                      const Compute& compute) const {
  const Tensor x = causal_convolution(p, convolution, convolution_bias, batch, order);
  const std::int64_t rank = step.weight.size(1);
  const std::int64_t state = log_a.size(1);
  const Tensor selected = selection(x, compute);
  const auto part = [&](std::int64_t begin, std::int64_t size) { return selected.narrow(1, begin, size); };
  const torch::ScalarType type = x.scalar_type();
  return {x,
          step(part(0, rank), compute).to(type),
          -log_a.exp(),
          part(rank, state).to(type),
          part(rank + state, state).to(type),
          skip};
}

Tensor SelectiveReading::operator()(const Tensor& p, const PackedTensors& batch, ReadingOrder order,
                                    const Compute& compute) const {
  return selective_scan(scanned(p, batch, order, compute), batch, order);
}

Tensor MambaLayer::operator()(const Tensor& x, const PackedTensors& batch, const Compute& compute) const {
  const std::vector<Tensor> halves = in(norm(x, compute), compute).to(x.scalar_type()).chunk(2, 1);
  const Tensor p = halves[0].contiguous();
  const Tensor read =
      forward(p, batch, ReadingOrder::forward, compute) + reversed(p, batch, ReadingOrder::reversed, compute);
  return x + dropout(out(read * torch::silu(halves[1]), compute).to(x.scalar_type()), compute);
}

Tensor MambaLayer::attention(const Tensor& x, const PackedTensors& batch, const Compute& compute) const {
  constexpr std::int64_t kTogether = 32;  // channels whose α are held at once
  const Tensor p = in(norm(x, compute), compute).to(x.scalar_type()).chunk(2, 1)[0].contiguous();
  const std::int64_t channels = p.size(1);
  const ScanTensors scans[] = {forward.scanned(p, batch, ReadingOrder::forward, compute),
                               reversed.scanned(p, batch, ReadingOrder::reversed, compute)};
  std::vector<Tensor> all;
  for (std::int64_t text = 0; text < batch.texts(); ++text) {
    for (const ReadingOrder order : {ReadingOrder::forward, ReadingOrder::reversed}) {
      const TextRows rows{batch.bounds[text], batch.bounds[text + 1], order};
      Tensor sum = torch::zeros({rows.size(), rows.size()}, p.options());
      for (std::int64_t first = 0; first < channels; first += kTogether) {
        const std::int64_t count = std::min(kTogether, channels - first);
        sum += hidden_attention(scans[order == ReadingOrder::reversed], rows, first, count).abs().sum(0);
      }
      all.push_back((sum / sum.sum(1, /*keepdim=*/true)).flatten());
    }
  }
  return torch::cat(all);
}

Mamba::Mamba(const Config& mamba_config)
    : config(mamba_config), embedding_norm(initial_norm(config.width)), norm(initial_norm(config.width)) {
  for (std::int64_t i = 0; i < config.layers; ++i) {
    layers.push_back({initial_norm(config.width), initial_linear(2 * config.inner, config.width),
                      initial_linear(config.width, config.inner), initial_reading(config), initial_reading(config)});
  }
}

Tensor Mamba::tokens(const Tensor& embedded, const PackedTensors& batch, const Compute& compute) const {
  Tensor hidden = dropout(embedding_norm(embedded, compute), compute);
  for (const MambaLayer& layer : layers) hidden = layer(hidden, batch, compute);
  return norm(hidden, compute);
}

Tensor Mamba::pooled(const Tensor& embedded, const PackedTensors& batch, const Compute& compute) const {
  return mean_by_text(tokens(embedded, batch, compute), batch);
}

std::vector<Tensor> Mamba::attention(const Tensor& embedded, const PackedTensors& batch, const Compute& compute) const {
  std::vector<Tensor> all;
  Tensor hidden = embedding_norm(embedded, compute);
  for (const MambaLayer& layer : layers) {
    all.push_back(layer.attention(hidden, batch, compute));
    hidden = layer(hidden, batch, compute);
  }
  return all;
}

void Mamba::visit(const Visit& visit) {
  visit_layer(visit, "embedding_norm", embedding_norm);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string scope = "layer." + std::to_string(i) + ".";
    visit_layer(visit, scope + "norm", layers[i].norm);
    visit_layer(visit, scope + "in", layers[i].in);
    visit_reading(visit, scope + "forward.", layers[i].forward);
    visit_reading(visit, scope + "reversed.", layers[i].reversed);
    visit_layer(visit, scope + "out", layers[i].out);
  }
  visit_layer(visit, "norm", norm);
}

}  // namespace pellucid::train
