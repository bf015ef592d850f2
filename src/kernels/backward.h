// The two ways to take a functional back through the network (method.md section 3).
#pragma once

namespace pellucid {

enum class Backward {
  exact,     // gates held at their values: attention weights, LayerNorm's 1/σ, GELU(x)/x, tanh(x)/x
  gradient,  // the true derivative
};

}  // namespace pellucid
