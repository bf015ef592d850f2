#include "text/pipeline.h"

namespace pellucid {

void Pipeline::run(std::string_view text, const std::function<void(const Word&)>& word,
                   const std::function<void(std::int32_t id, ByteRange)>& token) const {
  Word current;
  const auto pre_tokenize = [&](Characters part) {
    PreTokens tokens{std::move(part), {}};
    if (tokens.characters.empty()) return;
    tokens.spans.push_back({0, tokens.characters.size()});
    pre_tokenizer.split(tokens);
    for (const auto& [begin, end] : tokens.spans) {
      current.clear();
      for (std::size_t i = begin; i < end; ++i) current.append(tokens.characters[i].value, tokens.characters[i].source);
      word(current);
    }
  };
  const auto normalize = [&](Characters part) {
    normalizer(part);
    normalized_tokens.split(std::move(part), pre_tokenize, token);
  };
  raw_tokens.split(decoded(text), normalize, token);
}

}  // namespace pellucid
