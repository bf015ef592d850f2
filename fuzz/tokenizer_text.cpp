// Any bytes as a text: what the tokenizer promises of its pieces.
#include "input.h"
#include "text/tokenizer.h"

namespace {

using namespace pellucid;

// The fixture's vocabulary with each of the settings that change the normalisation, then tokenizer.json of the other
// kinds: byte pairs, Unigram with a map of characters.
const std::vector<Tokenizer>& tokenizers() {
  static const std::vector<Tokenizer> all = [] {
    const char* settings[] = {R"({"do_lower_case": true})", R"({"do_lower_case": false})",
                              R"({"do_lower_case": true, "strip_accents": false})",
                              R"({"do_lower_case": false, "strip_accents": true, "tokenize_chinese_chars": false})"};
    std::vector<Tokenizer> made;
    for (const char* setting : settings) {
      const fuzz::Folder folder;
      folder.link("vocab.txt", fuzz::kFixtures / "text" / "vocab.txt");
      std::ofstream(folder.path() / "tokenizer_config.json") << setting;
      made.push_back(Tokenizer::load(folder.path()).value());
    }
    for (const char* kind : {"roberta", "modernbert", "xlm-roberta", "deberta-v3"}) {
      made.push_back(Tokenizer::load(fuzz::kFixtures / "pipelines" / kind).value());
    }
    return made;
  }();
  return all;
}

void check(const Tokenizer& tokenizer, const Encoding& encoding, std::string_view text) {
  const std::size_t n = encoding.ids.size();
  fuzz::expect(n >= 2 && encoding.ranges.size() == n && encoding.words.size() == n);
  fuzz::expect(encoding.ids.front() == tokenizer.specials().begin && encoding.ids.back() == tokenizer.specials().end);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const ByteRange& range = encoding.ranges[i];
    fuzz::expect(range.begin <= range.end && range.end <= text.size());
    fuzz::expect(encoding.ids[i] >= 0 && static_cast<std::size_t>(encoding.ids[i]) < tokenizer.vocabulary_size());
    if (i > 1)
      fuzz::expect(encoding.words[i] >= encoding.words[i - 1] && encoding.words[i] <= encoding.words[i - 1] + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const unsigned choice = fuzz::take_choice(text);
  const Tokenizer& tokenizer = tokenizers()[choice % tokenizers().size()];
  const Encoding whole = tokenizer.encode(text);
  check(tokenizer, whole, text);
  const std::size_t longest = 2 + choice / 8;
  const Encoding cut = tokenizer.encode(text, longest);
  check(tokenizer, cut, text);
  fuzz::expect(cut.ids.size() <= longest && cut.ids.size() + cut.dropped == whole.ids.size());
  return 0;
}
