// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/reclaim/executor.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <new>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {
namespace {

using Record = ThreadRecord<StdPolicy>;

// --- What an executor is given -----------------------------------------------

// Dead objects on their way. Whoever takes the chain first has it: the function
// that the executor was given, or the thread that puts it back.
class Handed {
 public:
  Handed() = default;
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;

  void Ref() { refs_.fetch_add(1); }
  void Unref() {
    if (refs_.fetch_sub(1) == 1) delete this;
  }

  void Put(Retired* chain) { chain_.store(chain); }
  // Null if somebody has taken it.
  Retired* Take() { return chain_.exchange(nullptr); }
  void PutBack() { StdPolicy::domain().LeaveToOthers(Take()); }

 private:
  // No function is left that would run them.
  ~Handed() { PutBack(); }

  std::atomic<Retired*> chain_{nullptr};
  std::atomic<std::int64_t> refs_{1};
};

// What the executor runs: each of its copies, and one of them does it.
class Job {
 public:
  explicit Job(Handed* handed) : handed_(handed) { handed_->Ref(); }
  Job(const Job& other) : Job(other.handed_) {}
  Job& operator=(const Job&) = delete;
  ~Job() { handed_->Unref(); }

  void operator()() const {
    Retired* const chain = handed_->Take();
    if (chain != nullptr) StdPolicy::domain().DisposeAll(chain);
  }

 private:
  Handed* const handed_;
};

// Without memory it is empty.
std::function<void()> NewJob(Handed* handed) {
#ifdef __cpp_exceptions
  try {
    return Job(handed);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
#else
  return Job(handed);
#endif
}

// --- Which executor ----------------------------------------------------------

// A record names the executor that its thread is calling (Record::executor), as
// a hazard slot names an object. One that is replaced is destroyed when no
// record names it any more; until then it is on the list of the replaced.
struct Installed {
  explicit Installed(Executor executor) : run(std::move(executor)) {}
  const Executor run;
  Installed* next = nullptr;
};

ABSL_CONST_INIT std::atomic<Installed*> installed{nullptr};
ABSL_CONST_INIT std::atomic<Installed*> replaced{nullptr};
// How many are replaced and not destroyed yet, on the list or off it.
ABSL_CONST_INIT std::atomic<std::int64_t> undestroyed{0};
// How many calls have ended.
ABSL_CONST_INIT std::atomic<std::uint64_t> ended_calls{0};

bool IsCalled(const Installed* executor) {
  bool called = false;
  StdPolicy::domain().ForEachRecord([&](const Record& record) {
    called = called || record.executor.load() == executor;
  });
  return called;
}

void PushReplaced(Installed* executor) {
  executor->next = replaced.load();
  while (!replaced.compare_exchange_weak(executor->next, executor)) {
  }
}

// Destroys those of the replaced executors that nobody calls.
void DestroyReplaced(Record& self) {
  std::uint64_t ended = 0;
  do {
    ended = ended_calls.load();
    Installed* list = replaced.exchange(nullptr);
    while (list != nullptr) {
      Installed* const executor = std::exchange(list, list->next);
      if (IsCalled(executor)) {
        PushReplaced(executor);
        continue;
      }
      // Its destructor may set an executor, as if from inside of a call.
      const void* const outer = self.executor.exchange(executor);
      delete executor;
      undestroyed.fetch_sub(1);
      self.executor.store(outer);
    }
    // A call that ended meanwhile may have found the list empty.
  } while (ended != ended_calls.load() && replaced.load() != nullptr);
}

// The executor, which the calling thread's record names now; null if none.
const Installed* BeginCall(Record& self) {
  const Installed* found = installed.load();
  while (found != nullptr) {
    self.executor.store(found);  // and then the look: both seq_cst
    const Installed* const again = installed.load();
    if (again == found) return found;
    found = again;
  }
  return nullptr;
}

// `returned`: the executor has what it was given. `outer`: what the record
// named before.
void EndCall(Record& record, bool returned, const void* outer) {
  auto* const handed =
      static_cast<Handed*>(std::exchange(record.handed, nullptr));
  if (handed != nullptr) {
    if (!returned) handed->PutBack();
    handed->Unref();
  }
  record.executor.store(outer);
  ended_calls.fetch_add(1);
}

// A call, which may end by unwinding.
class Call {
 public:
  explicit Call(Record& self)
      : self_(self), outer_(self.executor.load()), executor_(BeginCall(self)) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    EndCall(self_, returned_, outer_);
    if (replaced.load() != nullptr) DestroyReplaced(self_);
  }

  // False: there is no executor, or no memory, and `reclaimable` is
  // unchanged.
  bool RunOnExecutor(RetiredStack& reclaimable) {
    if (executor_ == nullptr) return false;
    auto* const handed = new (std::nothrow) Handed;
    if (handed == nullptr) return false;
    self_.handed = handed;
    std::function<void()> job = NewJob(handed);
    if (job == nullptr) return false;
    handed->Put(reclaimable.TakeChain());
    executor_->run(std::move(job));
    returned_ = true;
    return true;
  }

 private:
  Record& self_;
  const void* const outer_;
  const Installed* const executor_;
  bool returned_ = false;
};

}  // namespace

void SetExecutor(Executor run) {
  Installed* const updated =
      run == nullptr ? nullptr : new Installed(std::move(run));
  Record& self = StdPolicy::domain().Self();
  if (Installed* const old = installed.exchange(updated)) {
    undestroyed.fetch_add(1);
    PushReplaced(old);
  }
  if (self.executor.load() != nullptr) return;  // in a call, whose end does it
  for (int round = 0;; ++round) {
    DestroyReplaced(self);
    if (undestroyed.load() <= 0) return;
    StdPolicy::Pause(round, false);
  }
}

bool HasExecutor() { return installed.load() != nullptr; }

bool RunOnExecutor(RetiredStack& reclaimable) {
  return HasExecutor() &&
         Call(StdPolicy::domain().Self()).RunOnExecutor(reclaimable);
}

void EndExecutorCall(ThreadRecord<StdPolicy>& record) {
  if (record.executor.load() == nullptr) return;
  // It ended in a call, or in the destructor of an executor.
  if (record.handed == nullptr) undestroyed.fetch_sub(1);
  EndCall(record, false, nullptr);
}

// What another thread was just destroying is leaked.
void ForgetOtherThreadsExecutors() {
  std::int64_t left = 0;
  for (Installed* executor = replaced.load(); executor != nullptr;
       executor = executor->next) {
    ++left;
  }
  undestroyed.store(left);
}

}  // namespace internal
}  // namespace sync_atomic
