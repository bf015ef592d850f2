#include "report/explanation.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

#include "fragment_name.h"
#include "model.h"
#include "report/shading.h"
#include "texts.h"

namespace nb = nanobind;

namespace pellucid::python {
namespace {

using Doubles = nb::ndarray<nb::numpy, const double, nb::ndim<1>>;

// Views belong to the object whose property they are.
Doubles view_of(const std::vector<double>& values) {
  return Doubles(values.data(), {values.size()});
}

// The scores where they lie, between the ranges of their units.
Doubles scores_of(const Explanation& e) {
  static_assert(sizeof(ExplainedUnit) % sizeof(double) == 0);
  const double* first = e.units.empty() ? nullptr : &e.units.front().score;
  return Doubles(first, {e.units.size()}, nb::handle(),
                 {static_cast<std::int64_t>(sizeof(ExplainedUnit) / sizeof(double))});
}

// Where units begin and end, [u, 2], in characters: what a str is indexed by.
auto spans_of(const Explanation& e) {
  auto* spans = new std::vector<std::int64_t>;
  const nb::capsule owner(spans, [](void* made) noexcept { delete static_cast<std::vector<std::int64_t>*>(made); });
  std::size_t byte = 0;
  std::int64_t characters = 0;
  const auto characters_before = [&](std::size_t end) {
    for (; byte < std::min(end, e.text.size()); ++byte) {
      characters += (static_cast<unsigned char>(e.text[byte]) & 0xC0) != 0x80;
    }
    return characters;
  };
  for (const ExplainedUnit& unit : e.units) {
    spans->push_back(characters_before(unit.range.begin));
    spans->push_back(characters_before(unit.range.end));
  }
  return nb::ndarray<nb::numpy, const std::int64_t, nb::ndim<2>>(spans->data(), {e.units.size(), 2}, owner);
}

nb::list units_of(const Explanation& e) {
  nb::list units;
  for (const ExplainedUnit& unit : e.units) units.append(str_of(std::string(bytes_of(e, unit.range))));
  return units;
}

// The strongest units first, with their scores.
nb::list top(const Explanation& e, std::size_t count) {
  nb::list strongest;
  for (const std::size_t u : by_strength(e)) {
    if (nb::len(strongest) == count) break;
    strongest.append(nb::make_tuple(str_of(std::string(bytes_of(e, e.units[u].range))), e.units[u].score));
  }
  return strongest;
}

}  // namespace

void bind_explanation(nb::module_& module) {
  using namespace nb::literals;
  module.def(
      "to_html", [](const std::vector<Explanation>& all, const std::string& title) { return to_html(all, title); },
      "explanations"_a, "title"_a);
  module.def(
      "to_fragment", [](const std::vector<Explanation>& all) { return to_fragment(all, unique_fragment_name()); },
      "explanations"_a);
  nb::class_<Explanation>(module, "Explanation",
                          "Why a text has its label: the score of each unit. For a complete method "
                          "scores.sum() + bias + residual is explained.")
      .def_ro("id", &Explanation::id, "The text's position among those explained together.")
      .def_prop_ro("text", [](const Explanation& e) { return str_of(e.text); })
      .def_ro("label", &Explanation::label, "What the model predicts.")
      .def_ro("classes", &Explanation::classes)
      .def_prop_ro(
          "probabilities", [](const Explanation& e) { return view_of(e.probabilities); }, "[C]")
      .def_prop_ro(
          "logits", [](const Explanation& e) { return view_of(e.logits); }, "[C]")
      .def_ro("method", &Explanation::method)
      .def_ro("complete", &Explanation::complete, "Whether the method promises scores + bias = explained.")
      .def_ro("has_signs", &Explanation::has_signs,
              "Whether a score says for which class a unit speaks, not only how much it matters.")
      .def_ro("target", &Explanation::target, "The label that is explained.")
      .def_ro("against", &Explanation::against, "The label that it is contrasted with; None: the mean of all.")
      .def_prop_ro("unit", [](const Explanation& e) { return std::string(name_of(e.unit)); })
      .def_prop_ro("units", units_of, "The text of each unit.")
      .def_prop_ro("scores", scores_of, "Of each unit, in logits where the method is complete.")
      .def_prop_ro("spans", spans_of, nb::rv_policy::reference,
                   "Begin and end of each unit in the text, in characters. [u, 2]")
      .def_ro("explained", &Explanation::explained)
      .def_ro("bias", &Explanation::bias, "What no unit is credited with.")
      .def_ro("special", &Explanation::special, "Of the bias: what special tokens hold.")
      .def_ro("residual", &Explanation::residual, "Explained - (scores + bias): rounding, for a complete method.")
      .def_ro("truncated_pieces", &Explanation::dropped_pieces, "Not read, for the text was too long.")
      .def_ro("windows", &Explanation::windows, "That the text was read in.")
      .def_ro("precision", &Explanation::precision)
      .def_ro("seconds", &Explanation::seconds, "Its share of the time of those explained together.")
      .def_ro("forward_equivalents", &Explanation::forward_equivalents, "Passes that it cost.")
      .def_prop_ro(
          "quality",
          [](const Explanation& e) -> std::optional<std::string> {
            if (!e.quality) return std::nullopt;
            return std::string(name_of(e.quality->verdict));
          },
          "ok, weak or suspect, where it was asked for.")
      .def("top", top, "count"_a = 10, "The strongest units and their scores, the strongest first.")
      .def(
          "to_json", [](const Explanation& e) { return to_json(e); }, "One line of JSON, pellucid.explanation/1.")
      .def(
          "to_svg", [](const Explanation& e) { return to_svg(e); }, "A picture.")
      .def("_repr_html_", [](const Explanation& e) { return to_fragment({&e, 1}, unique_fragment_name()); })
      .def("__str__", [](const Explanation& e) { return to_terminal(e, TerminalStyle{.colour = false, .width = 80}); })
      .def("__repr__", [](const Explanation& e) {
        std::string words;
        for (const std::size_t u : by_strength(e)) {
          if (words.size() > 60) break;
          char score[32];
          std::snprintf(score, sizeof score, " %+.2f", e.units[u].score);
          words += (words.empty() ? "" : ", ") + std::string(bytes_of(e, e.units[u].range)) + score;
        }
        return str_of("<Explanation of '" + e.target + "' by " + e.method + ": " + words + ">");
      });
}

}  // namespace pellucid::python
