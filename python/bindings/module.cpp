// pellucid._pellucid: what the Python package is made of, on the libraries of src/.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include "model.h"
#include "version/version.h"

NB_MODULE(_pellucid, module) {
  module.attr("version") = pellucid::version();
  pellucid::python::bind_explanation(module);
  pellucid::python::bind_options(module);
  auto model = pellucid::python::bind_model(module);
  pellucid::python::bind_reports(module, model);
}
