// SPDX-License-Identifier: Apache-2.0

// Type: what a Value knows at run time of the type that it holds.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_TYPE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_TYPE_H_

#include <atomic>
#include <cstddef>
#include <string_view>
#include <typeinfo>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/internal/type_name.h"
#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {
namespace internal {

// What equal types of two libraries have in common, and no others. Null where
// nothing has: for incomplete types, without RTTI, and with clang's, to which
// types of the same name are equal even if each is in an unnamed namespace of
// another file.
template <class T>
constexpr const std::type_info* TypeInfo() {
#if defined(__GXX_RTTI) && !defined(__clang__)
  if constexpr (kIsComplete<T>) return &typeid(T);
#endif
  return nullptr;
}

template <class Policy>
struct Box;

// What is noted of the boxes of a type: what they weigh, where that is not the
// same for all, and whether one stands for another (alias_box.h).
class BoxWeights {
 public:
  // Boxes up to this weight need not be looked at when they are replaced.
  static constexpr std::size_t kLight = 4096;

  void Note(std::size_t bytes) {
    if (ABSL_PREDICT_FALSE(bytes > most_.load())) Raise(bytes);
  }
  // Of those that were noted.
  std::size_t most() const { return most_.load(); }

  // To be called before a cell gets an alias.
  void NoteAlias() {
    if (!has_aliases()) has_aliases_.store(true);
  }
  bool has_aliases() const { return has_aliases_.load(); }

 private:
  ABSL_ATTRIBUTE_NOINLINE void Raise(std::size_t bytes) {
    std::size_t most = most_.load();
    while (most < bytes && !most_.compare_exchange_weak(most, bytes)) {
    }
  }

  std::atomic<std::size_t> most_{0};
  std::atomic<bool> has_aliases_{false};
};

template <class Policy>
struct Type {
  std::string_view name;
  // Stands in a cell of this type for "no value". Never freed, counted or
  // returned.
  Box<Policy>* empty;
  // Whose readers are looked at before a box is freed.
  Domain<Policy>& (*domain)();
  // There even if null: code with RTTI may meet the types of code without.
  const std::type_info* info;
  // What each box weighs; 0 where that varies, and then `weights` knows.
  std::size_t box_bytes;
  BoxWeights* weights;
  // The box that has the object: the very one, unless that is an alias.
  const Box<Policy>& (*root)(const Box<Policy>& box);

  // To be called before a cell gets the box.
  void NoteWeight(const Box<Policy>& box) const {
    if (box_bytes == 0) weights->Note(box.bytes);
  }
  // What a box weighs that a cell had, or more: so that it need not be looked
  // at, unless it may be heavy.
  std::size_t AtMost(const Box<Policy>& box) const {
    if (box_bytes != 0) return box_bytes;
    const std::size_t most = weights->most();
    return most <= BoxWeights::kLight ? most : box.bytes;
  }

  // Dies if boxes of this type belong to another domain than the caller's: a
  // process may have several copies of this library, none of which knows of
  // the others' readers.
  void CheckDomain() const {
    if (ABSL_PREDICT_FALSE(domain != &Policy::domain)) CheckOtherDomain();
  }

  friend bool operator==(const Type& a, const Type& b) {
    return ABSL_PREDICT_TRUE(&a == &b) || IsTwin(a, b);
  }
  friend bool operator!=(const Type& a, const Type& b) { return !(a == b); }

 private:
  ABSL_ATTRIBUTE_NOINLINE void CheckOtherDomain() const {
    // The functions of two libraries may return the same domain.
    if (&domain() == &Policy::domain()) return;
    Fatal(
        "sync/atomic: use of a Value that another copy of the library in this "
        "process has stored to");
  }

  // Two libraries in one process may each have a Type of the same C++ type.
  ABSL_ATTRIBUTE_NOINLINE static bool IsTwin(const Type& a, const Type& b) {
    return a.info != nullptr && b.info != nullptr && *a.info == *b.info;
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_TYPE_H_
