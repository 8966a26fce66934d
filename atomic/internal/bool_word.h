// SPDX-License-Identifier: Apache-2.0

// BoolWord: the implementation of Bool, and of Word<bool>.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_BOOL_WORD_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_BOOL_WORD_H_

#include <atomic>

#include "sync_atomic/atomic/internal/bitwise.h"

namespace sync_atomic {
namespace internal {

template <class Self>
class BoolWord : public Bitwise<Self, bool> {
 public:
  using Bitwise<Self, bool>::Bitwise;
  using Bitwise<Self, bool>::operator=;

  // Inverts the value, and returns the OLD one.
  bool Toggle(std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->Xor(true, order);
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_BOOL_WORD_H_
