// pellucid record: reads, verifies, repeats and amends decision logs.
#include <omp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

#include "arguments.h"
#include "commands.h"
#include "files/json.h"
#include "files/sha256.h"
#include "output.h"
#include "record/decision.h"
#include "record/dossier.h"
#include "record/override.h"
#include "record/replay.h"
#include "record/verify.h"
#include "report/escape.h"
#include "report/numbers.h"
#include "report/terminal.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr std::size_t kIdColumns = 24;

struct Arguments {
  std::string file;
  std::vector<std::int64_t> numbers;
  std::optional<std::string> head;
  std::string model;
  std::optional<std::string> text;
  unsigned threads = static_cast<unsigned>(omp_get_max_threads());
  Override override;
  double older_than = 0;  // days
  std::string who, why;
  std::string form = "jsonl";
  std::string output = "-";
  std::string json;
};

// Calls `visit` with the entries asked for (none named: all) and the hash before each.
Result<void> for_entries(DecisionLog& log, const std::vector<std::int64_t>& numbers,
                         const std::function<Result<void>(const Entry&, const std::string&)>& visit) {
  std::vector<std::int64_t> missing = numbers;
  std::string before = Head{}.hash;
  PELLUCID_CHECK(log.for_each([&](const Entry& entry) -> Result<void> {
    const std::string hash_before = std::exchange(before, entry.hash);
    if (!numbers.empty() && std::erase(missing, entry.number) == 0) return {};
    return visit(entry, hash_before);
  }));
  if (missing.empty()) return {};
  return fail(ErrorCode::not_found,
              "expected an entry of the log, found none with the number " + std::to_string(missing.front()),
              log.where());
}

// An entry that is none is listed, too: what is wrong with it, `verify` says.
std::vector<std::string> row_of(const Entry& entry, const std::map<std::int64_t, std::string>& overridden) try {
  const json body = parse_json(entry.body);
  const json content = parse_json(entry.content.value_or("null"));
  const json result = content.is_object() ? content.value("result", json::object()) : json::object();
  std::string label = content.is_object() ? result.value("label", content.value("label", "")) : "(erased)";
  if (const auto by_person = overridden.find(entry.number); by_person != overridden.end())
    label += " → " + by_person->second;
  const json options = body.value("options", json::object());
  const std::string what = body.contains("decision") ? "of " + body["decision"].dump() : options.value("method", "");
  return {std::to_string(entry.number),
          excerpt(body.value("time", ""), kIdColumns),
          excerpt(body.value("kind", ""), kIdColumns),
          excerpt(what, kIdColumns),
          excerpt(result.value("id", ""), kIdColumns),
          excerpt(label, kIdColumns)};
} catch (const json::exception&) {
  return {std::to_string(entry.number), "", "not an entry", "", "", ""};
}

// The label that a person gave, by the number of the decision.
void add_override(const Entry& entry, std::map<std::int64_t, std::string>& overridden) try {
  const json body = parse_json(entry.body);
  const json content = parse_json(entry.content.value_or("null"));
  if (body.at("kind") == "override" && content.is_object()) {
    overridden[whole_number(body.at("decision"))] = content.at("label");
  }
} catch (const json::exception&) {
  return;  // no entry of a decision log
}

Result<void> show_table(DecisionLog& log) {
  std::map<std::int64_t, std::string> overridden;
  PELLUCID_CHECK(log.for_each([&](const Entry& entry) -> Result<void> {
    add_override(entry, overridden);
    return {};
  }));
  std::vector<std::vector<std::string>> rows = {{"entry", "time", "kind", "", "text", "label"}};
  PELLUCID_CHECK(log.for_each([&](const Entry& entry) -> Result<void> {
    rows.push_back(row_of(entry, overridden));
    return {};
  }));
  PELLUCID_TRY(const Head head, log.head());
  return write_output("-", table(rows, {.colour = false}) + "head " + one_line(head.hash) + "\n");
}

Result<void> show(const Arguments& arguments) {
  PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.file, Access::read));
  if (arguments.numbers.empty()) return show_table(log);
  return for_entries(log, arguments.numbers, [&](const Entry& entry, const std::string&) -> Result<void> {
    std::string text = "entry " + std::to_string(entry.number) + ", " + one_line(entry.hash) + "\n";
    const Result<Decision> decision = read_decision(entry);
    if (decision && decision->explained && decision->text) {
      text += to_terminal(decision->result, {.colour = false});
    } else {
      // Spelt out as it is; what a terminal would obey is shown instead.
      text += visible(parse_json(entry.content.value_or("null")).dump(2)) + "\n";
    }
    text += visible(parse_json(entry.body).dump(2)) + "\n";
    PELLUCID_TRY(const std::vector<Override> overrides, overrides_of(log, entry.number));
    for (const Override& o : overrides) {
      text += "overridden in entry " + std::to_string(o.number) + ": " +
              (o.erased ? "(erased)" : visible(o.label + ", by " + o.who + ": " + o.why)) + "\n";
    }
    return write_output("-", text + "\n");
  });
}

