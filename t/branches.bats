# Branches: tee, balance, partition, route, buffer, blocks of sources, and what flows together.
load helper

@test "tee gives every event to every branch" {
	gives 'tee { agg sum($0) | null ; filter $0 > 3 }' 4 '1\n2\n3\n4\n'
	[ "$(seq 1000 | spile 'tee { map $0 ; map $0 * 2 } | agg count(), sum($0)')" = $'2000\t1501500' ]
}

@test "a branch of tee that ends early frees the others" {
	[ "$(spile 'seq 1 5000 | tee { take 1 | null ; agg sum($0) }')" = 12502500 ]
	[ "$(spile 'seq 1 inf | tee { take 3 ; take 2 | null }' | sort -n)" = "$(seq 3)" ]
}

@test "1001 events with one branch that rejects all do not hang" {
	[ "$(seq 1001 | spile 'tee { filter $0 < 0 ; agg count() }')" = 1001 ]
}

@test "balance loses nothing and makes nothing up" {
	[ "$(seq 10000 | spile 'balance 3 { map $0 }' | sort -n)" = "$(seq 10000)" ]
}

@test "balance serves copies that want alike in turn" {
	# uniq takes one event at a time, and each is handled before the next one comes: all copies want alike then
	for demand in 'max_demand=1 min_demand=0' 'max_demand=10 min_demand=9' ''; do
		got=$(spile "seq 1 8 | uniq max_demand=1 min_demand=0 |
			balance 4 { uniq $demand | agg count(), list(\$0) }" | sort)
		same "$demand" $'2\t1,5\n2\t2,6\n2\t3,7\n2\t4,8' "$got"
	done
}

@test "balance gives equal copies equal shares" {
	# agg asks again when half of its demand is used up: in between it has nothing in hand, though it wants less than others
	same 'of a source' $'25000\n25000\n25000\n25000' "$(spile -j1 'seq 1 100000 | balance 4 { agg count() }')"
	same 'of batches' $'14286\n14286\n14286' "$(spile -j1 'seq 1 300000 | batch 7 | balance 3 { agg count() | unbatch | agg count() }')"
	# what comes through a pipe comes in blocks of any size
	seq 1 100000 | spile -j1 'balance 4 { map $0 | agg count() }' >shares
	awk '$1 < 24000 || $1 > 26000 {print; bad = 1} END {exit bad}' shares
}

@test "balance gives single arrivals to each copy in turn" {
	same 'to copies that are quick' $'2\t1,5\n2\t2,6\n2\t3,7\n2\t4,8' \
		"$(for i in {1..8}; do echo "$i"; sleep 0.02; done | spile 'balance 4 { agg count(), list($0) }' | sort)"
}

@test "balance gives to the copies that have least in hand" {
	mkfifo in gate
	"$SPILE" 'balance 3 { sh jobs=9 q{[ $0 -gt 1 ] || { echo >begun; read x <gate; }; echo $0 | tee -a done} | agg count(), list($0) }' <in >out &
	exec 8>in
	echo 1 >&8
	wait_until test -s begun
	for i in {2..7}; do # the copy that has 1 in hand gets none of these, though it asked for nine
		echo "$i" >&8
		wait_until grep -qx "$i" done
	done
	exec 8>&-
	echo >gate
	wait $!
	same 'copies' $'1\t1\n3\t2,4,6\n3\t3,5,7' "$(sort out)"
}

@test "partition gives equal keys to one copy, in order" {
	local out
	out=$(seq 3000 | spile 'partition 3 by $0 % 7 { agg count(), first($0), last($0) by $0 % 7 }' | sort)
	[ "$out" = "$(seq 3000 | awk '{k = $0 % 7; n[k]++; if (!f[k]) f[k] = $0; l[k] = $0}
		END {for (k in n) print n[k] "\t" f[k] "\t" l[k] "\t" k}' | sort)" ]
}

@test "route sends each event to the first branch that is true, and keeps order in each" {
	seq 100 | spile 'route { $0 % 2 => write odd ; $0 % 4 == 0 => write four }'
	same odd "$(seq 1 2 99)" "$(cat odd)"
	same four "$(seq 4 4 100)" "$(cat four)"
}

@test "route counts what no branch wants as dropped" {
	run bash -c 'seq 10 | "$SPILE" --stats "route { \$0 > 8 => null }" 2>&1 | awk "\$1 == \"route\" {print \$2, \$4, \$6}"'
	assert_output '10 2 8'
}

@test "a block of sources is merged, in order within each" {
	local out
	out=$(spile '{ seq 1 100 ; seq 1001 1100 }')
	same first "$(seq 100)" "$(awk '$1 < 1000' <<<"$out")"
	same second "$(seq 1001 1100)" "$(awk '$1 > 1000' <<<"$out")"
}

@test "sources take turns in events, however large the blocks are that they are read in" {
	local stage
	yes a | head -n 100000 >a
	yes b | head -n 100000 >b
	for stage in '' '| map $0' '| filter 1 | buffer 10' '| /[ab]/ | rate 1000000/s burst=1000000'; do
		same "turns of files $stage" 500 "$(spile "{ file a ; file b } $stage" | uniq -c | awk '{print $1}' | sort -u)"
	done
	# the first twenty turns, of which each has at most 500 events
	spile '{ file a ; seq 1 10000 }' | sed 's/[0-9].*/n/' | uniq -c | head -n 20 >turns
	[ "$(wc -l <turns)" -eq 20 ]
	awk '$1 > 500 {print; bad = 1} END {exit bad}' turns
	same 'none is lost' "$(sort a b | uniq -c)" "$(spile '{ file a ; file b } | take 200000' | sort | uniq -c)"
}

@test "a source with much to give leaves the others their turns" {
	yes a | head -n 1000000 >a
	mkfifo fifo
	exec 8<>fifo
	echo b >&8
	# what is in the fifo shows when the loop looks at its descriptors
	spile '{ file a ; file fifo } | take 100000' >out
	exec 8>&-
	[ "$(grep -nx b out | cut -d: -f1)" -le 3000 ]
}

@test "branches within branches flow together again" {
	[ "$(seq 10 | spile 'tee { tee { map $0 ; map $0 * 10 } ; filter $0 > 9 } | agg count(), sum($0)')" = $'21\t615' ]
}

@test "fields of branches that flow together keep their names" {
	[ "$(echo 'a b' | spile 'tee { set x=$1 | map $0 ; set x=$2 | map $0 } | map $x' | sort)" = $'a\nb' ]
}

@test "what is first and last goes by arrival where branches or sources flow together" {
	gives '{ seq 1 3 ; seq 4 6 } | agg last($0) running' "$(seq 6)"
	gives '{ seq 1 3 ; seq 4 6 } | agg first($0) running' $'1\n1\n1\n1\n1\n1'
	gives 'seq 1 4 | sh q{seq $0 3} | agg list($0) running | skip 5' 1,2,3,2,3,3
	gives 'seq 1 3 | tee { map $0 ; map $0 * 10 } | agg list($0), last($0) running | skip 5' $'1,2,3,10,20,30\t30'
	gives 'seq 1 4 | route { $0 % 2 => map $0 ; else => skip 1 } | agg last($0), n=count() running | map $1 == 4, $2 | skip 2' $'1\t3'
	gives 'seq 1 3 | exec jobs=1 seq 2 | agg max(length($0)), last($0) running | map $2' "$(printf '%s\n' 1 2 1 2 1 2)"
	for options in -j1 -j2 '--debug-threads 8'; do
		same "$options" 1,2,3,4,5,6 "$(spile $options '{ seq 1 3 ; seq 4 6 } | agg list($0)')"
		# Which of two commands comes first is the system's to say; that both come is not.
		same "$options" $'1 a\n1 b' "$(spile $options '{ run echo 1 a ; run echo 1 b } | top 2' | sort)"
	done
}

# The cells that a branch's stages share with its events are none of those that the stage behind the block expects.
@test "what nobody reads behind branches is not carried on" {
	for options in -j1 '--debug-block-bytes 13' '--debug-threads 8'; do
		run --separate-stderr spile $options 'parse /(?<w>[a-z]+)/ | tee { filter 1 ; map z=$w } | match /(?<v>[a-z]+)$/ | set y=$0' \
			< <(printf 'a\na\raaaa aa\n')
		assert_stderr ''
		assert_status 0
		same "$options" $'a\ta\na\ta\na\ta\naa\taa' "$(sort <<<"$output")"
	done
}

@test "take behind branches stops an endless source" {
	[ "$(spile 'seq 1 inf | tee { map $0 ; filter 0 } | take 3')" = "$(seq 3)" ]
}

@test "buffer holds back and loses nothing" {
	[ "$(spile 'seq 1 10000 | buffer 7 | agg count(), sum($0)')" = $'10000\t50005000' ]
}
