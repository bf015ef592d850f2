// HTTP/1.1 on libmicrohttpd: a thread a connection, whole requests in, whole responses out, limits on everything
// that a client can make large or slow.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "error/error.h"
#include "serve/lingering.h"
#include "serve/listen.h"
#include "serve/refusal.h"

struct MHD_Daemon;

namespace pellucid {

struct HttpRequest {
  std::string method;  // HEAD is handled as GET
  std::string path;    // without the query
  std::string host, content_type, authorization;
  std::string body;
  unsigned connections = 0;  // open when this came, its own among them
};

struct HttpResponse {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct HttpLimits {
  std::size_t body = std::size_t{4} << 20;
  std::size_t headers = std::size_t{32} << 10;  // of one request, its line included
  unsigned connections = 256;
  unsigned idle_seconds = 30;  // without a byte
  unsigned body_seconds = 60;  // from the headers' end to its last byte, and for an answer to be taken
  // Headers have both together, from the connection's start or the answer before: MHD does not tell of their first
  // byte, which may come as late as idle_seconds after that.
};

// A JSON error: {"error": {"status": …, "message": …}}.
HttpResponse http_error(int status, const std::string& message);
HttpResponse http_refusal(const Refusal& refusal);  // the same, with Retry-After where it may be asked again

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;  // called from many threads
  // Told of what is refused before a handler is asked: too many connections, too large, no HTTP (then the request is
  // empty).
  using Refused = std::function<void(const HttpRequest&, const HttpResponse&)>;

  static Result<std::unique_ptr<HttpServer>> start(ListeningSocket socket, const HttpLimits& limits, Handler handler,
                                                   Refused refused);
  ~HttpServer();  // closes every connection
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  // No new connection; waits for the requests under way. False where some were not done in time; then it may be called
  // again.
  bool drain(std::chrono::milliseconds longest);

 private:
  friend struct HttpCallbacks;
  HttpServer(const HttpLimits& limits, Handler handler, Refused refused)
      : limits_(limits), handler_(std::move(handler)), refused_(std::move(refused)) {}

  HttpLimits limits_;
  Handler handler_;
  Refused refused_;
  int port_ = 0;
  MHD_Daemon* daemon_ = nullptr;
  std::atomic<bool> draining_ = false;
  std::atomic<unsigned> connections_ = 0;
  std::atomic<unsigned> requests_ = 0;
  Lingering lingering_;
};

}  // namespace pellucid
