#include "serve/http.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>

namespace pellucid {
namespace {

constexpr unsigned kSpareConnections = 16;  // beyond the limit: to be told so
constexpr std::size_t kReadAndDropped = 4;  // bodies up to this many times the limit are read before the refusal
constexpr std::size_t kStack = std::size_t{1} << 20;  // of a connection's thread

struct Exchange {
  HttpRequest request;
  std::size_t body_bytes = 0;  // received, kept or not
  bool kept = true;            // what is refused needs no room
  bool too_little_memory = false;
};

std::string header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

// Whether two readers could disagree about where this request ends. A proxy in front that does would take the rest of
// one client's body for the next client's request (RFC 9112, sections 6.1 and 6.3).
bool ends_in_doubt(MHD_Connection* connection) {
  struct Framing {
    int fields = 0;
    bool odd = false;
  } framing;
  constexpr auto kVisit = [](void* closure, MHD_ValueKind, const char* name, const char* value) {
    Framing& found = *static_cast<Framing*>(closure);
    const std::string_view text = value == nullptr ? "" : value;
    found.odd |= std::strpbrk(name, " \t") != nullptr;  // "Content-Length : 5", which some read as that and some do not
    if (::strcasecmp(name, "Content-Length") == 0) {
      ++found.fields;
      found.odd |= text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos;
    } else if (::strcasecmp(name, "Transfer-Encoding") == 0) {
      ++found.fields;
      found.odd |= value == nullptr || ::strcasecmp(value, "chunked") != 0;
    }
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, kVisit, &framing);
  return framing.odd || framing.fields > 1;
}

int socket_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

// Of the connection that this thread serves, from its first request's line on; -1 in other threads.
thread_local int own_socket = -1;

std::string why_refused(unsigned status) {
  if (status == 431) return "expected headers within the service's limit, found more";
  if (status == 414) return "expected an address within the service's limit, found a longer one";
  if (status == 413) return "expected a body within the service's limit, found a larger one";
  return "expected a request as HTTP/1.1 has it, found another (its line, its headers, its length or its chunks)";
}

}  // namespace

HttpResponse http_error(int status, const std::string& message) {
  const nlohmann::ordered_json body = {{"error", {{"status", status}, {"message", message}}}};
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

HttpResponse http_refusal(const Refusal& refusal) {
  HttpResponse response = http_error(refusal.status, refusal.message);
  if (refusal.status == 429 || refusal.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

struct HttpCallbacks {
  // The client has so long for what it sends or takes next.
  static void limit(HttpServer& server, MHD_Connection* connection, unsigned seconds) {
    server.lingering_.limit(socket_of(connection), std::chrono::steady_clock::now() + std::chrono::seconds(seconds));
  }

  static void limit_headers(HttpServer& server, MHD_Connection* connection) {
    limit(server, connection, server.limits_.idle_seconds + server.limits_.body_seconds);
  }

  static MHD_Result send(HttpServer& server, MHD_Connection* connection, const HttpResponse& response, bool close) {
    // MHD copies the body and frees the response when it was sent.
    MHD_Response* sent = MHD_create_response_from_buffer(response.body.size(), const_cast<char*>(response.body.data()),
                                                         MHD_RESPMEM_MUST_COPY);
    if (sent == nullptr) return MHD_NO;
    MHD_add_response_header(sent, "Content-Type", response.content_type.c_str());
    MHD_add_response_header(sent, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(sent, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(sent, "Cross-Origin-Resource-Policy", "same-origin");
    for (const auto& [name, value] : response.headers) MHD_add_response_header(sent, name.c_str(), value.c_str());
    if (close || server.draining_) MHD_add_response_header(sent, "Connection", "close");
    limit(server, connection, server.limits_.body_seconds);  // until on_completed
    const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), sent);
    MHD_destroy_response(sent);
    return queued;
  }

  // Whoever was answered has the answer, whether there is memory to tell of it or not.
  static void tell(const HttpServer& server, const HttpRequest& request, const HttpResponse& response) noexcept {
    try {
      server.refused_(request, response);
    } catch (const std::bad_alloc&) {
      return;
    }
  }

  static MHD_Result refuse(HttpServer& server, MHD_Connection* connection, const HttpRequest& request,
                           const HttpResponse& response) {
    const MHD_Result queued = send(server, connection, response, true);
    tell(server, request, response);
    return queued;
  }

  // Called with the headers, then with each part of the body, then once more. Between MHD's frames nothing is thrown.
  static MHD_Result on_request(void* closure, MHD_Connection* connection, const char* path, const char* method,
                               const char* /*version*/, const char* part, std::size_t* part_size, void** exchange_of) {
    try {
      return on_part(closure, connection, path, method, part, part_size, exchange_of);
    } catch (const std::bad_alloc&) {
      return MHD_NO;  // not even for an answer
    }
  }

  static MHD_Result on_part(void* closure, MHD_Connection* connection, const char* path, const char* method,
                            const char* part, std::size_t* part_size, void** exchange_of) {
    HttpServer& server = *static_cast<HttpServer*>(closure);
    if (*exchange_of == nullptr) return on_headers(server, connection, path, method, exchange_of);
    Exchange& exchange = *static_cast<Exchange*>(*exchange_of);
    if (*part_size > 0) {
      exchange.body_bytes += *part_size;
      if (exchange.body_bytes > kReadAndDropped * server.limits_.body) return MHD_NO;
      exchange.kept = exchange.kept && exchange.body_bytes <= server.limits_.body;
      keep(exchange, {part, *part_size});
      *part_size = 0;
      return MHD_YES;
    }
    server.lingering_.unlimit(socket_of(connection));  // the request is whole: what takes time now is ours
    if (exchange.body_bytes > server.limits_.body) {
      return refuse(server, connection, exchange.request, too_large(server));
    }
    if (exchange.too_little_memory) {
      return refuse(server, connection, exchange.request, http_refusal(too_little_memory()));
    }
    return send(server, connection, handled(server, exchange.request), false);
  }

  // What comes is taken as it comes: what a header announces may never.
  static void keep(Exchange& exchange, std::string_view part) {
    try {
      if (exchange.kept) exchange.request.body.append(part);
    } catch (const std::bad_alloc&) {
      exchange.too_little_memory = true;
      exchange.kept = false;
    }
    if (!exchange.kept) exchange.request.body = {};
  }

  static HttpResponse too_large(const HttpServer& server) {
    return http_error(
        413, "expected a body of at most " + std::to_string(server.limits_.body) + " bytes, found a larger one");
  }

  static MHD_Result on_headers(HttpServer& server, MHD_Connection* connection, const char* path, const char* method,
                               void** exchange_of) {
    auto exchange = std::make_unique<Exchange>();
    exchange->request = {.method = std::strcmp(method, "HEAD") == 0 ? "GET" : method,
                         .path = path,
                         .host = header(connection, "Host"),
                         .content_type = header(connection, "Content-Type"),
                         .authorization = header(connection, "Authorization"),
                         .body = {},
                         .connections = server.connections_};
    const HttpRequest& request = exchange->request;
    *exchange_of = exchange.release();  // back in on_completed
    ++server.requests_;
    limit(server, connection, server.limits_.body_seconds);
    if (server.connections_ > server.limits_.connections) {
      const HttpResponse busy = http_refusal({503, "expected at most " + std::to_string(server.limits_.connections) +
                                                       " connections at a time, found more; come back later"});
      return refuse(server, connection, request, busy);
    }
    if (ends_in_doubt(connection)) {
      return refuse(
          server, connection, request,
          http_error(400,
                     "expected one Content-Length in digits, or Transfer-Encoding: chunked alone, found headers "
                     "that leave open where the request ends"));
    }
    const std::string length = header(connection, "Content-Length");
    std::size_t announced = 0;
    std::from_chars(length.data(), length.data() + length.size(), announced);
    if (announced > kReadAndDropped * server.limits_.body) {
      return refuse(server, connection, request, too_large(server));
    }
    static_cast<Exchange*>(*exchange_of)->kept = announced <= server.limits_.body;
    return MHD_YES;
  }

  static HttpResponse handled(const HttpServer& server, const HttpRequest& request) {
    try {
      return server.handler_(request);
    } catch (const std::bad_alloc&) {
      return http_refusal(too_little_memory());
    } catch (const std::exception& bug) {  // errors are values
      return http_error(500, std::string("the service failed: ") + bug.what());
    }
  }

  static void on_completed(void* closure, MHD_Connection* connection, void** exchange,
                           MHD_RequestTerminationCode /*why*/) {
    if (*exchange == nullptr) return;
    HttpServer& server = *static_cast<HttpServer*>(closure);
    delete static_cast<Exchange*>(*exchange);
    *exchange = nullptr;
    limit_headers(server, connection);  // of the next request
    --server.requests_;
  }

  static void on_connection(void* closure, MHD_Connection* connection, void** /*of_socket*/,
                            MHD_ConnectionNotificationCode what) {
    HttpServer& server = *static_cast<HttpServer*>(closure);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
      ++server.connections_;
      limit_headers(server, connection);
      return;
    }
    --server.connections_;
    server.lingering_.unlimit(socket_of(connection));
    // MHD has ended its writing and closes it now, whatever comes in.
    if (const int copy = ::fcntl(socket_of(connection), F_DUPFD_CLOEXEC, 0); copy >= 0) server.lingering_.take(copy);
  }

  // A request's line has come; called in the connection's thread.
  static void* on_line(void* /*closure*/, const char* /*line*/, MHD_Connection* connection) {
    own_socket = socket_of(connection);
    return nullptr;  // there is no Exchange yet
  }

  // MHD refuses a request itself, which its log alone tells. Its own answer is HTML, and libmicrohttpd 0.9.75 sends the
  // headers twice where Content-Length is no number; so ours comes first, and nothing after it.
  static void on_message(void* closure, const char* format, va_list arguments) {
    if (own_socket < 0 || !std::string_view(format).starts_with("Error processing request")) return;
    try {
      answer_malformed(*static_cast<HttpServer*>(closure), va_arg(arguments, unsigned));
      ::shutdown(own_socket, SHUT_WR);
    } catch (const std::bad_alloc&) {
      ::shutdown(own_socket, SHUT_RDWR);  // not even an answer
    }
  }

  static void answer_malformed(const HttpServer& server, unsigned status) {
    const char* reason = MHD_get_reason_phrase_for(status);
    const HttpResponse response = http_error(static_cast<int>(status), why_refused(status));
    const std::string& body = response.body;
    const std::string answer =
        "HTTP/1.1 " + std::to_string(status) + " " + (reason == nullptr ? "Refused" : reason) +
        "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    (void)!::send(own_socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    tell(server, {}, response);
  }
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(ListeningSocket socket, const HttpLimits& limits, Handler handler,
                                                      Refused refused) {
  std::unique_ptr<HttpServer> server(new HttpServer(limits, std::move(handler), std::move(refused)));
  server->port_ = socket.port();
  constexpr unsigned kFlags =
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
  server->daemon_ =
      MHD_start_daemon(kFlags, 0, nullptr, nullptr, &HttpCallbacks::on_request, server.get(),    //
                       MHD_OPTION_EXTERNAL_LOGGER, &HttpCallbacks::on_message, server.get(),     //
                       MHD_OPTION_URI_LOG_CALLBACK, &HttpCallbacks::on_line, nullptr,            //
                       MHD_OPTION_LISTEN_SOCKET, socket.descriptor(),                            //
                       MHD_OPTION_CONNECTION_LIMIT, limits.connections + kSpareConnections,      //
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.headers,                       //
                       MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_seconds,                       //
                       MHD_OPTION_THREAD_STACK_SIZE, kStack,                                     //
                       MHD_OPTION_STRICT_FOR_CLIENT, 1,                                          //
                       MHD_OPTION_NOTIFY_COMPLETED, &HttpCallbacks::on_completed, server.get(),  //
                       MHD_OPTION_NOTIFY_CONNECTION, &HttpCallbacks::on_connection, server.get(), MHD_OPTION_END);
  if (server->daemon_ == nullptr) {
    return fail(ErrorCode::io, "expected to start a server, found that the system refused (threads? open files?)");
  }
  socket.release();
  return server;
}

HttpServer::~HttpServer() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

bool HttpServer::drain(std::chrono::milliseconds longest) {
  if (!draining_.exchange(true)) {  // MHD would name the socket that is closed here a second time
    if (const MHD_socket listening = MHD_quiesce_daemon(daemon_); listening != MHD_INVALID_SOCKET) ::close(listening);
  }
  const auto end = std::chrono::steady_clock::now() + longest;
  while (requests_ > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return requests_ == 0;
}

}  // namespace pellucid
