#include "serve/lingering.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongest{2};
constexpr std::chrono::milliseconds kPause{5};   // between looks at those that linger
constexpr std::chrono::milliseconds kTick{100};  // between looks at limits, which are seconds
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::size_t kMostConnections = 64;  // beyond: the one that has lingered longest is closed

}  // namespace

Lingering::Lingering() : thread_([this] { watch_forever(); }) {}

Lingering::~Lingering() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (const Connection& connection : connections_) ::close(connection.descriptor);
}

// The client has closed, or has had its time.
bool Lingering::is_over(Connection& connection) {
  static thread_local std::array<char, std::size_t{64} << 10> dropped;
  for (;;) {
    const ssize_t n = ::recv(connection.descriptor, dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return Clock::now() >= connection.end;
    if (n <= 0 || static_cast<std::size_t>(n) >= connection.left) return true;
    connection.left -= static_cast<std::size_t>(n);
  }
}

void Lingering::take(int descriptor) noexcept {
  Connection connection{descriptor, Clock::now() + kLongest, kMostBytes};
  if (is_over(connection)) {  // most have been closed by the client
    ::close(descriptor);
    return;
  }
  const std::lock_guard lock(mutex_);
  if (connections_.size() >= kMostConnections) {
    ::close(connections_.front().descriptor);
    connections_.pop_front();
  }
  try {
    connections_.push_back(connection);
  } catch (const std::bad_alloc&) {
    ::close(descriptor);
  }
  changed_.notify_all();
}

void Lingering::limit(int socket, Clock::time_point end) noexcept {
  const std::lock_guard lock(mutex_);
  const bool first = ends_.empty();
  try {
    ends_[socket] = end;
  } catch (const std::bad_alloc&) {
    ::shutdown(socket, SHUT_RDWR);
  }
  if (first) changed_.notify_all();
}

void Lingering::unlimit(int socket) {
  const std::lock_guard lock(mutex_);
  ends_.erase(socket);
}

void Lingering::watch_forever() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !connections_.empty() || !ends_.empty(); });
    if (stopping_) return;
    std::erase_if(connections_, [](Connection& connection) {
      if (!is_over(connection)) return false;
      ::close(connection.descriptor);
      return true;
    });
    std::erase_if(ends_, [now = Clock::now()](const auto& limited) {
      if (now < limited.second) return false;
      ::shutdown(limited.first, SHUT_RDWR);  // whoever reads from it finds that the client has gone
      return true;
    });
    const bool nobody = connections_.empty();
    changed_.wait_for(lock, nobody ? kTick : kPause, [&] { return stopping_ || (nobody && !connections_.empty()); });
  }
}

}  // namespace pellucid
