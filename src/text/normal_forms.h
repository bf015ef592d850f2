// Unicode's normal forms (UAX #15), in the version of Unicode and with the sources that the `tokenizers` package has.
#pragma once

#include "text/characters.h"

namespace pellucid {

enum class NormalForm { nfc, nfd, nfkc, nfkd };

void normalize(Characters& text, NormalForm form);

}  // namespace pellucid
