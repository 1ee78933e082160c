# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# ui.sh: what quickstart shows: numbered steps with their time, and the tail of the log when one fails.

STEP=0 STEPS=0 STEP_BEGAN=0 LOG=/dev/null HEARTBEAT_S=30 PROGRESS_S=5

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

# PATTERN TOTAL: the next commands write about so many lines of this kind; 0: nobody knows.
PROGRESS_PATTERN='' PROGRESS_TOTAL=0
expect_lines() { PROGRESS_PATTERN=$1 PROGRESS_TOTAL=$2; }

# SECONDS LINES-BEFORE: how far the command has come, and what is left at this pace; else its last words.
progress() {
	local count=0
	(( PROGRESS_TOTAL == 0 )) || count=$(( $(grep -cE "$PROGRESS_PATTERN" -- "$LOG" || true) - $2 ))
	if (( count > 0 && count <= PROGRESS_TOTAL )); then
		printf '      ... %d of %d, %d s, about %d s more\n' "$count" "$PROGRESS_TOTAL" "$1" $(( $1 * (PROGRESS_TOTAL - count) / count ))
	else
		printf '      ... %d s: %s\n' "$1" "$(tail -n 1 -- "$LOG" | tr -d '\r' | cut -c1-90)"
	fi
}

# COMMAND...: runs it with its output in the log; tells now and then how far it is. Returns its exit code.
quietly() {
	local began=$SECONDS last=$SECONDS code=0 every=$HEARTBEAT_S before=0
	(( PROGRESS_TOTAL == 0 )) || every=$PROGRESS_S before=$(grep -cE "$PROGRESS_PATTERN" -- "$LOG" || true)
	set -m
	"$@" >>"$LOG" 2>&1 </dev/null &
	CHILD=$!
	set +m
	while kill -0 "$CHILD" 2>/dev/null; do
		sleep 0.2
		if (( SECONDS - last >= every )); then
			last=$SECONDS
			progress $((SECONDS - began)) "$before"
		fi
	done
	wait "$CHILD" || code=$?
	CHILD=''
	return "$code"
}
