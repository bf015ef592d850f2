#include "serve/api.h"

#include <algorithm>
#include <limits>

#include "attribution/windows.h"
#include "files/json.h"
#include "version/version.h"

namespace pellucid {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kLongestId = 1000;       // bytes
constexpr std::size_t kLongestMessage = 1000;  // bytes

template <class T>
using Checked = tl::expected<T, Refusal>;

// Names and values that a client chose are repeated, but not at any length.
tl::unexpected<Refusal> wrong(std::string message, int status = 400) {
  if (message.size() > kLongestMessage) message.replace(kLongestMessage, std::string::npos, "…");
  return tl::unexpected(Refusal{status, std::move(message)});
}

std::string found(const json& value) {
  std::string type = value.type_name();
  if (value.is_number() || (value.is_string() && value.get_ref<const std::string&>().size() <= 40)) {
    type += ' ';
    type += value.dump();
  }
  return type;
}

Checked<std::string> string_in(const json& value, const std::string& name) {
  if (!value.is_string()) return wrong("\"" + name + "\": expected a string, found " + found(value));
  return value.get<std::string>();
}

Checked<std::uint64_t> count_in(const json& value, const std::string& name, std::uint64_t most) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    return wrong("\"" + name + "\": expected a whole number from 0 to " + std::to_string(most) + ", found " +
                 found(value));
  }
  return value.get<std::uint64_t>();
}

// A string, or a list of some.
Checked<std::vector<std::string>> strings_in(const json& value, const std::string& name) {
  std::vector<std::string> strings;
  for (const json& one : value.is_array() ? value : json::array({value})) {
    PELLUCID_TRY(strings.emplace_back(), string_in(one, name));
  }
  if (strings.empty()) return wrong("\"" + name + "\": expected one or more, found an empty list");
  return strings;
}

Checked<Example> example_in(const json& value, std::size_t number, const std::string& name, const ApiLimits& limits) {
  Example example{.id = std::to_string(number)};
  if (!value.is_object()) {
    PELLUCID_TRY(example.text, string_in(value, name));
  } else {
    if (!value.contains("text")) return wrong("\"" + name + "\": expected a member \"text\", found none");
    for (const auto& [member, inner] : value.items()) {
      std::string full = name;
      full.append(".").append(member);
      if (member != "id" && member != "text") {
        return wrong("\"" + full + "\": unknown member; expected \"id\" and \"text\"");
      }
      PELLUCID_TRY((member == "id" ? example.id : example.text), string_in(inner, full));
    }
  }
  if (example.text.size() > limits.text_bytes || example.id.size() > kLongestId) {
    return wrong("\"" + name + "\": expected a text of at most " + std::to_string(limits.text_bytes) +
                     " bytes and an id of at most " + std::to_string(kLongestId) + ", found " +
                     std::to_string(example.text.size()) + " and " + std::to_string(example.id.size()),
                 413);
  }
  return example;
}

Checked<std::vector<Example>> examples_in(const json& request, Task task, const ApiLimits& limits) {
  std::vector<Example> examples;
  if (request.contains("text") == request.contains("texts")) {
    return wrong(std::string("expected either \"text\" or \"texts\", found ") +
                 (request.contains("text") ? "both" : "neither"));
  }
  if (request.contains("text")) {
    PELLUCID_TRY(examples.emplace_back(), example_in(request["text"], 1, "text", limits));
    return examples;
  }
  const json& texts = request["texts"];
  if (!texts.is_array() || texts.empty())
    return wrong("\"texts\": expected a list of one or more, found " + found(texts));
  const std::size_t most = task == Task::predict ? limits.predict_texts : limits.explain_texts;
  if (texts.size() > most) {
    return wrong("\"texts\": expected at most " + std::to_string(most) + ", found " + std::to_string(texts.size()) +
                     "; send several requests",
                 413);
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    PELLUCID_TRY(examples.emplace_back(), example_in(texts[i], i + 1, "texts[" + std::to_string(i) + "]", limits));
  }
  return examples;
}

