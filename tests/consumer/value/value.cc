// SPDX-License-Identifier: Apache-2.0

// A program of someone else's, which needs the compiled part too, and Abseil.

#include "sync_atomic/value/value.h"

#include <string>

#include "sync_atomic/value/status.h"

int main() {
  atomic::Value greeting;
  greeting.Store(std::string("hello"));
  if (greeting.TryStore(5).ok()) return 1;  // an int is no string
  return *greeting.Load<std::string>() == "hello" ? 0 : 2;
}
