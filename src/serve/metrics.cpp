#include "serve/metrics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "version/version.h"

namespace pellucid {
namespace {

std::string number(double value) {
  return nlohmann::json(value).dump();
}

void family(std::string& text, const char* name, const char* type, const char* help) {
  text += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void value(std::string& text, const char* name, const char* type, const char* help, std::uint64_t number) {
  family(text, name, type, help);
  text += std::string(name) + " " + std::to_string(number) + "\n";
}

}  // namespace

void Metrics::count_request(const std::string& route, int status, std::optional<double> seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  if (!seconds) return;
  Times& times = times_[route];
  ++times.counts[static_cast<std::size_t>(std::ranges::lower_bound(kBounds, *seconds) - kBounds.begin())];
  times.sum += *seconds;
}

void Metrics::count_reload(bool loaded) {
  const std::lock_guard lock(mutex_);
  ++(loaded ? reloads_ : failed_reloads_);
}

std::string Metrics::text(const Engine::Counts& engine, unsigned connections, const std::string& weights_sha256) const {
  const std::lock_guard lock(mutex_);
  std::string text;
  family(text, "pellucid_requests_total", "counter", "Requests by route and HTTP status.");
  for (const auto& [key, count] : requests_) {
    text += "pellucid_requests_total{route=\"" + key.first + "\",status=\"" + std::to_string(key.second) + "\"} " +
            std::to_string(count) + "\n";
  }
  family(text, "pellucid_request_seconds", "histogram", "Time from a request's last byte to its answer.");
  for (const auto& [route, times] : times_) {
    std::uint64_t below = 0;
    for (std::size_t b = 0; b <= kBounds.size(); ++b) {
      below += times.counts[b];
      text += "pellucid_request_seconds_bucket{route=\"" + route + "\",le=\"" +
              (b < kBounds.size() ? number(kBounds[b]) : "+Inf") + "\"} " + std::to_string(below) + "\n";
    }
    text += "pellucid_request_seconds_sum{route=\"" + route + "\"} " + number(times.sum) + "\n";
    text += "pellucid_request_seconds_count{route=\"" + route + "\"} " + std::to_string(below) + "\n";
  }
  value(text, "pellucid_predicted_texts_total", "counter", "Texts predicted.", engine.predicted);
  value(text, "pellucid_explained_texts_total", "counter", "Texts explained.", engine.explained);
  value(text, "pellucid_batches_total", "counter", "Batches computed.", engine.batches);
  value(text, "pellucid_recorded_entries_total", "counter", "Entries written to the decision log.", engine.recorded);
  value(text, "pellucid_waiting_texts", "gauge", "Texts that wait to be computed.", engine.waiting);
  value(text, "pellucid_connections", "gauge", "Open connections.", connections);
  family(text, "pellucid_model_reloads_total", "counter", "Reloads of the model.");
  text += "pellucid_model_reloads_total{result=\"loaded\"} " + std::to_string(reloads_) + "\n";
  text += "pellucid_model_reloads_total{result=\"failed\"} " + std::to_string(failed_reloads_) + "\n";
  family(text, "pellucid_info", "gauge", "The program and its model.");
  text += "pellucid_info{version=\"" + std::string(version()) + "\",weights_sha256=\"" + weights_sha256 + "\"} 1\n";
  return text;
}

}  // namespace pellucid
