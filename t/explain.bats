# --explain and --graph: what would run, and that nothing does.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# explains PLAN PIPELINE: exactly that, with one thread.
explains() {
	run --separate-stderr spile -j1 --explain "$2" </dev/null
	assert_stderr ''
	assert_status 0
	assert_output "$1"
}

@test "--explain shows what runs together, and the demand of each subscription" {
	explains 'no workers: all runs on the loop; blocks of 262144 bytes
stdin       loop     source
words       loop     segment: map | words | count, which takes in all before it gives
            from stdin: blocks, max_demand=1 min_demand=0, files read by the workers
top         loop     segment: top, which takes in all before it gives
            from words: events, max_demand=1000 min_demand=500
stdout      loop     sink
            from top: blocks, max_demand=4 min_demand=3' 'words | map lower($0) | count | top 10'
	explains 'no workers: all runs on the loop; blocks of 262144 bytes
seq         loop     source
a           loop     segment: a
            from seq: events, max_demand=100 min_demand=80, exact
take        loop     in order, a delivery at a time
            from a: events, max_demand=1000 min_demand=500, exact
null        loop     sink
            from take: events, max_demand=3 min_demand=1, exact' \
		'seq 1 inf | map $0 name=a max_demand=100 min_demand=80 | take 3 | null max_demand=3'
}

@test "--explain shows batches, windows and buffers with their bounds" {
	explains 'no workers: all runs on the loop; blocks of 262144 bytes
seq         loop     source
buffer      loop     holds at most 10 or 4096 bytes, then drops the oldest
            from seq: events, max_demand=1000 min_demand=500
batch       loop     gathers at most 400 events or for 2s
            from buffer: events, max_demand=1000 min_demand=500
agg         loop     aggregate: results of each batch
            from batch: batches, max_demand=1 min_demand=0
unbatch     loop     in order, a delivery at a time
            from agg: batches, max_demand=1 min_demand=0
count       loop     aggregate: results every 0.5s
            from unbatch: events, max_demand=1000 min_demand=500
stdout      loop     sink
            from count: batches, max_demand=1 min_demand=0' \
		'seq 1 inf | buffer 10 bytes=4KiB drop=oldest | batch 400 2s | agg count() | unbatch | count every=500ms'
}

@test "--explain shows how many jobs run at once, and rates" {
	explains 'no workers: all runs on the loop; blocks of 262144 bytes
seq         loop     source
exec        loop     at most 3 jobs at once, results in input order, each tried again at most 2 times
            from seq: events, max_demand=3 min_demand=2, exact
rate        loop     10 a second, 4 at once, then holds back
            from exec: events, max_demand=1000 min_demand=500, exact
rate2       loop     5 a minute, 1 at once, then drops
            from rate: events, max_demand=1000 min_demand=500, exact
sh          loop     1 job at once
            from rate2: events, max_demand=1 min_demand=0, exact
pipe        loop     2 processes, results as they come
            from sh: events, max_demand=1000 min_demand=500
stdout      loop     sink
            from pipe: blocks, max_demand=4 min_demand=3' \
		'seq 1 9 | exec jobs=3 retries=2 true | rate 10/s burst=4 | rate 5/m drop | sh jobs=1 q{exit 1} | pipe jobs=2 cat'
}

@test "--explain indents branches, and shows how events are shared among them" {
	explains 'no workers: all runs on the loop; blocks of 262144 bytes
seq         loop     source
tee         loop     broadcast: asks for the least that a branch wants
            from seq: events, max_demand=1000 min_demand=500, exact
tee, branch 1:
    null        loop     sink
                from tee: events, max_demand=7 min_demand=3, exact
tee, branch 2:
    balance     loop     dispatch by demand: asks for the sum, gives to the copy with least in hand
                from tee: events, max_demand=1000 min_demand=500
    balance, copy 1:
        map#1       loop     segment: map
                    from balance: events, max_demand=1000 min_demand=500
    balance, copy 2:
        map#2       loop     segment: map
                    from balance: events, max_demand=1000 min_demand=500
    merge       loop     2 branches flow together
                from map#1: events, max_demand=1000 min_demand=500
                from map#2: events, max_demand=1000 min_demand=500
tee, branch 3:
    partition   loop     partition by key: asks for the sum, queues at most 2000
                from tee: events, max_demand=1000 min_demand=500
    partition, copy 1:
        null2#1     loop     sink
                    from partition: events, max_demand=1000 min_demand=500
    partition, copy 2:
        null2#2     loop     sink
                    from partition: events, max_demand=1000 min_demand=500
stdout      loop     sink
            from merge: events, max_demand=1000 min_demand=500' \
		'seq 1 9 | tee { null max_demand=7 ; balance 2 { map $0 * 2 } ; partition 2 by $0 { null } }'
}

