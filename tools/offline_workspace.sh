#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Lets Debian 12's Bazel 4.2.3 build this project without the internet.
#
# What WORKSPACE (and Bazel itself) would download is made out of Debian's packages
# and their sources, in .dev/bazel; .bazelrc.offline tells Bazel to look there.
# Needs no root. Runs again at no cost; does all afresh when it was cut short or when
# this file has changed. `./dev setup` calls it, after it has installed the packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly self=tools/offline_workspace.sh made=.dev/bazel new=.dev/bazel.new

make_repositories() {
  rm -rf "$made" "$new"
  mkdir -p "$new"/{com_google_absl,remote_coverage_tools,distfiles}
  tools/debian_sources.sh "$new/sources"

  # The same bytes as upstream's archives, so they answer WORKSPACE's URLs by name and hash.
  mv "$new"/sources/googletest_1.12.1.orig.tar.gz "$new/distfiles/release-1.12.1.tar.gz"
  mv "$new"/sources/benchmark_1.7.1.orig.tar.gz "$new/distfiles/v1.7.1.tar.gz"

  # The same files as upstream's archive, packed differently. Unpatched: Debian's patches
  # make absl::string_view a type of its own.
  tar -xf "$new"/sources/abseil_20220623.1.orig.tar.gz --strip-components=1 \
    -C "$new/com_google_absl"

  # Debian's rules_cc is newer than its Bazel, which lacks this one function.
  cp -r /usr/share/bazel/rules/cc "$new/rules_cc"
  grep -rl use_cpp_toolchain "$new/rules_cc" | xargs sed -i \
    -e 's/, "use_cpp_toolchain"//' \
    -e 's|use_cpp_toolchain()|["@bazel_tools//tools/cpp:toolchain_type"]|'

  # Every cc_test names these; only `bazel coverage` uses them.
  touch "$new/remote_coverage_tools/WORKSPACE"
  cat >"$new/remote_coverage_tools/BUILD.bazel" <<'END'
package(default_visibility = ["//visibility:public"])

filegroup(name = "coverage_report_generator")

filegroup(name = "lcov_merger")
END

  rm -r "$new/sources"
  cp "$self" "$new/made_by"
  mv "$new" "$made"
}

cmp -s "$self" "$made/made_by" || make_repositories

cat >$made/bazelrc <<END
# For this project and those that depend on it.
common --distdir=$PWD/$made/distfiles
common --override_repository=bazel_skylib=/usr/share/bazel/tools/skylib
common --override_repository=com_google_absl=$PWD/$made/com_google_absl
common --override_repository=platforms=/usr/share/bazel/tools/platforms
common --override_repository=remote_coverage_tools=$PWD/$made/remote_coverage_tools
common --override_repository=rules_cc=$PWD/$made/rules_cc
common --override_repository=rules_java=/usr/share/bazel/rules/java
END
cat >.bazelrc.offline <<END
# Made by $self; git ignores it.
import %workspace%/$made/bazelrc
END
