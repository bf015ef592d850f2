// config.json and pellucid.json of a model folder, beside the weights and the vocabulary of a fixture.
#include "checkpoint/model_folder.h"

#include "input.h"

using namespace pellucid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile config, description;
  static const fuzz::Folder plain, ours;
  static const bool linked = [] {
    const std::filesystem::path fixture = fuzz::kFixtures / "tiny-bert-classifier";
    for (const fuzz::Folder* folder : {&plain, &ours}) {
      folder->link("config.json", config.write(""));
      folder->link("model.safetensors", fixture / "model.safetensors");
      folder->link("vocab.txt", fixture / "vocab.txt");
    }
    ours.link("pellucid.json", description.write(""));
    return true;
  }();
  (void)linked;
  std::string_view input = fuzz::text_of(data, size);
  config.write(fuzz::take_part(input));
  const fuzz::Folder& folder = input.empty() ? plain : ours;
  description.write(input);
  (void)system_of(folder.path().string());
  const Result<ModelFolder> model = open_trained_folder(folder.path().string());
  if (!model) return 0;
  fuzz::expect(model->encoder.hidden_size % model->encoder.num_attention_heads == 0);
  fuzz::expect(!model->head || model->head->labels.size() >= 2);
  fuzz::expect(model->max_length <= static_cast<std::size_t>(model->encoder.max_position_embeddings));
  return 0;
}
