// A service in this process, with the tiny model, on a port of its own.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/service.h"
#include "tiny_model.h"

namespace pellucid {

struct Running {
  TemporaryFolder folder;
  std::unique_ptr<Service> service;
  std::mutex mutex;
  std::vector<std::string> lines;  // of its log

  explicit Running(ServiceOptions options = {}) {
    write_tiny_model(folder / "model", Adjust::top);
    options.port = 0;
    options.model.model = (folder / "model").string();
    options.log_line = [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      lines.push_back(line);
    };
    if (!options.decision_log.empty()) options.decision_log = folder / options.decision_log;
    service = unwrap(Service::start(std::move(options)));
  }

  int port() const { return service->port(); }
};

}  // namespace pellucid
