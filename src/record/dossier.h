// One decision as a self-contained page that prints well, for who has to judge it without the log or the model.
#pragma once

#include <span>
#include <string>

#include "record/decision.h"
#include "record/override.h"

namespace pellucid {

std::string dossier(const Entry& entry, const Decision& decision, std::span<const Override> overrides);

// An entry as a line of JSON (pellucid.record/1) without the newline: number, hash, hash of the one before, body,
// content.
std::string export_line(const Entry& entry, const std::string& hash_before);

}  // namespace pellucid
