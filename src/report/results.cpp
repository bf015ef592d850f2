#include "report/results.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>

#include "error/listed.h"
#include "evaluate/stability.h"
#include "files/json.h"
#include "report/markdown.h"
#include "report/numbers.h"
#include "report/tool.h"

namespace pellucid {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

std::string number(const Json& value, int decimals = 3) {
  return value.is_null() ? "–" : fixed(value.get<double>(), decimals);
}

std::string with_interval(const Json& value, const Json& interval) {
  return number(value) + " [" + number(interval.at(0)) + ", " + number(interval.at(1)) + "]";
}

std::string with_interval(const Json& figure) {
  return with_interval(figure.at("value"), figure.at("interval"));
}

std::string count(const Json& value) {
  return grouped(count_of(value));
}

std::string text(const Json& of) {
  return markdown_text(of.get<std::string>());
}

std::string p(const Json& of) {
  return of.contains("p") ? p_text(of.at("p").get<double>()) : "reference";
}

// Files by their names: where they lay is the machine's own.
std::string file(const Json& data) {
  const auto path = data.at("file").get<std::string>();
  return markdown_text(path.substr(path.find_last_of('/') + 1)) + " (SHA-256 " +
         data.at("sha256").get<std::string>().substr(0, 12) + ")";
}

// Where the argument that begins at `at` ends, in a command quoted for a shell.
std::size_t argument_end(std::string_view command, std::size_t at) {
  for (bool quoted = false; at < command.size() && (quoted || command[at] != ' '); ++at) {
    if (command[at] == '\'') quoted = !quoted;
    if (command[at] == '\\' && !quoted) ++at;
  }
  return std::min(at, command.size());
}

// A command without the folders of absolute paths.
std::string without_machine(std::string_view command) {
  std::string out;
  for (std::size_t at = 0, end = 0; at < command.size(); at = end + 1) {
    end = argument_end(command, at);
    const std::string_view argument = command.substr(at, end - at);
    std::size_t path = argument.starts_with('\'') ? 1 : 0;
    if (!argument.substr(path).starts_with('/')) path = argument.find("=/");
    if (path == std::string_view::npos) {
      out += argument;
    } else {
      if (argument[path] == '=') ++path;
      out.append(argument.substr(0, path)).append(argument.substr(argument.rfind('/') + 1));
    }
    if (end < command.size()) out += ' ';
  }
  return out;
}

std::string tail(const Json& json) {
  const Json& said = json.at("tool");  // the first versions said their version alone
  const Tool tool{.version = said.at("version"),
                  .commit = said.value("commit", ""),
                  .machine = said.value("machine", ""),
                  .command = said.value("command", "")};
  std::string out;
  if (json.contains("model")) out += "; model " + json.at("model").at("sha256").get<std::string>().substr(0, 12);
  if (json.contains("precision")) out += ", measured in " + json.at("precision").get<std::string>();
  if (json.contains("threads")) out += ", " + counted(count_of(json.at("threads")), "thread", "threads");
  out += ", seed " + count(json.at("seed")) + ", pellucid " + markdown_text(text_of(tool));
  const char* before = "; models made by ";  // other builds and machines that trained and measured what was there
  for (const Json& maker : json.value("made_by", Json::array())) {
    if (maker == text_of(tool)) continue;
    out += before + markdown_text(maker.get<std::string>());
    before = " and by ";
  }
  before = "; trained in ";
  for (const Json& circumstances : json.value("trained_in", Json::array())) {
    out += before + markdown_text(circumstances.get<std::string>());
    before = " and ";
  }
  out += ".\n\n";
  if (!tool.command.empty()) out += "    " + without_machine(tool.command) + "\n\n";
  return out;
}

// A method a row, a measure a column; of the measure `first`, which orders the rows, the test and the cost too. Rows
// come sorted by it.
std::string methods_table(const Json& found, const std::string& first) {
  std::vector<std::string> measures = {first};
  for (const Json& row : found) {
    const auto measure = row.at("measure").get<std::string>();
    if (std::ranges::find(measures, measure) == measures.end()) measures.push_back(measure);
  }
  Rows rows = {{"method"}};
  for (const std::string& measure : measures) rows.front().push_back(markdown_text(measure));
  rows.front().insert(rows.front().end(), {"p against the best", "passes a text"});
  for (const Json& row : found) {
    if (row.at("measure") != first) continue;
    rows.push_back({text(row.at("method"))});
    for (const std::string& measure : measures) {
      const auto own = std::ranges::find_if(
          found, [&](const Json& one) { return one.at("measure") == measure && one.at("method") == row.at("method"); });
      rows.back().push_back(own == found.end() ? "–" : with_interval(*own));
    }
    rows.back().push_back(rows.size() == 2 ? "best" : p_text(row.at("p").get<double>()));
    rows.back().push_back(number(row.at("forward_equivalents"), 1));
  }
  return markdown_table(rows) + "\n";
}

// What verdicts on explanations mean: wrong predictions by verdict, and what warns of them.
std::string quality_tables(const Json& study) {
  Rows verdicts = {{"verdict", "texts", "predicted wrongly", "share"}};
  for (const Json& row : study.at("verdicts")) {
    verdicts.push_back({text(row.at("verdict")), count(row.at("n")), count(row.at("wrong")),
                        with_interval(row.at("error_rate"), row.at("interval"))});
  }
  Rows warnings = {{"what is low where the prediction is wrong", "AUROC"}};
  for (const Json& row : study.at("warnings")) {
    warnings.push_back({text(row.at("quantity")), with_interval(row.at("auroc"), row.at("interval"))});
  }
  return "Wrong predictions by the verdict on their explanation (" + text(study.at("method")) +
         "); ok against the rest: p " + p_text(study.at("p").get<double>()) + ", Fisher's exact test.\n\n" +
         markdown_table(verdicts) + "\n" + (warnings.size() > 1 ? markdown_table(warnings) + "\n" : "");
}

std::string stability_table(const Json& found) {
  Rows rows = {{"change", "method", "texts", "Spearman", "Kendall", "top " + std::to_string(kTopUnits) + " shared",
                "class changed"}};
  for (const Json& row : found) {
    rows.push_back({text(row.at("change")), text(row.at("method")), count(row.at("n")),
                    with_interval(row.at("spearman"), row.at("spearman_interval")),
                    with_interval(row.at("kendall"), row.at("kendall_interval")),
                    with_interval(row.at("top_overlap"), row.at("top_overlap_interval")),
                    with_interval(row.at("predictions_changed"), row.at("predictions_changed_interval"))});
  }
  return "Explanations before and after a change.\n\n" + markdown_table(rows) + "\n";
}

std::string evaluation(const Json& json) {
  const Json& data = json.at("data");
  const Json& found = json.at("classification");
  std::string out = count(data.at("n")) + " texts of " + file(data) + tail(json) + "Accuracy " +
                    with_interval(found.at("accuracy"), found.at("accuracy_interval")) + ", macro precision " +
                    number(found.at("macro").at("precision")) + ", recall " + number(found.at("macro").at("recall")) +
                    ", F1 " + with_interval(found.at("macro").at("f1"), found.at("macro_f1_interval")) + ".\n\n";
  const Json faithfulness = json.value("faithfulness", Json::array());
  if (!faithfulness.empty()) {
    const Json& row = faithfulness.front();
    const bool differs =
        std::ranges::any_of(faithfulness, [](const Json& one) { return one.at("measure") == "difference"; });
    out += "Explanations of " + count(row.at("n")) + " of them; unit " + text(row.at("unit")) + ", removal " +
           text(row.at("removal")) + ", bins " + text(row.at("bins")) + ".\n\n" +
           methods_table(faithfulness, differs ? "difference" : row.at("measure").get<std::string>());
  }
  if (json.contains("quality")) out += quality_tables(json.at("quality"));
  if (json.contains("stability")) out += stability_table(json.at("stability"));
  return out;
}

std::string plausibility(const Json& json) {
  const Json& data = json.at("data");
  const Json& found = json.at("plausibility");
  return count(data.at("n")) + " texts of " + file(data) + ", " + percent(data.at("marked_share").get<double>()) +
         " of their units marked by people; unit " + text(json.at("unit")) + ", long texts: " + text(json.at("long")) +
         tail(json) + methods_table(found, found.at(0).at("measure").get<std::string>());
}

std::string planted(const Json& json) {
  const Json& found = json.at("planted");
  return "A word that decides the label in " + percent(json.at("training").at("planted_share").get<double>()) + " of " +
         count(json.at("training").at("texts")) + " texts of " + file(json.at("data")) + "; " +
         count(json.at("held_out")) + " held-out texts, of which the model follows the word in " +
         count(json.at("followed")) + tail(json) + methods_table(found, found.at(0).at("measure").get<std::string>());
}

std::string comparison(const Json& json) {
  const Json& data = json.at("data");
  std::string out = "Plan " + file(json.at("plan")) + ": trained on " + count(data.at("training_texts")) +
                    " texts of " + file(data) + ", chosen by " + count(data.at("validation_texts")) + ", tested on " +
                    count(json.at("test").at("n")) + " of " + file(json.at("test")) + "; " +
                    counted(json.at("seeds").size(), "seed", "seeds") + tail(json);
  Rows labels = {{"system", "accuracy", "spread over seeds", "p", "macro precision", "macro recall", "macro F1"}};
  Rows explanations = {{"system", "explained by", "comprehensiveness − sufficiency", "p", "random", "passes a text"}};
  Rows costs = {{"system", "parameters", "training, s", "tokens/s", "predicted texts/s"}};
  for (const Json& one : json.at("systems")) {
    const std::string name = text(one.at("name"));
    const Json& macro = one.at("macro");
    labels.push_back({name, with_interval(one.at("accuracy")), number(one.at("accuracy").at("spread"), 4),
                      p(one.at("accuracy")), number(macro.at("precision").at("value")),
                      number(macro.at("recall").at("value")), with_interval(macro.at("f1"))});
    costs.push_back({name, count(one.at("parameters")), number(one.at("training_seconds"), 0),
                     number(one.at("tokens_per_second"), 0), number(one.at("texts_per_second"), 0)});
    if (!one.contains("faithfulness")) continue;
    const Json& own = one.at("faithfulness");
    explanations.push_back({name, text(own.at("method")), with_interval(own), p(own), number(own.at("random")),
                            number(own.at("forward_equivalents"), 1)});
  }
  out += markdown_table(labels) + "\n";
  if (explanations.size() > 1) {
    const Json& explained = json.at("explained");
    out += "Explanations of " + count(explained.at("n")) + " test texts; unit " + text(explained.at("unit")) +
           ", removal " + text(explained.at("removal")) + ", bins " + text(explained.at("bins")) + ".\n\n" +
           markdown_table(explanations) + "\n";
  }
  out += markdown_table(costs) + "\nOptions:\n\n";
  for (const Json& one : json.at("systems")) {
    out += "- " + markdown_text(one.at("name").get<std::string>() + ": " + one.at("options").get<std::string>()) + "\n";
  }
  return out + "\n";
}

std::string study(const Json& json) {
  const Json& data = json.at("data");
  const Json& explained = json.at("explained");
  const auto kind = text(json.at("kind"));
  std::string out = "Plan " + file(json.at("plan")) + ": " + text(json.at("axis")) + ". Trained on " +
                    count(data.at("training_texts")) + " texts of " + file(data) + ", chosen by " +
                    count(data.at("validation_texts")) + ", tested on " + count(json.at("test").at("n")) + " of " +
                    file(json.at("test")) + "; " + counted(json.at("seeds").size(), "seed", "seeds") + tail(json);
  if (json.contains("sentences")) {
    out += count(json.at("sentences").at("several")) + " of the test texts have more than one sentence.\n\n";
  }
  Rows labels = {{kind, "accuracy", "spread over seeds", "p", "macro precision", "macro recall", "macro F1"}};
  Rows explanations = {{kind, "comprehensiveness", "sufficiency", "comprehensiveness − sufficiency", "p", "random",
                        "rank correlation", "top-" + count(json.at("top_units")) + " overlap", "n"}};
  Rows minority = {{kind, "minority recall", "spread over seeds", "evidence against it", "n"}};
  for (const Json& row : json.at("rows")) {
    const std::string name = text(row.at("text")) + (row.contains("group") ? ", " + text(row.at("group")) : "");
    const Json& macro = row.at("macro");
    const Json& faithful = row.at("faithfulness");
    const Json& alike = row.at("consistency");
    labels.push_back({name, with_interval(row.at("accuracy")), number(row.at("accuracy").at("spread"), 4),
                      p(row.at("accuracy")), with_interval(macro.at("precision")), with_interval(macro.at("recall")),
                      with_interval(macro.at("f1"))});
    explanations.push_back({name, number(faithful.at("comprehensiveness").at("value")),
                            number(faithful.at("sufficiency").at("value")), with_interval(faithful.at("difference")),
                            p(faithful.at("difference")), number(faithful.at("random"))});
    for (const char* which : {"rank_correlation", "overlap"}) {
      explanations.back().push_back(row.at("reference") == true ? "reference"
                                    : alike.is_null()           ? "–"
                                                                : with_interval(alike.at(which)));
    }
    explanations.back().push_back(alike.is_null() ? "" : count(alike.at("n")));
    if (!row.contains("minority")) continue;
    const Json& own = row.at("minority");
    minority.push_back({name, with_interval(own.at("recall")), number(own.at("recall").at("spread"), 4),
                        with_interval(own.at("evidence_against")), count(own.at("n"))});
  }
  out += markdown_table(labels) + "\nExplanations by " + text(json.at("method")) + ", of " + count(explained.at("n")) +
         " test texts; unit " + text(explained.at("unit")) + ", removal " + text(explained.at("removal")) + ", bins " +
         text(explained.at("bins")) + ".";
  if (const Json& floor = json.at("noise_floor"); !floor.is_null()) {
    out += " Noise floor, the reference of one seed against that of another: rank correlation " +
           with_interval(floor.at("rank_correlation")) + ", overlap " + with_interval(floor.at("overlap")) + ".";
  }
  out += "\n\n" + markdown_table(explanations) + "\n";
  if (minority.size() > 1) out += markdown_table(minority) + "\n";
  if (const Json& claims = json.at("claims"); !claims.empty()) {
    Rows judged = {{"claim", "that is", "difference", "verdict"}};
    for (const Json& one : claims) {
      judged.push_back({text(one.at("says")), text(one.at("comparison")),
                        one.at("difference").is_null() ? "–" : with_interval(one.at("difference")),
                        text(one.at("verdict"))});
    }
    out += markdown_table(judged) + "\n";
  }
  return out + "Options: " + text(json.at("options")) + "\n\n";
}

// Words that carry each class, with how much of a text's logit is theirs.
std::string words_table(const Json& classes) {
  constexpr std::size_t kWords = 8;
  Rows rows = {{"predicted class", "texts", "words that carry it: logits a text of the class"}};
  for (const Json& one : classes) {
    std::string words;
    for (const Json& word : one.at("words") | std::views::take(kWords)) {
      words += (words.empty() ? "" : ", ") + text(word.at("word")) + " " + number(word.at("carried"), 2);
    }
    rows.push_back({text(one.at("label")), count(one.at("texts")), words});
  }
  return markdown_table(rows) + "\n";
}

std::string shortcuts(const Json& found) {
  Rows rows = {
      {"word", "class", "rise of its probability, swapped in", "flips", "flips by the control", "p", "labels"}};
  for (const Json& word : found.at("words")) {
    if (!word.at("drives").get<bool>()) continue;
    const Json& swap = word.at("swap");
    rows.push_back({text(word.at("word")), text(word.at("label")),
                    with_interval(swap.at("beyond"), swap.at("interval")), number(swap.at("flips")),
                    number(swap.at("control_flips")), p(swap),
                    word.contains("reading") ? text(word.at("reading")) : "–"});
  }
  return "Shortcut candidates: " + count(found.at("drive")) + " of " +
         counted(found.at("words").size(), "tested word", "tested words") + " drive a class (false discovery rate " +
         percent(found.at("fdr").get<double>()) + ").\n\n" + (rows.size() > 1 ? markdown_table(rows) + "\n" : "");
}

std::string audit(const Json& json) {
  const Json& data = json.at("data");
  std::string out = count(data.at("audited")) + " of " + count(data.at("n")) + " texts of " + file(data) +
                    ", explained by " + text(json.at("method")) + tail(json) +
                    words_table(json.at("words").at("predicted"));
  Rows tests = {{"do classes distribute evidence differently?", "share explained", "p", "among like lengths", "p"}};
  for (const Json& test : json.at("distributions").at("tests")) {
    const Json &all = test.at("differs"), &alike = test.at("within_length");
    tests.push_back(
        {text(test.at("statistic")), number(all.at("effect")), p(all), number(alike.at("effect")), p(alike)});
  }
  if (tests.size() > 1) out += markdown_table(tests) + "\n";
  out += shortcuts(json.at("shortcuts"));
  if (const Json& contested = json.at("contested"); contested.at("compared") != 0) {
    out += "Agreement of " + counted(contested.at("methods").size(), "method", "methods") + " on " +
           count(contested.at("compared")) +
           " texts (Kendall's τ-b): " + with_interval(contested.at("agreement"), contested.at("interval")) + ".\n\n";
  }
  if (json.contains("label_errors")) {
    const Json& errors = json.at("label_errors");
    out += "Likely label errors: " + count(errors.at("suspected")) + " of " + count(errors.at("labelled")) +
           " labelled texts.\n\n";
  }
  return out;
}

struct Kind {
  std::string_view schema;
  std::string (*section)(const Json&);
};
constexpr Kind kKinds[] = {{"pellucid.evaluation/1", evaluation}, {"pellucid.comparison/1", comparison},
                           {"pellucid.study/1", study},           {"pellucid.plausibility/1", plausibility},
                           {"pellucid.planted/1", planted},       {"pellucid.audit/1", audit}};

// Where each section of a page begins, and its end.
std::vector<std::size_t> section_bounds(std::string_view page) {
  std::vector<std::size_t> bounds;
  for (std::size_t at = page.find("\n## "); at != std::string_view::npos; at = page.find("\n## ", at + 1)) {
    bounds.push_back(at + 1);
  }
  bounds.push_back(page.size());
  return bounds;
}

std::string_view heading(std::string_view section) {
  return section.substr(0, section.find('\n'));
}

}  // namespace

