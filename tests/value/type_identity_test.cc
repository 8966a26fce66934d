// SPDX-License-Identifier: Apache-2.0

// Which types are the same to libraries that share one copy of this one: four
// that are made of type_plugin.cc, two with RTTI and two without, opened by a
// program that shows nothing.

#include <dlfcn.h>

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/plugin.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::TypePlugin;

// The program's path, and so the beginning of those of the libraries.
std::string program;

struct Library {
  explicit Library(const std::string& of) : name(of) {
    // For all to see, so that one library's symbols stand for those of others.
    // It is never closed.
    void* const handle =
        dlopen((program + "." + name + ".so").c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) std::fprintf(stderr, "%s\n", dlerror());
    plugin = reinterpret_cast<decltype(&sync_atomic_test_type_plugin)>(
        dlsym(handle, "sync_atomic_test_type_plugin"))();
  }

  std::string name;
  const TypePlugin* plugin;
};

class TypeIdentityTest : public ::testing::Test {
 protected:
  // Whether `reader` finds in a Value of `writer` its own type of that kind.
  static bool Same(const Library& writer, const Library& reader,
                   TypePlugin::Name kind) {
    Value* const value = writer.plugin->kinds[kind].make();
    const bool same = reader.plugin->kinds[kind].is_in(*value);
    for (const auto& another : reader.plugin->kinds) {
      if (&another != &reader.plugin->kinds[kind]) {
        EXPECT_FALSE(another.is_in(*value)) << reader.name;
      }
    }
    writer.plugin->destroy(value);
    return same;
  }

  void SetUp() override {
    for (const Library& library : libraries_) {
      ASSERT_EQ(library.plugin->domain, libraries_[0].plugin->domain);
    }
  }

  const Library libraries_[4] = {Library("rtti"), Library("rtti_too"),
                                 Library("no_rtti"), Library("no_rtti_too")};
};

TEST_F(TypeIdentityTest, WhatAllLibrariesShowIsOneType) {
  for (const Library& writer : libraries_) {
    for (const Library& reader : libraries_) {
      SCOPED_TRACE(writer.name + " and " + reader.name);
      EXPECT_TRUE(Same(writer, reader, TypePlugin::kShown));
    }
  }
}

// The one name stands for a type of each library.
TEST_F(TypeIdentityTest, WhatIsInAnUnnamedNamespaceIsATypeOfEachLibrary) {
  for (const Library& writer : libraries_) {
    for (const Library& reader : libraries_) {
      SCOPED_TRACE(writer.name + " and " + reader.name);
      EXPECT_EQ(Same(writer, reader, TypePlugin::kLocal), &writer == &reader);
    }
  }
}

TEST_F(TypeIdentityTest, WhatLibrariesHideIsOneTypeToRtti) {
#ifdef __clang__
  GTEST_SKIP() << "clang's RTTI cannot tell it from the case above";
#endif
  for (const Library* writer : {&libraries_[0], &libraries_[1]}) {
    for (const Library* reader : {&libraries_[0], &libraries_[1]}) {
      EXPECT_TRUE(Same(*writer, *reader, TypePlugin::kHidden));
    }
  }
}

TEST_F(TypeIdentityTest, WhatLibrariesHideIsATypeOfEachWithoutRtti) {
  for (const Library& writer : libraries_) {
    for (const Library* reader : {&libraries_[2], &libraries_[3]}) {
      SCOPED_TRACE(writer.name + " and " + reader->name);
      EXPECT_EQ(Same(writer, *reader, TypePlugin::kHidden), &writer == reader);
      EXPECT_EQ(Same(*reader, writer, TypePlugin::kHidden), &writer == reader);
    }
  }
}

}  // namespace
}  // namespace sync_atomic

// AddressSanitizer takes it for a mistake that libraries share symbols.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __asan_default_options();
const char* __asan_default_options() { return "detect_odr_violation=0"; }

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // With a slash, so that the libraries are not searched for.
  sync_atomic::program = argv[0];
  if (sync_atomic::program.find('/') == std::string::npos) {
    sync_atomic::program = "./" + sync_atomic::program;
  }
  return RUN_ALL_TESTS();
}