// The names of the options that are strings, and where they go.
std::string* string_option(std::string_view name, ExplainOptions& options) {
  if (name == "against") return &options.against;
  if (name == "unit") return &options.unit;
  if (name == "removal") return &options.removal;
  if (name == "baseline") return &options.method.baseline;
  return nullptr;
}

// Reads one member; false where the task has none of that name.
Checked<bool> read_member(const std::string& name, const json& value, Task task, const ApiLimits& limits, Work& work) {
  ExplainOptions& options = work.options;
  if (name == "text" || name == "texts") return true;  // examples_in reads them
  if (name == "deadline_ms") {
    PELLUCID_TRY(const std::uint64_t ms, count_in(value, name, std::numeric_limits<std::int64_t>::max()));
    const auto longest = static_cast<std::uint64_t>(limits.deadline.count());
    work.deadline = Clock::now() + std::chrono::milliseconds(std::min(ms, longest));
    return true;
  }
  if (name == "long") {
    PELLUCID_TRY(options.long_texts, string_in(value, name));
    if (options.long_texts != "truncate" && options.long_texts != "window")
      return wrong("\"long\": expected truncate or window, found " + found(value));
    return true;
  }
  if (task == Task::predict) return false;
  if ((name == "target" || name == "against") && value.is_null()) return true;  // the defaults
  if (name == "method") {
    PELLUCID_TRY(options.methods, strings_in(value, name));
  } else if (name == "target") {
    PELLUCID_TRY(options.targets, strings_in(value, name));
  } else if (name == "samples") {
    PELLUCID_TRY(options.method.samples, count_in(value, name, limits.samples));
  } else if (name == "steps") {
    PELLUCID_TRY(options.method.steps, count_in(value, name, limits.samples));
  } else if (name == "seed") {
    PELLUCID_TRY(options.seed, count_in(value, name, std::uint64_t{1} << 53));
  } else if (std::string* option = string_option(name, options)) {
    PELLUCID_TRY(*option, string_in(value, name));
  } else {
    return false;
  }
  return true;
}

std::string in_words(const Error& error) {
  // The command line's "--target" is the member "target" here.
  std::string where = error.where;
  if (where.starts_with("--")) where = "\"" + where.substr(2) + "\"";
  return where.empty() ? error.message : where + ": " + error.message;
}

Checked<ExplainRequest> request_of(const Work& work, const ApiLimits& limits) {
  const Classifier& classifier = *work.model->classifier;
  Result<ExplainRequest> request = resolve(work.options, classifier.labels());
  if (!request) return wrong(in_words(request.error()));
  for (const Method* method : request->methods) {
    if (method->applies(classifier)) continue;
    return wrong("\"method\": " + std::string(method->name) +
                 " does not apply to this model; GET /v1/model lists those that do");
  }
  const std::size_t all = work.examples.size() * request->each();
  if (all > limits.explanations) {
    return wrong("expected at most " + std::to_string(limits.explanations) +
                     " explanations (texts times methods times classes), found " + std::to_string(all),
                 413);
  }
  std::size_t bytes = 0;
  for (const Example& example : work.examples) bytes += example.text.size() * request->each();
  if (bytes > limits.explained_bytes) {
    return wrong("expected texts of at most " + std::to_string(limits.explained_bytes) +
                     " bytes in all explanations together (a text's times methods times classes), found " +
                     std::to_string(bytes) + "; send several requests",
                 413);
  }
  return *std::move(request);
}

