#include "texts.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace pellucid::python {
namespace {

std::string kind_of(nb::handle value) {
  return nb::cast<std::string>(nb::str(value.type().attr("__name__")));
}

[[noreturn]] void refuse(const std::string& message) {
  PyErr_SetString(PyExc_TypeError, message.c_str());
  throw nb::python_error();
}

std::string utf8_of(nb::handle text) {
  Py_ssize_t size = 0;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size)) return {bytes, static_cast<std::size_t>(size)};
  PyErr_Clear();  // half a surrogate pair
  const auto encoded = nb::steal<nb::bytes>(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogatepass"));
  if (!encoded.is_valid()) throw nb::python_error();
  return {encoded.c_str(), encoded.size()};
}

std::string text_of(nb::handle item, std::size_t position) {
  if (PyUnicode_Check(item.ptr())) return utf8_of(item);
  std::string found = kind_of(item);
  if (PyFloat_Check(item.ptr()) || item.is_none()) found = nb::cast<std::string>(nb::str(item));
  refuse("expected a str at position " + std::to_string(position) + ", found " + found +
         (PyBytes_Check(item.ptr()) ? "; decode it" : ""));
}

void check_column(nb::handle given) {
  const char* wanted = "expected texts, such as a list, an array or a column of str; found ";
  if (PyUnicode_Check(given.ptr())) refuse(std::string(wanted) + "a single str; put it in a list");
  if (PyBytes_Check(given.ptr()) || PyDict_Check(given.ptr())) {
    refuse(std::string(wanted) + "a " + kind_of(given));
  }
  const nb::object dimensions = nb::getattr(given, "ndim", nb::int_(1));
  if (!dimensions.equal(nb::int_(1))) {
    refuse(std::string(wanted) + "a " + kind_of(given) + " of " + nb::cast<std::string>(nb::str(dimensions)) +
           " dimensions; choose a column");
  }
}

}  // namespace

std::vector<std::string> texts_of(nb::handle given) {
  check_column(given);
  const auto iterator = nb::steal(PyObject_GetIter(given.ptr()));
  if (!iterator.is_valid()) {
    PyErr_Clear();
    refuse("expected texts, such as a list, an array or a column of str; found " + kind_of(given));
  }
  std::vector<std::string> texts;
  for (;;) {
    const auto item = nb::steal(PyIter_Next(iterator.ptr()));
    if (!item.is_valid()) break;
    texts.push_back(text_of(item, texts.size()));
  }
  if (PyErr_Occurred() != nullptr) throw nb::python_error();
  return texts;
}

nb::str str_of(const std::string& bytes) {
  PyObject* decoded = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogatepass");
  if (decoded == nullptr) throw nb::python_error();
  return nb::steal<nb::str>(decoded);
}

}  // namespace pellucid::python
