// The processes that train one model together: sums over all of them and words from the first, by torch's c10d over
// Gloo. One process alone is the trivial form: nothing is sent, nothing changes.
//
// All processes make the same calls in the same order. One that dies ends those that wait for it with an error: at once
// where the system closes its connections, else after the timeout. One that gives up ends all.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "error/error.h"

namespace at {
class Tensor;
}

namespace pellucid::train {

class Collective {
 public:
  // One process.
  Collective();

  // The processes that torchrun started, or anything else that sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; one
  // process where WORLD_SIZE is not set or 1. Waits for all of them. GLOO_SOCKET_IFNAME names the network interface.
  static Result<Collective> join(std::chrono::seconds timeout);

  ~Collective();
  Collective(Collective&&) noexcept;
  Collective& operator=(Collective&&) noexcept;

  int rank() const { return rank_; }
  int size() const { return size_; }
  int local_rank() const { return local_rank_; }  // among those on this machine, as LOCAL_RANK says
  bool first() const { return rank_ == 0; }       // the one that writes and prints

  // The sum over all processes takes the place of `values`, on a CPU; all get the same bits. What start_sum returns
  // waits for it; until then the tensor is not to be touched.
  using Wait = std::function<Result<void>()>;
  Wait start_sum(const at::Tensor& values);
  Result<void> sum(const at::Tensor& values) { return start_sum(values)(); }

  // The first process's take the place of the others'.
  Result<void> broadcast(const at::Tensor& values);  // on any device
  Result<void> broadcast(std::string& text);

  // Returns when all processes have called it.
  Result<void> meet();

  // Whether all processes gave the same text.
  Result<bool> agree(const std::string& text);

  // True for the process that fails first: what the others meet is the consequence and needs no message of its own.
  bool may_complain();

  // After a failure: of several processes, ends all with this status, without waiting for sums that never come; where
  // the store is in this one, after a few seconds at most in which the others may end. One process goes on.
  void give_up(int exit_status);

 private:
  struct Group;
  std::unique_ptr<Group> group_;  // null: one process
  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
};

}  // namespace pellucid::train
