# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# config.sh: writes the state folder: secrets made once and kept, and two files that Janus and our modules read.
# A file that somebody edited is theirs from then on: we leave it and put our version beside it.

# FOLDER...: folders that only the server's user sees.
make_private_folder() {
	mkdir -p -- "$@"
	chmod 0700 -- "$@"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# FILE BYTES: prints the secret kept in FILE, made the first time.
keep_secret() {
	[[ -s $1 ]] || (umask 077; printf '%s\n' "$(random_hex "$2")" >"$1.new" && mv "$1.new" "$1")
	cat -- "$1"
}

# FILE, content from standard input: writes it unless it was edited since we wrote it last.
write_config() {
	local file=$1 name=${1##*/} sum content
	content=$(cat)
	sum=$STATE/run/$name.sum
	if [[ -e $file ]] && ! { [[ -e $sum ]] && [[ $(cksum <"$file") == "$(cat "$sum")" ]]; }; then
		(umask 077; printf '%s\n' "$content" >"$file.new")
		note "$file was edited by hand and is kept; what quickstart would write is in $name.new"
		return
	fi
	(umask 077; printf '%s\n' "$content" >"$file.tmp" && mv "$file.tmp" "$file" && cksum <"$file" >"$sum")
	rm -f -- "$file.new"
}

local_addresses() { ip -o addr show scope global up 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'; }
has_global_ipv6() { local_addresses | grep -v '^f[cd]' | grep -q :; }

# What --public-address means for ICE: an address of ours is enforced; one of a router or cloud replaces ours.
nat_lines() {
	[[ -n $PUBLIC_ADDRESS ]] || return 0
	local address all_ours=yes
	for address in ${PUBLIC_ADDRESS//,/ }; do
		local_addresses | grep -qxF "$address" || all_ours=no
	done
	if [[ $all_ours == yes ]]; then
		printf '\tice_enforce_list = "%s"\n' "$PUBLIC_ADDRESS"
	else
		printf '\tnat_1_1_mapping = "%s"\n\tkeep_private_host = true\n' "$PUBLIC_ADDRESS"
	fi
}

janus_config() {
	cat <<EOC
# Written by quickstart. Edit it and it stays as you left it; delete it to have it written anew.
general: {
	configs_folder = "$STATE/etc"
	plugins_folder = "$STAGE/lib/janus/plugins"
	transports_folder = "$STAGE/lib/janus/transports"
	events_folder = "$STAGE/lib/janus/events"
	loggers_folder = "$STAGE/lib/janus/loggers"
	server_name = "Curia"
	admin_secret = "$(keep_secret "$STATE/etc/admin-secret" 24)"
	debug_level = 4
	debug_timestamps = true
	debug_colors = false
	daemonize = false
	log_to_stdout = true
	hide_dependencies = true
	session_timeout = 60
	# Our transport keeps the session of a dropped socket itself, with its events.
	reclaim_session_timeout = 0
	# A few loops for all handles: half the CPU per packet of a thread for each.
	event_loops = $(nproc)
}
media: {
	ipv6 = $(has_global_ipv6 && echo true || echo false)
	rtp_port_range = "$RTP_PORTS"
	# How long sent packets can be asked for again; room for a second try on a lossy link.
	min_nack_queue = 1000
	nack_optimizations = false
	# Media events and slow-link guesses of the core: the room does both better.
	no_media_timer = 0
	slowlink_threshold = 0
}
nat: {
	ignore_mdns = true
	ice_lite = false
	# Without STUN or TURN, gathering takes milliseconds: the answer can carry the candidates.
	full_trickle = false
	ice_ignore_list = "vmnet,docker,virbr"
$(nat_lines)
}
# What happens goes to the ledger. The core's own media statistics would be many; the room has better ones.
events: {
	broadcast = true
	stats_period = 0
}
EOC
}

curia_config() {
	cat <<EOC
# Written by quickstart. Edit it and it stays as you left it; delete it to have it written anew.
# docs/options.md and conf/curia.jcfg.sample list every option.
store: {
	url = "sqlite:$STATE/curia.db"
}
token: {
	keys = [ "curia:$(keep_secret "$STATE/etc/api-secret" 32)" ]
}
# Anybody who reaches this server may make an account, as anybody may make a meeting; false: administrators invite people.
accounts: {
	sign_up = true
}
api: {
	port = $PORT
	https_port = $HTTPS_PORT
	state_folder = "$STATE"
	html_folder = "$STAGE/share/curia/html"
}
EOC
}

# One server per state folder, from here until this script ends.
lock_state() {
	exec 9>"$STATE/run/lock"
	flock -n 9 || die "a server already runs with the state folder $STATE"
}

# The state folder's owner and mode are ours to set, so it must be ours: new, empty or made by us before.
refuse_foreign_state() {
	[[ ! -e $STATE || -e $STATE/etc/admin-secret || -z $(ls -A -- "$STATE") ]] \
		|| die "--state $STATE is not empty and no state folder of Curia; choose another"
}

write_state() {
	umask 077
	refuse_foreign_state
	make_private_folder "$STATE" "$STATE/etc" "$STATE/log" "$STATE/run"
	lock_state
	janus_config | write_config "$STATE/etc/janus.jcfg"
	curia_config | write_config "$STATE/etc/curia.jcfg"
	(( EUID != 0 )) || chown -R "$SERVER_UID:$SERVER_GID" -- "$STATE"
	chmod 0700 "$STATE"
	# An edited file decides over the command line.
	PORT=$(configured_number port "$PORT") HTTPS_PORT=$(configured_number https_port "$HTTPS_PORT")
}

# NAME DEFAULT: a number as curia.jcfg has it.
configured_number() {
	local found
	found=$(sed -nE "s/^[[:space:]]*$1[[:space:]]*[=:][[:space:]]*([0-9]+).*/\1/p" "$STATE/etc/curia.jcfg" 2>/dev/null | head -n 1) || true
	printf '%s\n' "${found:-$2}"
}
