# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# doctor.sh: ./quickstart doctor looks at everything that keeps people from meeting, and says what to fix.
# Exit code 1 when something must be fixed; advice alone does not count.

PROBLEMS=0 ADVICE=0

good() { printf '  ok      %s\n' "$1"; }
advise() { printf '  advice  %s\n            -> %s\n' "$1" "$2"; ADVICE=$((ADVICE + 1)); }
problem() { printf '  PROBLEM %s\n            -> %s\n' "$1" "$2"; PROBLEMS=$((PROBLEMS + 1)); }

janus_pid() {
	local pid
	pid=$(cat "$STATE/run/janus.pid" 2>/dev/null) || return 1
	[[ $(readlink "/proc/$pid/exe" 2>/dev/null) == "$JANUS_BINARY" || $(cat "/proc/$pid/comm" 2>/dev/null) == janus ]] \
		&& printf '%s\n' "$pid"
}

check_janus_version() {
	local version
	if ! is_installed janus; then
		problem "Janus is not installed" "run ./quickstart as root or through sudo"
		return
	fi
	version=$(dpkg-query -W -f '${Version}' janus)
	case $version in
	1.1.2* | 1.4.*) good "Janus $version" ;;
	*) advise "Janus $version: built and tested against 1.1.2 and 1.4" "rebuild with ./quickstart after changing Janus" ;;
	esac
	[[ ! -e $STAGE/.installed || ! $JANUS_BINARY -nt $STAGE/.installed ]] \
		|| problem "the modules were built before this Janus was installed" "run ./quickstart: it builds them again"
}

check_built() {
	[[ -e $STAGE/.installed ]] || advise "nothing is built in $STAGE yet" "run ./quickstart: it builds and starts the server"
}

check_stock_janus() {
	[[ -d /run/systemd/system ]] && systemctl is-active -q janus 2>/dev/null || return 0
	advise "Debian's own janus.service runs too, as root and with all stock plugins" \
		"unless something uses it: systemctl disable --now janus"
}

check_port() {
	local what=$1 port=$2 who
	(( port > 0 )) || return 0
	who=$(who_listens "$port")
	if [[ -z $who ]]; then
		if janus_pid >/dev/null; then
			problem "$what port $port: our Janus runs but does not listen there" "look into $STATE/log/janus.log"
		else
			good "$what port $port is free"
		fi
	elif [[ -n ${PID:-} && $who == *"(pid $PID)" ]]; then
		good "$what port $port is held by our server"
	else
		problem "$what port $port is in use by $who" "stop it, or start with --port or --https-port"
	fi
}

is_private() { [[ $1 =~ ^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|169\.254\.|f[cde]) ]]; }

