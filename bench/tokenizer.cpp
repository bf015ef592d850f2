// Tokenising alone, on the thread that calls. A repetition, whatever the request: all texts once.
#include "text/tokenizer.h"

#include "repetitions.h"

namespace pellucid::bench {
namespace {

Result<void> tokenise(const std::string& model, const std::string& file, const std::string&) {
  PELLUCID_TRY(const Tokenizer tokenizer, Tokenizer::load(model));
  PELLUCID_TRY(const std::vector<std::string> texts, read_texts(file));
  return repeat([&](const std::string&) -> Result<nlohmann::json> {
    std::size_t pieces = 0;
    for (const std::string& text : texts) pieces += tokenizer.encode(text).ids.size();
    return nlohmann::json{{"pieces", pieces}};
  });
}

}  // namespace
}  // namespace pellucid::bench

int main(int argc, char** argv) {
  return pellucid::bench::run_program(argc, argv, pellucid::bench::tokenise);
}
