# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# build.sh: out-of-tree builds. One for running (build/) and those that `check` makes beside it.

BUILD=${CURIA_BUILD:-$TOP/build}
STAGE=$BUILD/stage
JANUS_BINARY=/usr/bin/janus
SOURCES=(configure.ac Makefile.am libcuria plugins transports html conf)

# NEWER-THAN PATH...: whether any of the sources is newer than this stamp. Folders count, so a deleted file does too.
is_stale() {
	local stamp=$1 found path paths=()
	shift
	[[ -e $stamp ]] || return 0
	for path in "$@"; do
		[[ ! -e $TOP/$path ]] || paths+=("$TOP/$path")
	done
	found=$(find "${paths[@]}" -newer "$stamp" -not -name '.*' -print -quit 2>/dev/null)
	[[ -n $found ]]
}

in_folder() {
	local folder=$1
	shift
	cd "$folder" && "$@"
}

# Makes ./configure; needed once in a clone of the repository, never in a release tarball.
bootstrap() {
	local newer
	newer=$(cd "$TOP" && find . \( -name 'build*' -o -name node_modules -o -name var \) -prune -o \
		\( -name '*.am' -o -name configure.ac \) -newer configure -print -quit 2>/dev/null || printf 'none yet\n')
	[[ -n $newer || ! -e $TOP/Makefile.in ]] || return 0
	quietly "${AS_OWNER[@]}" autoreconf -fi "$TOP" || die "autoreconf failed"
}

# BUILD-FOLDER WANTED: whether it is configured so, by us: somebody may have run configure there since.
is_configured() {
	[[ -e $1/Makefile && -e $1/config.status && ! $1/config.status -nt $1/.configured ]] \
		&& [[ $(cat "$1/.configured" 2>/dev/null) == "$2" ]]
}

# BUILD-FOLDER CONFIGURE-ARGUMENT...: configures unless that was done with the same arguments and the same Janus.
configure_in() {
	local folder=$1 want
	shift
	bootstrap
	want="$(cksum <"$TOP/configure") $(dpkg-query -W -f '${Version}' janus-dev 2>/dev/null) $*"
	! is_configured "$folder" "$want" || return 0
	"${AS_OWNER[@]}" mkdir -p -- "$folder"
	quietly in_folder "$folder" "${AS_OWNER[@]}" "$TOP/configure" "$@" || die "configure failed in $folder"
	"${AS_OWNER[@]}" tee "$folder/.configured" <<<"$want" >/dev/null
}

make_in() {
	local folder=$1
	shift
	quietly "${AS_OWNER[@]}" make -C "$folder" -j"$(nproc)" V=0 "$@"
}

# BUILD-FOLDER: how many lines make will print.
count_steps() { "${AS_OWNER[@]}" make -C "$1" -n all V=0 2>/dev/null | grep -cE 'echo "  (CC|CCLD|GEN) ' || true; }

# Builds into build/ and installs into build/stage when a source is newer than the last time.
need_build() {
	if ! is_stale "$STAGE/.installed" "${SOURCES[@]}" && [[ ! $JANUS_BINARY -nt $STAGE/.installed ]]; then
		step_done "up to date"
		return
	fi
	"${AS_OWNER[@]}" mkdir -p -- "$BUILD"
	"${AS_OWNER[@]}" touch "$BUILD/.began"
	configure_in "$BUILD" --prefix="$STAGE" CFLAGS='-O2 -g'
	expect_lines '^  (CC|CCLD|GEN) ' "$(count_steps "$BUILD")"
	make_in "$BUILD" all || die "the build failed"
	expect_lines '' 0
	"${AS_OWNER[@]}" rm -rf -- "$STAGE"
	make_in "$BUILD" install || die "make install failed"
	"${AS_OWNER[@]}" mkdir -p "$STAGE/lib/janus/events" "$STAGE/lib/janus/loggers"
	"${AS_OWNER[@]}" mv "$BUILD/.began" "$STAGE/.installed"
	step_done
}

# NAME: the log of this run, beside what it builds.
open_build_log() {
	"${AS_OWNER[@]}" mkdir -p -- "$BUILD" 2>/dev/null || die "cannot write to $BUILD; run as $(stat -c %U -- "$TOP") or through sudo"
	"${AS_OWNER[@]}" touch "$BUILD/$1"
	open_log "$BUILD/$1"
}
