// The socket that a server listens at.
#pragma once

#include <string>

#include "error/error.h"

namespace pellucid {

// Owns a socket.
class ListeningSocket {
 public:
  // port 0: any that is free. A port in use is an error that says so.
  static Result<ListeningSocket> open(const std::string& host, int port);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket();

  int descriptor() const { return descriptor_; }
  int release();  // to one who closes it
  int port() const { return port_; }
  bool loopback() const { return loopback_; }  // reached from this machine alone

 private:
  ListeningSocket(int descriptor, int port, bool loopback)
      : descriptor_(descriptor), port_(port), loopback_(loopback) {}
  int descriptor_ = -1;
  int port_ = 0;
  bool loopback_ = false;
};

}  // namespace pellucid
