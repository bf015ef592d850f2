// An exponential moving average of a system's parameters, which often classifies better than the last step's.
#pragma once

#include "train/systems/system.h"
#include "train/weights.h"

namespace pellucid::train {

class MovingAverage {
 public:
  MovingAverage(System& system, double decay);  // of the parameters as they are now; `system` outlives it

  void update();  // average ← decay average + (1 − decay) parameters
  void swap();    // the system has the average, and the average what the system had, until the next call

  const NamedTensors& tensors() const { return tensors_; }  // as System::visit lists the parameters

 private:
  System& system_;
  double decay_;
  NamedTensors tensors_;
};

}  // namespace pellucid::train
