// SPDX-License-Identifier: Apache-2.0

// CallNoThrow: calls what must not throw: a deleter, or a destructor.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_NO_THROW_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_NO_THROW_H_

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace sync_atomic {
namespace internal {

// An exception would leave the thread that reclaims in the middle of its work,
// on a thread that has nothing to do with what threw.
[[noreturn]] inline void DieOfException(const char* what) {
  std::fprintf(stderr,
               "sync/atomic: a deleter or destructor of a retired object "
               "threw an exception, and must not: %s\n",
               what);
  std::abort();
}

#if defined(__cpp_exceptions)
// Dies if an exception passes before Disarm(). The end of a thread
// (pthread_exit, cancellation), for which some systems unwind the stack, is
// none.
class ExceptionsEndHere {
 public:
  ExceptionsEndHere() = default;
  ExceptionsEndHere(const ExceptionsEndHere&) = delete;
  ExceptionsEndHere& operator=(const ExceptionsEndHere&) = delete;
  ~ExceptionsEndHere() {
    if (armed_ && std::uncaught_exceptions() > 0) {
      DieOfException("not a std::exception");
    }
  }
  void Disarm() { armed_ = false; }

 private:
  bool armed_ = true;
};
#endif

// f(); an exception ends the program with a message. f may end its thread.
// Costs nothing as long as nothing is thrown.
template <class F>
void CallNoThrow(F&& f) {
#if defined(__cpp_exceptions)
  if constexpr (noexcept(f())) {
    f();
  } else {
    ExceptionsEndHere here;
    try {
      f();
      here.Disarm();
    } catch (const std::exception& thrown) {
      DieOfException(thrown.what());
    }
  }
#else
  f();
#endif
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_NO_THROW_H_
