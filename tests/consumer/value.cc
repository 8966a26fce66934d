// A program of someone else's, which needs the compiled part too.

#include "sync_atomic/value/value.h"

#include <string>

int main() {
  atomic::Value greeting;
  greeting.Store(std::string("hello"));
  return *greeting.Load<std::string>() == "hello" ? 0 : 1;
}
