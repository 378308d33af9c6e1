# What is listed in the build's files and what lies in the tree agree.
load helper

@test "every stage has one row in stages.list" {
	listed=$(sed -n 's/^stages += //p' "$ROOT/src/stages/stages.list" | sort)
	there=$(cd "$ROOT" && printf '%s\n' src/stages/*/{ag,in,op,out}_*.c | sort)
	same stages.list "$there" "$listed"
}

@test "every unit test has a row in Makefile.am" {
	listed=$(sed -n 's/^\t\(t\/unit\/test-[^ ]*\).*/\1.c/p' "$ROOT/Makefile.am" | sort)
	there=$(cd "$ROOT" && printf '%s\n' t/unit/test-*.c | sort)
	same Makefile.am "$there" "$listed"
}

@test "every fuzz target has a row in Makefile.am" {
	listed=$(sed -n 's/^\t\(t\/fuzz\/fuzz-[^ ]*\).*/\1.c/p' "$ROOT/Makefile.am" | sort)
	there=$(cd "$ROOT" && printf '%s\n' t/fuzz/fuzz-*.c | sort)
	same Makefile.am "$there" "$listed"
}

@test "scripts/fuzz names its targets" {
	run "$ROOT/scripts/fuzz" nothing
	assert_status 2
	for target in "$ROOT"/t/fuzz/fuzz-*.c; do
		target=${target##*/fuzz-}
		[[ $output =~ [\ ,]${target%.c}[,:] ]]
	done
}
