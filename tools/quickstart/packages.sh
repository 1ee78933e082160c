# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# packages.sh: which Debian packages Curia needs, and how they come. docs/dependencies.md says why each.

PACKAGES_RUN=(janus libglib2.0-0 libjansson4 libconfig9 libsqlite3-0 libcjose0 libssl3 libwebsockets17 libsrtp2-1 libcurl4
	libsodium23 libpq5 libhiredis0.14 glib-networking libjemalloc2 curl iproute2 openssl ca-certificates)
PACKAGES_BUILD=(gcc libc6-dev make autoconf automake libtool pkg-config gawk janus-dev libglib2.0-dev libjansson-dev
	libconfig-dev libsqlite3-dev libcjose-dev libssl-dev libwebsockets-dev libsrtp2-dev libcurl4-openssl-dev
	libsodium-dev libpq-dev libhiredis-dev)
PACKAGES_TEST=(postgresql redis-server prometheus prometheus-alertmanager chromium fonts-liberation fonts-noto-color-emoji
	coturn git shellcheck cppcheck
	clang-format xz-utils procps)

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# NAME...: prints those that are not installed, one a line.
missing_packages() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null \
		| awk -v want="$*" '$2 == "installed" { have[$1] = 1 }
			END { n = split(want, name, " "); for (i = 1; i <= n; i++) if (!(name[i] in have)) print name[i] }'
}

# A test host may have Node.js from elsewhere: ask for the commands, not for the packages.
packages_node() {
	command -v node >/dev/null || printf 'nodejs\n'
	command -v npm >/dev/null || printf 'npm\n'
}

# Debian starts services as it installs them. We start our own Janus, and tests their own databases, so: not these.
without_services() {
	local policy=/usr/sbin/policy-rc.d made=no code=0
	if [[ ! -e $policy ]]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		made=yes
	fi
	"$@" || code=$?
	[[ $made == no ]] || rm -f "$policy"
	return "$code"
}

# A janus.service that came with the package would start stock Janus, as root, at the next boot.
keep_services_off() {
	local name
	[[ -d /run/systemd/system ]] || return 0
	for name in "$@"; do
		case $name in
		janus | redis-server | postgresql | prometheus | prometheus-alertmanager | coturn) systemctl disable "$name.service" >>"$LOG" 2>&1 || true ;;
		esac
	done
}

apt_install() {
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
	quietly "${apt[@]}" update || warn "apt-get update failed; going on with the package lists that are here"
	quietly without_services "${apt[@]}" install --no-install-recommends "$@"
}

# NAME...: installs what is missing. Takes milliseconds when nothing is.
need_packages() {
	local missing
	command -v dpkg-query >/dev/null || die "this is not a Debian system; see docs/dependencies.md for what to install"
	mapfile -t missing < <(missing_packages "$@")
	if (( ${#missing[@]} == 0 )); then
		step_done "all $# there"
		return
	fi
	note "missing: ${missing[*]}"
	(( EUID == 0 )) || die "these packages are missing; run 'sudo ./quickstart', or: sudo apt-get install ${missing[*]}"
	apt_install "${missing[@]}" || die "apt-get could not install the packages"
	keep_services_off "${missing[@]}"
	step_done "installed ${#missing[@]}"
}
