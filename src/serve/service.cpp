#include "serve/service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nettle/memops.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>

#include "files/mapped_file.h"
#include "files/sha256.h"
#include "serve/resources.h"

namespace pellucid {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kShortestToken = 16;
constexpr std::chrono::seconds kLastAnswers{2};  // for refusals to reach those who waited when it stopped

// "Application/JSON; charset=utf-8" is JSON.
bool is_json(std::string type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type == "application/json";
}

// Whether a Host header names this machine, with a port or without. The whole name counts: 127.evil.example is a domain
// that anybody may have.
bool is_this_machine(std::string host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find_first_not_of("0123456789", colon + 1) == std::string::npos) {
    host.erase(colon);
  }
  in_addr address{};
  return host == "localhost" || host == "[::1]" ||
         (::inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

// Routes that stand for themselves in metrics; a stranger's paths would fill the memory.
std::string route_name(const std::string& path) {
  constexpr std::string_view kKnown[] = {"/v1/predict", "/v1/explain", "/v1/model",    "/healthz",
                                         "/readyz",     "/metrics",    "/openapi.json"};
  if (std::ranges::find(kKnown, path) != std::end(kKnown)) return path;
  return find_resource(path) != nullptr ? "page" : "other";
}

HttpResponse wrong_method(const char* allowed) {
  HttpResponse response = http_error(405, std::string("expected ") + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

HttpResponse text_response(int status, std::string body) {
  return {.status = status,
          .body = std::move(body),
          .content_type = "text/plain; charset=utf-8",
          .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace

bool equal_secretly(std::string_view a, std::string_view b) {
  // Hashes have one length: nothing is told of the token's.
  const std::string hash_of_a = sha256(a);
  const std::string hash_of_b = sha256(b);
  return ::memeql_sec(hash_of_a.data(), hash_of_b.data(), hash_of_a.size()) != 0;
}

Result<std::string> read_token(const std::string& file) {
  PELLUCID_TRY(std::string token, read_file(file, 4096));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const bool plain = std::ranges::all_of(token, [](unsigned char c) { return c > ' ' && c < 127; });
  if (token.size() < kShortestToken || !plain) {
    return fail(ErrorCode::format,
                "expected a line of " + std::to_string(kShortestToken) +
                    " or more visible ASCII characters without spaces, found something else; make one "
                    "with: openssl rand -hex 32",
                file);
  }
  return token;
}

Result<std::unique_ptr<Service>> Service::start(ServiceOptions options) {
  PELLUCID_TRY(ListeningSocket socket, ListeningSocket::open(options.host, options.port));
  if (!socket.loopback() && options.token.empty() && !options.allow_open) {
    return fail(ErrorCode::usage,
                "expected --token-file, since others than this machine reach this host, or --allow-open "
                "where that is wanted",
                "--host " + options.host);
  }
  std::unique_ptr<DecisionLog> decisions;
  if (!options.decision_log.empty()) {
    PELLUCID_TRY(DecisionLog opened, DecisionLog::open(options.decision_log, Access::create));
    decisions = std::make_unique<DecisionLog>(std::move(opened));
  }
  std::unique_ptr<Service> service(new Service(std::move(options)));
  service->loopback_ = socket.loopback();
  PELLUCID_TRY(service->model_, load_served_model(service->options_.model));
  PELLUCID_TRY(service->engine_, Engine::start(service->options_.engine, std::move(decisions)));
  PELLUCID_TRY(service->http_, HttpServer::start(
                                   std::move(socket), service->options_.http,
                                   [self = service.get()](const HttpRequest& r) { return self->handle(r); },
                                   [self = service.get()](const HttpRequest& r, const HttpResponse& a) {
                                     self->note(r, a, std::nullopt);
                                   }));
  return service;
}

Service::~Service() {
  if (engine_ != nullptr) engine_->stop();  // those who wait for it hold connections' threads
}

std::shared_ptr<ServedModel> Service::model() const {
  const std::lock_guard lock(model_mutex_);
  return model_;
}

// Beside the model that answers meanwhile there may be no room for another.
Result<std::shared_ptr<ServedModel>> Service::loaded_again() const {
  try {
    return load_served_model(options_.model);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::io, "expected memory for the model beside the one in use, found too little",
                options_.model.model);
  } catch (const std::system_error& lack) {  // threads
    return fail(ErrorCode::io, std::string("expected what loading takes, found: ") + lack.what(), options_.model.model);
  }
}

Result<void> Service::reload() {
  Result<std::shared_ptr<ServedModel>> loaded = loaded_again();
  metrics_.count_reload(loaded.has_value());
  if (!loaded) return tl::unexpected(loaded.error());
  const std::lock_guard lock(model_mutex_);
  model_ = std::move(*loaded);
  return {};
}

bool Service::drain(std::chrono::milliseconds longest) {
  draining_ = true;
  if (http_->drain(longest)) return true;
  engine_->stop();
  (void)http_->drain(kLastAnswers);
  return false;
}

HttpResponse Service::handle(const HttpRequest& request) {
  const auto start = Clock::now();
  HttpResponse response = routed(request);
  note(request, response, std::chrono::duration<double>(Clock::now() - start).count());
  return response;
}

void Service::note(const HttpRequest& request, const HttpResponse& response, std::optional<double> seconds) {
  metrics_.count_request(route_name(request.path), response.status, seconds);
  if (!options_.log_line) return;
  ordered_json line = {{"time", time_text(now_milliseconds())},
                       {"event", "request"},
                       {"method", request.method},
                       {"path", request.path.substr(0, 200)},
                       {"status", response.status}};
  if (seconds) line.update({{"seconds", *seconds}, {"bytes_in", request.body.size()}});
  line["bytes_out"] = response.body.size();
  if (options_.log_texts && !request.body.empty()) line["body"] = request.body;
  options_.log_line(line.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::optional<HttpResponse> Service::refused(const HttpRequest& request) const {
  if (options_.token.empty()) {
    // A page from elsewhere that a browser here shows could give its own name this machine's address.
    if (loopback_ && !is_this_machine(request.host)) {
      return http_error(
          421,
          "expected a Host of this machine (localhost, 127.0.0.1, [::1]), found another; behind a proxy use "
          "--token-file");
    }
    return std::nullopt;
  }
  constexpr std::string_view kScheme = "Bearer ";
  const std::string& given = request.authorization;
  if (given.starts_with(kScheme) && equal_secretly(std::string_view(given).substr(kScheme.size()), options_.token)) {
    return std::nullopt;
  }
  HttpResponse response =
      http_error(401, "expected the header \"Authorization: Bearer TOKEN\" with the service's token, found " +
                          std::string(given.empty() ? "none" : "another"));
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse Service::routed(const HttpRequest& request) {
  try {
    return route(request);
  } catch (const std::bad_alloc&) {
    return http_refusal(too_little_memory());
  }
}

HttpResponse Service::route(const HttpRequest& request) {
  const std::string& path = request.path;
  const bool get = request.method == "GET";
  if (path == "/healthz") return get ? text_response(200, "ok\n") : wrong_method("GET");
  if (path == "/readyz") {
    if (!get) return wrong_method("GET");
    return draining_ ? text_response(503, "stopping\n") : text_response(200, "ready\n");
  }
  if (const Resource* resource = find_resource(path); resource != nullptr && path != "/openapi.json") {
    if (!get) return wrong_method("GET");
    return {.body = std::string(resource->content),
            .content_type = resource->type,
            .headers = {{"Content-Security-Policy",
                         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                         "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                        {"Cache-Control", "no-cache"}}};
  }
  const std::string name = route_name(path);
  if (name == "other") return http_error(404, "expected a path that GET /openapi.json lists, found another");
  if (const auto refusal = refused(request)) return *refusal;
  if (path == "/v1/predict" || path == "/v1/explain") {
    if (request.method != "POST") return wrong_method("POST");
    return answer(path == "/v1/predict" ? Task::predict : Task::explain, request);
  }
  if (!get) return wrong_method("GET");
  if (path == "/v1/model") return {.body = describe_service(*model(), options_.api, !options_.decision_log.empty())};
  if (path == "/metrics") {
    HttpResponse response = text_response(
        200, metrics_.text(engine_->counts(), request.connections, model()->classifier->weights_sha256()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  }
  return {.body = std::string(find_resource("/openapi.json")->content)};
}

HttpResponse Service::answer(Task task, const HttpRequest& request) {
  // Also what keeps pages from elsewhere out: a browser asks before it sends JSON, and is not answered.
  if (!is_json(request.content_type)) {
    return http_error(415,
                      "expected \"Content-Type: application/json\", found " +
                          (request.content_type.empty() ? "none" : "\"" + request.content_type.substr(0, 100) + "\""));
  }
  const std::shared_ptr<ServedModel> model = this->model();
  tl::expected<Work, Refusal> work = read_work(task, request.body, model, options_.api);
  tl::expected<Answer, Refusal> answer =
      work ? engine_->run(std::move(*work)) : tl::expected<Answer, Refusal>(tl::unexpected(std::move(work.error())));
  if (answer) return {.body = write_answer(task, *answer, *model), .headers = {{"Cache-Control", "no-store"}}};
  return http_refusal(answer.error());
}

}  // namespace pellucid
