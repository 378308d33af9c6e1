# What is said of a wrong pipeline (DESIGN 2.6): the exact message, the caret, the suggestion; all mistakes at once, and
# nothing opened before. What is right is in lang.bats.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# rejected MESSAGES: the pipeline, their second line, gives exactly them.
rejected() {
	local pipeline=${1#*$'\n'  } got status=0
	pipeline=${pipeline%%$'\n'*}
	got=$(spile "$pipeline" 2>&1 >stdout </dev/null) || status=$?
	same "what is said of '$pipeline'" "$1" "$got"
	assert_status 2
	[ ! -s stdout ]
}

# rejects_all <<< MESSAGES: the same for many pipelines, with an empty line between the messages of each.
rejects_all() {
	local line messages=''
	while IFS= read -r line; do
		if [ "$line" ]; then
			messages+=${messages:+$'\n'}$line
		else
			rejected "$messages"
			messages=''
		fi
	done
	rejected "$messages"
}

@test "numbers that are too large for what they are" {
	rejects 'balance 1025 { map $1 }' "spile: pipeline:1:9: N of 'balance' must be at most 1024, not 1025
  balance 1025 { map \$1 }
          ^~~~"
	rejects 'partition 99999999 by $1 { null }' "spile: pipeline:1:11: N of 'partition' must be at most 1024, not 99999999
  partition 99999999 by \$1 { null }
            ^~~~~~~~"
	rejects 'pipe jobs=100000 cat' "spile: pipeline:1:11: 'jobs' must be at most 1024, not 100000
  pipe jobs=100000 cat
            ^~~~~~"
}

@test "an unknown stage, with a suggestion where one is near" {
	rejects_all <<-'END'
		spile: pipeline:1:9: unknown stage 'fliter'
		  stdin | fliter /ERR/ | batch 10
		          ^~~~~~ did you mean 'filter'?

		spile: pipeline:1:1: unknown stage 'wrods'
		  wrods
		  ^~~~~ did you mean 'words'?

		spile: pipeline:1:1: unknown stage 'mp'
		  mp $1
		  ^~ did you mean 'map'?

		spile: pipeline:1:1: unknown stage 'Filter'
		  Filter /a/
		  ^~~~~~ did you mean 'filter'?

		spile: pipeline:1:10: unknown stage 'tkae'
		  map $1 | tkae 2 | nul
		           ^~~~ did you mean 'take'?
		spile: pipeline:1:19: unknown stage 'nul'
		  map $1 | tkae 2 | nul
		                    ^~~ did you mean 'null'?

		spile: pipeline:1:1: unknown stage 'xyzzy'
		  xyzzy 1
		  ^~~~~

		spile: pipeline:1:9: unknown stage 'xyzzy'
		  stdin | xyzzy
		          ^~~~~

		spile: pipeline:1:1: unknown stage 'tak'
		  tak 3
		  ^~~ did you mean 'take'?

		spile: pipeline:1:1: unknown stage 'fliter'
		  fliter
		  ^~~~~~ did you mean 'filter'?
	END
}

@test "what no stage begins with" {
	rejects_all <<-'END'
		spile: pipeline:1:1: no stage begins with '='
		  =x
		  ^ did you mean '=='?

		spile: pipeline:1:1: no stage begins with '"words"'
		  "words"
		  ^~~~~~~

		spile: pipeline:1:1: no stage begins with '5'
		  5
		  ^

		spile: pipeline:1:1: no stage begins with '?'
		  ?
		  ^

		spile: pipeline:1:10: no stage begins with '-x'
		  take 1 | -x
		           ^~
	END
}

@test "an unknown option, with a suggestion where one is near" {
	rejects_all <<-'END'
		spile: pipeline:1:8: unknown option 'nmae' of 'take'
		  take 1 nmae=x
		         ^~~~ did you mean 'name='?

		spile: pipeline:1:8: unknown option 'max_demnad' of 'take'
		  take 1 max_demnad=5
		         ^~~~~~~~~~ did you mean 'max_demand='?

		spile: pipeline:1:12: unknown option 'ded' of 'map'
		  map $1 + 1 ded=x
		             ^~~ did you mean 'dead='?

		spile: pipeline:1:7: unknown option 'oder' of 'count'
		  count oder=key
		        ^~~~ did you mean 'order='?

		spile: pipeline:1:8: unknown option 'foo' of 'take'
		  take 1 foo=1
		         ^~~

		spile: pipeline:1:13: unknown option 'evry' of 'count'
		  count by $1 evry=5
		              ^~~~ did you mean 'every='?

		spile: pipeline:1:16: unknown option 'foo' of 'filter'
		  filter $1 == 2 foo=1
		                 ^~~ equality is '=='
	END
}

@test "an option that the stage does not take" {
	rejects_all <<-'END'
		spile: pipeline:1:8: unknown option 'every' of 'take'
		  take 1 every=5
		         ^~~~~

		spile: pipeline:1:7: unknown option 'jobs' of 'words'
		  words jobs=2
		        ^~~~

		spile: pipeline:1:6: unknown option 'dead' of 'null'
		  null dead=x
		       ^~~~

		spile: pipeline:1:10: unexpected argument 'running' of 'top'
		  top 1 $1 running
		           ^~~~~~~ usage: top N [EXPR] [by EXPR, ...] [every=PERIOD] [max_keys=N]

		spile: pipeline:1:7: 'stdin' takes no 'by'
		  stdin by $1
		        ^~

		spile: pipeline:1:8: 'map' takes no 'by'
		  map $1 by $1
		         ^~

		spile: pipeline:1:17: 'batch' takes no 'by'
		  words | batch 5 by $1
		                  ^~
	END
}

@test "a flag is written without =" {
	rejects_all <<-'END'
		spile: pipeline:1:13: 'running' takes no value
		  agg count() running=1
		              ^~~~~~~

		spile: pipeline:1:17: 'keep' takes no value
		  parse /(?<a>b)/ keep=1
		                  ^~~~
	END
}

@test "an option given twice, or without its value" {
	rejects_all <<-'END'
		spile: pipeline:1:15: 'name' is given twice
		  take 1 name=a name=b
		                ^~~~

		spile: pipeline:1:8: a value is missing after 'name='
		  take 1 name=
		         ^~~~~

		spile: pipeline:1:8: a value is missing after 'name='
		  take 1 name= a
		         ^~~~~ white space ends an option

		spile: pipeline:1:8: unexpected argument 'name' of 'take'
		  take 1 name =a
		         ^~~~ an option is written 'name=' and its value, without white space

		spile: pipeline:1:9: a value is missing after 'start='
		  batch 5 start=
		          ^~~~~~

		spile: pipeline:1:8: a value is missing after 'max_demand='
		  take 1 max_demand= 5
		         ^~~~~~~~~~~ white space ends an option
	END
}

@test "what looks like an option in an expression" {
	rejects_all <<-'END'
		spile: pipeline:1:8: unknown option 'a' of 'filter'
		  filter a=1
		         ^ equality is '=='

		spile: pipeline:1:11: unexpected '='
		  filter $1 = 2
		            ^ did you mean '=='?

		spile: pipeline:1:13: unexpected '='
		  filter $1 === 2
		              ^ did you mean '=='?

		spile: pipeline:1:11: unexpected '=~'
		  filter $1 =~ /a/
		            ^~ did you mean '~'?

		spile: pipeline:1:9: unknown option 'y' of 'set'
		  set x=1 y=2
		          ^ a comma comes before a field's name

		spile: pipeline:1:8: unknown option 'x' of 'map'
		  map $1 x=$2
		         ^ a comma comes before a field's name
	END
}

@test "an unknown function, with a suggestion" {
	rejects_all <<-'END'
		spile: pipeline:1:5: unknown function 'lwoer'
		  map lwoer($1)
		      ^~~~~ did you mean 'lower'?

		spile: pipeline:1:5: unknown function 'toupper'
		  map toupper($1)
		      ^~~~~~~ did you mean 'upper'?

		spile: pipeline:1:8: unknown function 'LENGTH'
		  filter LENGTH($0) > 3
		         ^~~~~~ did you mean 'length'?

		spile: pipeline:1:5: unknown function 'fxq'
		  map fxq($1)
		      ^~~

		spile: pipeline:1:9: unknown function 'uper'
		  map $1, uper($2), lower($3)
		          ^~~~ did you mean 'upper'?

		spile: pipeline:1:5: unknown function 'smu' of 'agg'
		  agg smu($1)
		      ^~~ did you mean 'sum'?

		spile: pipeline:1:5: unknown function 'foo' of 'agg'
		  agg foo($1)
		      ^~~

		spile: pipeline:1:14: unknown function 'cuont' of 'agg'
		  agg sum($1), cuont()
		               ^~~~~ did you mean 'count'?
	END
}

@test "too few or too many arguments of a function" {
	rejects_all <<-'END'
		spile: pipeline:1:5: lower takes 1 argument, not 0
		  map lower()
		      ^~~~~

		spile: pipeline:1:5: lower takes 1 argument, not 2
		  map lower($1, $2)
		      ^~~~~

		spile: pipeline:1:5: substr takes 2 to 3 arguments, not 1
		  map substr($1)
		      ^~~~~~

		spile: pipeline:1:5: substr takes 2 to 3 arguments, not 4
		  map substr($1, 1, 2, 3)
		      ^~~~~~

		spile: pipeline:1:5: now takes 0 arguments, not 1
		  map now(1)
		      ^~~

		spile: pipeline:1:5: max takes 2 or more arguments, not 1
		  map max(1)
		      ^~~

		spile: pipeline:1:5: split takes 3 arguments, not 2
		  map split($1, ",")
		      ^~~~~

		spile: pipeline:1:5: replace takes 3 arguments, not 2
		  map replace($1, /a/)
		      ^~~~~~~

		spile: pipeline:1:5: 'sum' takes 1 argument, not 0
		  agg sum()
		      ^~~

		spile: pipeline:1:5: 'sum' takes 1 argument, not 2
		  agg sum($1, $2)
		      ^~~
	END
}

@test "a function without its parentheses" {
	rejects_all <<-'END'
		spile: pipeline:1:5: unexpected 'lower'
		  map lower
		      ^~~~~ did you mean 'lower($0)'?

		spile: pipeline:1:8: unexpected 'length'
		  filter length > 3
		         ^~~~~~ did you mean 'length($0)'?

		spile: pipeline:1:5: '(' is missing after 'count'
		  agg count
		      ^~~~~ did you mean 'count()'?

		spile: pipeline:1:5: '(' is missing after 'sum'
		  agg sum by $1
		      ^~~

		spile: pipeline:1:5: unknown function 'nun'
		  map nun($1)
		      ^~~ did you mean 'num'?
	END
}

@test "sprintf's format and arguments" {
	rejects_all <<-'END'
		spile: pipeline:1:13: the format takes 1 argument, not 0
		  map sprintf("%d")
		              ^~~~

		spile: pipeline:1:13: the format takes 1 argument, not 2
		  map sprintf("%d", 1, 2)
		              ^~~~

		spile: pipeline:1:13: unknown '%q' in the format
		  map sprintf("%q", 1)
		              ^~~~

		spile: pipeline:1:13: the format ends within '%'
		  map sprintf("a%")
		              ^~~~

		spile: pipeline:1:13: the format ends within '%5'
		  map sprintf("%5", 1)
		              ^~~~
	END
}

@test "a missing argument" {
	rejects_all <<-'END'
		spile: pipeline:1:1: 'take' lacks its N
		  take
		  ^~~~ usage: take [-]N [by EXPR, ...]

		spile: pipeline:1:1: 'filter' lacks its EXPR
		  filter
		  ^~~~~~ usage: filter EXPR [before=N] [after=N] [context=N]

		spile: pipeline:1:1: 'reject' lacks its EXPR
		  reject
		  ^~~~~~ usage: reject EXPR

		spile: pipeline:1:1: 'map' lacks its EXPR
		  map
		  ^~~ usage: map EXPR | map [NAME=]EXPR, ... | map s/RE/REPLACEMENT/FLAGS

		spile: pipeline:1:1: 'set' lacks its $N=EXPR
		  set
		  ^~~ usage: set $N=EXPR, NAME=EXPR, $2..=EXPR ...

		spile: pipeline:1:1: 'split' lacks its SEPARATOR
		  split
		  ^~~~~ usage: split /RE/ | split "TEXT"

		spile: pipeline:1:1: 'match' lacks its /RE/
		  match
		  ^~~~~ usage: match /RE/

		spile: pipeline:1:1: write `parse /RE/`, or clf, combined or syslog
		  parse
		  ^~~~~

		spile: pipeline:1:1: 'while' lacks its EXPR
		  while
		  ^~~~~ usage: while EXPR

		spile: pipeline:1:1: 'skip' lacks its N: skip N, skip -N, or skip until EXPR
		  skip
		  ^~~~

		spile: pipeline:1:1: 'join' lacks its SEP
		  join
		  ^~~~ usage: join "SEP"

		spile: pipeline:1:1: 'agg' lacks its FUNC(EXPR)
		  agg
		  ^~~ usage: agg [NAME=]FUNC(EXPR), ... [by [NAME=]EXPR, ...] [running] [every=PERIOD] [order=key] [max_keys=N]

		spile: pipeline:1:1: 'top' lacks its N
		  top
		  ^~~ usage: top N [EXPR] [by EXPR, ...] [every=PERIOD] [max_keys=N]

		spile: pipeline:1:1: 'write' lacks its NAME
		  write
		  ^~~~~ usage: write NAME

		spile: pipeline:1:1: 'append' lacks its NAME
		  append
		  ^~~~~~ usage: append NAME

		spile: pipeline:1:1: 'file' lacks its NAME
		  file
		  ^~~~ usage: file NAME...

		spile: pipeline:1:1: 'run' lacks its WORD
		  run
		  ^~~ usage: run [every=T] WORD...

		spile: pipeline:1:1: say when a batch is complete: N, a time, bytes=, start=, end=, all or auto
		  batch
		  ^~~~~

		spile: pipeline:1:1: 'take' lacks its N
		  take by $1
		  ^~~~ usage: take [-]N [by EXPR, ...]

		spile: pipeline:1:1: 'top' lacks its N
		  top by $1
		  ^~~ usage: top N [EXPR] [by EXPR, ...] [every=PERIOD] [max_keys=N]

		spile: pipeline:1:10: unexpected 'x'
		  map name=x
		           ^ a field is $x, a text "x"
	END
}

@test "a superfluous argument" {
	rejects_all <<-'END'
		spile: pipeline:1:8: unexpected argument '2' of 'take'
		  take 1 2
		         ^ usage: take [-]N [by EXPR, ...]

		spile: pipeline:1:7: unexpected argument '5' of 'words'
		  words 5
		        ^ usage: words

		spile: pipeline:1:8: unexpected argument '$2' of 'map'
		  map $1 $2
		         ^~ fields are separated by commas

		spile: pipeline:1:13: unexpected 'b'
		  filter /a/ /b/
		              ^ a field is $b, a text "b"

		spile: pipeline:1:9: unexpected argument '"b"' of 'map'
		  map "a" "b"
		          ^~~ fields are separated by commas

		spile: pipeline:1:9: which is the step? Write 'seq 1 3 step=2' or 'seq 1 2 step=3'
		  seq 1 2 3
		          ^

		spile: pipeline:1:6: unexpected argument 'x' of 'null'
		  null x
		       ^ usage: null

		spile: pipeline:1:10: unexpected argument 'x' of 'join'
		  join "," x
		           ^ usage: join "SEP"

		spile: pipeline:1:7: unexpected argument '$1' of 'count'
		  count $1
		        ^~ did you mean 'by $1'?

		spile: pipeline:1:10: unexpected argument '$1' of 'distinct'
		  distinct $1
		           ^~ did you mean 'by $1'?

		spile: pipeline:1:6: unexpected argument '$1' of 'uniq'
		  uniq $1
		       ^~ did you mean 'by $1'?

		spile: pipeline:1:9: unexpected argument '3' of 'unbatch'
		  unbatch 3
		          ^ usage: unbatch

		spile: pipeline:1:7: unexpected argument 'x' of 'stdin'
		  stdin x
		        ^ usage: stdin

		spile: pipeline:1:9: unexpected argument 'b' of 'write'
		  write a b
		          ^ usage: write NAME

		spile: pipeline:1:15: unexpected argument '$2' of 'map'
		  map $1 name=a $2
		                ^~ fields are separated by commas
	END
}

@test "an argument of another type" {
	rejects_all <<-'END'
		spile: pipeline:1:6: N of 'take' must be a whole number, not 'x'
		  take x
		       ^

		spile: pipeline:1:6: N of 'take' must be a whole number, not '1.5'
		  take 1.5
		       ^~~

		spile: pipeline:1:5: N of 'top' must be a whole number, not '-1'
		  top -1
		      ^~ did you mean '1'?

		spile: pipeline:1:6: N of 'take' must be a whole number, not '5s'
		  take 5s
		       ^~

		spile: pipeline:1:6: N of 'take' must be a whole number, not '64KiB'
		  take 64KiB
		       ^~~~~

		spile: pipeline:1:6: N of 'take' must be a whole number, not '"3"'
		  take "3"
		       ^~~

		spile: pipeline:1:6: N of 'take' must be a whole number, not '$1'
		  take $1
		       ^~

		spile: pipeline:1:6: N of 'take' must be a whole number, not '/a/'
		  take /a/
		       ^~~

		spile: pipeline:1:6: SEP of 'join' must be a quoted string, not 'x'
		  join x
		       ^

		spile: pipeline:1:6: SEP of 'join' must be a quoted string, not '/a/'
		  join /a/
		       ^~~

		spile: pipeline:1:7: /RE/ of 'match' must be a regular expression, not 'x'
		  match x
		        ^

		spile: pipeline:1:7: /RE/ of 'match' must be a regular expression, not '"x"'
		  match "x"
		        ^~~ write it between slashes

		spile: pipeline:1:7: SEPARATOR of 'split' must be a regular expression or a quoted string, not 'x'
		  split x
		        ^

		spile: pipeline:1:7: SEPARATOR of 'split' must be a regular expression or a quoted string, not '5'
		  split 5
		        ^

		spile: pipeline:1:5: N of 'top' must be a whole number, not 'x'
		  top x
		      ^

		spile: pipeline:1:5: N of 'top' must be a whole number, not '1.5'
		  top 1.5
		      ^~~

		spile: pipeline:1:7: N of 'batch' must be a whole number, not 'x'
		  batch x
		        ^

		spile: pipeline:1:5: 'seq' takes numbers, and 'inf' as the last
		  seq a
		      ^

		spile: pipeline:1:7: 'seq' takes numbers, and 'inf' as the last
		  seq 1 b
		        ^

		spile: pipeline:1:7: 'seq' takes numbers, and 'inf' as the last
		  seq 1 5s
		        ^~

		spile: pipeline:1:7: '$' is not filled in here
		  parse $1
		        ^~ write q{$1}

		spile: pipeline:1:5: FUNC(EXPR) of 'agg' must be a function, not '5'
		  agg 5
		      ^

		spile: pipeline:1:5: FUNC(EXPR) of 'agg' must be a function, not '$1'
		  agg $1
		      ^~

		spile: pipeline:1:13: 'every' must be a duration or a count, not 'x'
		  count every=x
		              ^

		spile: pipeline:1:13: 'order' must be 'key' or 'value', not 'kye'
		  count order=kye
		              ^~~ did you mean 'key'?

		spile: pipeline:1:13: 'order' must be 'key' or 'value', not 'name'
		  count order=name
		              ^~~~

		spile: pipeline:1:13: 'bytes' must be a size, not '5s'
		  batch bytes=5s
		              ^~

		spile: pipeline:1:13: 'bytes' must be a size, not 'x'
		  batch bytes=x
		              ^

		spile: pipeline:1:13: 'bytes' must be a size, not '-1'
		  batch bytes=-1
		              ^~

		spile: pipeline:1:8: N of 'bottom' must be a whole number, not '-2'
		  bottom -2
		         ^~ did you mean '2'?

		spile: pipeline:1:6: N of 'take' must be at most 10^18, not '99999999999999999999'
		  take 99999999999999999999
		       ^~~~~~~~~~~~~~~~~~~~
	END
}

@test "a number's suffix" {
	rejects_all <<-'END'
		spile: pipeline:1:7: 'kk' is no suffix of a number
		  take 1kk
		        ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:7: 'x' is no suffix of a number
		  take 5x
		        ^ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:7: 'kB' is no suffix of a number
		  map 10kB
		        ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:6: 'mm' is no suffix of a number
		  map 5mm
		       ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:6: 'MB' is no suffix of a number
		  map 1MB
		       ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:8: 'sec' is no suffix of a number
		  batch 5sec
		         ^~~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:6: 'x10' is no suffix of a number
		  map 0x10
		       ^~~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:7: '.2' is no suffix of a number
		  map 1..2
		        ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:8: '.3' is no suffix of a number
		  map 1.2.3
		         ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:6: '_000' is no suffix of a number
		  map 3_000
		       ^~~~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:14: 'kb' is no suffix of a number
		  batch bytes=1kb
		               ^~ one of k M G, KiB MiB GiB TiB, ms s m h

		spile: pipeline:1:7: 'é' is no suffix of a number
		  map 10é
		        ^ one of k M G, KiB MiB GiB TiB, ms s m h
	END
}

@test "a duration needs a unit, a count is none" {
	rejects_all <<-'END'
		spile: pipeline:1:11: 'every' must be a duration, not '5'
		  run every=5 echo
		            ^ a duration has a unit: 5s, 5ms

		spile: pipeline:1:11: 'every' must be a duration, not 'x'
		  run every=x echo
		            ^

		spile: pipeline:1:9: T of 'batch' must be a duration, not '2'
		  batch 5 2
		          ^ a duration has a unit: 2s, 2ms

		spile: pipeline:1:7: N of 'batch' must be a whole number, not '1.5'
		  batch 1.5
		        ^~~
	END
}

@test "values out of range" {
	rejects_all <<-'END'
		spile: pipeline:1:19: 'max_demand' must be 1 or more, not 0
		  take 1 max_demand=0
		                    ^

		spile: pipeline:1:19: 'max_demand' must be a whole number, not '-1'
		  take 1 max_demand=-1
		                    ^~

		spile: pipeline:1:19: 'max_demand' must be a whole number, not 'x'
		  take 1 max_demand=x
		                    ^

		spile: pipeline:1:32: 'min_demand' must be 0 to 4, not 5
		  take 1 max_demand=5 min_demand=5
		                                 ^ less than max_demand

		spile: pipeline:1:32: 'min_demand' must be 0 to 4, not 9
		  take 1 max_demand=5 min_demand=9
		                                 ^ less than max_demand

		spile: pipeline:1:32: 'min_demand' must be 0, not 1
		  take 1 max_demand=1 min_demand=1
		                                 ^ less than max_demand

		spile: pipeline:1:19: 'min_demand' must be 0 to 999, not 1000
		  take 1 min_demand=1000
		                    ^~~~ less than max_demand

		spile: pipeline:1:18: 'max_demand' must be 1 or more, not 0
		  words max_demand=0 min_demand=0
		                   ^

		spile: pipeline:1:23: 'max_failures' must be 1 or more, not 0
		  map $1+1 max_failures=0
		                        ^

		spile: pipeline:1:13: 'every' must be 1 or more, not 0
		  count every=0
		              ^

		spile: pipeline:1:16: 'max_keys' must be 1 or more, not 0
		  count max_keys=0
		                 ^

		spile: pipeline:1:9: the step must not be 0
		  seq 1 5 step=0
		          ^~~~~~

		spile: pipeline:1:6: field number too large
		  map $2147483648
		       ^~~~~~~~~~

		spile: pipeline:1:5: fields from the end count from '$-1'
		  map $-0
		      ^~~
	END
}

@test "a stage's name" {
	rejects_all <<-'END'
		spile: pipeline:1:13: a stage's name is made of letters, digits, '_', '-' and '.'
		  take 1 name="a b"
		              ^~~~~

		spile: pipeline:1:13: a stage's name is made of letters, digits, '_', '-' and '.'
		  take 1 name=""
		              ^~

		spile: pipeline:1:29: another stage has the name 'x'
		  take 1 name=x | skip 1 name=x
		                              ^
	END
}

@test "an unclosed string" {
	rejects_all <<-'END'
		spile: pipeline:1:5: string is not closed
		  map "abc
		      ^

		spile: pipeline:1:16: string is not closed
		  map $1 | write "a | null
		                 ^

		spile: pipeline:1:5: string is not closed
		  map "a\"
		      ^
	END
}

@test "a mistake in \${...} in a string does not make others behind it" {
	rejects 'map "${lower("a)}"' "spile: pipeline:1:13: '(' is not closed
  map \"\${lower(\"a)}\"
              ^"
	rejects 'map "${lower("a)}" | map "b" | fliter x' "spile: pipeline:1:13: '(' is not closed
  map \"\${lower(\"a)}\" | map \"b\" | fliter x
              ^
spile: pipeline:1:32: unknown stage 'fliter'
  map \"\${lower(\"a)}\" | map \"b\" | fliter x
                                 ^~~~~~ did you mean 'filter'?"
	rejects 'map "${"a}"' "spile: pipeline:1:6: '\${' is not closed
  map \"\${\"a}\"
       ^~"
	rejects 'map "x ${lower($1)" | fliter' "spile: pipeline:1:19: '}' is missing before '\" | fliter'
  map \"x \${lower(\$1)\" | fliter
                    ^~~~~~~~~~
spile: pipeline:1:23: unknown stage 'fliter'
  map \"x \${lower(\$1)\" | fliter
                        ^~~~~~ did you mean 'filter'?"
}

@test "unknown and incomplete escapes in a string" {
	rejects_all <<-'END'
		spile: pipeline:1:6: unknown escape '\q'
		  map "\q"
		       ^~ \t \n \r \\ \" \$ \xHH \u{HEX}; raw strings are q{...}

		spile: pipeline:1:7: unknown escape '\a'
		  map "a\a\d"
		        ^~ \t \n \r \\ \" \$ \xHH \u{HEX}; raw strings are q{...}
		spile: pipeline:1:9: unknown escape '\d'
		  map "a\a\d"
		          ^~ \t \n \r \\ \" \$ \xHH \u{HEX}; raw strings are q{...}

		spile: pipeline:1:6: bad escape '\x'
		  map "\x4"
		       ^~ \xHH

		spile: pipeline:1:6: bad escape '\x'
		  map "\xzz"
		       ^~ \xHH

		spile: pipeline:1:6: bad escape '\u'
		  map "\u41"
		       ^~ \u{HEX}

		spile: pipeline:1:6: bad escape '\u'
		  map "\u{}"
		       ^~ \u{HEX}

		spile: pipeline:1:6: bad escape '\u'
		  map "\u{110000}"
		       ^~ \u{HEX}

		spile: pipeline:1:6: bad escape '\u'
		  map "\u{d800}"
		       ^~ \u{HEX}

		spile: pipeline:1:6: bad escape '\u'
		  map "\u{41"
		       ^~ \u{HEX}

		spile: pipeline:1:6: unknown escape '\é'
		  map "\é"
		       ^~ \t \n \r \\ \" \$ \xHH \u{HEX}; raw strings are q{...}
	END
}

@test "an unclosed raw string" {
	rejects_all <<-'END'
		spile: pipeline:1:5: raw string is not closed
		  map q{a
		      ^~

		spile: pipeline:1:5: raw string is not closed
		  map q{a{b}
		      ^~

		spile: pipeline:1:5: raw string is not closed
		  map q,a
		      ^~

		spile: pipeline:1:7: raw string is not closed
		  write q(a | null
		        ^~
	END
}

@test "an unclosed regular expression or substitution" {
	rejects_all <<-'END'
		spile: pipeline:1:1: regular expression is not closed
		  /a
		  ^

		spile: pipeline:1:8: regular expression is not closed
		  filter /a | map $1
		         ^

		spile: pipeline:1:8: regular expression is not closed
		  filter m,a
		         ^~

		spile: pipeline:1:1: substitution is not closed
		  s/a
		  ^~

		spile: pipeline:1:1: substitution is not closed
		  s/a/b
		  ^~

		spile: pipeline:1:5: substitution is not closed
		  map s,a,b
		      ^~

		spile: pipeline:1:13: regular expression is not closed
		  filter $1 ~ /a || 1
		              ^

		spile: pipeline:1:1: regular expression is not closed
		  /a\/
		  ^
	END
}

@test "unknown flags of a regular expression" {
	rejects_all <<-'END'
		spile: pipeline:1:4: unknown flag 'q' of a regular expression
		  /a/q
		     ^ one of i x s m g u

		spile: pipeline:1:5: unknown flag 'q' of a regular expression
		  /a/iq
		      ^ one of i x s m g u

		spile: pipeline:1:8: unknown flag 'q' of a regular expression
		  s/a/b/gq
		         ^ one of i x s m g u

		spile: pipeline:1:12: unknown flag 'z' of a regular expression
		  filter m,a,z
		             ^ one of i x s m g u

		spile: pipeline:1:10: unknown flag '9' of a regular expression
		  split /,/9
		           ^ one of i x s m g u
	END
}

@test "unbalanced parentheses" {
	rejects_all <<-'END'
		spile: pipeline:1:5: '(' is not closed
		  map (1
		      ^

		spile: pipeline:1:6: nothing was opened that ')' could close
		  map 1)
		       ^

		spile: pipeline:1:5: '(' is not closed
		  map (1 + 2 | null
		      ^

		spile: pipeline:1:5: '(' is not closed
		  map ((1)
		      ^

		spile: pipeline:1:10: '(' is not closed
		  map lower($1
		           ^

		spile: pipeline:1:10: '(' is not closed
		  map lower($1, 2
		           ^

		spile: pipeline:1:13: nothing was opened that ')' could close
		  map max(1,2))
		              ^

		spile: pipeline:1:8: '(' is not closed
		  agg sum($1
		         ^

		spile: pipeline:1:17: ')' is missing before 'name=x'
		  filter ($1 == 1 name=x
		                  ^~~~~~

		spile: pipeline:1:7: ')' is missing before ',2'
		  map (1,2)
		        ^~

		spile: pipeline:1:5: an expression is missing after '('
		  map ()
		      ^
	END
}

@test "unbalanced braces" {
	rejects_all <<-'END'
		spile: pipeline:1:1: '{' is not closed
		  { stdin
		  ^

		spile: pipeline:1:7: nothing was opened that '}' could close
		  stdin }
		        ^

		spile: pipeline:1:9: '}' is missing before '"'
		  map "${1"
		          ^

		spile: pipeline:1:6: an expression is missing after '${'
		  map "${}"
		       ^~

		spile: pipeline:1:10: '}' is missing before '2'
		  map "${1 2}"
		           ^

		spile: pipeline:1:8: 'map' takes no block
		  map $1 { take 1 }
		         ^ in a word '{' must be quoted

		spile: pipeline:1:16: nothing was opened that '}' could close
		  stdin | map $1 }
		                 ^

		spile: pipeline:1:1: nothing was opened that '}' could close
		  }
		  ^

		spile: pipeline:1:1: '{' is not closed
		  {
		  ^

		spile: pipeline:1:7: nothing was opened that '}' could close
		  words }
		        ^
	END
}

@test "empty stages and pipelines" {
	rejects_all <<-'END'
		spile: pipeline:1:1: empty stage
		  |
		  ^

		spile: pipeline:1:1: empty stage
		  | words
		  ^

		spile: pipeline:1:7: empty stage
		  words |
		        ^

		spile: pipeline:1:9: empty stage
		  words | | take 1
		          ^

		spile: pipeline:1:7: unexpected '||'
		  words ||| take 1
		        ^~ stages are separated by a single '|'

		spile: pipeline:1:1: empty pipeline
		  # nothing
		  ^

		spile: pipeline:1:7: empty stage
		  words | # nothing
		        ^
	END
}

@test "; outside a block" {
	rejects_all <<-'END'
		spile: pipeline:1:6: ';' outside a block
		  words; take 1
		       ^ stages are separated by '|'

		spile: pipeline:1:1: ';' outside a block
		  ;
		  ^ stages are separated by '|'

		spile: pipeline:1:7: ';' outside a block
		  words ;
		        ^ stages are separated by '|'
	END
}

@test "an empty branch" {
	rejects_all <<-'END'
		spile: pipeline:1:11: empty branch
		  { stdin ; ; seq 1 }
		            ^

		spile: pipeline:1:1: empty branch
		  { }
		  ^

		spile: pipeline:1:3: empty branch
		  { ; stdin }
		    ^

		spile: pipeline:1:9: empty stage
		  { stdin | }
		          ^
	END
}

@test "an expression that stops or stumbles" {
	rejects_all <<-'END'
		spile: pipeline:1:7: an expression is missing after '+'
		  map 1 +
		        ^

		spile: pipeline:1:11: an expression is missing after '=='
		  filter $1 ==
		            ^~

		spile: pipeline:1:5: unexpected '*'
		  map * 2
		      ^

		spile: pipeline:1:9: unexpected '*'
		  map 1 + * 2
		          ^

		spile: pipeline:1:8: unexpected '*'
		  map 1 +* 2
		         ^

		spile: pipeline:1:8: unexpected '&&'
		  filter && 1
		         ^~

		spile: pipeline:1:5: an expression is missing after '!'
		  map !
		      ^

		spile: pipeline:1:5: an expression is missing after '-'
		  map -
		      ^

		spile: pipeline:1:7: '?' lacks its ':'
		  map 1 ? 2
		        ^

		spile: pipeline:1:11: an expression is missing after ':'
		  map 1 ? 2 :
		            ^

		spile: pipeline:1:5: unexpected '?'
		  map ? 1
		      ^

		spile: pipeline:1:7: an expression is missing after ','
		  map $1,
		        ^

		spile: pipeline:1:5: unexpected ','
		  map , $1
		      ^

		spile: pipeline:1:7: an expression is missing after ','
		  map $1,,$2
		        ^

		spile: pipeline:1:7: unexpected argument '2' of 'map'
		  map 1 2
		        ^ fields are separated by commas

		spile: pipeline:1:14: comparisons cannot be chained
		  filter 1 < 2 < 3
		               ^ join two of them with '&&'

		spile: pipeline:1:17: comparisons cannot be chained
		  filter $1 == $2 == 3
		                  ^~ join two of them with '&&'

		spile: pipeline:1:17: comparisons cannot be chained
		  filter $1 ~ /a/ ~ /b/
		                  ^ join two of them with '&&'

		spile: pipeline:1:13: an expression is missing after ','
		  map lower($1,)
		              ^

		spile: pipeline:1:10: an expression is missing after '('
		  map lower(,$1)
		           ^

		spile: pipeline:1:5: unexpected '+1'
		  map +1
		      ^~
	END
}

@test "words, quotes and operators of other languages" {
	rejects_all <<-'END'
		spile: pipeline:1:14: unexpected '''
		  filter $1 == 'a'
		               ^ single quotes mean nothing here: "..." or q{...}

		spile: pipeline:1:14: unexpected 'london'
		  filter $1 == london
		               ^~~~~~ a field is $london, a text "london"

		spile: pipeline:1:11: unexpected 'and'
		  filter $1 and $2
		            ^~~ did you mean '&&'?

		spile: pipeline:1:11: unexpected 'or'
		  filter $1 or $2
		            ^~ did you mean '||'?

		spile: pipeline:1:8: unexpected 'not'
		  filter not $1
		         ^~~ did you mean '!'?

		spile: pipeline:1:11: unexpected 'eq'
		  filter $1 eq "a"
		            ^~ did you mean '=='?

		spile: pipeline:1:11: unexpected '&'
		  filter $1 & 2
		            ^ did you mean '&&'?

		spile: pipeline:1:8: unexpected '^'
		  map $1 ^ 2
		         ^ powers are written '**'

		spile: pipeline:1:5: a field's number or name is missing after '$'
		  map $(1)
		      ^ fields from the end are $-1, $-2

		spile: pipeline:1:8: unexpected '.'
		  map $1 . $2
		         ^ a text of several values is "$1$2"

		spile: pipeline:1:5: unexpected 'x'
		  map x
		      ^ a field is $x, a text "x"

		spile: pipeline:1:8: unexpected 's'
		  filter s/a/b/
		         ^ in an expression: replace($0, /re/, "...")

		spile: pipeline:1:9: unexpected 's'
		  map $1, s/a/b/
		          ^ in an expression: replace($0, /re/, "...")

		spile: pipeline:1:11: a substitution must be the only argument of 'map'
		  map s/a/b/, $1
		            ^

		spile: pipeline:1:1: unknown stage 's'
		  s|a|b|
		  ^ s takes one of / , ! : @ % ~ & as delimiter

		spile: pipeline:1:11: unexpected 'take'
		  map $1 || take 1
		            ^~~~ stages are separated by a single '|'

		spile: pipeline:1:7: unexpected '#'
		  map $1#x
		        ^ a comment needs white space before it
	END
}

@test "stages of other tools: the hint says which of ours does it" {
	rejects_all <<-'END'
		spile: pipeline:1:1: unknown stage 'grep'
		  grep -v /a|b/ | fliter
		  ^~~~ filter /RE/ keeps what matches, reject /RE/ what does not
		spile: pipeline:1:17: unknown stage 'fliter'
		  grep -v /a|b/ | fliter
		                  ^~~~~~ did you mean 'filter'?

		spile: pipeline:1:9: unknown stage 'head'
		  stdin | head -n 3
		          ^~~~ take N gives the first N

		spile: pipeline:1:1: unknown stage 'tail'
		  tail -n 3
		  ^~~~ take -N gives the last N; what grows is read by 'follow'

		spile: pipeline:1:14: EXPR of 'sort' must be an expression, not '-rn'
		  count | sort -rn | top 2
		               ^~~ numbers are compared as numbers; after a key, desc puts the largest first

		spile: pipeline:1:10: unknown stage 'wc'
		  map $1 | wc -l
		           ^~ agg count(), sum(NF), sum(length($0) + 1)

		spile: pipeline:1:1: unknown stage 'cut'
		  cut -f1
		  ^~~ map $1, $3 makes events of these fields

		spile: pipeline:1:1: unknown stage 'awk'
		  awk /a/ | null
		  ^~~ map $1, $2 prints fields, filter $3 > 1 keeps lines; a whole program: pipe awk q{...}

		spile: pipeline:1:2: unknown stage 'print'
		  {print $1}
		   ^~~~~ map $1, $3 makes events of these fields

		spile: pipeline:1:1: unknown stage 'sed'
		  sed s/a/b/
		  ^~~ s/RE/TEXT/g is a stage of its own

		spile: pipeline:1:1: unknown stage 'tr'
		  tr/a-z/A-Z/
		  ^~ map lower($0), map upper($0), or s/[a-f]/x/g

		spile: pipeline:1:1: unknown stage 'cat'
		  cat x
		  ^~~ file NAME... reads files; or name them behind the pipeline

		spile: pipeline:1:1: unknown stage 'xargs'
		  xargs -n1 rm
		  ^~~~~ exec COMMAND $0 runs a command for each event

		spile: pipeline:1:1: unknown stage 'curl'
		  curl
		  ^~~~ fetch gets the URL in $0

		spile: pipeline:1:1: unknown stage 'where'
		  where $1 > 2
		  ^~~~~ filter EXPR keeps the events for which EXPR is true

		spile: pipeline:1:1: unknown stage 'select'
		  select $1, $2
		  ^~~~~~ map $1, $3 picks fields, filter EXPR picks events

		spile: pipeline:1:1: unknown stage 'group-by'
		  group-by $1 { count }
		  ^~~~~~~~ count by KEY, or agg sum($2) by KEY

		spile: pipeline:1:1: unknown stage 'sum'
		  sum $2
		  ^~~ agg sum($1)

		spile: pipeline:1:1: unknown stage 'avg'
		  avg $2
		  ^~~ agg mean($1)

		spile: pipeline:1:1: unknown stage 'dedup'
		  dedup
		  ^~~~~ distinct drops all repeats, uniq those of neighbours

		spile: pipeline:1:1: unknown stage 'freq'
		  freq
		  ^~~~ count by KEY says how many there are of each

		spile: pipeline:1:1: unknown stage 'foreach'
		  foreach { map $1 }
		  ^~~~~~~ map makes an event of each, exec runs a command for each

		spile: pipeline:1:1: unknown stage 'nl'
		  nl
		  ^~ map NR, $0 numbers events

		spile: pipeline:1:1: unknown stage 'shuf'
		  shuf
		  ^~~~ there is none here: pipe into it, or use 'pipe COMMAND'

		spile: pipeline:1:1: unknown stage 'python'
		  python -c 1
		  ^~~~~~ commands stand behind run, exec or pipe

		spile: pipeline:1:1: unknown stage 'limit'
		  limit 5
		  ^~~~~ take N gives the first N

		spile: pipeline:1:1: unknown stage 'BEGIN'
		  BEGIN {x=1}
		  ^~~~~ map $1, $2 prints fields, filter $3 > 1 keeps lines; a whole program: pipe awk q{...}

		spile: pipeline:1:7: unknown stage 'where'
		  tee { where 1 ; count } | avg
		        ^~~~~ filter EXPR keeps the events for which EXPR is true
		spile: pipeline:1:27: unknown stage 'avg'
		  tee { where 1 ; count } | avg
		                            ^~~ agg mean($1)
	END
}

@test "a variable or a function where a stage should begin" {
	rejects_all <<-'END'
		spile: pipeline:1:1: unknown stage 'NR'
		  NR == 2
		  ^~ did you mean 'filter NR'?

		spile: pipeline:1:10: unknown stage 'NF'
		  map $1 | NF > 3
		           ^~ did you mean 'filter NF'?

		spile: pipeline:1:1: unknown stage 'lower'
		  lower
		  ^~~~~ did you mean 'map lower($0)'?

		spile: pipeline:1:10: unknown stage 'length'
		  map $1 | length($0) > 3
		           ^~~~~~ functions stand in expressions: 'map' or 'filter'
	END
}

@test "habits from awk, grep and SQL inside stages" {
	rejects_all <<-'END'
		spile: pipeline:1:5: unexpected 'length'
		  map length
		      ^~~~~~ did you mean 'length($0)'?

		spile: pipeline:1:9: unexpected 'substr'
		  map NR, substr
		          ^~~~~~ did you mean 'substr(...)'?

		spile: pipeline:1:8: unexpected argument '$3' of 'map'
		  map $1 $3
		         ^~ fields are separated by commas

		spile: pipeline:1:6: no stage before this one defines '$NR'
		  map "$NR"
		       ^~~ variables stand without $; in a string they are ${NR}, ${FILE}

		spile: pipeline:1:5: a field's number or name is missing after '$'
		  map $(NF-1)
		      ^ fields from the end are $-1, $-2

		spile: pipeline:1:11: unexpected 'in'
		  filter $1 in "a"
		            ^~ one of several is $1 ~ /^(a|b)$/

		spile: pipeline:1:5: unknown function 'gsub'
		  map gsub(/a/, "b")
		      ^~~~ did you mean 'replace($0, /re/, "...")'?

		spile: pipeline:1:5: unknown function 'avg' of 'agg'
		  agg avg($1)
		      ^~~ did you mean 'mean'?

		spile: pipeline:1:5: '(' is missing after 'sum'
		  agg sum $2
		      ^~~ did you mean 'sum($2)'?

		spile: pipeline:1:5: '(' is missing after 'count'
		  agg count by $1
		      ^~~~~ did you mean 'count()'?

		spile: pipeline:1:5: no stage before this one defines '$name'
		  map $name
		      ^~~~~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:8: 'filter' takes no block
		  filter {$1 > 2}
		         ^ an expression needs no braces

		spile: pipeline:1:5: 'map' takes no block
		  map {$1}
		      ^ an expression needs no braces

		spile: pipeline:1:9: unexpected '~'
		  filter !~ /x/
		          ^ what is searched stands before it: $0 ~ /re/

		spile: pipeline:1:11: unexpected '='
		  filter $1 = "x"
		            ^ did you mean '=='?

		spile: pipeline:1:8: unexpected '>'
		  take 3 > out
		         ^ write NAME and append NAME write to files

		spile: pipeline:1:10: unexpected 'desc'
		  top 5 $2 desc
		           ^~~~ top gives the largest first, bottom the smallest

		spile: pipeline:1:11: unexpected 'take'
		  map $1 || take 1
		            ^~~~ stages are separated by a single '|'

		spile: pipeline:1:6: unexpected argument '-c' of 'uniq'
		  uniq -c
		       ^~ did you mean 'count'?

		spile: pipeline:1:6: N of 'take' must be a whole number, not '-n'
		  take -n 3
		       ^~ options are written NAME=VALUE

		spile: pipeline:1:5: N of 'top' must be a whole number, not '-3'
		  top -3
		      ^~ did you mean '3'?

		spile: pipeline:1:7: unexpected argument '-l' of 'words'
		  words -l
		        ^~ options are written NAME=VALUE

		spile: pipeline:1:10: unexpected argument '2' of 'batch'
		  batch 1s 2
		           ^ N stands before T

		spile: pipeline:1:7: unexpected argument '$1' of 'count'
		  count $1
		        ^~ did you mean 'by $1'?
	END
}

@test "delimiters of s that mean something else are named, and what follows is no stage" {
	rejects_all <<-'END'
		spile: pipeline:1:1: unknown stage 's'
		  s|a|b|
		  ^ s takes one of / , ! : @ % ~ & as delimiter

		spile: pipeline:1:1: unknown stage 's'
		  s|a|b|g | fliter
		  ^ s takes one of / , ! : @ % ~ & as delimiter
		spile: pipeline:1:11: unknown stage 'fliter'
		  s|a|b|g | fliter
		            ^~~~~~ did you mean 'filter'?

		spile: pipeline:1:1: unknown stage 's'
		  s;a;b;
		  ^ s takes one of / , ! : @ % ~ & as delimiter

		spile: pipeline:1:1: unknown stage 's'
		  s#a#b# | fliter
		  ^ s takes one of / , ! : @ % ~ & as delimiter
		spile: pipeline:1:10: unknown stage 'fliter'
		  s#a#b# | fliter
		           ^~~~~~ did you mean 'filter'?

		spile: pipeline:1:1: unknown stage 's'
		  s|a
		  ^ s takes one of / , ! : @ % ~ & as delimiter
		spile: pipeline:1:3: unknown stage 'a'
		  s|a
		    ^
	END
}

@test "a field behind the last one that there can be is warned of" {
	run --separate-stderr spile 'count by $9 | map $9, $1' <<<a
	assert_output $'\t1'
	assert_status 0
	assert_stderr "spile: pipeline:1:19: warning: an event has 2 fields here: '\$9' is always empty
  count by \$9 | map \$9, \$1
                    ^~"
	run --separate-stderr spile -q 'match /(.)/ | map $2' <<<a
	assert_stderr ''
}

@test "a filter that is a text is warned of: it is the same for every event" {
	run --separate-stderr spile 'filter "x" | reject ""' <<<a
	assert_output a
	assert_status 0
	assert_stderr "spile: pipeline:1:8: warning: a text is the same for every event: a search is written /.../
  filter \"x\" | reject \"\"
         ^~~
spile: pipeline:1:21: warning: a text is the same for every event: a search is written /.../
  filter \"x\" | reject \"\"
                      ^~"
	gives 'filter 1 | filter "$1"' a 'a\n'
}

@test "a $ that stands for nothing" {
	rejects_all <<-'END'
		spile: pipeline:1:5: a field's number or name is missing after '$'
		  map $
		      ^ write q{$} to mean it as it is

		spile: pipeline:1:5: a field's number or name is missing after '$'
		  map $ 1
		      ^ write q{$} to mean it as it is

		spile: pipeline:1:5: a field's number or name is missing after '$'
		  map $-x
		      ^ write q{$} to mean it as it is

		spile: pipeline:1:7: a field's number or name is missing after '$'
		  write $
		        ^ write q{$} to mean it as it is

		spile: pipeline:1:8: a field's number or name is missing after '$'
		  write a$
		         ^ write q{$} to mean it as it is

		spile: pipeline:1:7: a field's number or name is missing after '$'
		  write $-x
		        ^ write q{$} to mean it as it is

		spile: pipeline:1:6: '$' is not filled in here
		  file $HOME
		       ^~~~~ write q{$HOME}

		spile: pipeline:1:7: '$' is not filled in here
		  file a$b
		        ^~ write q{a$b}

		spile: pipeline:1:10: '$' is not filled in here
		  run echo $1
		           ^~ write q{$1}

		spile: pipeline:1:11: '$1' is not filled in here
		  run echo "$1"
		            ^~ write '\$', or q{...}

		spile: pipeline:1:13: '$' is not filled in here
		  take 1 name=$x
		              ^~ write q{$x}

		spile: pipeline:1:7: '$1' is not filled in here
		  join "$1"
		        ^~ write '\$', or q{...}

		spile: pipeline:1:8: '$x' is not filled in here
		  split "$x"
		         ^~ write '\$', or q{...}

		spile: pipeline:1:13: '$' is not filled in here
		  take 1 dead=$1.log
		              ^~~~~~ write q{$1.log}

		spile: pipeline:1:14: '$1' is not filled in here
		  take 1 dead="$1"
		               ^~ write '\$', or q{...}
	END
}

@test "a word that needs quotes" {
	rejects_all <<-'END'
		spile: pipeline:1:8: '#' must be quoted in a word
		  write a#b
		         ^ "..." or q{...}

		spile: pipeline:1:8: white space is missing before '"b"'
		  write a"b"
		         ^~~ words and strings are not joined: quote the whole

		spile: pipeline:1:10: white space is missing before 'b'
		  write "a"b
		           ^ words and strings are not joined: quote the whole

		spile: pipeline:1:8: '(' must be quoted in a word
		  write a(b
		         ^ "..." or q{...}

		spile: pipeline:1:8: ''' must be quoted in a word
		  write a'b'
		         ^ single quotes mean nothing here: "..." or q{...}

		spile: pipeline:1:8: '&' must be quoted in a word
		  write a&b
		         ^ "..." or q{...}

		spile: pipeline:1:8: '\' must be quoted in a word
		  write a\ b
		         ^ "..." or q{...}

		spile: pipeline:1:7: '>' must be quoted in a word
		  write >x
		        ^ "..." or q{...}

		spile: pipeline:1:7: ';' outside a block
		  file a;b
		        ^ stages are separated by '|'
		spile: pipeline:1:8: unknown stage 'b'
		  file a;b
		         ^

		spile: pipeline:1:8: 'write' takes no block
		  write a{b
		         ^ in a word '{' must be quoted

		spile: pipeline:1:11: white space is missing before 'b'
		  write q{a}b
		            ^ words and strings are not joined: quote the whole
	END
}

@test "an undefined name, with a suggestion where one is near" {
	rejects_all <<-'END'
		spile: pipeline:1:5: no stage before this one defines '$nope'
		  map $nope
		      ^~~~~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:8: no stage before this one defines '$HOME'
		  append $HOME/x
		         ^~~~~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:8: no stage before this one defines '$HOME'
		  write "$HOME/x"
		         ^~~~~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:8: no stage before this one defines '$x'
		  map "${$x}"
		         ^~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:19: no stage before this one defines '$name'
		  map nmae=$1 | map $name
		                    ^~~~~ did you mean '$nmae'?

		spile: pipeline:1:21: no stage before this one defines '$ulr'
		  map url=$1 | filter $ulr == "x"
		                      ^~~~ did you mean '$url'?

		spile: pipeline:1:8: no stage before this one defines '$a'
		  filter $a && $b
		         ^~ fields are $1, $2, ...; parse, match, set and map give names
		spile: pipeline:1:14: no stage before this one defines '$b'
		  filter $a && $b
		               ^~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:7: no stage before this one defines '$x'
		  set x=$x
		        ^~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:23: no stage before this one defines '$x'
		  set x=1 | count | map $x
		                        ^~

		spile: pipeline:1:13: no stage before this one defines '$a'
		  map a=$1, b=$a
		              ^~ fields are $1, $2, ...; parse, match, set and map give names

		spile: pipeline:1:19: no stage before this one defines '$kye'
		  count by $1 | map $kye
		                    ^~~~ did you mean '$key'?

		spile: pipeline:1:13: no stage before this one defines '$count2'
		  count | map $count2
		              ^~~~~~~ did you mean '$count'?

		spile: pipeline:1:23: no stage before this one defines '$q'
		  match /(?<k>a)/ | map $q
		                        ^~

		spile: pipeline:1:6: no stage before this one defines '$NR'
		  map "$NR"
		       ^~~ variables stand without $; in a string they are ${NR}, ${FILE}

		spile: pipeline:1:10: no stage before this one defines '$k'
		  top 1 by $k
		           ^~ fields are $1, $2, ...; parse, match, set and map give names
	END
}

@test "a bad regular expression, with PCRE2's message at its place" {
	rejects_all <<-'END'
		spile: pipeline:1:3: bad regular expression: missing closing parenthesis
		  /(/
		    ^

		spile: pipeline:1:3: bad regular expression: unmatched closing parenthesis
		  /a)/
		    ^

		spile: pipeline:1:4: bad regular expression: missing terminating ] for character class
		  /[a/
		     ^

		spile: pipeline:1:14: bad regular expression: numbers out of order in {} quantifier
		  filter /a{2,1}/
		               ^

		spile: pipeline:1:17: bad regular expression: range out of order in character class
		  filter $1 ~ /[z-a]/ && 1
		                  ^

		spile: pipeline:1:5: bad regular expression: missing terminating ] for character class
		  /\/[/
		      ^

		spile: pipeline:1:16: bad regular expression: missing closing parenthesis
		  filter $0 ~ "(a"
		                 ^

		spile: pipeline:1:18: bad regular expression: missing closing parenthesis
		  filter $0 ~ q{a(b}
		                   ^

		spile: pipeline:1:13: bad regular expression: missing closing parenthesis
		  filter $0 ~ "\t("
		              ^~~~~

		spile: pipeline:1:4: bad regular expression: missing closing parenthesis
		  s/(/x/
		     ^

		spile: pipeline:1:8: bad regular expression: quantifier does not follow a repeatable item
		  split /*/
		         ^

		spile: pipeline:1:15: bad regular expression: missing closing parenthesis
		  match /a(?<b>c/
		                ^

		spile: pipeline:1:18: bad regular expression: quantifier does not follow a repeatable item
		  map replace($1, /+/, "x")
		                   ^

		spile: pipeline:1:11: bad regular expression: subpattern name must start with a non-digit
		  parse /(?<1a>b)/
		            ^

		spile: pipeline:1:4: bad regular expression: missing closing parenthesis
		  /é(/
		     ^

		spile: pipeline:1:14: bad regular expression: two named subpatterns have the same name (PCRE2_DUPNAMES not set)
		  /(?<a>.)(?<a>.)/
		               ^
	END
}

@test "a bad replacement" {
	rejects_all <<-'END'
		spile: pipeline:1:5: the regular expression has no group '$1'
		  s/a/$1/
		      ^~

		spile: pipeline:1:7: the regular expression has no group '$2'
		  s/(a)/$2/
		        ^~

		spile: pipeline:1:11: the regular expression has no group '$m'
		  s/(?<n>a)/$m/
		            ^~

		spile: pipeline:1:5: no group '$0'
		  s/a/$0/
		      ^~ the whole match is $&

		spile: pipeline:1:5: '\1' in a replacement
		  s/a/\1/
		      ^~ captures are $1, $2, ...

		spile: pipeline:1:5: unknown escape '\q' in a replacement
		  s/a/\q/
		      ^~

		spile: pipeline:1:5: '${1' is no group
		  s/a/${1/
		      ^~~ only captures can stand in a replacement

		spile: pipeline:1:5: bad escape '\x4'
		  s/a/\x4/
		      ^~~ \x takes two hexadecimal digits

		spile: pipeline:1:5: the regular expression has no group '${1}'
		  s/a/${1}/
		      ^~~~

		spile: pipeline:1:5: the regular expression has no group '$b'
		  s/a/$b$c/
		      ^~
		spile: pipeline:1:7: the regular expression has no group '$c'
		  s/a/$b$c/
		        ^~
	END
}

@test "parse needs a named group" {
	rejects_all <<-'END'
		spile: pipeline:1:7: no group has a name: write (?<name>...)
		  parse /(a)/
		        ^~~~~

		spile: pipeline:1:7: no group has a name: write (?<name>...)
		  parse /a/
		        ^~~
	END
}

@test "split needs a separator" {
	rejects_all <<-'END'
		spile: pipeline:1:7: a separator cannot be empty
		  split ""
		        ^~

		spile: pipeline:1:15: split needs a separator, not the empty string
		  map split($1, "", 2)
		                ^~
	END
}

@test "sources and sinks in the wrong place" {
	rejects_all <<-'END'
		spile: pipeline:1:10: the source 'stdin' must stand first
		  map $1 | stdin
		           ^~~~~

		spile: pipeline:1:10: the source 'seq' must stand first
		  map $1 | seq 1 2 | null
		           ^~~

		spile: pipeline:1:1: the sink 'write' must stand last
		  write x | map $1
		  ^~~~~

		spile: pipeline:1:1: the sink 'null' must stand last
		  null | null
		  ^~~~

		spile: pipeline:1:9: the source 'file' must stand first
		  words | file x
		          ^~~~

		spile: pipeline:1:1: the sink 'stdout' must stand last
		  stdout | take 1
		  ^~~~~~
	END
}

@test "names that are set twice or in a wrong way" {
	rejects_all <<-'END'
		spile: pipeline:1:11: 'a' is set twice
		  map a=$1, a=$2
		            ^

		spile: pipeline:1:10: 'x' is set twice
		  set x=1, x=2
		           ^

		spile: pipeline:1:10: 'x' is set twice
		  set x=1, $x=1
		           ^~

		spile: pipeline:1:5: $N=EXPR of 'set' must begin with '$N=' or 'NAME=', not '5=1'
		  set 5=1
		      ^~~

		spile: pipeline:1:5: $N=EXPR of 'set' must begin with '$N=' or 'NAME=', not '$1'
		  set $1
		      ^~

		spile: pipeline:1:5: $N=EXPR of 'set' must begin with '$N=' or 'NAME=', not 'x'
		  set x
		      ^

		spile: pipeline:1:5: $N=EXPR of 'set' must begin with '$N=' or 'NAME=', not '$-x=2'
		  set $-x=2
		      ^~~~~

		spile: pipeline:1:18: an event has 2 fields here: there is no '$-3'
		  map $1, $2 | set $-3=1
		                   ^~~~~

		spile: pipeline:1:16: 'n' is set twice
		  agg n=count(), n=sum($1)
		                 ^

		spile: pipeline:1:5: $0 is the whole event: 'map' makes a new one
		  set $0=1
		      ^~~~
	END
}

@test "batches in the wrong place" {
	rejects_all <<-'END'
		spile: pipeline:1:11: these are batches already: put `unbatch` before it to group them anew
		  batch 5 | batch 3
		            ^~~~~

		spile: pipeline:1:17: every= on a batch: each batch gives its results already
		  batch 5 | count every=5
		                  ^~~~~~~

		spile: pipeline:1:1: there are no batches here to take apart
		  unbatch
		  ^~~~~~~

		spile: pipeline:1:1: there are no batches here to join: put `batch N` before it
		  join ","
		  ^~~~

		spile: pipeline:1:1: say when a batch is complete: N, a time, bytes=, start=, end=, all or auto
		  batch
		  ^~~~~

		spile: pipeline:1:1: `auto` and a time exclude each other
		  batch auto 2s
		  ^~~~~

		spile: pipeline:1:11: batches have no key: `by` needs single events here
		  batch 5 | take 1 by $1 | unbatch | unbatch
		            ^~~~
	END
}

@test "an empty pipeline" {
	rejects '' 'spile: pipeline:1:1: empty pipeline'
	rejects '  ' $'spile: pipeline:1:1: empty pipeline\n    \n  ^'
}

@test "an unknown format of sprintf from data fails the event alone" {
	run --separate-stderr spile 'map sprintf($1, 5)' < <(printf '%%d\n%%q\n%%x\n')
	assert_stderr "spile: map: sprintf: unknown '%q' in the format: '%q'"
	assert_output $'5\n5'
	assert_status 1
}

# ---- places ----

@test "columns count a tab as one, the caret line repeats it" {
	rejects $'\tmap\tlwoer($1)' $'spile: pipeline:1:6: unknown function \'lwoer\'\n  \tmap\tlwoer($1)\n  \t   \t^~~~~ did you mean \'lower\'?'
	rejects $'words\t|\tfliter\t/a/' $'spile: pipeline:1:9: unknown stage \'fliter\'\n  words\t|\tfliter\t/a/\n       \t \t^~~~~~ did you mean \'filter\'?'
}

@test "wide characters take two columns of the caret line, combining ones none" {
	rejects 'map "é" | fliter' "spile: pipeline:1:11: unknown stage 'fliter'
  map \"é\" | fliter
            ^~~~~~ did you mean 'filter'?"
	rejects 'map "日本" | fliter' "spile: pipeline:1:12: unknown stage 'fliter'
  map \"日本\" | fliter
               ^~~~~~ did you mean 'filter'?"
	rejects 'map "😀" | fliter' "spile: pipeline:1:11: unknown stage 'fliter'
  map \"😀\" | fliter
             ^~~~~~ did you mean 'filter'?"
	rejects $'map "e\xcc\x81" | fliter' $'spile: pipeline:1:11: unknown stage \'fliter\'\n  map "e\xcc\x81" | fliter\n            ^~~~~~ did you mean \'filter\'?'
	rejects 'write "é日' 'spile: pipeline:1:7: string is not closed
  write "é日
        ^'
}

@test "a wide character under the caret is underlined whole" {
	rejects 'map 1日' "spile: pipeline:1:6: '日' is no suffix of a number
  map 1日
       ^~ one of k M G, KiB MiB GiB TiB, ms s m h"
}

@test "bytes that are no UTF-8 take a column each" {
	rejects $'map "\xff\xfe" | fliter' $'spile: pipeline:1:12: unknown stage \'fliter\'\n  map "\\xFF\\xFE" | fliter\n                   ^~~~~~ did you mean \'filter\'?'
}

@test "an error in a later line is shown with that line alone" {
	rejects $'words\n| map lower($0)\n| cuont\n| top 10' "spile: pipeline:3:3: unknown stage 'cuont'
  | cuont
    ^~~~~ did you mean 'count'?"
	rejects $'words # a\n\n\n  | take x' "spile: pipeline:4:10: N of 'take' must be a whole number, not 'x'
    | take x
           ^"
}

@test "errors in a script name it, its line and column" {
	printf '#!/usr/bin/env -S spile -f\n# words\nwords | map lwoer($0)\n|\tcuont | top\n' >s.spile
	run --separate-stderr spile -f s.spile </dev/null
	assert_stderr "spile: s.spile:3:13: unknown function 'lwoer'
  words | map lwoer(\$0)
              ^~~~~ did you mean 'lower'?
spile: s.spile:4:3: unknown stage 'cuont'
  |	cuont | top
   	^~~~~ did you mean 'count'?
spile: s.spile:4:11: 'top' lacks its N
  |	cuont | top
   	        ^~~ usage: top N [EXPR] [by EXPR, ...] [every=PERIOD] [max_keys=N]"
	assert_output ''
	assert_status 2
}

@test "a string that is not closed is reported where it begins, not at the end of the script" {
	printf 'words\n| map "a\n| count\n| top 10\n' >s
	run --separate-stderr spile -f s </dev/null
	assert_stderr 'spile: s:2:7: string is not closed
  | map "a
        ^'
	assert_status 2
}

# ---- all mistakes ----

@test "several mistakes in one pipeline are all reported, in their order" {
	rejects 'wrods | map lwoer($1), $nope | take x | skip 1 nmae=a | cuont' "spile: pipeline:1:1: unknown stage 'wrods'
  wrods | map lwoer(\$1), \$nope | take x | skip 1 nmae=a | cuont
  ^~~~~ did you mean 'words'?
spile: pipeline:1:13: unknown function 'lwoer'
  wrods | map lwoer(\$1), \$nope | take x | skip 1 nmae=a | cuont
              ^~~~~ did you mean 'lower'?
spile: pipeline:1:37: N of 'take' must be a whole number, not 'x'
  wrods | map lwoer(\$1), \$nope | take x | skip 1 nmae=a | cuont
                                      ^
spile: pipeline:1:48: unknown option 'nmae' of 'skip'
  wrods | map lwoer(\$1), \$nope | take x | skip 1 nmae=a | cuont
                                                 ^~~~ did you mean 'name='?
spile: pipeline:1:57: unknown stage 'cuont'
  wrods | map lwoer(\$1), \$nope | take x | skip 1 nmae=a | cuont
                                                          ^~~~~ did you mean 'count'?"
}

@test "several mistakes in one expression are all reported" {
	rejects 'filter lwoer($1) == uper($2) && $nope ~ /(/' "spile: pipeline:1:8: unknown function 'lwoer'
  filter lwoer(\$1) == uper(\$2) && \$nope ~ /(/
         ^~~~~ did you mean 'lower'?
spile: pipeline:1:21: unknown function 'uper'
  filter lwoer(\$1) == uper(\$2) && \$nope ~ /(/
                      ^~~~ did you mean 'upper'?
spile: pipeline:1:33: no stage before this one defines '\$nope'
  filter lwoer(\$1) == uper(\$2) && \$nope ~ /(/
                                  ^~~~~ fields are \$1, \$2, ...; parse, match, set and map give names
spile: pipeline:1:43: bad regular expression: missing closing parenthesis
  filter lwoer(\$1) == uper(\$2) && \$nope ~ /(/
                                            ^"
}

@test "a name is undefined behind a stage with another mistake, too, where that stage defines none" {
	rejects 'filter $nope | take 1 | filter $nada' "spile: pipeline:1:8: no stage before this one defines '\$nope'
  filter \$nope | take 1 | filter \$nada
         ^~~~~ fields are \$1, \$2, ...; parse, match, set and map give names
spile: pipeline:1:32: no stage before this one defines '\$nada'
  filter \$nope | take 1 | filter \$nada
                                 ^~~~~ fields are \$1, \$2, ...; parse, match, set and map give names"
}

@test "behind a stage that is wrong, names that it may have defined are not called undefined" {
	rejects 'mtach /(?<k>a)/ | map $k' "spile: pipeline:1:1: unknown stage 'mtach'
  mtach /(?<k>a)/ | map \$k
  ^~~~~ did you mean 'match'?"
	rejects 'map k=lwoer($1) | map $k' "spile: pipeline:1:7: unknown function 'lwoer'
  map k=lwoer(\$1) | map \$k
        ^~~~~ did you mean 'lower'?"
}

# ---- nothing happens before ----

# untouched PIPELINE [OPTION...]: it is rejected, and the folder `d` is as before.
untouched() {
	before=$(ls -lA --time-style=full-iso d)
	run --separate-stderr spile "${@:2}" "$1" </dev/null
	assert_status 2
	assert_output ''
	same 'the folder' "$before" "$(ls -lA --time-style=full-iso d)"
}

@test "a rejected pipeline opens, starts and writes nothing" {
	mkdir d
	printf 'x\n' >d/old
	untouched 'write d/x | map $1'
	untouched 'write d/x foo=1'
	untouched 'write d/old foo=1'
	untouched 'map lwoer($1) | write d/x'
	untouched 'append d/old max_demand=0'
	untouched 'map $1 + 1 dead=d/x | write d/$nope'
	untouched 'run touch d/x | fliter 1'
	untouched 'run name=r touch d/x | write d/y | null'
	untouched 'stdin | write d/x' -F '/(/'
	untouched 'cuont' --stats=d/stats
	untouched 'words | write d/x' --no-such-option
}

@test "a rejected pipeline does not open its input" {
	mkfifo fifo
	run --separate-stderr timeout 10 "$SPILE" 'file fifo | cuont'
	assert_status 2
	run --separate-stderr timeout 10 "$SPILE" 'cuont' fifo
	assert_status 2
	run --separate-stderr spile 'cuont' no-such-file
	assert_stderr "spile: pipeline:1:1: unknown stage 'cuont'
  cuont
  ^~~~~ did you mean 'count'?"
	printf 'a\nb\n' >in
	{
		spile 'fliter 1' 2>/dev/null || true
		read -r line
	} <in
	same 'what is left of the input' a "$line"
}

@test "FILEs beside a written source are an error" {
	printf 'a\n' >f
	for source in stdin 'file f' 'seq 1 2' 'run echo a'; do
		run --separate-stderr spile "$source | map \$0" f
		name=${source%% *}
		assert_stderr "spile: pipeline:1:1: FILEs are named, so '$name' cannot be the source
  $source | map \$0
  ^$(printf '~%.0s' $(seq 2 ${#name}))"
		assert_output ''
		assert_status 2
	done
}

@test "a pattern of file that matches nothing is an error" {
	rejects 'file nope* | words' "spile: pipeline:1:6: no file matches 'nope*'
  file nope* | words
       ^~~~~"
}

@test "a mistake in one branch does not spoil the other" {
	rejects_all <<-'END'
		spile: pipeline:1:7: unknown stage 'mp'
		  tee { mp ; count }
		        ^~ did you mean 'map'?

		spile: pipeline:1:7: unknown stage 'mp'
		  tee { mp ; count by $1 ; match /(?<k>a)/ } | map $k
		        ^~ did you mean 'map'?
	END
}

@test "a time of nothing is an error" {
	local pipeline
	for pipeline in 'count every=0s' 'agg count() every=0ms' 'top 1 every=0s' 'batch 0s' 'run every=0s echo'; do
		run --separate-stderr spile -n "$pipeline"
		same "exit status of $pipeline" 2 "$status"
	done
}

@test "a field's number beyond all measure neither fills the memory nor ends the process" {
	gives 'map "[$2147483647][$-2147483647]"' '[][]' 'a b\n'
	gives 'filter $1000000000 == ""' 'a b' 'a b\n'
	run --separate-stderr spile 'set $2147483647="x" | map NF' <<<'a b'
	[ "$status" -le 2 ] # neither a signal nor an abort
}

# ---- warnings ----

# warned MESSAGES: the pipeline, their second line, is checked with exactly them, and is right.
warned() {
	local pipeline=${1#*$'\n'  } got
	pipeline=${pipeline%%$'\n'*}
	got=$(spile -n "${@:2}" "$pipeline" 2>&1 </dev/null)
	same "what is said of '$pipeline'" "$1" "$got"
	same "what -q leaves" '' "$(spile -q -n "${@:2}" "$pipeline" 2>&1 </dev/null)"
}

@test "what waits for the end of a source that has none is warned of" {
	warned "spile: pipeline:1:9: warning: 'count' waits for the end of its input, but 'seq' never ends
  seq   | count
          ^~~~~ every= gives results as it goes"
	warned "spile: pipeline:1:27: warning: 'top' waits for the end of its input, but 'run' never ends
  run every=1s date | tee { top 3 ; take 2 | count | null ; agg count() by \$0 }
                            ^~~ every= gives results as it goes
spile: pipeline:1:59: warning: 'agg' waits for the end of its input, but 'run' never ends
  run every=1s date | tee { top 3 ; take 2 | count | null ; agg count() by \$0 }
                                                            ^~~ every= gives results as it goes"
	warned "spile: pipeline:1:23: warning: 'write' waits for the end of its input, but 'seq' never ends
  { seq 1 3 ; seq   } | write x
                        ^~~~~ append writes as events come" --timeout 5s
	warned "spile: pipeline:1:34: warning: 'count' waits for the end of its input, but 'seq' never ends
  seq   | tee { take 2 ; map 1 } | count | top 3
                                   ^~~~~ every= gives results as it goes"
}

@test "sources that go on for ever are known" {
	warned "spile: pipeline:1:14: warning: 'count' waits for the end of its input, but 'follow' never ends
  follow log | count
               ^~~~~ every= gives results as it goes"
	warned "spile: pipeline:1:16: warning: 'agg' waits for the end of its input, but 'listen' never ends
  listen ./box | agg sum(\$0)
                 ^~~ every= gives results as it goes"
	[ ! -e box ]
}

@test "nothing is said where something ends the stream, or results come before the end" {
	local pipeline
	for pipeline in 'seq 1 inf | take 3 | count' 'seq 1 9 | count' 'run date | count' 'seq 1 inf | while $0 < 4 | top 2 | write x' \
		'seq 1 inf | count every=1s' 'seq 1 inf | batch 9 | agg sum($0)' 'seq 1 inf | agg sum($0) running' 'count | top 9' \
		'seq 1 inf | map 1/$0 max_failures=1 | count' 'seq 1 inf | tee { take 1 ; null } | count' 'seq 1 inf | batch 3 | take 2 | count' 'seq' 'seq 1 inf | write /dev/null'; do
		run --separate-stderr spile -n "$pipeline"
		same "what is said of '$pipeline'" '' "$stderr"
		assert_status 0
	done
	run --separate-stderr spile -n --timeout 1s 'seq 1 inf | count'
	assert_stderr ''
	warned "spile: pipeline:1:24: warning: 'top' waits for the end of its input, but 'seq' never ends
  seq   | take 1 by \$0 | top 3
                         ^~~ every= gives results as it goes"
}

@test "a warning does not keep the run from running, and errors come without warnings" {
	run --separate-stderr spile 'seq   | count | take 0'
	assert_status 0
	assert_stderr "spile: pipeline:1:9: warning: 'count' waits for the end of its input, but 'seq' never ends
  seq   | count | take 0
          ^~~~~ every= gives results as it goes"
	rejected "spile: pipeline:1:17: unknown stage 'tak'
  seq   | count | tak 0
                  ^~~ did you mean 'take'?"
}

@test "a batch that would wait longer than --timeout is warned of" {
	warned "spile: pipeline:1:10: warning: longer than --timeout: no batch will wait that long
  batch 10 5s
           ^~" --timeout 2s
	run --separate-stderr spile -n --timeout 5s 'batch 10 5s'
	assert_stderr ''
}
