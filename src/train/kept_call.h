// What a call of our own autograd functions needs beside tensors, kept for the way back. Internal to src/train.
#pragma once

#include <torch/autograd.h>

namespace pellucid::train {

// Call: a torch::CustomClassHolder. A gradient that is zero may be undefined on the way back.
template <class Call>
void keep(torch::autograd::AutogradContext* context, const c10::intrusive_ptr<Call>& call,
          torch::autograd::variable_list tensors) {
  context->save_for_backward(std::move(tensors));
  context->saved_data["call"] = c10::IValue::make_capsule(call);
  context->set_materialize_grads(false);
}

template <class Call>
c10::intrusive_ptr<Call> kept(torch::autograd::AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<Call>(context->saved_data.at("call").toCapsule());
}

}  // namespace pellucid::train
