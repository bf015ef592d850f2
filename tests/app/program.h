// Runs the built programs as a user would, and keeps what they print.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "peak_memory.h"
#include "temporary_folder.h"

namespace pellucid {

struct Finished {
  int status = -1;  // exit status, or 128 + signal
  std::string out, err;
};

inline const std::filesystem::path kProgram = std::filesystem::path(PELLUCID_BINARY_DIR) / "pellucid";

class Program {
 public:
  // Starts it. `input` is given on stdin; `endless` keeps stdin open behind it.
  Program(const TemporaryFolder& folder, std::vector<std::string> arguments, const std::string& input = "",
          bool endless = false, const std::filesystem::path& program = kProgram)
      : folder_(folder) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[0], STDIN_FILENO);
      redirect(folder / "stdout", STDOUT_FILENO);
      redirect(folder / "stderr", STDERR_FILENO);
      std::vector<char*> argv{const_cast<char*>(program.c_str())};
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(ends[0]);
    ::signal(SIGPIPE, SIG_IGN);
    if (::write(ends[1], input.data(), input.size()) < 0) child_gone_ = true;
    if (endless) {
      stdin_ = ends[1];
    } else {
      ::close(ends[1]);
    }
  }

  void interrupt() const { signal(SIGINT); }
  void signal(int number) const { ::kill(child_, number); }

  long megabytes_of_addresses() const {
    std::ifstream statm("/proc/" + std::to_string(child_) + "/statm");
    long pages = 0;
    statm >> pages;
    return pages * ::sysconf(_SC_PAGESIZE) >> 20;
  }

  Ended watch() { return wait_and_watch(child_); }

  Finished wait() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    if (stdin_ >= 0) ::close(stdin_);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), folder_.read("stdout"),
            folder_.read("stderr")};
  }

 private:
  static void redirect(const std::filesystem::path& file, int descriptor) {
    const int opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(opened, descriptor);
  }

  const TemporaryFolder& folder_;
  pid_t child_ = -1;
  int stdin_ = -1;
  bool child_gone_ = false;
};

inline Finished run(const TemporaryFolder& folder, std::vector<std::string> arguments, const std::string& input = "") {
  return Program(folder, std::move(arguments), input).wait();
}

inline std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace pellucid
