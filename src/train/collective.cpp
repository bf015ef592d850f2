#include "train/collective.h"

#include <torch/types.h>
#include <torch/utils.h>

#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string_view>
#include <thread>

#include "files/sha256.h"

namespace pellucid::train {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFarewell{3};
constexpr milliseconds kLook{200};
constexpr const char* kComplaints = "complaints";
constexpr const char* kStatus = "status";
constexpr const char* kLeft = "left";

Result<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return std::string(value);
  return fail(ErrorCode::usage,
              "expected a value in the environment beside WORLD_SIZE, as torchrun sets it; found none", name);
}

Result<int> number(const char* name, int smallest, int largest) {
  PELLUCID_TRY(const std::string text, variable(name));
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc() && end == text.data() + text.size() && value >= smallest && value <= largest) return value;
  return fail(ErrorCode::usage,
              "expected a number from " + std::to_string(smallest) + " to " + std::to_string(largest) + ", found '" +
                  text + "'",
              name);
}

// What libtorch threw, without the place in its source and without its backtrace.
std::string reason_of(const std::exception& thrown) {
  std::string text = thrown.what();
  text.resize(std::min({text.find('\n'), text.find(". "), text.size()}));
  if (text.starts_with('[') && text.find("] ") != std::string::npos) text.erase(0, text.find("] ") + 2);
  return text;
}

}  // namespace

struct Collective::Group {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> processes;
  int size = 1;
  bool serves = false;  // the store is in this process
  std::jthread watch;   // last: ends before the store does

  // Ends this process as soon as another has given up: in a ring of sums it may wait for one that lives, and would see
  // no connection fail.
  void follow(const std::stop_token& stop) const {
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (end_with_others()) {
      std::unique_lock lock(mutex);
      if (stopped.wait_for(lock, stop, kLook, [&] { return stop.stop_requested(); })) return;
    }
  }
  // Ends this process, with the same status, where another has given up. False where the store has gone: whoever waits
  // for a sum meets that too.
  bool end_with_others() const {
    try {
      if (!store->check({kStatus})) return true;
      const std::vector<std::uint8_t> status = store->get(kStatus);
      leave(status.at(0));
    } catch (const std::exception&) {
      return false;
    }
  }
  // Takes leave of the store; where it is in this process, waits for the others to do so, a few seconds at most.
  void say_farewell() const {
    try {
      store->add(kLeft, 1);
      const auto end = std::chrono::steady_clock::now() + kFarewell;
      while (serves && store->add(kLeft, 0) < size && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(milliseconds(10));
      }
    } catch (const std::exception&) {
      return;  // the store has gone before us
    }
  }
  // Of threads that find at the same time that it is over, one takes leave.
  [[noreturn]] void leave(int exit_status) const {
    static std::atomic_flag leaving;
    while (leaving.test_and_set()) std::this_thread::sleep_for(kFarewell);
    say_farewell();
    std::fflush(nullptr);
    std::_Exit(exit_status);
  }

  // Calls work(), which may throw where a process is lost.
  template <class Work>
  Result<void> guarded(const Work& work) const {
    try {
      work();
      return {};
    } catch (const std::exception& thrown) {
      end_with_others();  // the connection to one that gave up may fail before follow() looks
      return fail(ErrorCode::io, "lost one of the " + std::to_string(size) + " processes that train together (" +
                                     reason_of(thrown) +
                                     "), and stopped; the same command with --resume goes on from the last checkpoint");
    }
  }
};

Collective::Collective() = default;
Collective::~Collective() = default;
Collective::Collective(Collective&&) noexcept = default;
Collective& Collective::operator=(Collective&&) noexcept = default;

