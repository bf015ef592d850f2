// The subcommands of pellucid, the first three of pellucid-train too; each adds itself and leaves its exit status in
// `status`.
#pragma once

#include <string>
#include <vector>

#include "arguments.h"
#include "error/error.h"

namespace CLI {
class App;
}

namespace pellucid {

void add_predict(CLI::App& app, int& status, Loader loader = load_classifier);
void add_explain(CLI::App& app, int& status, Loader loader = load_classifier);
void add_evaluate(CLI::App& app, int& status, Loader loader = load_classifier);
void add_audit(CLI::App& app, int& status);
void add_diff(CLI::App& app, int& status);
void add_plausibility(CLI::App& app, int& status);
void add_serve(CLI::App& app, int& status);
void add_record(CLI::App& app, int& status);
void add_planted(CLI::App& app, int& status);
void add_results(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);

void add_commands(CLI::App& app, int& status);  // all of these

// Adds the subcommands that need libtorch to the help; `run_training_program` runs them.
void add_training_commands(CLI::App& app);

// Where argv[1] is one of those, becomes pellucid-train, which lies beside this program. Returns false
// where it is not; does not return where it is.
bool run_training_program(int argc, char** argv);

// The same for predict, explain and evaluate, where their model is a system that needs libtorch.
void hand_over_systems(CLI::App& app, char** argv);

// Runs `pellucid-train train` with these arguments and waits for it. What it prints goes to stderr. An interrupt
// is handed on, so that it saves its state. Where it fails it has said why: then the error's message is empty.
Result<void> run_training(std::vector<std::string> arguments);

}  // namespace pellucid
