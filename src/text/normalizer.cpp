#include "text/normalizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/charsmap.h"
#include "text/normal_forms.h"
#include "text/pattern.h"
#include "text/stage.h"
#include "text/unicode.h"

namespace pellucid {
namespace {

using nlohmann::json;

void lowercase(Characters& text) {
  Characters result;
  for (const Character& c : text) {
    const unicode::Expansion lower = unicode::lower_case(c.value);
    for (std::size_t i = 0; i < lower.size; ++i) result.push_back({lower.points[i], c.source});
  }
  text = std::move(result);
}

void strip_accents(Characters& text) {
  std::erase_if(text, [](const Character& c) { return unicode::is_mark(c.value); });
}

void strip(Characters& text, bool left, bool right) {
  const auto is_space = [](const Character& c) { return unicode::is_white_space(c.value); };
  if (right) text.erase(std::find_if_not(text.rbegin(), text.rend(), is_space).base(), text.end());
  if (left) text.erase(text.begin(), std::ranges::find_if_not(text, is_space));
}

// The new characters all have the source of the last one that they replace.
void replace(Characters& text, const Pattern& pattern, const std::u32string& content) {
  Characters result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = pattern(text, at);
    if (size == 0) {
      result.push_back(text[at++]);
      continue;
    }
    at += size;
    for (const char32_t c : content) result.push_back({c, text[at - 1].source});
  }
  text = std::move(result);
}

void bert(Characters& text, const Normalization& settings) {
  if (settings.clean_text) {
    std::erase_if(text, [](const Character& c) { return unicode::is_dropped(c.value); });
    for (Character& c : text) {
      if (unicode::is_cleaned_to_space(c.value)) c.value = ' ';
    }
  }
  if (settings.handle_chinese_chars) {
    Characters result;
    for (const Character& c : text) {
      const bool apart = unicode::is_ideograph(c.value);
      if (apart) result.push_back({' ', c.source});
      result.push_back(c);
      if (apart) result.push_back({' ', c.source});
    }
    text = std::move(result);
  }
  if (settings.strip_accents) {
    normalize(text, NormalForm::nfd);
    std::erase_if(text, [](const Character& c) { return unicode::is_nonspacing_mark(c.value); });
  }
  if (settings.lowercase) lowercase(text);
}

Result<Normalizer> sequence(const json& description, const std::string& where) {
  std::vector<Normalizer> parts;
  for (const json& part : description.at("normalizers")) {
    PELLUCID_TRY(Normalizer normalizer, read_normalizer(part, where));
    parts.push_back(std::move(normalizer));
  }
  return [parts = std::move(parts)](Characters& text) {
    for (const Normalizer& part : parts) part(text);
  };
}

template <NormalForm form>
Result<Normalizer> normal_form(const json&, const std::string&) {
  return [](Characters& text) { normalize(text, form); };
}

const std::pair<std::string_view, StageReader<Normalizer>> kReaders[] = {
    {"BertNormalizer",
     [](const json& description, const std::string&) -> Result<Normalizer> {
       return [settings = bert_normalization(description)](Characters& text) { bert(text, settings); };
     }},
    {"Lowercase", [](const json&, const std::string&) -> Result<Normalizer> { return lowercase; }},
    {"NFC", normal_form<NormalForm::nfc>},
    {"NFD", normal_form<NormalForm::nfd>},
    {"NFKC", normal_form<NormalForm::nfkc>},
    {"NFKD", normal_form<NormalForm::nfkd>},
    {"Precompiled",
     [](const json& description, const std::string& where) -> Result<Normalizer> {
       PELLUCID_TRY(const auto charsmap, Charsmap::read(description.value("precompiled_charsmap", ""), where));
       return [charsmap](Characters& text) { charsmap->normalize(text); };
     }},
    {"Prepend",
     [](const json& description, const std::string&) -> Result<Normalizer> {
       return [prefix = code_points(description.at("prepend").get<std::string>())](Characters& text) {
         prepend(prefix, text);
       };
     }},
    {"Replace",
     [](const json& description, const std::string& where) -> Result<Normalizer> {
       PELLUCID_TRY(Pattern pattern, read_pattern(description.at("pattern"), where));
       return [pattern = std::move(pattern), content = code_points(description.at("content").get<std::string>())](
                  Characters& text) { replace(text, pattern, content); };
     }},
    {"Sequence", sequence},
    {"Strip",
     [](const json& description, const std::string&) -> Result<Normalizer> {
       const bool left = description.value("strip_left", true);
       const bool right = description.value("strip_right", true);
       return [left, right](Characters& text) { strip(text, left, right); };
     }},
    {"StripAccents", [](const json&, const std::string&) -> Result<Normalizer> { return strip_accents; }},
};

}  // namespace

Normalization bert_normalization(const json& description) {
  Normalization settings;
  settings.clean_text = description.value("clean_text", true);
  settings.handle_chinese_chars = description.value("handle_chinese_chars", true);
  settings.lowercase = description.value("lowercase", true);
  // Lower case decides about accents where strip_accents is null.
  const auto accents = description.find("strip_accents");
  const bool said = accents != description.end() && accents->is_boolean();
  settings.strip_accents = said ? accents->get<bool>() : settings.lowercase;
  return settings;
}

Result<Normalizer> read_normalizer(const json& description, const std::string& where) {
  if (description.is_null()) return [](Characters&) {};
  return read_stage(kReaders, "a normalizer", description, where);
}

}  // namespace pellucid
