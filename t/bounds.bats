# Bounds: no event and no expression takes more memory or time than was allowed for it. Also matches in odd places.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# A match of b that begins before the a that was matched already.
back='a|(?(DEFINE)(?<s>\Ka))(?<=(?&s))b'
turned='(?(DEFINE)(?<s>a\K))(?=(?&s))'
misplaced="\\K in an assertion put the match's beginning before its search or behind its end"

aaa() { printf "%$1s\n" '' | tr ' ' a; }

# fails PIPELINE MESSAGE OUTPUT: with standard input, status 1
fails() {
	run --separate-stderr spile "$1"
	assert_stderr "$2"
	assert_output "$3"
	assert_status 1
}

# made PIPELINE OUTPUT: the name of its stage is s; of abcdef it would make more than ten bytes, of ab it does not
made() {
	run --separate-stderr spile --max-event 10 "$1" < <(printf '%s\n' abcdef ab)
	assert_stderr "spile: s: text longer than --max-event (10 bytes): 'abcdef'"
	assert_output "$2"
	assert_status 1
}

@test "a match that begins before its search fails the event" {
	fails "split /$back/" "spile: split: $misplaced: 'ab'" '' <<<'ab'
	fails "match /$back/" "spile: match: $misplaced: 'ab'" a <<<'ab'
	fails "s/$back/X/g" "spile: map: $misplaced: 'ab'" '' <<<'ab'
	fails "map replace(\$0, /$back/g, \"X\")" "spile: map: $misplaced: 'ab'" '' <<<'ab'
	run --separate-stderr spile -F "/$back/" 'map $2' <<<'ab'
	assert_stderr "spile: map: cannot split into fields: $misplaced: 'ab'"
	assert_status 1
}

@test "a match that ends before it begins fails the event; whether there is one can be asked" {
	for pipeline in "split /$turned/" "match /$turned/" "s/$turned/X/" "parse /$turned/"; do
		fails "$pipeline name=s" "spile: s: $misplaced: 'a'" '' <<<'a'
	done
	gives "filter /$turned/" a 'a\n'
	gives "filter /$back/" ab 'ab\n'
}

@test "start options of regular expressions are obeyed" {
	gives 'filter /(*NO_JIT)a/' a 'a\nb\n'
	gives 's/(*NOTEMPTY)a*/X/g' bXb 'baab\n'
	gives 's/(*NOTEMPTY_ATSTART)a*/X/' bX 'b\n'
	gives 'filter /(*CR)(?m)^b/' $'a\rb' 'a\rb\n'
	run --separate-stderr spile 'filter /(*UTF)a/' <<<'a'
	assert_stderr "spile: pipeline:1:15: bad regular expression: (*UTF) is written as the flag u, behind the last slash
  filter /(*UTF)a/
                ^"
	assert_status 2
}

@test "a search that would take minutes fails the event, and the next is read" {
	run --separate-stderr spile 'filter /a*a*[bc]/ | map length($0)' < <(aaa 100000; echo ab)
	assert_stderr "spile: filter: match limit exceeded: '$(aaa 60)'..."
	assert_output 2
	assert_status 1
}

@test "a value that is made is no longer than --max-event" {
	made 'map length(replace($0, /[a-z]/g, $0)) name=s' 4
	made 'map length("$0$0") name=s' 4
	made 'map length(sprintf("%s%s", $0, $0)) name=s' 4
	made 'map length(sprintf("%*s", length($0) * 2, $0)) name=s' 4
	made 'map length(urlencode(replace($0, /./g, " "))) name=s' 6
}

@test "an event that is made is no longer than --max-event" {
	made 's/./$&$&/g name=s' aabb
	made 's/^.*/$&$&/ name=s' abab
	made 'map $0, $0 name=s' $'ab\tab'
	made 'set $2=$0 name=s' $'ab\tab'
}

@test "a batch that is joined is no longer than --max-event" {
	run --separate-stderr spile --max-event 5 'seq 8 11 | batch 2 | join ",," name=s'
	assert_stderr "spile: s: text longer than --max-event (5 bytes): '10'"
	assert_output 8,,9
	assert_status 1
}

@test "a branch is copied 10,000 times at most, over all that is around it" {
	run --separate-stderr spile 'seq 1 3 | balance 100 { balance 100 { map $0 } } | agg count()'
	assert_stderr ''
	assert_output 3
	assert_status 0
	run --separate-stderr spile 'seq 1 3 | balance 100 { partition 101 by $0 { map $0 } }'
	assert_stderr "spile: pipeline:1:25: 10100 copies of a branch, at most 10000 are possible
  seq 1 3 | balance 100 { partition 101 by \$0 { map \$0 } }
                          ^~~~~~~~~"
	assert_status 2
	run --separate-stderr spile "seq 1 | $(printf 'balance 2 {%.0s' {1..17}) map \$0 $(printf '}%.0s' {1..17})"
	assert_status 2
	[[ $stderr == *' 16384 copies of a branch, at most 10000 are possible'* ]]
}