std::string results_page(std::string_view page, std::span<const std::string> sections) {
  const std::vector<std::size_t> bounds = section_bounds(page);
  std::vector<std::string> all;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    all.emplace_back(page.substr(bounds[i], bounds[i + 1] - bounds[i]));
  }
  for (const std::string& section : sections) {
    const auto same = std::ranges::find(all, heading(section), heading);
    if (same == all.end()) {
      all.push_back(section);
    } else {
      *same = section;
    }
  }
  std::string out(page.substr(0, bounds.front()));
  for (const std::string& section : all) {
    while (out.ends_with('\n')) out.pop_back();
    out += "\n\n" + section;
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

Result<std::string> results_section(std::string_view json, const std::string& title, const std::string& where) {
  const auto parsed = parse_json<Json>(json);
  if (!parsed.is_object())
    return fail(ErrorCode::format, "expected a result as a command's --json wrote it, found no JSON object", where);
  const Json schema = parsed.value("schema", Json());
  const auto kind = std::ranges::find_if(kKinds, [&](const Kind& one) { return schema == one.schema; });
  if (kind == std::end(kKinds)) {
    return fail(ErrorCode::format,
                "expected \"schema\" to be one of " + listed(kKinds, &Kind::schema) + "; found " + brief(schema),
                where);
  }
  try {
    return "## " + markdown_text(title) + "\n\n" + kind->section(parsed);
  } catch (const Json::exception& exception) {
    return fail(ErrorCode::format,
                "expected all that " + std::string(kind->schema) + " has, found: " + reason_of(exception), where);
  }
}

}  // namespace pellucid
