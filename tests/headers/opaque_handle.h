// SPDX-License-Identifier: Apache-2.0

// A C library with a handle whose type its users never see.

#ifndef SYNC_ATOMIC_TESTS_HEADERS_OPAQUE_HANDLE_H_
#define SYNC_ATOMIC_TESTS_HEADERS_OPAQUE_HANDLE_H_

extern "C" {
struct opaque_handle;
opaque_handle* OpaqueNew(int number);
void OpaqueFree(opaque_handle* handle);
int OpaqueNumber(const opaque_handle* handle);
int OpaqueAlive();
}

#endif  // SYNC_ATOMIC_TESTS_HEADERS_OPAQUE_HANDLE_H_
