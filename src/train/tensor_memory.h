// Where libtorch's tensors on the CPU lie.
#pragma once

namespace pellucid::train {

// Once, before there are tensors: from then on their memory is malloc's, aligned to 64 bytes within it. libtorch's own
// allocator asks posix_memalign, which (glibc 2.36) gives back what it need not at both ends of each tensor. Those
// pieces lie between the large ones ever after, so that the heap does not join again what was free: a run takes half as
// much memory again, and looks longer for it. Tensors that there is no memory for are std::bad_alloc.
void use_malloc_for_tensors();

}  // namespace pellucid::train
