#include "record/override.h"

#include "data/utf8.h"

namespace pellucid {
namespace {

using nlohmann::json;

}  // namespace

Result<Entry> append_override(DecisionLog& log, const Override& override) {
  const std::string where = "entry " + std::to_string(override.decision);
  PELLUCID_TRY(const std::optional<Entry> decision, log.find(override.decision));
  if (!decision) return fail(ErrorCode::not_found, "expected a decision of the log, found no such entry", where);
  const json body = json::parse(decision->body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("model") || !body["model"].is_object()) {
    return fail(ErrorCode::usage, "expected a decision, found an entry of another kind", where);
  }
  std::string known;
  bool found = false;
  for (const json& label : body["model"].value("labels", json::array())) {
    if (!label.is_string()) continue;
    known += (known.empty() ? "" : ", ") + label.get<std::string>();
    found = found || label.get<std::string>() == override.label;
  }
  if (!found) {
    return fail(ErrorCode::usage, "expected one of the model's labels (" + known + "), found '" + override.label + "'",
                "--label");
  }
  for (const std::string* words : {&override.who, &override.why}) {
    if (words->empty() || first_invalid_utf8(*words) != words->npos) {
      return fail(ErrorCode::usage, "expected who overrides and why, in UTF-8, found nothing or other bytes",
                  words == &override.who ? "--who" : "--why");
    }
  }
  const Draft draft{.body = json{{"kind", "override"}, {"decision", override.decision}},
                    .content = json{{"label", override.label}, {"who", override.who}, {"why", override.why}}};
  PELLUCID_TRY(std::vector<Entry> entries, log.append({&draft, 1}));
  return std::move(entries.front());
}

Result<std::vector<Override>> overrides_of(DecisionLog& log, std::int64_t decision) {
  std::vector<Override> overrides;
  PELLUCID_CHECK(log.for_each([&](const Entry& entry) -> Result<void> {
    const json body = json::parse(entry.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() || body.value("kind", "") != "override" || body.value("decision", 0L) != decision) return {};
    Override found{.number = entry.number, .decision = decision, .time = body.value("time", "")};
    const json content = json::parse(entry.content.value_or("null"), nullptr, /*allow_exceptions=*/false);
    found.erased = !content.is_object();
    if (!found.erased) {
      found.label = content.value("label", "");
      found.who = content.value("who", "");
      found.why = content.value("why", "");
    }
    overrides.push_back(std::move(found));
    return {};
  }));
  return overrides;
}

}  // namespace pellucid
