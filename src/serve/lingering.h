// Clients that take their time, watched by one thread.
//
// The end of connections whose client may still be sending. Closed at once, they would be reset, and what was answered
// could be lost on its way (RFC 9112, section 9.6): so they are kept, and what comes is read and dropped, for a while.
//
// Requests that arrive, and answers that are taken, byte by byte: libmicrohttpd's own limit of time begins again with
// each.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace pellucid {

class Lingering {
 public:
  Lingering();
  ~Lingering();  // closes all at once
  Lingering(const Lingering&) = delete;
  Lingering& operator=(const Lingering&) = delete;

  // Both are called between a C library's frames. Where there is no memory to remember a client, it has no time at all.

  // Takes a descriptor of a connection that nothing more is written to.
  void take(int descriptor) noexcept;

  // Shuts the socket down at `end`, unless a call for the same socket comes before. It must not be closed in between.
  void limit(int socket, std::chrono::steady_clock::time_point end) noexcept;
  void unlimit(int socket);

 private:
  struct Connection {
    int descriptor;
    std::chrono::steady_clock::time_point end;
    std::size_t left;  // bytes that are read at most
  };
  static bool is_over(Connection& connection);
  void watch_forever();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Connection> connections_;
  std::map<int, std::chrono::steady_clock::time_point> ends_;  // of sockets that are limited
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace pellucid
