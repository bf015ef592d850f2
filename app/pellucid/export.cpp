// pellucid export: a classifier in a format that other programs run.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "arguments.h"
#include "commands.h"
#include "error/listed.h"
#include "export/huggingface.h"
#include "export/onnx.h"
#include "report/escape.h"

namespace pellucid {
namespace {

struct Arguments {
  std::string model, out;
  std::string format = "onnx";
  bool quiet = false;
};

Result<void> run(const Arguments& arguments) {
  PELLUCID_TRY(const ModelFolder model, open_model_folder(arguments.model));
  PELLUCID_CHECK(arguments.format == "onnx" ? export_onnx(model, arguments.out)
                                            : export_huggingface(model, arguments.out));
  if (!arguments.quiet) {
    std::fprintf(stderr, "pellucid: wrote %s: texts of at most %zu tokens to logits of %s\n", arguments.out.c_str(),
                 model.max_length, one_line(listed(model.head->labels.names())).c_str());
  }
  return {};
}

}  // namespace

void add_export(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("export", "Write a classifier in a format that other programs run");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("model", arguments->model, "A trained classifier: a folder (ours, or Hugging Face's)")
      ->required();
  command->add_option("--out", arguments->out, "The ONNX file, or the Hugging Face folder (new, or empty)")->required();
  command
      ->add_option("--format", arguments->format,
                   "onnx: ids and mask to logits, any head; huggingface: for transformers, of classifiers that it has")
      ->capture_default_str()
      ->check(CLI::IsMember({"onnx", "huggingface"}));
  command->add_flag("--quiet", arguments->quiet, "Say nothing of what was written");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