check_addresses() {
	local address public=()
	mapfile -t addresses < <(local_addresses)
	if (( ${#addresses[@]} == 0 )); then
		problem "this machine has no network address besides loopback, and WebRTC does not use loopback" \
			"bring an interface up, or add one: ip link add curia0 type dummy"
		return
	fi
	for address in "${addresses[@]}"; do is_private "$address" || public+=("$address"); done
	good "addresses: ${addresses[*]}"
	(( ${#addresses[@]} <= 4 )) || advise "${#addresses[@]} addresses: each costs a UDP socket per connection" \
		"--public-address with the one that people use"
	(( ${#public[@]} == 0 )) || return 0
	[[ -n $PUBLIC_ADDRESS ]] || grep -qs nat_1_1_mapping "$STATE/etc/janus.jcfg" \
		|| advise "all addresses are private: only people in the same network or VPN can join" \
			"for others: forward TCP $HTTPS_PORT and UDP $RTP_PORTS to here and start with --public-address"
}

check_open_files() {
	local limit remedy="LimitNOFILE=$OPEN_FILES in the service, or ulimit -n $OPEN_FILES as root"
	if [[ -n ${PID:-} ]]; then
		limit=$(awk '/^Max open files/ { print $4 }' "/proc/$PID/limits" 2>/dev/null)
	else
		limit=$(raise_open_files 2>/dev/null; ulimit -n)
		remedy=$(open_files_remedy)
	fi
	[[ $limit == unlimited ]] && limit=$OPEN_FILES
	if enough_open_files "$limit"; then
		good "open files: $limit allowed, enough for about $((limit / FILES_EACH)) participants at a time"
	else
		advise "open files: $limit allowed, enough for about $((limit / FILES_EACH)) participants at a time" \
			"for larger meetings: $remedy"
	fi
}

# As the modules read it at their start; by what quickstart built.
check_configuration() {
	local file=$STATE/etc/curia.jcfg checker=$BUILD/tools/options-doc said
	[[ -r $file && -x $checker ]] || return 0
	if said=$("$checker" check "$file" 2>&1); then
		good "configuration: $file"
	else
		problem "configuration: $said" "correct it there; docs/options.md lists what is allowed"
	fi
}

check_udp_range() {
	local low=${RTP_PORTS%-*} high=${RTP_PORTS#*-} found used
	found=$(sed -nE 's/^[[:space:]]*rtp_port_range = "([0-9]+-[0-9]+)".*/\1/p' "$STATE/etc/janus.jcfg" 2>/dev/null) || true
	[[ -z $found ]] || low=${found%-*} high=${found#*-}
	used=$(ss -H -lun 2>/dev/null | awk -v low="$low" -v high="$high" \
		'{ n = split($4, part, ":"); port = part[n] + 0 } port >= low && port <= high { used++ } END { print used + 0 }')
	if (( used * 10 < (high - low) * 8 )); then
		good "UDP $low-$high for audio and video: $used of $((high - low + 1)) in use; open them in the firewall"
	else
		problem "UDP $low-$high is nearly used up ($used ports)" "choose a wider range with --rtp-ports"
	fi
}

# The certificate that the server shows, or the one it will.
check_certificate() {
	local pem end days
	(( HTTPS_PORT > 0 )) || return 0
	pem=$(openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -servername localhost </dev/null 2>/dev/null | openssl x509 2>/dev/null) \
		|| pem=$(openssl x509 -in "$STATE/curia-cert.pem" 2>/dev/null) \
		|| { good "certificate: made at the first start"; return; }
	end=$(openssl x509 -noout -enddate <<<"$pem" | cut -d= -f2)
	days=$(( ($(date -d "$end" +%s) - $(date +%s)) / 86400 ))
	if (( days < 0 )); then
		problem "the certificate ran out on $end" "renew it, or delete the self-signed one in $STATE and start again"
	elif (( days < 14 )); then
		advise "the certificate runs out in $days days" "renew it; see docs/operations.md"
	else
		good "the certificate is good for $days days"
	fi
	[[ $(openssl x509 -noout -issuer_hash <<<"$pem") != "$(openssl x509 -noout -subject_hash <<<"$pem")" ]] \
		|| advise "the certificate is self-signed: each browser asks once, and phones may refuse the camera" \
			"set api.certificate and api.private_key in $STATE/etc/curia.jcfg to one for your host name"
}

check_disk() {
	local free folder=$STATE
	while [[ ! -e $folder ]]; do folder=$(dirname "$folder"); done
	free=$(df -Pk -- "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
	if (( free < 200 )); then
		problem "only $free MB are free below $folder" "make room: the database and the log need it"
	else
		good "disk: $free MB free below $folder"
	fi
}

check_tls_clock() {
	(( $(date +%Y) >= 2024 )) || problem "the clock says $(date)" "set it: tokens and certificates depend on the time"
}

check_server() {
	local body
	if [[ -z ${PID:-} ]]; then
		good "no server runs with the state folder $STATE; what needs one is left out"
		return
	fi
	body=$(curl -ks --noproxy '*' --max-time 5 "$(local_url)/readyz") || true
	if [[ $(http_status /readyz) == 200 ]]; then
		good "the server (pid $PID) is ready"
	else
		problem "the server is not ready: ${body:-no answer}" "look into $STATE/log/janus.log"
		return
	fi
	check_websocket
	check_other_addresses
	check_browser
}

# 401 or 403: the door is there and asks for a token, as it must. 101 would let anybody in.
check_websocket() {
	local status
	status=$(curl -ks --noproxy '*' --http1.1 --max-time 5 -o /dev/null -w '%{http_code}' \
		-H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
		-H 'Sec-WebSocket-Key: Y3VyaWEgZG9jdG9yIQ==' -H 'Sec-WebSocket-Protocol: janus-protocol' "$(local_url)/janus" || true)
	case $status in
	401 | 403) good "the WebSocket door answers and asks for a token" ;;
	101) problem "the WebSocket door opens without a token" "this must not be: please report it" ;;
	*) problem "the WebSocket door answers $status" "a proxy in front must pass Upgrade headers" ;;
	esac
}

check_other_addresses() {
	local address status
	(( HTTPS_PORT > 0 )) || { advise "no HTTPS: browsers give camera and microphone only to this machine" "start without --https-port 0"; return; }
	for address in $(local_addresses); do
		[[ $address != *:* ]] || address="[$address]"
		status=$(curl -ks --noproxy '*' --max-time 5 -o /dev/null -w '%{http_code}' "https://$address:$HTTPS_PORT/healthz" || true)
		if [[ $status == 200 ]]; then
			good "https://$address:$HTTPS_PORT/ answers"
		else
			problem "https://$address:$HTTPS_PORT/ does not answer ($status)" "look at the firewall and at api.https_address"
		fi
	done
}

# What a browser makes of the page: does it load, and may it use camera and microphone there?
check_browser() {
	local browser page
	browser=$(command -v chromium || command -v google-chrome || true)
	if [[ -z $browser ]]; then
		good "no Chromium here; the page was not tried in a browser"
		return
	fi
	printf '  ...     opening the page in a browser: some seconds, at most a minute\n'
	PROFILE=$(mktemp -d)
	trap 'rm -rf -- "$PROFILE"' EXIT
	page=$(timeout 60 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-quic --ignore-certificate-errors --no-proxy-server \
		--user-data-dir="$PROFILE" --virtual-time-budget=4000 --dump-dom "$(browser_url)" </dev/null 2>/dev/null) || true
	rm -rf -- "$PROFILE"
	if [[ $page == *'<title>'*Curia*'</title>'* ]]; then
		good "Chromium shows the page at $(browser_url)"
	else
		problem "Chromium does not show the page at $(browser_url)" "open it by hand and look at the browser's console"
	fi
}

# localhost counts as secure in browsers, so http is fine there.
browser_url() { local_url | sed 's/127\.0\.0\.1/localhost/; s|$|/|'; }

main_doctor() {
	local name
	for name in curl iproute2 openssl; do
		is_installed "$name" || die "the doctor needs $name: run ./quickstart once, or apt-get install $name"
	done
	PORT=$(configured_number port "$PORT") HTTPS_PORT=$(configured_number https_port "$HTTPS_PORT")
	PID=$(janus_pid || true)
	printf 'This machine\n'
	check_janus_version
	check_built
	check_configuration
	check_stock_janus
	check_tls_clock
	check_open_files
	check_disk
	printf 'Network\n'
	check_port 'HTTP' "$PORT"
	check_port 'HTTPS' "$HTTPS_PORT"
	check_addresses
	check_udp_range
	check_certificate
	printf 'Server\n'
	check_server
	printf '\n%d to fix, %d to consider\n' "$PROBLEMS" "$ADVICE"
	(( PROBLEMS == 0 ))
}
