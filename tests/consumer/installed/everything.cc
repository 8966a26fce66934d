// SPDX-License-Identifier: Apache-2.0

// A program of someone else's, which needs each compiled part of the library.

#include <string>

#include "sync_atomic/sync_atomic.h"

int main() {
  atomic::Counter counter;
  counter.Add(1);
  if (counter.Load() != 1) return 1;
  atomic::Histogram histogram({0.5});
  histogram.Observe(0.25);
  if (histogram.Collect().CountUpTo(0) != 1) return 5;
  atomic::ValueOf<int> cell(1);
  const atomic::Derived<int> twice([](int n) { return 2 * n; }, cell);
  cell.Store(2);
  if (!twice.WaitUntilCurrent() || *twice.Load() != 4) return 6;

  atomic::Value greeting;
  greeting.Store(std::string("hello"));
  if (greeting.TryStore(5).ok()) return 2;  // an int is no string
  if (*greeting.Load<std::string>() != "hello") return 3;
  greeting.Store(std::string("good morning"));

  atomic::Map<std::string, int> numbers;
  numbers.Store("five", 5);
  if (*numbers.Load("five") != 5) return 5;
  return atomic::GetReclaimStats().retired > 0 ? 0 : 4;
}
