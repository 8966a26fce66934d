// SPDX-License-Identifier: Apache-2.0

#include "work.h"

void Work::Run(int n) {
  for (int i = 0; i < n && !stopped; ++i) done++;
}