Checked<Work> work_in(Task task, const json& request, const std::shared_ptr<ServedModel>& model,
                      const ApiLimits& limits) {
  if (!request.is_object()) return wrong("expected a JSON object, found " + found(request));
  Work work{.model = model,
            .examples = {},
            .options = {},
            .explain = {},
            .key = {},
            .deadline = Clock::now() + limits.deadline};
  for (const auto& [name, value] : request.items()) {
    PELLUCID_TRY(const bool known, read_member(name, value, task, limits, work));
    if (known) continue;
    return wrong("unknown member \"" + name + "\"; expected " +
                 (task == Task::predict ? "text, texts, long or deadline_ms"
                                        : "text, texts, method, target, against, unit, removal, baseline, samples, "
                                          "steps, seed, long or deadline_ms"));
  }
  if (work.options.long_texts == "window") {
    if (const auto possible = check_windows(*model->classifier); !possible) return wrong(in_words(possible.error()));
  }
  PELLUCID_TRY(work.examples, examples_in(request, task, limits));
  if (task == Task::explain) {
    PELLUCID_TRY(work.explain, request_of(work, limits));
  }
  const ExplainOptions& o = work.options;
  const auto model_number = reinterpret_cast<std::uintptr_t>(model.get());  // it lives as long as the work
  work.key =
      json{task == Task::explain, model_number,     o.long_texts,   o.methods, o.targets, o.against, o.unit, o.removal,
           o.method.baseline,     o.method.samples, o.method.steps, o.seed}
          .dump();
  return work;
}

}  // namespace

tl::expected<Work, Refusal> read_work(Task task, std::string_view body, const std::shared_ptr<ServedModel>& model,
                                      const ApiLimits& limits) {
  if (nested_too_deep(body)) {
    return wrong("expected JSON nested at most " + std::to_string(kDeepestJson) + " deep, found more");
  }
  json request;
  try {
    request = json::parse(body);
  } catch (const json::exception& problem) {  // what it says names the place, or the number that is too large
    return wrong("expected JSON in UTF-8, found none: " + reason_of(problem).substr(0, 300));
  }
  return work_in(task, request, model, limits);
}

std::string write_answer(Task task, const Answer& answer, const ServedModel& model) {
  // The items are JSON already.
  std::string body = task == Task::predict ? R"({"schema":"pellucid.predictions/1","predictions":[)"
                                           : R"({"schema":"pellucid.explanations/1","explanations":[)";
  for (std::size_t i = 0; i < answer.items.size(); ++i) body += (i == 0 ? "" : ",") + answer.items[i];
  body += R"(],"model":{"sha256":")" + model.classifier->weights_sha256() + "\"}";
  if (!answer.entries.empty()) body += ",\"entries\":" + json(answer.entries).dump();
  return body + "}\n";
}

std::string describe_service(const ServedModel& model, const ApiLimits& limits, bool recording) {
  const Classifier& classifier = *model.classifier;
  ordered_json methods = ordered_json::array();
  for (const Method* method : methods_for(classifier)) {
    methods.push_back({{"name", method->name},
                       {"summary", method->summary},
                       {"complete", method->complete},
                       {"has_signs", method->has_signs}});
  }
  const ordered_json body = {{"schema", "pellucid.service/1"},
                             {"model",
                              {{"labels", classifier.labels().names()},
                               {"max_length", classifier.max_length()},
                               {"precision", name_of(classifier.precision())},
                               {"adjust", name_of(classifier.adjust())},
                               {"sha256", model.identity.files}}},
                             {"methods", methods},
                             {"default_method", kDefaultMethod},
                             {"units", {"piece", "word", "sentence"}},
                             {"limits",
                              {{"predict_texts", limits.predict_texts},
                               {"explain_texts", limits.explain_texts},
                               {"explanations", limits.explanations},
                               {"explained_bytes", limits.explained_bytes},
                               {"text_bytes", limits.text_bytes},
                               {"samples", limits.samples},
                               {"deadline_ms", limits.deadline.count()}}},
                             {"recording", recording},
                             {"tool", {{"version", version()}}}};
  return body.dump() + "\n";
}

}  // namespace pellucid
