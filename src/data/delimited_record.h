// One record of a delimited file as RFC 4180 defines it: fields between delimiters, quoted where they
// contain delimiters, quotes or line ends.
#pragma once

#include <string>
#include <vector>

#include "data/line_source.h"
#include "error/error.h"

namespace pellucid {

struct DelimitedRecord {
  std::vector<std::string> fields;
  bool blank = false;  // a line without a single byte
};

// Reads into `record` (its memory is used again); false at the end. A quote within an unquoted field
// stands for itself. After an error in the quoting, reading goes on at the line after the one on
// which the record began: the quote, not the lines behind it, is at fault.
Result<bool> read_record(LineSource& source, char delimiter, DelimitedRecord& record);

}  // namespace pellucid