Result<void> verify_log(const Arguments& arguments) {
  if (arguments.head && !is_sha256(*arguments.head)) {
    return fail(ErrorCode::usage,
                "expected a head as verify and what records print it, 64 hexadecimal digits; found \"" +
                    visible(*arguments.head) + "\"",
                "--head");
  }
  PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.file, Access::read));
  PELLUCID_TRY(const Verification found, verify(log, arguments.head));
  if (!arguments.json.empty()) {
    const json report = {{"schema", "pellucid.verification/1"},
                         {"entries", found.entries},
                         {"erased", found.erased},
                         {"head", {{"number", found.head.number}, {"hash", found.head.hash}}},
                         {"problems", found.problems}};
    PELLUCID_CHECK(write_output(arguments.json, report.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"));
  }
  for (const std::string& problem : found.problems) std::fprintf(stderr, "pellucid: %s\n", visible(problem).c_str());
  if (!found.problems.empty()) {
    return fail(ErrorCode::format,
                "expected a log that nobody has changed, found the above; keep the file as it is, "
                "and compare it with a copy from before",
                arguments.file);
  }
  if (!arguments.json.empty()) return {};
  std::string said = counted(found.entries, "entry", "entries") + ", none changed, removed, inserted or moved";
  if (found.erased > 0) said += "; the contents of " + std::to_string(found.erased) + " erased by prunings";
  return write_output("-", said + "\nhead " + found.head.hash + "\n" +
                               (arguments.head ? ""
                                               : "Note the head elsewhere: verify --head HASH then shows whether the "
                                                 "log's end is still there.\n"));
}

// Models that decisions were made with, each loaded once.
class LoadedModels {
 public:
  struct Loaded {
    std::unique_ptr<Classifier> classifier;
    ModelIdentity identity;
  };

  explicit LoadedModels(const Arguments& arguments) : arguments_(arguments) {}

  Result<const Loaded*> of(const Decision& decision) {
    const std::string folder = arguments_.model.empty() ? decision.model.folder : arguments_.model;
    const auto key = std::tuple(folder, decision.precision, decision.max_length);
    if (const auto known = loaded_.find(key); known != loaded_.end()) return &known->second;
    const ModelArguments reading{.model = folder,
                                 .precision = decision.precision,
                                 .max_length = decision.max_length,
                                 .long_texts = decision.options.long_texts,
                                 .threads = arguments_.threads};
    Loaded loaded;
    PELLUCID_TRY(loaded.classifier, load(reading, Precision::fp32));
    PELLUCID_TRY(loaded.identity, identify(folder, *loaded.classifier));
    return &loaded_.emplace(key, std::move(loaded)).first->second;
  }

 private:
  const Arguments& arguments_;
  std::map<std::tuple<std::string, std::string, std::size_t>, Loaded> loaded_;
};

std::string replay_in_words(const Replay& replay) {
  std::string words = "not repeated";
  if (replay.repeated && replay.largest_difference == 0) words = "repeated to the last bit";
  if (replay.repeated && replay.largest_difference > 0) {
    words =
        "repeated; another build or platform rounds otherwise, by at most " + json(replay.largest_difference).dump();
  }
  for (const std::string& difference : replay.differences) words += "\n  " + difference;
  return words;
}

Result<void> replay_log(const Arguments& arguments) {
  PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.file, Access::read));
  PELLUCID_TRY(const Build build, this_build());
  PELLUCID_TRY(Output output, Output::open(arguments.json));
  LoadedModels models(arguments);
  std::size_t decisions = 0, failed = 0, passed_over = 0;
  PELLUCID_CHECK(for_entries(log, arguments.numbers, [&](const Entry& entry, const std::string&) -> Result<void> {
    const Result<Decision> decision = read_decision(entry);
    const bool named = !arguments.numbers.empty();
    const bool damaged = !decision && decision.error().code == ErrorCode::format;
    if (!named && !damaged && !(decision && (decision->text || arguments.text))) {
      passed_over += decision || decision.error().code == ErrorCode::not_found;  // else no decision
      return {};
    }
    if (!decision && !damaged) return tl::unexpected(decision.error());
    Replay found;
    if (damaged) {
      found.differences = {decision.error().message};
    } else {
      PELLUCID_TRY(const LoadedModels::Loaded* model, models.of(*decision));
      PELLUCID_TRY(found, replay(*decision, *model->classifier, model->identity, build, arguments.text));
    }
    ++decisions;
    failed += !found.repeated;
    const std::string line = arguments.json.empty()
                                 ? "entry " + std::to_string(entry.number) + ": " + visible(replay_in_words(found))
                                 : json{{"schema", "pellucid.replay/1"},
                                        {"number", entry.number},
                                        {"repeated", found.repeated},
                                        {"same_build", found.same_build},
                                        {"largest_difference", found.largest_difference},
                                        {"differences", found.differences}}
                                       .dump();
    return output.write(line + "\n");
  }));
  PELLUCID_CHECK(output.commit());
  if (passed_over > 0) {
    std::fprintf(stderr, "pellucid: %zu decisions passed over, whose texts the log does not hold\n", passed_over);
  }
  if (failed == 0) return {};
  return fail(ErrorCode::format,
              "expected all decisions to be repeated, found " + std::to_string(failed) + " of " +
                  std::to_string(decisions) + " that were not",
              arguments.file);
}

