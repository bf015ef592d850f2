// The parts of an audit's page, a card each.
#pragma once

#include "report/audit.h"
#include "report/markup.h"

namespace pellucid {

void write_class_words(Markup& page, const AuditReport& report);
void write_distributions(Markup& page, const AuditReport& report);
void write_shortcuts(Markup& page, const AuditReport& report);
void write_contested(Markup& page, const AuditReport& report);
void write_label_errors(Markup& page, const AuditReport& report);

}  // namespace pellucid