@test "--explain says what runs on the workers" {
	[ "$(nproc)" -ge 2 ] || skip 'one processor'
	run --separate-stderr spile -j2 --explain 'words | count'
	same first '2 workers beside the loop; blocks of 262144 bytes' "${lines[0]}"
	same words 'words       workers  segment: words | count, which takes in all before it gives' "${lines[2]}"
}

@test "--explain and --graph open nothing, start nothing and read nothing" {
	mkdir d
	mkfifo fifo
	local option
	for option in --explain --graph; do
		run --separate-stderr timeout 10 "$SPILE" $option 'map upper($0) | write d/x' fifo
		assert_status 0
		run --separate-stderr spile $option 'run touch d/y | tee { append d/z ; map 1 / $0 dead=d/v | write d/$0 }'
		assert_status 0
		run --separate-stderr spile $option 'file no-such-file'
		assert_stderr ''
		assert_status 0
		run --separate-stderr spile $option 'mpa $1'
		assert_status 2
		run bash -c "spile $option 'map 1' >/dev/full"
		assert_status 1
		assert_output 'spile: cannot write standard output: No space left on device'
	done
	[ -z "$(ls -A d)" ]
	printf 'a\nb\n' >in
	{
		spile --explain 'map $0' >/dev/null
		cat
	} <in >rest
	same 'standard input' $'a\nb' "$(<rest)"
}

@test "--graph draws nodes, subscriptions, and a cluster for each branch" {
	run --separate-stderr spile -j1 --graph 'seq 1 9 | tee { null name=a.b ; take 1 }'
	assert_stderr ''
	assert_output 'digraph spile {
  rankdir=LR;
  fontname="sans-serif";
  style=dashed;
  node [shape=box, fontname="sans-serif", fontsize=11];
  edge [fontname="sans-serif", fontsize=9];
  n0 [label="seq (loop)\nsource", shape=ellipse];
  n1 [label="tee (loop)\nbroadcast: asks for the least\nthat a branch wants", shape=hexagon];
  n4 [label="stdout (loop)\nsink", shape=ellipse];
  subgraph cluster_1 {
    label="tee, branch 1";
    n2 [label="a.b (loop)\nsink", shape=ellipse];
  }
  subgraph cluster_2 {
    label="tee, branch 2";
    n3 [label="take (loop)\nin order, a delivery at a\ntime"];
  }
  n0 -> n1 [label="events\nmax 1000 min 500\nexact"];
  n1 -> n2 [label="events\nmax 1000 min 500"];
  n1 -> n3 [label="events\nmax 1000 min 500\nexact"];
  n3 -> n4 [label="events\nmax 1000 min 500"];
}'
}

@test "dot draws what --graph gives, nested branches within each other" {
	need dot
	spile --graph '{ seq 1 3 ; file x } | tee { route { $0 => tee { null ; map 1 } ; else => null } ; partition 2 by $0 { batch 3 | join "\"" } } | count' |
		dot -Tsvg >g.svg 2>errors
	same 'errors' '' "$(<errors)"
	same clusters 10 "$(grep -c 'class="cluster"' g.svg)"
	grep -q '<title>cluster_6</title>' g.svg
	same nodes "$(spile --graph 'seq 1 inf | words | null' | dot -Tsvg | grep -c 'class="node"')" 3
}

@test "branches whose fields are brought together run, whatever stands before them" {
	gives '{ seq 1 2 | set x=$1 ; seq 3 3 | set x=5 } | map $x | agg sum($0)' 8
	explains 'no workers: all runs on the loop; blocks of 262144 bytes
sources, branch 1:
    seq         loop     source
    set         loop     segment: set
                from seq: events, max_demand=1000 min_demand=500
    fields      loop     gives events the fields that map expects
                from set: events, max_demand=1000 min_demand=500
sources, branch 2:
    seq2        loop     source
    set2        loop     segment: set2
                from seq2: events, max_demand=1000 min_demand=500
    fields2     loop     gives events the fields that map expects
                from set2: events, max_demand=1000 min_demand=500
merge       loop     2 branches flow together
            from fields: events, max_demand=1000 min_demand=500
            from fields2: events, max_demand=1000 min_demand=500
map         loop     segment: map
            from merge: events, max_demand=1000 min_demand=500
stdout      loop     sink
            from map: blocks, max_demand=4 min_demand=3' '{ seq 1 2 | set x=$1 ; seq 3 3 | set x=5 } | map $x'
}
