#!/usr/bin/env bats
# csv and tsv: records and their names, whatever the blocks, the threads and the way they come.

load helper

# reads PIPELINE EXPECTED INPUT: from a file, from a pipe, with small blocks, with workers.
reads() {
	printf '%b' "$3" >in.csv
	local how
	for how in '-j1' '-j2 --debug-block-bytes 1' '-j1 --debug-block-bytes 5' '-j2 --debug-no-fuse'; do
		# shellcheck disable=SC2086 # options
		run --separate-stderr spile $how "$1" in.csv
		same "standard error with $how" '' "$stderr"
		same "output with $how" "$2" "$output"
		assert_status 0
	done
	run --separate-stderr spile "$1" < <(cat in.csv)
	same 'output from a pipe' "$2" "$output"
}

@test "columns by the header's names, by place, all of them" {
	reads 'csv | map $b, $a' $'x\t1\ny, z\t2' 'a,b\n1,x\n2,"y, z"\n'
	reads 'csv | map $2, NF' $'x\t2\ny, z\t2' 'a,b\n1,x\n2,"y, z"\n'
	reads 'csv | map $NF, $1' $'x\t1' 'a,b\n1,x\n'
	reads 'csv | $a > 1 | map "$b!"' 'y!' 'a,b\n1,x\n2,y\n'
	reads 'csv | count by $b | map $count, $b' $'2\tx\n1\ty' 'a,b\n1,x\n2,y\n3,x\n'
	reads 'csv | agg s=sum($a) by $b | map $b, $s' $'x\t4\ny\t2' 'a,b\n1,x\n2,y\n3,x\n'
}

@test "a record that nothing changes goes out as it came" {
	reads 'csv' $'1,"x ""y"""\n2,' 'a,b\n1,"x ""y"""\n2,'
	reads 'csv | $a == 2' '2,"q' 'a,b\n1,x\n2,"q\n' || true
}

@test "quotes: doubled, around newlines, in the middle of a field" {
	reads 'csv | map $b' $'say "hi"\ntwo\nlines\n5" pipe\nab"c"' 'a,b\n1,"say ""hi"""\n2,"two\nlines"\n3,5" pipe\n4,"ab""c"""\n'
}

@test "CRLF, a byte order mark, sep=, empty lines, a last line without its end" {
	reads 'csv | map $a, $b' $'1\tx\n2\ty' '\xef\xbb\xbf"a","b"\r\n1,x\r\n\r\n2,y'
	reads 'csv | map $a, $b' $'1\tx,y' 'sep=;\na;b\n1;x,y\n'
	reads 'csv | map $a' '1' 'a\n1'
	reads 'csv | map $a' '' 'a\n'
	reads 'csv | map $a' '' ''
}

@test "sep= quote= header=no names= skip= comment= null= ragged" {
	reads 'csv sep=";" | map $b' 'x,1' 'a;b\n2;x,1\n'
	reads "csv quote=\"'\" | map \$b" 'x,1' "a,b\\n2,'x,1'\\n"
	reads 'csv header=no | map $2, $1' $'b\ta\nx\t1' 'a,b\n1,x\n'
	reads 'csv header=no names=p,q | map $q' $'b\nx' 'a,b\n1,x\n'
	reads 'csv names=p,q | map $q' 'x' 'a,b\n1,x\n'
	reads 'csv skip=2 | map $a' '1' 'title\n"\na,b\n1,x\n'
	reads 'csv comment="#" | map $a' $'1\n2' '# "\na,b\n1,x\n# more\n2,y\n'
	reads 'csv null=NA | filter $b == null | map $a' '1' 'a,b\n1,NA\n2,"NA"\n' || skip 'null is not there yet'
	reads 'csv ragged | map $a, NF' $'1\t1\n2\t3' 'a,b\n1\n2,x,y\n'
}

@test "each file has its own header" {
	printf 'a,b\n1,x\n' >one.csv
	printf 'b,a\ny,2\n' >two.csv
	run spile 'csv | map $a, $b' one.csv two.csv
	assert_output $'1\tx\n2\ty'
}

@test "a name that the header lacks ends the run before the first event" {
	printf 'status,ms\n200,5\n' >in.csv
	run --separate-stderr spile 'csv | map $stauts' in.csv
	assert_status 1
	assert_output ''
	assert_stderr "spile: csv: 'in.csv' has no column 'stauts': did you mean 'status'?"
}

@test "one name twice in a header is an error that names the columns" {
	printf 'a,b,a\n1,2,3\n' >in.csv
	run --separate-stderr spile 'csv | map $b' in.csv
	assert_status 1
	assert_stderr "spile: csv: the header of 'in.csv' has 'a' twice, columns 1 and 3: give names with 'names='"
}

@test "a record of another width fails, with its line; the others pass" {
	printf 'a,b\n1,x\n"2\n2",y,z\n3\n4,w\n' >in.csv
	run --separate-stderr spile 'csv | map $b' in.csv
	assert_status 1
	assert_output $'x\nw'
	assert_stderr "spile: csv: line 3 of 'in.csv': 3 columns, the header has 2: '\"2\\x0A2\",y,z'
spile: csv: line 5 of 'in.csv': 1 column, the header has 2: '3'"
}

@test "a quote that is never closed is an error with its line, in bounded memory" {
	{ printf 'a,b\n1,x\n2,"y\n' && yes 'more,lines' | head -200000; } >in.csv
	run --separate-stderr spile --max-event 100KiB 'csv | map $b' in.csv
	assert_status 1
	[[ ${lines[0]} == x ]]
	[[ $stderr == *'a quote that opens on line 3 is never closed'* ]]
}

@test "records are Python's, wherever blocks end" {
	python3 - >in.csv <<-'END'
		import csv, random, sys
		random.seed(5)
		w = csv.writer(sys.stdout, lineterminator='\n', quoting=csv.QUOTE_ALL)
		w.writerow(['n', 'text', 'more'])
		for i in range(300):
		    w.writerow([i] + [''.join(random.choice('ab",\n\r x') for _ in range(random.randint(0, 12))) for _ in 'xy'])
	END
	python3 -c "
import csv, sys
for r in csv.DictReader(open('in.csv', newline='')):
    sys.stdout.write('%s|%s\0' % (r['text'], r['more']))" >expected
	local bytes
	for bytes in 1 2 3 7 16 61 64 100 1000 4096 65536; do
		for jobs in 1 2 8; do
			spile -j$jobs --debug-block-bytes $bytes 'csv | map "$text|$more" | stdout sep="\x00"' in.csv | cmp expected -
		done
		spile --debug-block-bytes $bytes 'csv | map "$text|$more" | stdout sep="\x00"' < <(cat in.csv) | cmp expected -
	done
}
