// Entries of a decision log that somebody has changed: whatever body, content and hash hold, reading, verifying,
// exporting, listing overrides and writing a dossier give an error or a report.
#include "input.h"
#include "record/decision.h"
#include "record/dossier.h"
#include "record/override.h"
#include "record/verify.h"

namespace {

using namespace pellucid;

// The log's file with these entries in place of its own; the log itself refuses that.
void forge(const std::filesystem::path& path, const std::vector<Entry>& entries) {
  Database database = Database::open(path, Access::write).value();
  fuzz::expect(database
                   .run("PRAGMA synchronous = OFF; DROP TRIGGER IF EXISTS entries_stay;"
                        "DROP TRIGGER IF EXISTS entries_are_never_changed; DELETE FROM entries")
                   .has_value());
  for (const Entry& entry : entries) {
    Statement insert = database.prepare("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)").value();
    insert.bind(1, entry.number).bind(2, entry.hash).bind(3, entry.body);
    if (entry.content) insert.bind(4, *entry.content);  // none: erased
    fuzz::expect(insert.run().has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static DecisionLog log = DecisionLog::open(folder.path() / "log.db", Access::create).value();
  std::string_view input = fuzz::text_of(data, size);
  const bool in_a_file = fuzz::take_choice(input) % 32 == 0;  // SQLite takes most of the time
  std::vector<Entry> entries;
  while (!input.empty() && entries.size() < 4) {
    Entry entry{.number = static_cast<std::int64_t>(entries.size() + 1), .hash = {}, .body = {}, .content = {}};
    entry.body = fuzz::take_part(input);
    if (const std::string_view content = fuzz::take_part(input); !content.empty()) entry.content = content;
    entry.hash = fuzz::take_part(input);
    entries.push_back(std::move(entry));
  }
  for (const Entry& entry : entries) {
    (void)export_line(entry, entry.hash);
    const Result<Decision> decision = read_decision(entry);
    if (decision) (void)dossier(entry, *decision, {});
  }
  if (!in_a_file) return 0;
  forge(folder.path() / "log.db", entries);
  (void)verify(log, std::nullopt);
  (void)overrides_of(log, 1);
  return 0;
}
