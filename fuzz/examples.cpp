// CSV, TSV, JSONL, Orange .tab, AG News, plain text: whatever the file holds, reading it ends, and what is read is a
// text.
#include "data/reader.h"
#include "data/utf8.h"
#include "input.h"

using namespace pellucid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  std::string_view input = fuzz::text_of(data, size);
  const unsigned choice = fuzz::take_choice(input);
  constexpr Format kFormats[] = {Format::csv, Format::tsv, Format::jsonl, Format::tab, Format::ag_news, Format::text};
  ReadOptions options;
  options.format = kFormats[choice % 6];
  options.labels_required = (choice & 64) != 0;
  options.skip_bad_rows = (choice & 128) != 0;
  const Result<std::vector<Example>> examples = read_examples(file.write(input), options);
  if (!examples) return 0;
  fuzz::expect(!examples->empty());
  for (const Example& example : *examples) {
    fuzz::expect(first_invalid_utf8(example.text) == std::string::npos && !example.id.empty());
    fuzz::expect(!options.labels_required || (example.label && !example.label->empty()));
    for (const ByteRange& range : example.evidence) {
      fuzz::expect(range.begin < range.end && range.end <= example.text.size());
    }
  }
  return 0;
}
