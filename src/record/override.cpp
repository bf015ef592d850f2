#include "record/override.h"

#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

// What the entry says, where it is an override of that decision; throws what reading JSON throws.
std::optional<Override> override_in(const Entry& entry, std::int64_t decision) {
  const json body = parse_json(entry.body);
  if (!body.is_object() || body.at("kind") != "override") return std::nullopt;
  if (whole_number(body.at("decision")) != decision) return std::nullopt;
  Override found{.number = entry.number, .decision = decision, .time = body.at("time")};
  const json content = parse_json(entry.content.value_or("null"));
  found.erased = !content.is_object();
  if (!found.erased) {
    found.label = content.at("label");
    found.who = content.at("who");
    found.why = content.at("why");
  }
  return found;
}

}  // namespace

Result<Entry> append_override(DecisionLog& log, const Override& override) {
  const std::string where = "entry " + std::to_string(override.decision);
  PELLUCID_TRY(const std::optional<Entry> decision, log.find(override.decision));
  if (!decision) return fail(ErrorCode::not_found, "expected a decision of the log, found no such entry", where);
  const json body = parse_json(decision->body);
  if (!body.is_object() || !body.contains("model") || !body["model"].is_object()) {
    return fail(ErrorCode::usage, "expected a decision, found an entry of another kind", where);
  }
  std::string known;
  bool found = false;
  const json labels = body["model"].value("labels", json::array());
  for (const json& label : labels) {
    if (!label.is_string()) continue;
    known += (known.empty() ? "" : ", ") + label.get<std::string>();
    found = found || label.get<std::string>() == override.label;
  }
  if (!found) {
    return fail(ErrorCode::usage, "expected one of the model's labels (" + known + "), found '" + override.label + "'",
                "--label");
  }
  PELLUCID_CHECK(check_who_and_why(override.who, override.why));
  const Draft draft{.body = json{{"kind", "override"}, {"decision", override.decision}},
                    .content = json{{"label", override.label}, {"who", override.who}, {"why", override.why}}};
  PELLUCID_TRY(std::vector<Entry> entries, log.append({&draft, 1}));
  return std::move(entries.front());
}

Result<std::vector<Override>> overrides_of(DecisionLog& log, std::int64_t decision) {
  std::vector<Override> overrides;
  PELLUCID_CHECK(log.for_each([&](const Entry& entry) -> Result<void> {
    try {
      if (std::optional<Override> found = override_in(entry, decision)) overrides.push_back(*std::move(found));
    } catch (const json::exception& problem) {
      return fail(ErrorCode::format,
                  "expected an entry as pellucid writes it, found: " + reason_of(problem) +
                      "; pellucid record verify tells more",
                  "entry " + std::to_string(entry.number));
    }
    return {};
  }));
  return overrides;
}

}  // namespace pellucid
