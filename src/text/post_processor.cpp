#include "text/post_processor.h"

#include <nlohmann/json.hpp>

namespace pellucid {
namespace {

using nlohmann::json;

// "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}]
Result<PostProcessor> from_template(const json& description, const std::string& where) {
  const json single = description.value("single", json::array());
  if (single.size() != 3 || !single[0].contains("SpecialToken") || !single[1].contains("Sequence") ||
      !single[2].contains("SpecialToken")) {
    return fail(ErrorCode::unsupported,
                "expected post_processor.single to be a special token, the text and a special token, found " +
                    single.dump() + "; this tokenizer is not supported",
                where);
  }
  return PostProcessor{.begin = single[0]["SpecialToken"].at("id"), .end = single[2]["SpecialToken"].at("id")};
}

}  // namespace

Result<PostProcessor> read_post_processor(const json& description, const std::string& where) {
  if (description.is_null()) return PostProcessor{};
  const std::string type = description.value("type", std::string("none"));
  if (type == "TemplateProcessing") return from_template(description, where);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    return PostProcessor{.begin = description.at("cls").at(0), .end = description.at("sep").at(0)};
  }
  return fail(ErrorCode::unsupported,
              "expected post_processor to be BertProcessing, RobertaProcessing or TemplateProcessing, found " + type +
                  "; this tokenizer is not supported",
              where);
}

}  // namespace pellucid