Result<Collective> Collective::join(seconds timeout) {
  Collective joined;
  if (std::getenv("WORLD_SIZE") == nullptr) return joined;
  constexpr int kMost = 1 << 16;
  PELLUCID_TRY(joined.size_, number("WORLD_SIZE", 1, kMost));
  if (joined.size_ == 1) return joined;
  PELLUCID_TRY(joined.rank_, number("RANK", 0, joined.size_ - 1));
  if (std::getenv("LOCAL_RANK") != nullptr) {
    PELLUCID_TRY(joined.local_rank_, number("LOCAL_RANK", 0, joined.size_ - 1));
  }
  PELLUCID_TRY(const std::string host, variable("MASTER_ADDR"));
  PELLUCID_TRY(const int port, number("MASTER_PORT", 1, std::numeric_limits<std::uint16_t>::max()));
  // torchrun keeps the store itself; elsewhere it is the first process's.
  const char* agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
  const bool serves = joined.first() && (agent == nullptr || std::string_view(agent) != "True");
  std::signal(SIGPIPE, SIG_IGN);  // a connection that the other side has closed is an error, not the end
  FLAGS_caffe2_log_level = 3;     // fatal: c10d warns, with backtraces, of what we say in a line
  auto group = std::make_unique<Group>();
  try {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = serves;
    options.waitWorkers = false;
    options.timeout = timeout;
    group->store =
        c10::make_intrusive<c10d::PrefixStore>("pellucid", c10::make_intrusive<c10d::TCPStore>(host, options));
    group->serves = serves;
    group->size = joined.size_;
    // From here on: another may give up while this one still connects.
    group->watch = std::jthread([&group = *group](const std::stop_token& stop) { group.follow(stop); });
    auto gloo = c10d::ProcessGroupGloo::Options::create(timeout);
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    gloo->devices.push_back(interface == nullptr ? c10d::ProcessGroupGloo::createDefaultDevice()
                                                 : c10d::ProcessGroupGloo::createDeviceForInterface(interface));
    group->processes =
        c10::make_intrusive<c10d::ProcessGroupGloo>(group->store, joined.rank_, joined.size_, std::move(gloo));
  } catch (const std::exception& thrown) {
    if (group->store) group->end_with_others();
    return fail(ErrorCode::io, "process " + std::to_string(joined.rank_) + " of " + std::to_string(joined.size_) +
                                   " has waited " + std::to_string(timeout.count()) + " s at most for the others at " +
                                   host + ":" + std::to_string(port) + " and did not meet them all (" +
                                   reason_of(thrown) + "); start all " + std::to_string(joined.size_));
  }
  joined.group_ = std::move(group);
  return joined;
}

Collective::Wait Collective::start_sum(const torch::Tensor& values) {
  if (!group_) return [] { return Result<void>(); };
  c10::intrusive_ptr<c10d::Work> work;
  const Result<void> started = group_->guarded([&] {
    std::vector<torch::Tensor> tensors = {values};
    work = group_->processes->allreduce(tensors);
  });
  return [group = group_.get(), started, work] { return started ? group->guarded([&] { work->wait(); }) : started; };
}

Result<void> Collective::broadcast(const torch::Tensor& values) {
  if (!group_) return {};
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> tensors = {values.detach().to(torch::kCPU).contiguous().clone()};
  PELLUCID_CHECK(group_->guarded([&] { group_->processes->broadcast(tensors)->wait(); }));
  if (!first()) values.copy_(tensors[0]);
  return {};
}

Result<void> Collective::broadcast(std::string& text) {
  if (!group_) return {};
  const torch::Tensor size = torch::full({1}, static_cast<std::int64_t>(text.size()), torch::kInt64);
  PELLUCID_CHECK(broadcast(size));
  text.resize(static_cast<std::size_t>(size.item<std::int64_t>()));
  return broadcast(torch::from_blob(text.data(), {size.item<std::int64_t>()}, torch::kUInt8));
}

Result<void> Collective::meet() {
  return sum(torch::zeros({1}));
}

Result<bool> Collective::agree(const std::string& text) {
  constexpr std::size_t kDigits = 15;  // of the hash in hexadecimal, which an int64 holds
  const torch::Tensor said = torch::zeros({size_}, torch::kInt64);
  said[rank_] = static_cast<std::int64_t>(std::stoll(sha256(text).substr(0, kDigits), nullptr, 16));
  PELLUCID_CHECK(sum(said));
  return said.eq(said[0]).all().item<bool>();
}

bool Collective::may_complain() {
  if (!group_) return true;
  try {
    group_->store->setTimeout(kFarewell);
    return group_->store->add(kComplaints, 1) == 1;
  } catch (const std::exception&) {
    return true;
  }
}

void Collective::give_up(int exit_status) {
  if (!group_) return;
  group_->watch = {};
  const std::vector<std::uint8_t> status = {static_cast<std::uint8_t>(exit_status)};
  (void)group_->guarded([&] { group_->store->set(kStatus, status); });  // which may have gone before us
  group_->leave(exit_status);
}

}  // namespace pellucid::train
