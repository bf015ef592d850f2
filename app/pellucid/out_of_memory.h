// What the program says where the system gives no more memory, whoever asked for it.
#pragma once

namespace pellucid {

// Early in main. From then on a lack of memory ends the program with one message and status 1 wherever nothing catches
// std::bad_alloc, and where a library uses memory that it was not given: oneDNN does, which is a signal. Faults of
// another cause stay what they are.
void catch_out_of_memory();

void say_out_of_memory();

// At most `most` of malloc's arenas, of which each thread would have its own. One where addresses are limited: a new
// arena takes 128 MB of them and gives half back, and meanwhile there are none for others.
void limit_arenas(int most);

}  // namespace pellucid
