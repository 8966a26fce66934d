// SPDX-License-Identifier: Apache-2.0

// Two threads count to 2000.

#include <cstdio>
#include <thread>

#include "work.h"

int main() {
  Work work;
  std::thread other(&Work::Run, &work, 1000);
  work.Run(1000);
  other.join();
  work.stopped = true;
  work.Run(1000);
  std::printf("%ld\n", work.done.load());
  return work.done == 2000 ? 0 : 1;
}
