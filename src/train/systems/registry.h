// The systems that `pellucid train --system NAME` trains: one file each, one line each in registry.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "error/error.h"
#include "train/systems/sizes.h"
#include "train/systems/system.h"

namespace pellucid::train {

struct SystemPlan {
  EncoderConfig encoder;  // whose tokenizer, and where the entry says so whose weights, it uses
  std::int64_t classes = 0;
  Adjust adjust = Adjust::top;  // ours alone
  bool through = false;         // ours alone: gradients of the attribution reach the parameters
  SystemSizes sizes = {};
};

struct SystemEntry {
  std::string_view name;
  std::string_view summary;   // a line for --help
  bool pretrained = false;    // starts from the encoder's weights, all but its head
  bool attributes = false;    // has scores of its own: sufficiency and deep supervision apply
  bool takes_layers = false;  // which of SystemSizes it follows
  bool takes_filters = false;
  bool takes_alignment = false;
  bool own_layers = false;  // builds the encoder's layers itself, as BERT has them: others are refused
  // With the values that training begins from, drawn from torch's generator.
  std::unique_ptr<System> (*make)(const SystemPlan&);
  // What replaces members of the encoder's config.json, a JSON object as text.
  std::string (*config)(const SystemPlan&);
};

std::span<const SystemEntry> systems();
Result<const SystemEntry*> find_system(std::string_view name);  // unknown: the error lists the names

}  // namespace pellucid::train
