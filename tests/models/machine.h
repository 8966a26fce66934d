// SPDX-License-Identifier: Apache-2.0

// The machine that the models run on: Relacy's threads, its weak memory and its
// schedules, and three things that Relacy lacks.
//
//   plain memory   Relacy sees races on rl::var alone. Here every plain access
//                  of the library to memory from Allocate() is checked, with no
//                  change to the library: the compiler calls a function before
//                  each of them (-fsanitize=thread), and that function is ours.
//   membarrier     a fence that one thread has all others run, each at whatever
//                  point it has reached.
//   patience       Relacy may change threads at each step, so that no thread
//                  ever gets far while another stands still. Here some
//                  executions change threads rarely.
//
// Nothing in here knows the library.

#ifndef SYNC_ATOMIC_TESTS_MODELS_MACHINE_H_
#define SYNC_ATOMIC_TESTS_MODELS_MACHINE_H_

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <relacy/relacy.hpp>
#include <utility>
#include <vector>

// Relacy makes macros of these words; the library means the words.
#undef assert
#undef calloc
#undef delete
#undef errno
#undef free
#undef malloc
#undef memory_order_acq_rel
#undef memory_order_acquire
#undef memory_order_consume
#undef memory_order_relaxed
#undef memory_order_release
#undef memory_order_seq_cst
#undef new
#undef realloc

namespace sync_atomic {
namespace models {

constexpr int kMaxThreads = 4;

// What the two halves of the asymmetric fence are.
enum class Fences {
  kMembarrier,  // nothing, and a fence on all threads, as on Linux
  kFull,        // two seq_cst fences, as elsewhere
  kNone,        // two nothings: for what must hold by release and acquire alone
};

// One model: made anew for each execution.
class Model {
 public:
  virtual ~Model() = default;
  virtual void Before() {}             // as thread 0, before all threads
  virtual void Thread(int index) = 0;  // as each thread
  virtual void After() {}              // as thread 0, after all threads

  static void* operator new(std::size_t size);
  static void operator delete(void* model);
};

// Names a model and how it is to be run. The main program runs all there are.
struct Listed {
  Listed(const char* name, int threads, std::vector<Fences> fences,
         Model* (*make)());
};

// Ends the execution and reports the model as failed unless `holds`.
void Check(bool holds, const char* otherwise);

// Whose turn it is.
int ThreadIndex();

// Runs f in the name of another thread. For Before() and After().
template <class F>
void As(int thread, F f);

Fences fences();
void LightFence();
void CompilerFence();
void HeavyFence();
// Lets others run: the current thread waits for one of them.
void Pause();

// Memory of which every plain access is checked: that it is allocated, and that
// it happens after whatever it could race with.
void* Allocate(std::size_t size, std::size_t alignment);
void Deallocate(void* memory);
// But not in this part of it: an atomic, which Relacy checks.
void LeaveUnchecked(const void* start, std::size_t size);

// A step of the current thread: while it lives, Relacy may change threads only
// if it is that time again.
class Step {
 public:
  Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step();

 private:
  const bool alone_;
};

// --- The rest is for the templates above. ------------------------------------

int ExchangeThread(int thread);

template <class F>
void As(int thread, F f) {
  const int before = ExchangeThread(thread);
  f();
  ExchangeThread(before);
}

}  // namespace models
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_MODELS_MACHINE_H_
