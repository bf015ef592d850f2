// The subcommands of pellucid-train; each adds itself and leaves its exit status in `status`.
#pragma once

namespace CLI {
class App;
}

namespace pellucid {

void add_train(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_study(CLI::App& app, int& status);

}  // namespace pellucid
