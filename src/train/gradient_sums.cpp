#include "train/gradient_sums.h"

#include <torch/autograd.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/utils.h>

#include <algorithm>

namespace pellucid::train {
namespace {

// Calls visit(gradient's place in the bucket, parameter) for each.
template <class Bucket, class Visit>
void for_each_part(Bucket& bucket, const Visit& visit) {
  std::int64_t begin = 0;
  for (auto& parameter : bucket.parameters) {
    visit(bucket.values.narrow(0, begin, parameter.numel()).view(parameter.sizes()), parameter);
    begin += parameter.numel();
  }
}

}  // namespace

// Called by autograd when a parameter's gradient is complete.
struct GradientSums::Hook : torch::autograd::PostAccumulateGradHook {
  GradientSums& sums;
  std::size_t bucket;

  Hook(GradientSums& all, std::size_t index) : sums(all), bucket(index) {}
  void operator()(const torch::Tensor&) override { sums.arrived(bucket); }
};

GradientSums::GradientSums(System& system, Collective& collective, std::size_t bucket_bytes)
    : collective_(collective), words_(system.word_embeddings()) {
  if (collective.size() == 1) return;
  // The way back comes to the last parameters first.
  std::vector<torch::Tensor> parameters = system.parameters();
  std::ranges::reverse(parameters);
  std::size_t room = 0;
  for (const torch::Tensor& parameter : parameters) {
    const bool alone = parameter.is_same(words_);
    if (alone || parameter.nbytes() > room) {
      buckets_.emplace_back();
      room = alone ? 0 : bucket_bytes;
    }
    buckets_.back().parameters.push_back(parameter);
    room -= std::min(room, parameter.nbytes());
  }
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    std::int64_t values = 0;
    for (const torch::Tensor& parameter : buckets_[i].parameters) {
      torch::autograd::impl::set_post_acc_grad_hooks(parameter, std::make_unique<Hook>(*this, i));
      values += parameter.numel();
    }
    if (!is_words(buckets_[i])) buckets_[i].values = torch::empty({values});
  }
}

GradientSums::~GradientSums() {
  for (const Bucket& bucket : buckets_) {
    for (const torch::Tensor& parameter : bucket.parameters) {
      torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
    }
  }
}

void GradientSums::begin(const std::vector<std::int32_t>& ids) {
  if (buckets_.empty()) return;
  std::vector<std::int64_t> rows(ids.begin(), ids.end());
  std::ranges::sort(rows);
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  rows_ = torch::tensor(rows, torch::kInt64);
  sending_ = false;
  sent_ = 0;
  for (Bucket& bucket : buckets_) bucket.missing = bucket.parameters.size();
}

void GradientSums::arrived(std::size_t bucket) {
  if (!sending_) return;
  --buckets_[bucket].missing;
  while (sent_ < buckets_.size() && buckets_[sent_].missing == 0) send(buckets_[sent_++]);
}

void GradientSums::send(Bucket& bucket) {
  const torch::NoGradGuard no_gradient;
  if (is_words(bucket)) {
    const std::int64_t d = words_.size(1);
    bucket.values = torch::zeros({rows_.size(0), d + 1});
    if (words_.grad().defined()) {
      const torch::Tensor gradient = words_.grad().cpu().coalesce();
      const torch::Tensor places = torch::searchsorted(rows_, gradient.indices()[0]);
      bucket.values.narrow(1, 0, d).index_copy_(0, places, gradient.values());
      bucket.values.select(1, d).index_fill_(0, places, 1);
    }
  } else {
    for_each_part(bucket, [](torch::Tensor part, const torch::Tensor& parameter) {
      if (parameter.grad().defined()) {
        part.copy_(parameter.grad());
      } else {
        part.zero_();
      }
    });
  }
  bucket.wait = collective_.start_sum(bucket.values);
}

void GradientSums::receive(Bucket& bucket) {
  if (is_words(bucket)) {
    const std::int64_t d = words_.size(1);
    const torch::Tensor reached = bucket.values.select(1, d).gt(0).nonzero().squeeze(1);
    const torch::Tensor rows = rows_.index_select(0, reached).unsqueeze(0);
    const torch::Tensor values = bucket.values.narrow(1, 0, d).index_select(0, reached);
    words_.mutable_grad() =
        torch::sparse_coo_tensor(rows, values, words_.sizes())._coalesced_(true).to(words_.device());
    return;
  }
  for_each_part(bucket, [](const torch::Tensor& part, torch::Tensor& parameter) {
    parameter.mutable_grad() = part.to(parameter.device());
  });
}

Result<void> GradientSums::finish(const torch::Tensor& figures) {
  while (sent_ < buckets_.size()) send(buckets_[sent_++]);
  const Collective::Wait figures_are_there = collective_.start_sum(figures);
  for (Bucket& bucket : buckets_) {
    PELLUCID_CHECK(bucket.wait());
    receive(bucket);
  }
  return figures_are_there();
}

}  // namespace pellucid::train