Result<void> override_decision(const Arguments& arguments) {
  PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.file, Access::write));
  Override override = arguments.override;
  override.decision = arguments.numbers.front();
  PELLUCID_TRY(const Entry entry, append_override(log, override));
  return write_output("-", "entry " + std::to_string(entry.number) + "\nhead " + entry.hash + "\n");
}

Result<void> prune_log(const Arguments& arguments) {
  constexpr double kDay = 86400e3;  // milliseconds
  PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.file, Access::write));
  // 0 days: everything until now, this very millisecond included.
  const std::int64_t before = now_milliseconds() + 1 - static_cast<std::int64_t>(arguments.older_than * kDay);
  PELLUCID_TRY(const std::size_t erased, log.prune(time_text(before), arguments.who, arguments.why));
  PELLUCID_TRY(const Head head, log.head());
  return write_output(
      "-", "the contents of " + counted(erased, "entry", "entries") + " erased\nhead " + one_line(head.hash) + "\n");
}

Result<void> export_log(const Arguments& arguments) {
  PELLUCID_TRY(DecisionLog log, DecisionLog::open(arguments.file, Access::read));
  if (arguments.form == "html" && arguments.numbers.size() != 1) {
    return fail(
        ErrorCode::usage,
        "expected the number of one entry, which a page is about, found " + std::to_string(arguments.numbers.size()),
        "--as html");
  }
  PELLUCID_TRY(Output output, Output::open(arguments.output));
  PELLUCID_CHECK(
      for_entries(log, arguments.numbers, [&](const Entry& entry, const std::string& before) -> Result<void> {
        if (arguments.form == "jsonl") return output.write(export_line(entry, before) + "\n");
        PELLUCID_TRY(const Decision decision, read_decision(entry));
        PELLUCID_TRY(const std::vector<Override> overrides, overrides_of(log, entry.number));
        return output.write(dossier(entry, decision, overrides));
      }));
  return output.commit();
}

}  // namespace

void add_record(CLI::App& app, int& status) {
  auto* record = app.add_subcommand("record", "Decision logs: show, verify, repeat, override, export, prune");
  record->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* summary, Result<void> (*work)(const Arguments&)) {
    auto* command = record->add_subcommand(name, summary);
    command->add_option("file", arguments->file, "The decision log")->required();
    command->callback([=, &status] { run_command([&] { return work(*arguments); }, status); });
    return command;
  };
  const auto add_numbers = [&](CLI::App* command, const char* all) {
    command->add_option("entry", arguments->numbers, std::string("Numbers of entries [") + all + "]");
  };

  auto* command = add("show", "List the entries, or show some in full", show);
  add_numbers(command, "a list of all");

  command = add("verify", "Recompute the chain: was an entry changed, removed, inserted or moved?", verify_log);
  command->add_option("--head", arguments->head, "A head noted earlier, which the log must still have");
  command->add_option("--json", arguments->json, "The result as JSON: a file, or - for stdout");

  command = add("replay", "Make decisions again and compare", replay_log);
  add_numbers(command, "all whose text the log holds");
  command->add_option("--model", arguments->model, "The model [the folder that was recorded]");
  command->add_option("--text", arguments->text, "The text, where the log does not hold it");
  command->add_option("--threads", arguments->threads, "CPU threads [OMP_NUM_THREADS, or all cores]")
      ->check(CLI::Range(1, 1024));
  command->add_option("--json", arguments->json, "Results as JSON lines: a file, or - for stdout");

  command = add("override", "Append a person's label for a decision; the decision stays", override_decision);
  command->add_option("entry", arguments->numbers, "Number of the decision")->required()->expected(1);
  command->add_option("--label", arguments->override.label, "The label that holds instead")->required();
  command->add_option("--who", arguments->override.who, "Who says so")->required();
  command->add_option("--why", arguments->override.why, "Why")->required();

  command = add("export", "Entries as JSON lines, or one decision as a page", export_log);
  add_numbers(command, "all");
  command->add_option("--as", arguments->form, "jsonl or html")
      ->capture_default_str()
      ->check(CLI::IsMember({"jsonl", "html"}));
  command->add_option("--output", arguments->output, "Where it goes: a file, or - for stdout")->capture_default_str();

  command = add("prune", "Erase texts and results of old entries; the chain stays", prune_log);
  command->add_option("--older-than", arguments->older_than, "Days")->required()->check(CLI::Range(0.0, 36500.0));
  command->add_option("--who", arguments->who, "Who erases")->required();
  command->add_option("--why", arguments->why, "Why")->required();
}

}  // namespace pellucid
