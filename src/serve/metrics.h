// Counters and times of the service, as Prometheus reads them (text format 0.0.4).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "serve/engine.h"

namespace pellucid {

class Metrics {
 public:
  void count_request(const std::string& route, int status, std::optional<double> seconds);
  void count_reload(bool loaded);
  std::string text(const Engine::Counts& engine, unsigned connections, const std::string& weights_sha256) const;

 private:
  static constexpr std::array<double, 11> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                     0.5,   1,    2.5,   5,    10};  // seconds
  struct Times {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};  // the last: above all bounds
    double sum = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Times> times_;
  std::uint64_t reloads_ = 0, failed_reloads_ = 0;
};

}  // namespace pellucid
