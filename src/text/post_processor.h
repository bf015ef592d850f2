// What a tokenizer.json puts around a text, one special token before it and one behind it, and how it trims ranges.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "error/error.h"
#include "text/tokenizer.h"

namespace pellucid {

struct PostProcessor {
  std::string begin, end;      // the special pieces; empty where the file does not say
  bool trims_offsets = false;  // ranges leave out the white space that pieces begin and end with
  bool prefix_space = false;   // but not the space that was put before a text
};

// From the value of "post_processor": null, BertProcessing, RobertaProcessing, a TemplateProcessing whose `single` is
// special token, text, special token, ByteLevel, which trims alone, or a Sequence of them. `where` names the file in
// messages.
Result<PostProcessor> read_post_processor(const nlohmann::json& description, const std::string& where);

// What RobertaProcessing and ByteLevel do to the range of one piece: it loses as many characters as `piece`, as the
// vocabulary has it, has white space at either end. `first`: no piece stands before it. Unlike there, a piece of white
// space alone keeps its bytes, and a space that was put before a text behind an added token takes none from that text.
void trim_offset(std::string_view text, std::string_view piece, bool first, bool prefix_space, ByteRange& range);

}  // namespace pellucid
