// What a tokenizer.json puts around a text: one special token before it and one behind it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "error/error.h"

namespace pellucid {

struct PostProcessor {
  std::string begin, end;  // the special pieces; empty where the file does not say
};

// From the value of "post_processor": null, BertProcessing, RobertaProcessing or a TemplateProcessing whose
// `single` is special token, text, special token. `where` names the file in messages.
Result<PostProcessor> read_post_processor(const nlohmann::json& description, const std::string& where);

}  // namespace pellucid
