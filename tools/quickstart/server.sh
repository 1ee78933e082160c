# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# server.sh: starts Janus with our modules only, waits until it is ready, watches it and stops it.

OPEN_FILES=65536 FILES_EACH=6 # wanted at best; for each participant
MAX_PARTICIPANTS=200          # room.max_participants where nothing is said
LOG_BYTES=$((64 * 1024 * 1024))
READY_S=30
SERVER_PID='' SLEEPER=''

# PORT: who listens there, or nothing.
who_listens() {
	(( $1 > 0 )) || return 0
	ss -H -ltnp "sport = :$1" 2>/dev/null | sed -nE 's/.*users:\(\("([^"]+)",pid=([0-9]+).*/\1 (pid \2)/p; t; s/.*/another program/p' \
		| head -n 1
}

need_free_ports() {
	local port who
	for port in "$PORT" "$HTTPS_PORT"; do
		who=$(who_listens "$port")
		[[ -z $who ]] || die "port $port is in use by $who; stop it or choose another with --port or --https-port"
	done
}

raise_open_files() {
	ulimit -n "$OPEN_FILES" 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
	local limit
	limit=$(ulimit -n)
	enough_open_files "$limit" || note \
		"$limit open files are allowed: enough for about $((limit / FILES_EACH)) participants at a time," \
		"and one meeting may have $(configured_number max_participants "$MAX_PARTICIPANTS"). To allow $OPEN_FILES: $(open_files_remedy)."
}

# LIMIT: whether the largest meeting that is configured finds room.
enough_open_files() {
	[[ $1 == unlimited ]] || (( $1 >= FILES_EACH * $(configured_number max_participants "$MAX_PARTICIPANTS") ))
}

# Root may raise the hard limit, but for containers that withhold the right to.
open_files_remedy() {
	if (( EUID == 0 )); then
		printf 'root may not raise it here, so let who starts this do it: --ulimit nofile=%d for a container, LimitNOFILE=%d in a service' \
			"$OPEN_FILES" "$OPEN_FILES"
	else
		printf "'ulimit -n %d' in a root shell and start from there with --user, or LimitNOFILE=%d in the service" "$OPEN_FILES" "$OPEN_FILES"
	fi
}

# Prints the path to preload, or nothing.
preload_library() {
	local found
	[[ $ALLOCATOR != libc ]] || return 0
	found=$(ldconfig -p 2>/dev/null | awk '$1 == "libjemalloc.so.2" { print $NF; exit }')
	[[ -n $found || $ALLOCATOR == auto ]] || die "--allocator jemalloc: libjemalloc2 is not installed"
	printf '%s' "$found"
}

make_room_for_log() {
	local n
	for n in 4 3 2 1; do
		[[ ! -e $1.$n ]] || mv -f -- "$1.$n" "$1.$((n + 1))"
	done
}

rotate_log() {
	[[ -s $1 ]] || return 0
	make_room_for_log "$1"
	mv -f -- "$1" "$1.1"
}

start_server() {
	local preload environment=()
	preload=$(preload_library)
	environment=(HOME="$STATE" LD_LIBRARY_PATH="$STAGE/lib")
	if [[ -n $preload ]]; then
		environment+=(LD_PRELOAD="$preload")
		note "with $preload: some per cent less CPU per packet than with libc's allocator (--allocator libc)"
	elif [[ $ALLOCATOR == auto ]]; then
		note "with libc's allocator; libjemalloc2, which is not installed, needs some per cent less CPU per packet"
	fi
	rotate_log "$STATE/log/janus.log"
	LOG=$STATE/log/janus.log
	umask 077
	# A session of its own: Ctrl-C reaches only this script, which then stops Janus once and waits for it.
	setsid "${AS_SERVER[@]}" env "${environment[@]}" "$JANUS_BINARY" \
		-F "$STATE/etc" -C "$STATE/etc/janus.jcfg" </dev/null >>"$LOG" 2>&1 9>&- &
	SERVER_PID=$!
	printf '%s\n' "$SERVER_PID" >"$STATE/run/janus.pid"
	trap 'stop_server; printf "\nStopped.\n"; exit 0' INT TERM HUP
	trap stop_server EXIT
}

server_lives() { [[ -n $SERVER_PID ]] && kill -0 "$SERVER_PID" 2>/dev/null; }

stop_server() {
	local n
	trap '' INT TERM HUP
	[[ -z $SLEEPER ]] || kill "$SLEEPER" 2>/dev/null || true
	[[ -n $SERVER_PID ]] || return 0
	kill -TERM "$SERVER_PID" 2>/dev/null || true
	for (( n = 0; n < 100; n++ )); do
		server_lives || break
		sleep 0.1
	done
	server_lives && { warn "Janus did not stop within 10 s and is killed"; kill -KILL "$SERVER_PID" 2>/dev/null || true; }
	wait "$SERVER_PID" 2>/dev/null || true
	SERVER_PID=''
	rm -f -- "$STATE/run/janus.pid"
}

# Where a local client asks.
local_url() {
	if (( PORT > 0 )); then printf 'http://127.0.0.1:%d' "$PORT"; else printf 'https://127.0.0.1:%d' "$HTTPS_PORT"; fi
}

# PATH: prints the status code, 000 when nobody answers.
http_status() { curl -ks --noproxy '*' --max-time 3 -o /dev/null -w '%{http_code}' "$(local_url)$1" || true; }

wait_until_ready() {
	local deadline=$((SECONDS + READY_S)) status
	while (( SECONDS < deadline )); do
		server_lives || { SERVER_PID=''; die "Janus ended while it started"; }
		status=$(http_status /readyz)
		[[ $status != 200 ]] || return 0
		sleep 0.1
	done
	die "the server does not become ready (/readyz answers ${status:-nothing}) within $READY_S s"
}

# Waits for Janus to end; keeps its log bounded meanwhile.
watch_server() {
	local code=0
	while server_lives; do
		sleep 10 9>&- &
		SLEEPER=$!
		wait -n "$SERVER_PID" "$SLEEPER" || true
		kill "$SLEEPER" 2>/dev/null || true
		(( $(stat -c %s -- "$LOG") < LOG_BYTES )) || { make_room_for_log "$LOG" && cp -- "$LOG" "$LOG.1" && : >"$LOG"; }
	done
	wait "$SERVER_PID" || code=$?
	SERVER_PID=''
	die "Janus ended by itself (exit code $code)"
}
