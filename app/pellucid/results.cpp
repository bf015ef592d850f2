// pellucid results: what commands measured and wrote as JSON, as one Markdown page.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>

#include "arguments.h"
#include "commands.h"
#include "files/mapped_file.h"
#include "output.h"
#include "report/results.h"

namespace pellucid {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::string title = "Results", out = "-";
  bool keep = false;
};

constexpr const char* kNote = "\n\nWritten by `pellucid results` from what the commands wrote as JSON; not by hand.\n";

Result<void> fail_same_name(const std::string& title, const std::string& one, const std::string& other) {
  return fail(ErrorCode::usage,
              "expected files of different names, since their sections are called by them; found two called \"" +
                  title + "\": " + one + " and " + other);
}

Result<void> run(const Arguments& arguments) {
  if (arguments.keep && arguments.out == "-") {
    return fail(ErrorCode::usage, "expected --out FILE with --keep: the page whose other sections are kept");
  }
  std::vector<std::string> sections;
  std::map<std::string, std::string> titles;  // and the files that have them
  for (const std::string& file : arguments.files) {
    const std::string title = std::filesystem::path(file).stem().string();
    const auto [known, is_new] = titles.emplace(title, file);
    if (!is_new) return fail_same_name(title, known->second, file);
    PELLUCID_TRY(const std::string json, read_file(file));
    PELLUCID_TRY(std::string section, results_section(json, title, file));
    sections.push_back(std::move(section));
  }
  std::string page = "# " + arguments.title + kNote;
  if (arguments.keep && std::filesystem::exists(arguments.out)) {
    PELLUCID_TRY(page, read_file(arguments.out));
  }
  return write_output(arguments.out, results_page(page, sections));
}

}  // namespace

void add_results(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("results", "Write measured results (JSON) as one Markdown page");
  auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("files", arguments->files,
                   "JSON of evaluate, compare, study, plausibility, planted, audit: a section each, named as the file")
      ->required();
  command->add_option("--title", arguments->title, "Of the page")->capture_default_str();
  command->add_flag("--keep", arguments->keep,
                    "Of the page that --out names, keep its title and the sections that no file replaces");
  command->add_option("--out", arguments->out, "The page: a file, or - for stdout")->capture_default_str();
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
