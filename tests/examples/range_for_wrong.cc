// SPDX-License-Identifier: Apache-2.0

// What docs/limitations.md shows as wrong: compiled, so that it says what one
// may write by mistake, and never run.

#include <string>
#include <vector>

#include "sync_atomic/value/value.h"

namespace {

struct Config {
  std::vector<std::string> hosts;
};
atomic::Value current;
void Greet(const std::string& host) { static_cast<void>(host); }

void GreetAll() {
  // [wrong]
  for (const std::string& host : current.Load<Config>()->hosts) Greet(host);
  // [/wrong]
}

}  // namespace

int main(int argc, char**) {
  if (argc < 0) GreetAll();  // never
}
