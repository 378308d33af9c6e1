#!/usr/bin/env bats
# The manual and README say what is so: their examples are run, and what they list is what there is.
# In both an example is a display whose first line begins with "$ ". It runs in a directory of its own (README's all in one); every line that
# begins so is a command, and what the commands print, errors too, must be the lines that follow them.

load helper

# decode: the text of lines of mdoc. An escape that it does not know stays, for displays_of to complain about.
decode() {
	sed -e 's/\\(dq/"/g; s/\\(aq/'\''/g; s/\\(ga/`/g; s/\\(ha/^/g; s/\\(ti/~/g; s/\\-/-/g; s/\\&//g' \
		-e '/\\[^e]/s/^/unknown escape in: /' -e 's/\\e/\\/g'
}

# displays PAGE: writes each example of an mdoc page to examples/LINE, the line where it begins.
displays() {
	mkdir -p examples
	awk '/^\.Ed/ { inside = 0 }
	     inside == 1 { inside = /^\$ / ? 2 : 0; file = sprintf("examples/%04d", NR) }
	     inside == 2 { print > file }
	     /^\.Bd -literal/ { inside = 1 }' "$1"
	local file
	for file in examples/*; do
		decode <"$file" >decoded && mv decoded "$file"
	done
}

# indented TEXT: the same for blocks of lines that begin with four spaces.
indented() {
	mkdir -p examples
	awk '!/^    / { inside = 0; next }
	     !inside { inside = /^    \$ / ? 2 : 1; file = sprintf("examples/%04d", NR) }
	     inside == 2 { print substr($0, 5) > file }' "$1"
}

# replay EXAMPLE: prints its commands, each with what it prints.
replay() {
	local line
	while IFS= read -r line; do
		[[ $line == '$ '* ]] || continue
		printf '%s\n' "$line"
		timeout -k 5 60 sh -c "${line#??}" 2>&1 </dev/null || true
	done <"$1"
}

# check_examples SOURCE AT-LEAST [together]: replays all, each in a folder of its own, or all in one; fails after the last
# with each that differs.
check_examples() {
	local example here=$PWD wrong=0 n=0
	mkdir bin
	ln -s "$SPILE" bin/spile
	unset -f spile
	PATH=$here/bin:$PATH
	for example in "$here"/examples/*; do
		n=$((n + 1))
		mkdir -p "$here/run${3:-$n}"
		cd "$here/run${3:-$n}"
		same "the example at line $((10#${example##*/})) of $1" "$(<"$example")" "$(replay "$example")" || wrong=1
	done
	cd "$here"
	[ $n -ge "$2" ] || { echo "only $n examples found in $1" >&2 && return 1; }
	return $wrong
}

@test "the examples of spile(1) give what they show" {
	displays "$ROOT/man/spile.1"
	check_examples man/spile.1 10
}

@test "the examples of spile(7) give what they show" {
	displays "$ROOT/man/spile.7"
	check_examples man/spile.7 30
}

@test "the examples of spile-cookbook(7) give what they show" {
	displays "$ROOT/man/spile-cookbook.7"
	check_examples man/spile-cookbook.7 20
}

@test "the tour in README gives what it shows" {
	# Its text is Debian's; others have changed a word here and there.
	echo '1ebbd3e34237af26da5dc08a4e440464  /usr/share/common-licenses/GPL-3' | md5sum --status -c - ||
		skip 'the text of the tour is another one here'
	indented "$ROOT/README"
	check_examples README 8 together
}

# ---- what is listed ----

# section PAGE NAME: the lines of a section.
section() {
	awk -v name="$2" '/^\.Sh / { inside = $0 == ".Sh " name } inside' "$ROOT/man/$1"
}

# stage_paragraph NAME: the lines of a stage's paragraph, its heads included. Stages may share one.
stage_paragraph() {
	section spile.7 STAGES | awk -v name="$1" '
		/^\.It Ic / { if (!head) { wanted = 0; heads = "" }; head = 1; heads = heads $0 "\n"; wanted = wanted || $3 == name; next }
		/^\.Ss / { wanted = 0; head = 0; heads = ""; next }
		head && wanted { printf "%s", heads }
		{ head = 0 }
		wanted'
}

listed_stages() { spile --list-stages | awk '{ print $1 }'; }

@test "spile(7) has a paragraph for every stage, and for no other" {
	same 'STAGES of spile(7)' "$(listed_stages | sort)" \
		"$(section spile.7 STAGES | awk '/^\.It Ic / { print $3 }' | sort -u)"
}

@test "the paragraph of every stage has an example that uses it" {
	local stage missing=
	for stage in $(listed_stages); do
		stage_paragraph "$stage" | grep -qE "^\\$ .*\\b$stage\\b" || missing+=" $stage"
	done
	same 'stages without example' '' "$missing"
}

@test "the paragraph of every stage has all its options, but for those that all stages take" {
	local stage option missing=
	for stage in $(listed_stages); do
		for option in $(spile --help "$stage" | awk '/^Options:/ { on = 1; next } !NF { on = 0 } on && /^  [a-z]/ { print $1 }'); do
			[[ $option =~ ^(name|max_demand|min_demand|dead|max_failures)=$ ]] ||
				stage_paragraph "$stage" | grep -qE "Cm $option( |\$)" || missing+=" $stage:$option"
		done
	done
	same 'options that spile(7) lacks' '' "$missing"
}

@test "spile(1) has every option of --help options, and no other" {
	same 'OPTIONS of spile(1)' \
		"$(spile --help options | sed '/^Exit status/,$d' | grep '^  ' | grep -oE '^ +-.( |$)|^ +-., --[a-z-]+|^ +--[a-z-]+' |
			grep -oE -- '-(-[a-z-]+|.)' | sort)" \
		"$(section spile.1 OPTIONS | grep '^\.It Fl' | grep -oE 'Fl [^ ]+' | sed 's/^Fl /-/' | sort)"
}

@test "the options for debugging in spile(1) are there" {
	same 'DEBUGGING of spile(1)' $'--debug-block-bytes\n--debug-threads\n--debug-no-fuse' \
		"$(section spile.1 DEBUGGING | grep '^\.It Fl' | grep -oE 'Fl [^ ]+' | sed 's/^Fl /-/')"
	run spile --debug-block-bytes 1 --debug-threads 3 --debug-no-fuse 'seq 1 2'
	assert_status 0
	assert_output $'1\n2'
}

@test "spile(7) describes every function, and no other" {
	same 'FUNCTIONS of spile(7)' "$(sed -nE 's/^\tF\(([a-z0-9_]+),.*/\1/p' "$ROOT/src/lang/expr/func.c" | sort)" \
		"$(section spile.7 FUNCTIONS | grep '^\.It Fn' | grep -oE 'Fn [a-z0-9_]+' | sed 's/Fn //' | sort)"
}

@test "mandoc has nothing to say about the pages" {
	need mandoc
	local page
	for page in spile.1 spile.7; do
		# Not about this machine's index of pages.
		run bash -c 'mandoc -Tlint -Wwarning "$1" 2>&1 | grep -v "mandoc.db"' - "$ROOT/man/$page"
		assert_output ''
	done
}
