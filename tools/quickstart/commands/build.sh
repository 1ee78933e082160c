# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# build.sh: ./quickstart build: packages and modules, nothing started. The container image is made with it.

main_build() {
	STEPS=2
	open_build_log quickstart.log
	step "Looking for packages"
	need_packages "${PACKAGES_RUN[@]}" "${PACKAGES_BUILD[@]}"
	step "Building"
	need_build
	printf 'Modules: %s\n' "$STAGE/lib/janus"
}
