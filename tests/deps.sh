#!/bin/sh
# deps.sh - install the Debian packages that a target needs and that are not there yet.
#
# usage: tests/deps.sh GROUP...      groups: make build check demo bench browser coverage deb
#
# Says what it installs and why. Without root, or when the archive cannot be reached, it says in one
# line what is missing and ends with 1. Never installs a mail server: one would replace the host's.
set -eu

# group   package             why
packages='
make      make                runs the build
build     gcc                 compiles
build     libc6-dev           compiles
build     pkg-config          finds the libraries
build     libsqlite3-dev      state database
build     liblua5.4-dev       policy files
build     libgmime-3.0-dev    reads bounce messages
build     libidn2-dev         international domain names
build     libpsl-dev          organisational domains
build     libjansson-dev      JSON output
build     libevent-dev        event loop
build     libc-ares-dev       DNS
build     nettle-dev          hashed exports
build     zlib1g-dev          rotated logs
build     exim4-dev           header of the Exim plugin (no mail server)
check     libcmocka-dev       unit tests
check     clang               fuzzing
check     libclang-rt-14-dev  fuzzing
check     clang-format        format check
check     clang-tidy          lint
check     cppcheck            lint
check     lua-check           lint of Lua
check     shellcheck          lint of shell
check     lua5.4              runs Lua tests
check     mandoc              checks the man pages
check     sqlite3             the backup that docs/guide.md makes
demo      python3             runs the tests and the demo
demo      iproute2            private networks
demo      mount               private file systems
demo      netbase             port names, which Exim looks up
bench     libmail-deliverystatus-bounceparser-perl  compared with
bench     python3-flufl.bounce  compared with
bench     libsisimai-perl     compared with
coverage  libcmocka-dev       unit tests
browser   chromium            opens the HTML report
browser   chromium-driver     drives it
deb       blhc                checks compiler flags
deb       debhelper           builds packages
deb       dpkg-dev            builds packages
deb       lintian             checks packages
deb       mmdebstrap          clean root to install them in
'

say() { printf 'deps: %s\n' "$*" >&2; }

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

wanted=
for group; do
	case $group in
	make) groups='make' ;;
	build) groups='make build' ;;
	demo) groups='make build demo' ;;
	check) groups='make build demo check' ;;
	bench) groups='make build demo check bench' ;;
	browser) groups='make build demo browser' ;;
	coverage) groups='make build demo coverage' ;;
	deb) groups='make build demo deb coverage' ;;
	*)
		say "no group \"$group\"; expected one of: make build check demo bench browser coverage deb"
		exit 2
		;;
	esac
	wanted="$wanted $groups"
done

if ! command -v dpkg-query >/dev/null; then
	say "this is not a Debian system: install by hand what tests/deps.sh lists, then run the tools directly"
	exit 1
fi

missing='' reasons=''
while read -r group package why; do
	case " $wanted " in *" $group "*) ;; *) continue ;; esac
	case " $missing " in *" $package "*) continue ;; esac
	if ! installed "$package"; then
		missing="$missing $package"
		reasons="$reasons$package ($why), "
	fi
done <<LIST
$(printf '%s' "$packages" | grep .)
LIST
missing=${missing# }
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	say "missing: $missing; as root: apt-get install --no-install-recommends $missing"
	exit 1
fi
say "installing ${reasons%, }"
mkdir -p build
log=build/deps.log
get() {
	# shellcheck disable=SC2086 # a list of names
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
		install --no-install-recommends $missing >"$log" 2>&1 </dev/null
}
if ! get; then
	# No package lists yet, or older ones than the archive.
	apt-get -q update >>"$log" 2>&1 </dev/null || true
	if ! get; then
		tail -n 5 "$log" >&2
		say "could not install: $missing (see $log); is the Debian archive reachable?"
		exit 1
	fi
fi
