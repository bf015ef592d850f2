#include "compare/figure_html.h"

#include "compare/table.h"
#include "report/numbers.h"

namespace pellucid::compare {

void write_figure(Markup& page, const Figure& figure, bool tested, bool best) {
  page.open("td", {{"class", best ? "n best" : "n"}}).text(with_minus_sign(fixed(figure.value, 3)));
  page.element("small", with_minus_sign(fixed(figure.interval.low, 3) + " to " + fixed(figure.interval.high, 3)));
  page.element("small", figure.spread ? "sd " + spread_text(figure) : spread_text(figure));
  if (tested) page.element("small", figure.p_value ? "p " + p_text(*figure.p_value) : "reference");
  page.close();
}

}  // namespace pellucid::compare
