// CallNoThrow: calls what must not throw: a deleter, or a destructor.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_NO_THROW_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_NO_THROW_H_

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#if defined(__cpp_exceptions)
#include <cxxabi.h>
#endif

#include "sync_atomic/atomic/internal/die.h"

namespace sync_atomic {
namespace internal {

// An exception would leave whoever reclaims in the middle of its work, on a
// thread that has nothing to do with what threw.
[[noreturn]] inline void DieOfException(const char* what) {
  std::fprintf(stderr,
               "sync/atomic: a deleter or destructor of a retired object "
               "threw an exception, and must not: %s\n",
               what);
  std::abort();
}

// f(); an exception ends the program with a message. f may end its thread
// (pthread_exit, cancellation), which some systems do by unwinding.
template <class F>
void CallNoThrow(F&& f) {
#if defined(__cpp_exceptions)
  if constexpr (noexcept(f())) {
    f();
  } else {
    try {
      f();
#if defined(_CXXABI_FORCED_H)
    } catch (const abi::__forced_unwind&) {
      throw;
#endif
    } catch (const std::exception& thrown) {
      DieOfException(thrown.what());
    } catch (...) {
      DieOfException("not a std::exception");
    }
  }
#else
  f();
#endif
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_NO_THROW_H_
