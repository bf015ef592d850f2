// The parts of a difference's page, a card each.
#pragma once

#include "report/diff.h"
#include "report/markup.h"

namespace pellucid {

void write_gate(Markup& page, const DiffReport& report);
void write_label_changes(Markup& page, const DiffReport& report);
void write_gold_changes(Markup& page, const DiffReport& report);
void write_drift(Markup& page, const DiffReport& report);
void write_moved_words(Markup& page, const DiffReport& report);
void write_changed_texts(Markup& page, const DiffReport& report);
void write_unlike_texts(Markup& page, const DiffReport& report);

}  // namespace pellucid
