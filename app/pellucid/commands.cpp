#include "commands.h"

namespace pellucid {

void add_commands(CLI::App& app, int& status) {
  add_predict(app, status);
  add_explain(app, status);
  add_evaluate(app, status);
  add_audit(app, status);
  add_diff(app, status);
  add_plausibility(app, status);
  add_serve(app, status);
  add_record(app, status);
  add_planted(app, status);
  add_results(app, status);
  add_export(app, status);
}

}  // namespace pellucid
