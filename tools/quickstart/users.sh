# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# users.sh: who builds and who runs. Started as root, we build as the owner of the checkout and never run Janus as a
# root that can do more than any user.

OWNER_UID=$(stat -c %u -- "$TOP")
OWNER_GID=$(stat -c %g -- "$TOP")

# Wrappers put before a command; empty when we are that user already.
AS_OWNER=() AS_SERVER=() SERVER_UID=$EUID SERVER_GID=$(id -g) SERVER_NAME=''

if (( EUID == 0 && OWNER_UID != 0 )); then
	AS_OWNER=(setpriv --reuid "$OWNER_UID" --regid "$OWNER_GID" --clear-groups --inh-caps=-all --)
fi

# Whether the ports wanted need a capability that an ordinary user lacks.
wants_low_port() { (( (PORT > 0 && PORT < 1024) || (HTTPS_PORT > 0 && HTTPS_PORT < 1024) )); }

server_user_name() {
	if [[ -n $RUN_USER ]]; then
		printf '%s\n' "$RUN_USER"
	elif (( OWNER_UID != 0 )); then
		getent passwd "$OWNER_UID" | cut -d: -f1
	else
		id -u curia >/dev/null 2>&1 \
			|| useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin curia \
				>>"$LOG" 2>&1 || true
		printf 'curia\n'
	fi
}

# Chooses AS_SERVER. The wrapper also makes Janus end when this script is killed.
choose_server_user() {
	local common=(--no-new-privs --pdeathsig TERM) caps=(--inh-caps=-all --bounding-set=-all) keep
	if (( EUID != 0 )); then
		wants_low_port && warn "ports below 1024 usually need root"
		SERVER_NAME=$(id -un)
		AS_SERVER=(setpriv "${common[@]}" --)
		return
	fi
	if wants_low_port; then
		keep=-all,+net_bind_service
		caps=(--inh-caps="$keep" --ambient-caps="$keep" --bounding-set="$keep")
	fi
	SERVER_NAME=$(server_user_name)
	if SERVER_UID=$(id -u "$SERVER_NAME" 2>/dev/null); then
		SERVER_GID=$(id -g "$SERVER_NAME")
		AS_SERVER=(setpriv --reuid "$SERVER_UID" --regid "$SERVER_GID" --clear-groups "${caps[@]}" "${common[@]}" --)
		can_server_reach "$STAGE" && can_server_reach "$(dirname "$STATE")" && return
		note "user '$SERVER_NAME' cannot look into $TOP: Janus runs as root without root's capabilities"
	elif [[ -n $RUN_USER ]]; then
		die "there is no user '$RUN_USER'"
	else
		note "no user to run as: Janus runs as root without root's capabilities"
	fi
	SERVER_UID=0 SERVER_GID=0 SERVER_NAME=root
	AS_SERVER=(setpriv "${caps[@]}" "${common[@]}" --)
}

# FOLDER: whether the server's user gets there, be it through folders that do not exist yet.
can_server_reach() {
	local folder=$1
	while [[ ! -e $folder ]]; do folder=$(dirname "$folder"); done
	"${AS_SERVER[@]}" test -x "$folder" -a -r "$folder"
}
