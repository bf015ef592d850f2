// The service: routes, the token, the log lines, a model that can be exchanged while it runs.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "serve/api.h"
#include "serve/engine.h"
#include "serve/http.h"
#include "serve/metrics.h"

namespace pellucid {

struct ServiceOptions {
  std::string host = "127.0.0.1";
  int port = 8080;
  ModelOptions model = {};
  std::string token = {};         // empty: none is asked for
  bool allow_open = false;        // without a token beyond this machine
  std::string decision_log = {};  // empty: none
  HttpLimits http = {};
  ApiLimits api = {};
  EngineOptions engine = {};
  bool log_texts = false;
  std::function<void(const std::string&)> log_line = {};  // a line of JSON, without the newline; from many threads
};

class Service {
 public:
  static Result<std::unique_ptr<Service>> start(ServiceOptions options);
  ~Service();  // gives up what is under way
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  int port() const { return http_->port(); }
  // Loads the model again; requests under way keep the former. A model that does not load changes nothing.
  Result<void> reload();
  // Refuses new connections and answers what is under way. False where that took longer: what is left is given up, and
  // answered 503.
  bool drain(std::chrono::milliseconds longest);

 private:
  explicit Service(ServiceOptions options) : options_(std::move(options)) {}
  std::shared_ptr<ServedModel> model() const;
  HttpResponse handle(const HttpRequest& request);
  // In the metrics and the log. `seconds`: none where the request was refused before it was whole.
  void note(const HttpRequest& request, const HttpResponse& response, std::optional<double> seconds);
  Result<std::shared_ptr<ServedModel>> loaded_again() const;
  HttpResponse routed(const HttpRequest& request);  // and too little memory answered
  HttpResponse route(const HttpRequest& request);
  HttpResponse answer(Task task, const HttpRequest& request);
  std::optional<HttpResponse> refused(const HttpRequest& request) const;

  ServiceOptions options_;
  bool loopback_ = false;
  mutable std::mutex model_mutex_;
  std::shared_ptr<ServedModel> model_;
  std::atomic<bool> draining_ = false;
  Metrics metrics_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<HttpServer> http_;  // last: its threads use the others
};

// Equal, in a time that does not tell where they differ.
bool equal_secretly(std::string_view a, std::string_view b);

// What a file of --token-file holds, without the line's end.
Result<std::string> read_token(const std::string& file);

}  // namespace pellucid
