#include "sync_atomic/pointer/internal/executor.h"

#include <atomic>
#include <memory>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/pointer/internal/domain.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/retired.h"

namespace sync_atomic {
namespace internal {
namespace {

// The executor is kept alive as everything else is: read under a pin, retired
// when replaced. It is shared, so that it is called with nothing of ours open.
struct Current : Retired {
  // Not by make_shared, for which gcc makes a symbol that the system has one
  // copy of, and that keeps a library with hidden visibility from being
  // unloaded.
  explicit Current(Executor executor)
      // NOLINTNEXTLINE(modernize-make-shared)
      : run(new Executor(std::move(executor))) {}
  std::shared_ptr<const Executor> run;
};

ABSL_CONST_INIT std::atomic<Current*> current{nullptr};

std::shared_ptr<const Executor> CurrentExecutor() {
  if (current.load() == nullptr) return nullptr;
  Domain<StdPolicy>& domain = StdPolicy::domain();
  Participant<StdPolicy>& self = domain.Self();
  domain.Pin(self);
  const Current* const found = current.load();
  std::shared_ptr<const Executor> run;
  if (found != nullptr) run = found->run;
  domain.Unpin(self);
  return run;
}

}  // namespace

void SetExecutor(Executor run) {
  Current* const updated =
      run == nullptr ? nullptr : new Current(std::move(run));
  Current* const old = current.exchange(updated);
  if (old == nullptr) return;
  old->address = old;
  old->bytes = sizeof(Current);
  old->dispose = [](Retired* retired) {
    delete static_cast<Current*>(retired);
  };
  StdPolicy::domain().Retire(old);
}

bool StdPolicy::HandOver(RetiredStack& dead) {
  const std::shared_ptr<const Executor> run = CurrentExecutor();
  if (run == nullptr) return false;
  // One pointer: no std::function allocates for that.
  Retired* const chain = dead.TakeChain();
  (*run)([chain] { StdPolicy::domain().DisposeAll(chain); });
  return true;
}

}  // namespace internal
}  // namespace sync_atomic
