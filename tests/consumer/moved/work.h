// SPDX-License-Identifier: Apache-2.0

#ifndef WORK_H_
#define WORK_H_

#include <atomic>

struct Work {
  std::atomic<long> done{0};
  std::atomic<bool> stopped{false};
  void Run(int n);
};

#endif  // WORK_H_
