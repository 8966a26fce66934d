// SPDX-License-Identifier: Apache-2.0

// A program of someone else's, which needs one header.

#include "sync_atomic/atomic/int64.h"

int main() {
  atomic::Int64 served;
  served.Add(1);
  return served.Load() == 1 ? 0 : 1;
}
