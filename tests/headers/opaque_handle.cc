// SPDX-License-Identifier: Apache-2.0

#include "opaque_handle.h"

namespace {

int alive = 0;

}  // namespace

struct opaque_handle {
  int number;
};

opaque_handle* OpaqueNew(int number) {
  ++alive;
  return new opaque_handle{number};
}

void OpaqueFree(opaque_handle* handle) {
  --alive;
  delete handle;
}

int OpaqueNumber(const opaque_handle* handle) { return handle->number; }

int OpaqueAlive() { return alive; }
