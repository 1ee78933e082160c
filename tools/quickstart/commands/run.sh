# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# run.sh: ./quickstart

# Links to meetings begin as the page does that makes them, unless api.public_url says otherwise.
invitation_hint() {
	local address=${PUBLIC_ADDRESS%%,*}
	[[ -n $address ]] || address=$(local_addresses | head -n 1)
	[[ $address != *:* ]] || address="[$address]"
	(( PORT == 0 )) || [[ -z $address ]] || grep -qE '^[[:space:]]*public_url' "$STATE/etc/curia.jcfg" \
		|| printf '\nInvitations made at localhost work on this machine only. To invite others, make them at\nhttps://%s:%d/ or set api.public_url.\n' "$address" "$HTTPS_PORT"
}

print_urls() {
	local address
	printf '\nCuria is ready after %d s. Open it in a browser:\n\n' "$SECONDS"
	(( PORT == 0 )) || printf '  on this machine    http://localhost:%d/\n' "$PORT"
	if (( HTTPS_PORT > 0 )); then
		for address in ${PUBLIC_ADDRESS//,/ } $(local_addresses); do
			[[ $address != *:* ]] || address="[$address]"
			printf '  from elsewhere     https://%s:%d/\n' "$address" "$HTTPS_PORT"
		done | awk '!seen[$0]++'
		invitation_hint
		printf '\nThe certificate is self-signed: the browser asks once whether to trust it.\n'
	fi
	printf 'Log: %s\nCtrl-C stops the server. Something wrong? ./quickstart doctor\n' "$STATE/log/janus.log"
}

# While nobody is administrator the server keeps a link in its state folder that makes one.
print_first_admin() {
	[[ -s $STATE/first-admin.url ]] || return 0
	printf '\nNobody administers this server yet. Who opens this link first does; it works once, at any of its addresses:\n\n'
	printf 'First admin: %s\n' "$(cat -- "$STATE/first-admin.url")"
}

make_ready() {
	open_build_log quickstart.log
	step "Looking for packages"
	need_packages "${PACKAGES_RUN[@]}" "${PACKAGES_BUILD[@]}"
	step "Building"
	need_build
}

need_built() {
	STEPS=2
	[[ -e $STAGE/.installed ]] || die "nothing is built in $STAGE yet: leave out --no-build"
}

main_run() {
	STEPS=4
	if [[ $NO_BUILD == yes ]]; then need_built; else make_ready; fi
	step "Writing the configuration to $STATE"
	choose_server_user
	write_state
	step_done
	step "Starting Janus as $SERVER_NAME"
	need_free_ports
	raise_open_files
	start_server
	wait_until_ready
	step_done "ready"
	print_urls
	print_first_admin
	watch_server
}
