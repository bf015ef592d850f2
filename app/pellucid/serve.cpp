// pellucid serve: the HTTP service, until a signal ends it.
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "arguments.h"
#include "commands.h"
#include "out_of_memory.h"
#include "progress/interrupt.h"
#include "serve/service.h"
#include "version/version.h"

namespace pellucid {
namespace {

constexpr int kArenas = 2;

struct Arguments {
  ModelArguments model;
  ServiceOptions service;
  std::string token_file;
  std::string log_text = "full";
  std::size_t deadline_ms = 30000;
  std::size_t drain_seconds = 30;
  bool quiet = false;
};

void write_line(const std::string& line) {
  const std::string whole = line + "\n";  // in one piece: lines of several threads do not mix
  (void)std::fwrite(whole.data(), 1, whole.size(), stderr);
}

void log_event(const char* event, const nlohmann::ordered_json& members = nlohmann::ordered_json::object()) {
  nlohmann::ordered_json line = {{"time", time_text(now_milliseconds())}, {"event", event}};
  line.update(members);
  write_line(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

// Signals are waited for here, in no other thread.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a client that went away
  return signals;
}

Result<void> run(const Arguments& arguments) {
  const sigset_t signals = block_signals();
  PELLUCID_CHECK(check_interrupted("interrupted before it served"));  // main took signals until now
  // malloc would make up to eight arenas a core for the connections' threads, and each keeps what its largest request
  // took.
  limit_arenas(kArenas);
  ServiceOptions options = arguments.service;
  if (!arguments.token_file.empty()) {
    PELLUCID_TRY(options.token, read_token(arguments.token_file));
  }
  PELLUCID_TRY(options.model.load, load_options(arguments.model, Precision::fp32));
  PELLUCID_TRY(options.model.log_text, log_text_from_name(arguments.log_text));
  options.model.model = arguments.model.model;
  options.engine.threads = static_cast<int>(arguments.model.threads);
  options.api.deadline = std::chrono::milliseconds(arguments.deadline_ms);
  if (!arguments.quiet) options.log_line = write_line;
  PELLUCID_TRY(const std::unique_ptr<Service> service, Service::start(options));
  const std::string host = options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  log_event("listening",
            {{"url", "http://" + host + ":" + std::to_string(service->port()) + "/"}, {"version", version()}});
  for (;;) {
    int number = 0;
    if (sigwait(&signals, &number) != 0) continue;
    if (number != SIGHUP) break;
    const Result<void> reloaded = service->reload();
    if (reloaded) log_event("reloaded");
    if (!reloaded) log_event("reload_failed", {{"message", describe(reloaded.error())}});
  }
  log_event("stopping");
  // A second signal ends the process at once; there is nothing to load again for.
  ::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  for (const int number : {SIGTERM, SIGINT}) ::signal(number, SIG_DFL);
  const bool drained = service->drain(std::chrono::seconds(arguments.drain_seconds));
  log_event("stopped", {{"drained", drained}});
  return {};
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("serve", "Predict and explain over HTTP, with a page to try it");
  auto arguments = std::make_shared<Arguments>();
  ServiceOptions& service = arguments->service;
  add_model_arguments(*command, arguments->model, "fp32", /*long_texts=*/false);
  command->add_option("--host", service.host, "Name or address to listen at")->capture_default_str();
  command->add_option("--port", service.port, "Port; 0: any that is free")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  command->add_option("--token-file", arguments->token_file, "A file with the token that requests must bear");
  command->add_flag("--allow-open", service.allow_open, "Serve other machines without a token");
  command->add_option("--log", service.decision_log,
                      "Record every decision in this log before it is answered (pellucid record)");
  command->add_option("--log-text", arguments->log_text, "What the log keeps of texts: full, hash or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"full", "hash", "none"}));
  command->add_flag("--log-requests", service.log_texts, "Write bodies of requests, texts too, to the lines on stderr");
  const auto number = [&](const char* name, auto& value, std::size_t most, const char* help) {
    command->add_option(name, value, help)->capture_default_str()->check(CLI::Range(std::size_t{1}, most));
  };
  constexpr std::size_t kBytes = std::size_t{1} << 30, kTexts = 1'000'000, kDay = 86'400;
  number("--max-body", service.http.body, kBytes, "Bytes of a request's body");
  number("--max-texts", service.api.predict_texts, kTexts, "Texts of a request for predictions");
  number("--max-explained", service.api.explain_texts, kTexts, "Texts of a request for explanations");
  number("--max-text", service.api.text_bytes, kBytes, "Bytes of a text");
  number("--max-explained-bytes", service.api.explained_bytes, kBytes,
         "Bytes of the texts of a request's explanations, a text counted for each method and class");
  number("--max-connections", service.http.connections, 10'000, "Connections at a time");
  number("--queue", service.engine.queue_texts, kTexts, "Texts that may wait; others are answered 429");
  number("--deadline", arguments->deadline_ms, 1000 * kDay, "Milliseconds until a request is answered 504");
  number("--drain", arguments->drain_seconds, kDay, "Seconds that requests have to finish after SIGTERM");
  number("--batch-tokens", service.engine.batch_tokens, kTexts, "Tokens predicted together");
  command->add_flag("--quiet", arguments->quiet, "No line for each request");
  command->footer("SIGHUP loads the model again, SIGTERM finishes what is under way and stops.\n");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
