#include "version/version.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

namespace pellucid {
namespace {

std::string processor() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::string machine() {
  const unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
  return processor() + ", " + std::to_string(cpus) + (cpus == 1 ? " CPU" : " CPUs");
}

std::string shell_quoted(const std::string& argument) {
  constexpr std::string_view kPlain = "-_./,:=+@%";
  const bool plain = std::ranges::all_of(argument, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  });
  if (plain && !argument.empty()) return argument;
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command() {
  std::ifstream arguments("/proc/self/cmdline", std::ios::binary);
  std::string program;
  if (!std::getline(arguments, program, '\0')) return "";
  std::string out = shell_quoted(std::filesystem::path(program).filename().string());
  for (std::string argument; std::getline(arguments, argument, '\0');) out += " " + shell_quoted(argument);
  return out;
}

}  // namespace

std::string_view version() {
  return PELLUCID_VERSION;
}

Tool this_tool() {
  return {
      .version = std::string(version()), .commit = std::string(commit()), .machine = machine(), .command = command()};
}

}  // namespace pellucid
