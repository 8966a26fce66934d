#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Lets the Bazel 7 of Debian unstable build this project without the internet.
#
# The modules that MODULE.bazel names, and those that they name in turn, are made out of
# Debian's packages and their sources, in .dev/bazel; .bazelrc.offline tells Bazel to look
# there. Needs no root. Runs again at no cost; does all afresh when it was cut short or
# when this file has changed. `./dev setup` calls it, after it has installed the packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly self=tools/offline_modules.sh made=.dev/bazel new=.dev/bazel.new

make_modules() {
  local modules=$new/modules name
  rm -rf "$made" "$new"
  mkdir -p "$modules"
  tools/debian_sources.sh "$new/sources"

  # Upstream's own archives: Debian's patches are for Debian's packages.
  for name in abseil-cpp:abseil google_benchmark:benchmark googletest:googletest; do
    mkdir "$modules/${name%:*}"
    tar -xf "$new/sources/${name#*:}"_*.orig.tar.* --strip-components=1 \
      -C "$modules/${name%:*}"
  done

  # Older than what Abseil asks for, and without this one setting.
  cp -r /usr/share/bazel/rules/cc "$modules/rules_cc"
  cat >>"$modules/rules_cc/cc/compiler/BUILD" <<'END'

config_setting(
    name = "emscripten",
    flag_values = {"@rules_cc//cc/private/toolchain:compiler": "emscripten"},
)
END

  # This Bazel has sh_test built in.
  cp -r tools/rules_shell "$modules/rules_shell"

  # Modules of which nothing here is built.
  mkdir "$modules"/{apple_support,buildozer,libpfm,protobuf,re2,rules_foreign_cc,zlib}

  for name in "$modules"/*; do
    [ -e "$name/MODULE.bazel" ] ||
      echo "module(name = \"${name##*/}\", version = \"99\")" >"$name/MODULE.bazel"
    [ -e "$name/BUILD" ] || touch "$name/BUILD.bazel"
  done
  rm -r "$new/sources"
  cp "$self" "$new/made_by"
  mv "$new" "$made"
}

# Where the named modules are.
override() {
  local name
  for name in "$@"; do
    echo "common --override_module=$name=$PWD/$made/modules/$name"
  done
}

cmp -s "$self" "$made/made_by" || make_modules

cat >$made/bazelrc <<END
# For this project and those that depend on it.
common --lockfile_mode=off --noenable_workspace
$(override abseil-cpp apple_support buildozer googletest protobuf re2 rules_cc zlib)
END
cat >.bazelrc.offline <<END
# Made by $self; git ignores it. What only our own tests need: Bazel takes no
# instructions for modules that a project does without.
import %workspace%/$made/bazelrc
$(override google_benchmark libpfm rules_foreign_cc rules_shell)
END
