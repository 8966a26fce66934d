// SPDX-License-Identifier: Apache-2.0

// Bitwise: what words have whose value is a set of bits: the integers, Bool and
// Enum.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_BITWISE_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_BITWISE_H_

#include <atomic>
#include <type_traits>

#include "sync_atomic/atomic/internal/refused.h"
#include "sync_atomic/atomic/internal/word_base.h"

namespace sync_atomic {
namespace internal {

template <class Self, class T>
class Bitwise : public WordBase<Self, T>, public RefusedBits<Self, T> {
 public:
  using WordBase<Self, T>::WordBase;
  using WordBase<Self, T>::operator=;

  // Bitwise AND with `mask`. Returns the OLD value.
  T And(T mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_and(mask, order);
  }

  // Bitwise OR with `mask`. Returns the OLD value.
  T Or(T mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_or(mask, order);
  }

  // Bitwise XOR with `mask`. Returns the OLD value.
  T Xor(T mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_xor(mask, order);
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_BITWISE_H_
