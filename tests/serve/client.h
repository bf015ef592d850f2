// A plain HTTP client on a socket, which also sends what no proper client would.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <concepts>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace pellucid {

struct Reply {
  int status = 0;  // 0: the connection was closed without an answer
  std::string headers, body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string message() const { return json()["error"]["message"]; }
  bool has(const std::string& header) const { return headers.find(header) != std::string::npos; }
};

class Connection {
 public:
  explicit Connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool open() const { return open_; }

  // False where the connection was reset meanwhile; there can be a reply all the same.
  bool send(const std::string& bytes) const {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }
  // All that comes until the other side closes.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(received_, {});
  }

  Reply receive() {
    while (received_.find("\r\n\r\n") == std::string::npos) {
      if (!more()) return {};
    }
    Reply reply;
    const std::size_t end = received_.find("\r\n\r\n");
    reply.headers = received_.substr(0, end + 2);
    reply.status = static_cast<int>(std::strtol(reply.headers.substr(9, 3).c_str(), nullptr, 10));
    received_.erase(0, end + 4);
    if (reply.status == 100) return receive();
    const std::size_t length_at = reply.headers.find("Content-Length: ");
    const std::size_t length = length_at == std::string::npos ? 0 : std::stoul(reply.headers.substr(length_at + 16));
    while (received_.size() < length && more()) {
    }
    reply.body = received_.substr(0, length);
    received_.erase(0, length);
    return reply;
  }

 private:
  bool more() {
    char bytes[16384];
    const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
    if (n > 0) received_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }

  int socket_;
  bool open_ = false;
  std::string received_;
};

inline std::string request_text(const std::string& method, const std::string& path, const std::string& body = "",
                                const std::string& headers = "Content-Type: application/json\r\n") {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline Reply get(int port, const std::string& path, const std::string& headers = "") {
  Connection connection(port);
  connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  return connection.receive();
}

inline Reply post(int port, const std::string& path, const std::string& body,
                  const std::string& headers = "Content-Type: application/json\r\n") {
  Connection connection(port);
  connection.send(request_text("POST", path, body, headers));
  return connection.receive();
}

// Only what is JSON already: text is sent as it stands.
template <std::same_as<nlohmann::json> Json>
Reply post(int port, const std::string& path, const Json& body) {
  return post(port, path, body.dump());
}

}  // namespace pellucid
