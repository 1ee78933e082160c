# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# ui.sh: what quickstart shows: numbered steps with their time, and the tail of the log when one fails.

STEP=0 STEPS=0 STEP_BEGAN=0 LOG=/dev/null HEARTBEAT_S=30

step() {
	STEP=$((STEP + 1)) STEP_BEGAN=$SECONDS
	printf '[%d/%d] %s ...\n' "$STEP" "$STEPS" "$1"
}

step_done() { printf '      %s (%d s)\n' "${1:-done}" $((SECONDS - STEP_BEGAN)); }

note() { printf '      %s\n' "$*"; }
warn() { printf 'Warning: %s\n' "$*" >&2; }

# MESSAGE: ends with what went wrong and the end of the log that tells why.
die() {
	printf '\nquickstart: %s\n' "$1" >&2
	if [[ -s $LOG ]]; then
		printf -- '---- the end of %s ----\n' "$LOG" >&2
		tail -n 30 -- "$LOG" | cut -c1-300 >&2
	fi
	exit 1
}

# FILE: where the next commands write.
open_log() {
	LOG=$1
	mkdir -p -- "$(dirname "$1")"
	: >"$1"
}

# The process group that runs now, so that Ctrl-C reaches it.
CHILD=''
stop_child() {
	[[ -z $CHILD ]] || kill -TERM -- "-$CHILD" 2>/dev/null || true
}
trap 'stop_child; exit 130' INT
trap 'stop_child; exit 143' TERM

# COMMAND...: runs it with its output in the log; tells every half minute that it is alive. Returns its exit code.
quietly() {
	local began=$SECONDS last=$SECONDS code=0
	set -m
	"$@" >>"$LOG" 2>&1 </dev/null &
	CHILD=$!
	set +m
	while kill -0 "$CHILD" 2>/dev/null; do
		sleep 0.2
		if (( SECONDS - last >= HEARTBEAT_S )); then
			last=$SECONDS
			printf '      ... %d s: %s\n' $((SECONDS - began)) "$(tail -n 1 -- "$LOG" | tr -d '\r' | cut -c1-90)"
		fi
	done
	wait "$CHILD" || code=$?
	CHILD=''
	return "$code"
}
