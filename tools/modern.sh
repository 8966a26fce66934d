#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# modern.sh [--new] [TARGET...] [BAZEL OPTION...]: `./dev test`, `./dev test consumers` and
# `./dev models herd` with the Bazel, the g++, the libraries and the herd7 of Debian unstable.
#
# A small Debian is kept in .dev/modern; each run copies the project into it, enters it with
# chroot, and has ./dev install what it lacks there. --new makes it anew. `./dev modern`
# calls this, and its help says the rest.
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

# Where apt gets Debian from on this machine.
mirror() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016  # apt replaces it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' \
    "Release: $codename" | head -n 1
}

make_debian() {
  local from
  from=$(mirror)
  [ -n "$from" ] || die "apt names no mirror of Debian here"
  rm -rf "$made" "$new"
  mkdir "$new"
  debootstrap --variant=minbase sid "$new" "$from"
  cp -L /etc/resolv.conf /etc/hosts "$new/etc/"
  cp -rL /etc/ssl/certs "$new/etc/ssl/"  # for a mirror with https
  apt-config dump Acquire >"$new/etc/apt/apt.conf.d/90like-outside"
  echo 'APT::Sandbox::User "root";' >>"$new/etc/apt/apt.conf.d/90like-outside"
  echo "deb $from sid main" >"$new/etc/apt/sources.list"
  mv "$new" "$made"
}

# What ./dev has made in there before stays.
copy_project() {
  mkdir -p "$made/project"
  find "$made/project" -mindepth 1 -maxdepth 1 ! -name .dev -exec rm -r {} +
  tar -c --exclude=./.git --exclude=./.dev --exclude=./build --exclude=./.bazelrc.offline . |
    tar -x -C "$made/project"
}

in_debian() {
  chroot "$made" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# Whether one of the words names a target.
names_a_target() {
  local word
  for word in "$@"; do
    [[ $word = -* ]] || return 0
  done
  return 1
}

main() {
  local status=0
  exec 9>.dev/modern.lock
  flock -n 9 || die "it is at work already"
  if [ "${1:-}" = --new ]; then
    shift
    rm -rf "$made"
  fi
  [ -d "$made" ] || make_debian
  mount -t proc proc "$made/proc"
  copy_project
  in_debian /project/dev test "$@" || status=$?
  if ! names_a_target "$@"; then
    in_debian /project/dev test consumers || status=$?
    in_debian /project/dev models herd || status=$?
  fi
  return "$status"
}

main "$@"
exit
