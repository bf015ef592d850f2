#include "report/wrapping.h"

#include <utf8proc.h>

#include "report/escape.h"
#include "text/utf8.h"

namespace pellucid {
namespace {

// Greedy: characters gather to a word, words to a line.
class Wrapper {
 public:
  Wrapper(double line_width, CharacterWidth width) : line_width_(line_width), width_(width) {}

  void add(char32_t c, const Part& part) {
    if (c == '\n') {
      end_word();
      end_line();
      return;
    }
    if (c == '\t') c = ' ';
    const double width = width_(c);
    const bool wide = terminal_columns(c) > 1;
    if (c == ' ') {
      end_word();
      // A space that does not fit is what the line break stands for.
      if (line_used_ + width <= line_width_ && line_used_ > 0) append(line_, c, part, width, line_used_);
      return;
    }
    if (wide || after_wide_) end_word();
    after_wide_ = wide;
    if (word_used_ + width > line_width_ && width > 0) end_word();
    append(word_, c, part, width, word_used_);
  }

  std::vector<Line> finish() {
    end_word();
    if (!line_.empty()) end_line();
    return std::move(lines_);
  }

 private:
  static void append(Line& line, char32_t c, const Part& part, double width, double& used) {
    if (line.empty() || line.back().unit != part.unit) line.push_back({{}, part.unit, 0});
    append_utf8(line.back().text, c);
    line.back().width += width;
    used += width;
  }

  void end_word() {
    after_wide_ = false;
    if (word_.empty()) return;
    if (line_used_ > 0 && line_used_ + word_used_ > line_width_) end_line();
    for (Run& run : word_) {
      if (!line_.empty() && line_.back().unit == run.unit) {
        line_.back().text += run.text;
        line_.back().width += run.width;
      } else {
        line_.push_back(std::move(run));
      }
    }
    line_used_ += word_used_;
    word_.clear();
    word_used_ = 0;
  }

  void end_line() {
    while (!line_.empty()) {
      std::string& text = line_.back().text;
      while (text.ends_with(' ')) {
        text.pop_back();
        line_.back().width -= width_(U' ');
      }
      if (!text.empty()) break;
      line_.pop_back();
    }
    lines_.push_back(std::move(line_));
    line_.clear();
    line_used_ = 0;
  }

  double line_width_;
  CharacterWidth width_;
  std::vector<Line> lines_;
  Line line_, word_;
  double line_used_ = 0, word_used_ = 0;
  bool after_wide_ = false;
};

}  // namespace

double terminal_columns(char32_t c) {
  return utf8proc_charwidth(static_cast<utf8proc_int32_t>(c));
}

double width_of(std::string_view utf8, CharacterWidth width) {
  double sum = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint c = decode(utf8, at);
    at += c.size;
    sum += width(c.value);
  }
  return sum;
}

std::vector<Line> wrap(const Explanation& explanation, double line_width, CharacterWidth width,
                       const std::vector<std::string>& marks) {
  Wrapper wrapper(line_width, width);
  for (const Part& part : parts_of(explanation)) {
    const std::string mark = part.unit && !marks.empty() ? marks[*part.unit] : std::string();
    const std::string shown = part.unread ? " …" : mark + visible(bytes_of(explanation, part.range));
    for (std::size_t at = 0; at < shown.size();) {
      const CodePoint c = decode(shown, at);
      at += c.size;
      wrapper.add(c.value, part);
    }
  }
  return wrapper.finish();
}

}  // namespace pellucid
