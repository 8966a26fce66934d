// What it costs to read an object that others may replace, and to replace it:
// ours beside a bare pointer and, as //benchmarks/peers:reclamation_benchmark,
// beside the libraries in benchmarks/peers.
//
//   ./dev bench --peers

#include "sync_atomic/benchmarks/comparison.h"
#include "sync_atomic/benchmarks/ours.h"

#ifdef SYNC_ATOMIC_BENCHMARK_URCU
#include "sync_atomic/benchmarks/peers/urcu.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CK
#include "sync_atomic/benchmarks/peers/ck.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CDS
#include "sync_atomic/benchmarks/peers/cds.h"
#endif

namespace sync_atomic {
namespace benchmarks {

static void AddAll(Comparison& comparison) {
  comparison.Add<Bare>();

  comparison.Add<OfValue>();
  comparison.Add<UnderPin>();
  comparison.Add<Pinned>();
  comparison.Add<Protecting>();
  comparison.Add<RetiringRetirable>();

#ifdef SYNC_ATOMIC_BENCHMARK_URCU
  comparison.Add<UrcuCall>();
  comparison.Add<UrcuDefer>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CK
  comparison.Add<CkHazard>();
  comparison.Add<CkEpoch>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CDS
  comparison.Add<CdsHazard>();
#endif
}

}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::Comparison comparison;
  sync_atomic::benchmarks::AddAll(comparison);
  return comparison.Run(argc, argv);
}
