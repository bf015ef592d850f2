#include "text/words.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"
#include "text/utf8.h"

namespace pellucid {
namespace {

enum class Ascii : unsigned char { letter, space, punctuation, dropped };

constexpr std::array<Ascii, 128> ascii_classes() {
  std::array<Ascii, 128> classes{};
  for (int c = 0; c < 128; ++c) {
    const bool control = c < 0x20 || c == 0x7F;
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      classes[c] = Ascii::space;
    } else if (control) {
      classes[c] = Ascii::dropped;
    } else {
      classes[c] = alphanumeric ? Ascii::letter : Ascii::punctuation;
    }
  }
  return classes;
}
constexpr auto kAscii = ascii_classes();

// Takes code points in text order and turns them into words.
class Splitter {
 public:
  Splitter(const Normalization& normalization, const std::function<void(const Word&)>& emit)
      : normalization_(normalization), emit_(emit) {}

  void ascii(unsigned char c, ByteRange source) {
    if (kAscii[c] == Ascii::dropped && normalization_.clean_text) return;
    flush_marks();
    last_source_ = source;
    switch (kAscii[c]) {
      case Ascii::letter:
        if (normalization_.lowercase && c >= 'A' && c <= 'Z') c |= 0x20;
        word_.bytes.push_back(static_cast<char>(c));
        word_.sources.push_back(source);
        ++word_.characters;
        break;
      case Ascii::space: end_word(); break;
      case Ascii::punctuation: alone(c, source); break;
      case Ascii::dropped:  // not cleaned: vertical tabs and the like are white space, the rest letters
        if (unicode::is_white_space(c)) {
          end_word();
        } else {
          word_.append(c, source);
        }
    }
  }

  void code_point(char32_t c, ByteRange source) {
    if (normalization_.clean_text) {
      if (unicode::is_dropped(c)) return;
      if (unicode::is_cleaned_to_space(c)) c = ' ';
    }
    if (normalization_.handle_chinese_chars && unicode::is_ideograph(c)) {
      decompose(' ', source);
      decompose(c, source);
      decompose(' ', source);
    } else {
      decompose(c, source);
    }
  }

  void finish() {
    flush_marks();
    end_word();
  }

 private:
  // A combining mark waiting for its place in canonical order.
  struct Mark {
    char32_t c;
    int combining_class;
    bool expanded;  // a further code point of a decomposition: it has no source character of its own
  };

  void decompose(char32_t c, ByteRange source) {
    if (!normalization_.strip_accents) {
      lower(c, source);
      return;
    }
    const unicode::Expansion parts = unicode::canonical_decomposition(c);
    for (std::size_t i = 0; i < parts.size; ++i) {
      const int combining_class = unicode::combining_class(parts.points[i]);
      if (combining_class != 0) {
        marks_.push_back({parts.points[i], combining_class, i > 0});
        if (i == 0) mark_sources_.push_back(source);
        continue;
      }
      flush_marks();
      last_source_ = source;
      strip(parts.points[i], source);
    }
  }

  // Canonical order within a run of marks. The package hands out source characters in the order of
  // the sorted run, and an expanded mark shares the one before it; so do we.
  void flush_marks() {
    if (marks_.empty()) return;
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const Mark& x, const Mark& y) { return x.combining_class < y.combining_class; });
    std::size_t next = 0;
    for (const Mark& mark : marks_) {
      if (!mark.expanded) last_source_ = mark_sources_[next++];
      strip(mark.c, last_source_);
    }
    marks_.clear();
    mark_sources_.clear();
  }

  void strip(char32_t c, ByteRange source) {
    if (!unicode::is_nonspacing_mark(c)) lower(c, source);
  }

  void lower(char32_t c, ByteRange source) {
    if (!normalization_.lowercase) {
      place(c, source);
      return;
    }
    const unicode::Expansion parts = unicode::lower_case(c);
    for (std::size_t i = 0; i < parts.size; ++i) place(parts.points[i], source);
  }

  void place(char32_t c, ByteRange source) {
    if (unicode::is_white_space(c)) {
      end_word();
    } else if (unicode::is_punctuation(c)) {
      alone(c, source);
    } else {
      word_.append(c, source);
    }
  }

  void alone(char32_t c, ByteRange source) {
    end_word();
    word_.append(c, source);
    end_word();
  }

  void end_word() {
    if (word_.bytes.empty()) return;
    emit_(word_);
    word_.clear();
  }

  const Normalization& normalization_;
  const std::function<void(const Word&)>& emit_;
  Word word_;
  std::vector<Mark> marks_;
  std::vector<ByteRange> mark_sources_;
  ByteRange last_source_;
};

}  // namespace

void Word::clear() {
  bytes.clear();
  sources.clear();
  characters = 0;
}

void Word::append(char32_t c, ByteRange source) {
  append_utf8(bytes, c);
  sources.resize(bytes.size(), source);
  ++characters;
}

void for_each_word(std::string_view text, const Normalization& normalization,
                   const std::function<void(const Word&)>& emit) {
  Splitter splitter(normalization, emit);
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      splitter.ascii(byte, {at, at + 1});
      ++at;
    } else {
      const CodePoint next = decode(text, at);
      splitter.code_point(next.value, {at, at + next.size});
      at += next.size;
    }
  }
  splitter.finish();
}

}  // namespace pellucid
