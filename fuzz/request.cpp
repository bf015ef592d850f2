// The body of a request to the service: understood, or refused with 400 or 413.
#include "input.h"
#include "serve/api.h"

using namespace pellucid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<ServedModel> model =
      load_served_model({.model = (fuzz::kFixtures / "tiny-bert-classifier").string()}).value();
  const ApiLimits limits{.predict_texts = 4, .explain_texts = 3, .explanations = 6, .text_bytes = 64};
  std::string_view body = fuzz::text_of(data, size);
  const Task task = fuzz::take_choice(body) % 2 == 0 ? Task::predict : Task::explain;
  const auto work = read_work(task, body, model, limits);
  if (!work) {
    fuzz::expect(work.error().status == 400 || work.error().status == 413);
    return 0;
  }
  fuzz::expect(!work->examples.empty() && work->examples.size() <= 4 &&
               work->explain.has_value() == (task == Task::explain));
  for (const Example& example : work->examples) fuzz::expect(example.text.size() <= limits.text_bytes);
  return 0;
}
