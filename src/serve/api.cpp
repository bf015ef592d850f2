#include "serve/api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "version/version.h"

namespace pellucid {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Wrong {  // thrown within this file alone
  Refusal refusal;
};

[[noreturn]] void wrong(std::string message, int status = 400) {
  throw Wrong{{status, std::move(message)}};
}

std::string found(const json& value) {
  std::string type = value.type_name();
  if (value.is_string() && value.get_ref<const std::string&>().size() <= 40) type += " " + value.dump();
  if (value.is_number()) type += " " + value.dump();
  return type;
}

std::string string_in(const json& value, const std::string& name) {
  if (!value.is_string()) wrong("\"" + name + "\": expected a string, found " + found(value));
  return value.get<std::string>();
}

std::uint64_t count_in(const json& value, const std::string& name, std::uint64_t most) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
    wrong("\"" + name + "\": expected a whole number from 0 to " + std::to_string(most) + ", found " + found(value));
  return value.get<std::uint64_t>();
}

// A string, or a list of some.
std::vector<std::string> strings_in(const json& value, const std::string& name) {
  if (!value.is_array()) return {string_in(value, name)};
  std::vector<std::string> strings;
  for (const json& one : value) strings.push_back(string_in(one, name));
  if (strings.empty()) wrong("\"" + name + "\": expected one or more, found an empty list");
  return strings;
}

Example example_in(const json& value, std::size_t number, const std::string& name, const ApiLimits& limits) {
  Example example{.id = std::to_string(number)};
  if (value.is_object()) {
    for (const auto& [member, inner] : value.items()) {
      if (member == "id") {
        example.id = string_in(inner, name + ".id");
      } else if (member == "text") {
        example.text = string_in(inner, name + ".text");
      } else {
        wrong("\"" + name + "\": unknown member \"" + member + "\"; expected \"id\" and \"text\"");
      }
    }
    if (!value.contains("text")) wrong("\"" + name + "\": expected a member \"text\", found none");
  } else {
    example.text = string_in(value, name);
  }
  if (example.text.size() > limits.text_bytes || example.id.size() > 1000) {
    wrong("\"" + name + "\": expected a text of at most " + std::to_string(limits.text_bytes) +
              " bytes and an id of at most 1000, found " + std::to_string(example.text.size()) + " and " +
              std::to_string(example.id.size()),
          413);
  }
  return example;
}

std::vector<Example> examples_in(const json& request, Task task, const ApiLimits& limits) {
  if (request.contains("text") == request.contains("texts")) {
    wrong(std::string("expected either \"text\" or \"texts\", found ") +
          (request.contains("text") ? "both" : "neither"));
  }
  if (request.contains("text")) return {example_in(request["text"], 1, "text", limits)};
  const json& texts = request["texts"];
  if (!texts.is_array() || texts.empty()) wrong("\"texts\": expected a list of one or more, found " + found(texts));
  const std::size_t most = task == Task::predict ? limits.predict_texts : limits.explain_texts;
  if (texts.size() > most) {
    wrong("\"texts\": expected at most " + std::to_string(most) + ", found " + std::to_string(texts.size()) +
              "; send several requests",
          413);
  }
  std::vector<Example> examples;
  for (const json& text : texts) {
    const std::size_t number = examples.size() + 1;
    examples.push_back(example_in(text, number, "texts[" + std::to_string(number - 1) + "]", limits));
  }
  return examples;
}

// Reads one option; false where the task has none of that name.
bool read_option(const std::string& name, const json& value, Task task, const ApiLimits& limits, Work& work) {
  ExplainOptions& options = work.options;
  if (name == "long") {
    options.long_texts = string_in(value, name);
    if (options.long_texts != "truncate" && options.long_texts != "window")
      wrong("\"long\": expected truncate or window, found " + found(value));
  } else if (name == "deadline_ms") {
    work.deadline = Clock::now() + std::chrono::milliseconds(
                                       count_in(value, name, static_cast<std::uint64_t>(limits.deadline.count())));
  } else if (task == Task::predict) {
    return false;
  } else if (name == "method") {
    options.methods = strings_in(value, name);
  } else if (name == "target") {
    if (!value.is_null()) options.targets = strings_in(value, name);
  } else if (name == "against") {
    if (!value.is_null()) options.against = string_in(value, name);
  } else if (name == "unit") {
    options.unit = string_in(value, name);
  } else if (name == "removal") {
    options.removal = string_in(value, name);
  } else if (name == "baseline") {
    options.baseline = string_in(value, name);
  } else if (name == "samples") {
    options.samples = count_in(value, name, limits.samples);
  } else if (name == "seed") {
    options.seed = count_in(value, name, std::uint64_t{1} << 53);
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

Work work_in(Task task, const json& request, const std::shared_ptr<ServedModel>& model, const ApiLimits& limits) {
  if (!request.is_object()) wrong("expected a JSON object, found " + found(request));
  Work work{.model = model,
            .examples = {},
            .options = {},
            .explain = {},
            .key = {},
            .deadline = Clock::now() + limits.deadline};
  for (const auto& [name, value] : request.items()) {
    if (name == "text" || name == "texts" || read_option(name, value, task, limits, work)) continue;
    wrong("unknown member \"" + name + "\"; expected " +
          (task == Task::predict
               ? "text, texts, long or deadline_ms"
               : "text, texts, method, target, against, unit, removal, baseline, samples, seed, long or "
                 "deadline_ms"));
  }
  work.examples = examples_in(request, task, limits);
  if (task == Task::explain) {
    Result<ExplainRequest> resolved = resolve(work.options, model->classifier->labels());
    if (!resolved) wrong(in_words(resolved.error()));
    for (const Method* method : resolved->methods) {
      if (!method->applies(*model->classifier))
        wrong("\"method\": " + std::string(method->name) +
              " does not apply to this model; GET /v1/model lists those that do");
    }
    const std::size_t all = work.examples.size() * resolved->each();
    if (all > limits.explanations) {
      wrong("expected at most " + std::to_string(limits.explanations) +
                " explanations (texts times methods times classes), "
                "found " +
                std::to_string(all),
            413);
    }
    work.explain = std::move(*resolved);
  }
  const ExplainOptions& o = work.options;
  work.key = json{task == Task::explain,
                  reinterpret_cast<std::uintptr_t>(model.get()),
                  o.long_texts,
                  o.methods,
                  o.targets,
                  o.against,
                  o.unit,
                  o.removal,
                  o.baseline,
                  o.samples,
                  o.seed}
                 .dump();
  return work;
}

}  // namespace

tl::expected<Work, Refusal> read_work(Task task, std::string_view body, const std::shared_ptr<ServedModel>& model,
                                      const ApiLimits& limits) {
  try {
    return work_in(task, json::parse(body), model, limits);
  } catch (const json::parse_error& problem) {
    return tl::unexpected(
        Refusal{400, "expected JSON in UTF-8, found none: " + std::string(problem.what()).substr(0, 300)});
  } catch (Wrong& what) {
    return tl::unexpected(std::move(what.refusal));
  }
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
    methods.push_back({{"name", method->name}, {"summary", method->summary}, {"complete", method->complete}});
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
                               {"text_bytes", limits.text_bytes},
                               {"samples", limits.samples},
                               {"deadline_ms", limits.deadline.count()}}},
                             {"recording", recording},
                             {"tool", {{"version", version()}}}};
  return body.dump() + "\n";
}

}  // namespace pellucid
