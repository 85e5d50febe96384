# What the run.sh of the folders here install beside themselves on the first run, and
# again when it changes. To be sourced there.

# modules [ARGUMENT…] installs package-lock.json with these arguments of npm ci.
modules() {
	cmp -s package-lock.json node_modules/installed && return
	npm ci --no-audit --no-fund "$@"
	cp package-lock.json node_modules/installed
}

# environment FOLDER REQUIREMENTS [ARGUMENT…] installs the requirements into an
# environment of Python there, with these arguments of pip install.
environment() {
	cmp -s "$2" "$1/installed" && return
	rm -rf "$1"
	python3 -m venv "$1" || {
		echo 'this needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)' >&2
		exit 1
	}
	echo '*' >"$1/.gitignore"
	"$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$2" "${@:3}"
	cp "$2" "$1/installed"
}

# needs PACKAGES PROGRAM… ends the script where a program is missing, and says which
# packages of Debian have them.
needs() {
	for program in "${@:2}"; do
		command -v "$program" >/dev/null || {
			echo "$program is missing (Debian: apt-get install $1)" >&2
			exit 1
		}
	done
}
