// SPDX-License-Identifier: Apache-2.0

// What it costs to read an object that others may replace, and to replace it:
// ours beside bare pointers and, as //benchmarks/peers:reclamation_benchmark,
// beside the libraries in benchmarks/peers.
//
//   ./dev bench --peers
//
// With SYNC_ATOMIC_BENCHMARK_COUNTED it is waiting_benchmark, which says how
// much of what was replaced waits to be freed.

#include "sync_atomic/benchmarks/ours.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/benchmarks/workloads.h"

#ifdef SYNC_ATOMIC_BENCHMARK_STANDARD
#include "sync_atomic/benchmarks/peers/abseil.h"
#include "sync_atomic/benchmarks/peers/standard.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_BOOST
#include "sync_atomic/benchmarks/peers/boost.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CK
#include "sync_atomic/benchmarks/peers/ck.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CDS
#include "sync_atomic/benchmarks/peers/cds.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_URCU
#include "sync_atomic/benchmarks/peers/urcu.h"
#include "sync_atomic/benchmarks/peers/urcu_qsbr.h"
#endif

namespace sync_atomic {
namespace benchmarks {

static void AddAll() {
  if (!Counted::kCounts) AddWorkloads<Bare>();  // frees nothing
  AddWorkloads<BareDelete>();

  AddWorkloads<OfValue>();
  AddWorkloads<OfValueRead>();
  AddWorkloads<OfValueUnderPin>();
  AddWorkloads<OfValueOf>();
  AddWorkloads<OfReader>();
  AddWorkloads<OfAtomicSharedPtr>();
  AddWorkloads<OfAtomicSharedPtrLoad>();
  AddWorkloads<OfValueOfUnderPin>();
  AddWorkloads<OfPinGuard>();
  AddWorkloads<OfProtected>();
  AddWorkloads<OfRetirable>();

#ifdef SYNC_ATOMIC_BENCHMARK_STANDARD
#ifdef __cpp_lib_atomic_shared_ptr
  AddWorkloads<StdAtomicSharedPtr>();
#endif
  AddWorkloads<StdSharedMutex>();
  AddWorkloads<StdMutex>();
  AddWorkloads<StdMutexInPlace>();
  AddWorkloads<AbslMutex>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_BOOST
  AddWorkloads<BoostAtomicSharedPtr>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_URCU
  AddWorkloads<UrcuCall>();
  AddWorkloads<UrcuDefer>();
  AddWorkloads<UrcuQsbr>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CK
  AddWorkloads<CkHazard>();
  AddWorkloads<CkEpoch>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CDS
  AddWorkloads<CdsHazard>();
#endif
}

}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::AddAll();
  return sync_atomic::benchmarks::Run(argc, argv);
}
