// tokenizer.json, or vocab.txt with tokenizer_config.json: what loads must tokenise.
#include "checkpoint/vocabulary_size.h"
#include "input.h"
#include "text/tokenizer.h"

namespace {

using namespace pellucid;

void load(const std::filesystem::path& folder) {
  (void)vocabulary_size(folder);
  const Result<Tokenizer> tokenizer = Tokenizer::load(folder);
  if (!tokenizer) return;
  const Encoding encoding = tokenizer->encode("The caf\u00e9 was n\u2019t open; 東京 unaffable x\u0301.", 16);
  fuzz::expect(encoding.ids.size() <= 16);
  for (const std::int32_t id : encoding.ids) (void)tokenizer->piece(id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile tokenizer, vocabulary, settings;
  static const fuzz::Folder one, two;
  static const bool linked = [] {
    one.link("tokenizer.json", tokenizer.write(""));
    two.link("vocab.txt", vocabulary.write(""));
    two.link("tokenizer_config.json", settings.write(""));
    return true;
  }();
  (void)linked;
  std::string_view input = fuzz::text_of(data, size);
  if (fuzz::take_choice(input) % 2 == 0) {
    tokenizer.write(input);
    load(one.path());
  } else {
    settings.write(fuzz::take_part(input));
    vocabulary.write(input);
    load(two.path());
  }
  return 0;
}
