#!/usr/bin/env bash
# modern.sh [--new] [TARGET...] [BAZEL OPTION...]: builds and tests with the Bazel, the g++
# and the libraries of Debian unstable, by MODULE.bazel, without the internet.
#
# A small Debian is kept in .dev/modern; each run copies the project into it and enters it
# with chroot. --new makes it anew. `./dev modern` calls this, and its help says the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly self=tools/modern.sh made=$PWD/.dev/modern new=$PWD/.dev/modern.new

die() {
  echo "modern: $*" >&2
  exit 1
}

# Once more, as the first process of namespaces of its own: however it ends, what it has
# mounted and started ends with it.
if [ "${1:-}" != --inside ]; then
  [ "$(id -u)" = 0 ] || die "only root can make a chroot and enter it"
  type -P debootstrap >/dev/null || die "please install debootstrap"
  type -P unshare >/dev/null || die "please install util-linux"
  unshare --mount --pid --fork --mount-proc true 2>/dev/null ||
    die "nothing can be mounted here; a container needs CAP_SYS_ADMIN for that"
  mkdir -p .dev
  exec unshare --mount --pid --fork --kill-child "$self" --inside "$@"
fi
shift
trap 'exit 130' INT
trap 'exit 143' TERM

enter() { chroot "$1" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 "PATH=$PATH" "${@:2}"; }

# ---- A Debian, with a compiler, Bazel, and the sources of the libraries --------------

# Where apt gets Debian from on this machine.
mirror() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016  # apt replaces it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' \
    "Release: $codename" | head -n 1
}

make_debian() {
  local from apt
  from=$(mirror)
  [ -n "$from" ] || die "apt names no mirror of Debian here"
  rm -rf "$made" "$new"
  mkdir "$new"
  debootstrap --variant=minbase sid "$new" "$from"
  cp -L /etc/resolv.conf /etc/hosts "$new/etc/"
  cp -rL /etc/ssl/certs "$new/etc/ssl/"  # for a mirror with https
  apt-config dump Acquire >"$new/etc/apt/apt.conf.d/90like-outside"
  printf '%s %s sid main\n' deb "$from" deb-src "$from" >"$new/etc/apt/sources.list"

  mount -t proc proc "$new/proc"
  apt=(enter "$new" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o APT::Sandbox::User=root)
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends bazel-bootstrap dpkg-dev g++ python3
  mkdir "$new/sources"
  # shellcheck disable=SC2016  # the shell inside replaces them
  enter "$new" sh -c 'cd /sources && "$@"' - apt-get -qq -o APT::Sandbox::User=root \
    source --download-only abseil benchmark googletest
  umount "$new/proc"
  mv "$new" "$made"
}

# What MODULE.bazel names, and what that names in turn.
make_modules() {
  local modules=$made/modules name folder options
  rm -rf "$modules"
  mkdir "$modules"

  # Upstream's own archives: Debian's patches are for Debian's packages.
  for name in abseil-cpp:abseil google_benchmark:benchmark googletest:googletest; do
    mkdir "$modules/${name%:*}"
    tar -xf "$made/sources/${name#*:}"_*.orig.tar.* --strip-components=1 \
      -C "$modules/${name%:*}"
  done

  # Older than what Abseil asks for, and without this one setting.
  cp -r "$made/usr/share/bazel/rules/cc" "$modules/rules_cc"
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

  echo "common --lockfile_mode=off --noenable_workspace" >"$made/root/.bazelrc"
  : >"$made/project_only"
  for folder in "$modules"/*; do
    name=${folder##*/}
    [ -e "$folder/MODULE.bazel" ] ||
      echo "module(name = \"$name\", version = \"99\")" >"$folder/MODULE.bazel"
    [ -e "$folder/BUILD" ] || touch "$folder/BUILD.bazel"
    case $name in
      # Our tests need these. Other projects don't, and Bazel refuses to override them there.
      google_benchmark | libpfm | rules_foreign_cc | rules_shell) options=$made/project_only ;;
      *) options=$made/root/.bazelrc ;;
    esac
    echo "common --override_module=$name=/modules/$name" >>"$options"
  done
  cp "$self" "$made/made_by"
}

# ---- Tests ---------------------------------------------------------------------------

copy_project() {
  rm -rf "$made/project"
  mkdir "$made/project"
  tar -c --exclude=./.git --exclude=./.dev --exclude=./build . | tar -x -C "$made/project"
  cp "$made/project_only" "$made/project/.bazelrc.offline"
}

run_tests() {
  local argument options=() targets=() everything=(//... -//tests/teeth/...) status=0
  for argument in "$@"; do
    case $argument in
      -?*) options+=("$argument") ;;
      *) targets+=("$argument") ;;
    esac
  done
  [ -t 2 ] || options+=(--noshow_progress)

  enter "$made" env --chdir=/project bazel test --keep_going --show_result=0 "${options[@]}" \
    -- "${targets[@]:-${everything[@]}}" || status=$?
  [ ${#targets[@]} -gt 0 ] ||
    enter "$made" /project/tests/consumer/run.sh /consumers integer_bazel value_bazel || status=$?
  return "$status"
}

main() {
  exec 9>.dev/modern.lock
  flock -n 9 || die "it is at work already"
  if [ "${1:-}" = --new ]; then
    shift
    rm -rf "$made"
  fi
  [ -d "$made" ] || make_debian
  cmp -s "$self" "$made/made_by" || make_modules
  mount -t proc proc "$made/proc"
  copy_project
  run_tests "$@"
}

main "$@"
exit
