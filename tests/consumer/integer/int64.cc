// SPDX-License-Identifier: Apache-2.0

// A program of someone else's, which needs one header, and what is compiled for
// those who wait.

#include "sync_atomic/atomic/int64.h"

#include <chrono>

int main() {
  atomic::Int64 served;
  served.Add(1);
  if (served.Load() != 1) return 1;
  served.NotifyAll();
  return served.WaitFor(1, std::chrono::milliseconds(1)) ? 2 : 0;
}
