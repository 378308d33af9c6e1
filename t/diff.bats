# spile against awk, sort, uniq, grep, sed, cut, tr and head, on generated input (fixed seeds): the same bytes.
load helper

setup_file() {
	export LC_ALL=C
	cd "$BATS_FILE_TMPDIR" || return
	# text: words of a skewed distribution, white space of all kinds, empty lines
	awk 'BEGIN {
		srand(1); split("the The of and a in that he shall unto for I his LORD they be is him not them it with all thou", w, " ")
		for (i = 0; i < 30000; i++) {
			n = int(rand() * 12); s = rand() < .1 ? "  " : ""
			for (k = 0; k < n; k++) {
				r = rand(); s = s (r < .7 ? w[1 + int(rand() ^ 2 * 24)] : r < .9 ? sprintf("w%d", rand() * 3000) : \
					sprintf("X%dy,", rand() * 40)) (rand() < .05 ? "\t" : rand() < .05 ? "  " : " ")
			}
			print s
		}
	}' >text
	# rows: id, integer, fraction, name, empty or text; blanks between
	awk 'BEGIN {
		srand(2)
		for (i = 1; i <= 20000; i++)
			printf "%d %d %.3f k%d %s\n", i, rand() * 2000 - 1000, rand() * 100 - 20, rand() ^ 3 * 300, \
				rand() < .2 ? "" : rand() < .5 ? "ok" : "failed here"
	}' >rows
	# tables with separators, empty fields included
	awk 'BEGIN {
		srand(3)
		for (i = 1; i <= 10000; i++) {
			s = i
			for (k = int(rand() * 5); k > 0; k--) s = s ":" (rand() < .3 ? "" : int(rand() * 50))
			print s
		}
	}' >table
	# adjacent repeats
	awk 'BEGIN { srand(4); for (i = 0; i < 20000; i++) { if (rand() < .4) v = int(rand() * 500); print "v" v, i % 3 } }' >repeats
	# what looks numeric and what does not, in pairs
	awk 'BEGIN {
		srand(5); n = split("0 -0 1 1.0 01 +1 1e0 10 9 -1 -1.5 .5 5. 1e3 1000 abc a 1a 0x10 - . e1 1e +-1 9007199254740993 Inf", v, " ")
		for (i = 1; i <= n; i++) for (k = 1; k <= n; k++) print v[i], v[k]
	}' >pairs
}

# agrees PIPELINE FILE COMMAND...: spile, with the options in $options, does what the command does.
agrees() {
	local pipeline=$1 file=$BATS_FILE_TMPDIR/$2
	shift 2
	bash -c "$*" <"$file" >expected
	for j in 1 2; do
		# shellcheck disable=SC2086
		spile -j$j ${options-} "$pipeline" "$file" >got
		same_bytes expected got 2> >(cut -c1-200 >&2) || {
			echo "spile -j$j ${options-} '$pipeline' differs from $*" >&2
			return 1
		}
	done
	[ -s expected ] # the generator's fault
}

sorted='sort | uniq -c | awk '\''{c = $1; sub(/^ *[0-9]+ /, ""); print c "\t" $0}'\'' | sort -t"	" -k1,1nr -k2'

@test "the main job: count the words of a text" {
	agrees 'words | map lower($0) | count | top 10' text \
		"tr A-Z a-z | tr -s '[:space:]' '\n' | sed '/^\$/d' | sort | uniq -c | awk '{print \$1 \"\t\" \$2}' | sort -k1,1nr -k2,2 | head"
	agrees 'words | count' text "tr -s '[:space:]' '\n' | sed '/^\$/d' | $sorted"
	agrees 'words | agg count()' text 'wc -w'
}

@test "the main job on a real log" {
	data=$ROOT/../shared/data/access.log
	[ -r "$data" ] || skip 'no ../shared/data/access.log'
	spile '$9 >= 400 | count by $7 | top 10' "$data" >got
	awk '$9 >= 400 {n[$7]++} END {for (k in n) print n[k] "\t" k}' "$data" | sort -t$'\t' -k1,1nr -k2 | head | same_bytes - got
	spile 'words | map lower($0) | count' "$data" >got
	tr A-Z a-z <"$data" | tr -s '[:space:]' '\n' | sed '/^$/d' | bash -c "$sorted" | same_bytes - got
	spile 'agg sum(num($10, 0))' "$data" >got
	awk '{s += $10} END {printf "%.0f\n", s}' "$data" | same_bytes - got
	spile 'match /"[A-Z]+ \S+/' "$data" >got
	grep -oE '"[A-Z]+ [^ ]+' "$data" | same_bytes - got
}

@test "filters, as grep and awk" {
	agrees '/the/' text 'grep the'
	agrees '/the/i' text 'grep -i the'
	agrees '!/the/' text 'grep -v the'
	agrees '/^$/' text 'grep "^$"'
	agrees '/w1\d*[27] .*[A-Z]/' text 'grep -E "w1[0-9]*[27] .*[A-Z]"'
	agrees '/(the|of) (LORD|them)/' text 'grep -E "(the|of) (LORD|them)"'
	agrees 'reject $2 > 0' rows "awk '!(\$2 > 0)'"
	agrees '$2 > 0 && $3 < 10.5 || $1 % 100 == 0' rows "awk '\$2 > 0 && \$3 < 10.5 || \$1 % 100 == 0'"
	agrees '$4 == "k7"' rows "awk '\$4 == \"k7\"'"
	agrees '$4 ~ /7$/ && $5 !~ /fail/' rows "awk '\$4 ~ /7\$/ && \$5 !~ /fail/'"
	agrees 'filter NF == 6' rows "awk 'NF == 6'"
	agrees 'filter NR % 7 == 3' rows "awk 'NR % 7 == 3'"
	agrees 'filter length($0) > 28' rows "awk 'length(\$0) > 28'"
	agrees '$-1 == "here"' rows "awk '\$NF == \"here\"'"
}

@test "several filters in a row" {
	agrees '/f/ | !/5/ | $2 != 7 | reject /k1/' rows "grep f | grep -v 5 | awk '\$2 != 7' | grep -v k1"
}

@test "substitutions, as sed" {
	agrees 's/the/THE/' text 'sed s/the/THE/'
	agrees 's/the/THE/g' text 'sed s/the/THE/g'
	agrees 's/[aeiou]//g' text "sed 's/[aeiou]//g'"
	agrees 's/(\w+) (\w+)/$2 $1/' text "sed -E 's/(\w+) (\w+)/\2 \1/'"
	agrees 's/w(\d+)/<$1:$&>/g' text "sed -E 's/w([0-9]+)/<\1:&>/g'"
	agrees 's/ *$//' text "sed 's/ *\$//'"
	agrees 's/^/> /' text "sed 's/^/> /'"
	agrees 's/x*/-/g' text "sed 's/x*/-/g'"
	agrees 's,/,|,g | s/\t/,/g' text "sed 's,/,|,g;s/\t/,/g'"
	agrees 's/the/\U$&\E/ig' text "sed 's/the/\U&/Ig'"
}

@test "fields, as awk and cut" {
	agrees 'map $2' rows "awk '{print \$2}'"
	agrees 'map $3, $1' rows "awk '{print \$3 \"\t\" \$1}'"
	agrees 'map NR, NF, $-1' text "awk '{print NR \"\t\" NF \"\t\" (NF ? \$NF : \"\")}'"
	agrees 'map $7' text "awk '{print \$7}'"
	agrees 'map "$1-$2"' rows "awk '{print \$1 \"-\" \$2}'"
	options=-F:
	agrees 'map $3' table "awk -F: '{print \$3}'"
	agrees 'map $2, $1' table "awk -F: -v OFS=: '{print \$2, \$1}'"
	agrees 'filter NF > 2 | map $1, $3' table "awk -F: 'NF > 2' | cut -d: -f1,3"
	agrees 'map NF' table "awk -F: '{print NF}'"
	options='-F /[:5]+/'
	agrees 'map $2, NF' table "awk -F '[:5]+' '{print \$2 \"\t\" NF}'"
	options='-F : --ofs ;'
	agrees 'set $2="x"' table "awk -F: -v OFS=\; '{\$2 = \"x\"; print}'"
}

@test "arithmetic, as awk" {
	agrees 'map $1 * 2 + $2' rows "awk '{print \$1 * 2 + \$2}'"
	agrees 'map $1 % 7, int($3), -$2' rows "awk '{printf \"%d\t%d\t%d\n\", \$1 % 7, int(\$3), -\$2}'"
	agrees 'map sprintf("%.3f", $3 * $2 / 7)' rows "awk '{printf \"%.3f\n\", \$3 * \$2 / 7}'"
	agrees 'map sprintf("%08.2f|%-6d|%x|%5s", $3, $2, $1, $4)' rows "awk '{printf \"%08.2f|%-6d|%x|%5s\n\", \$3, \$2, \$1, \$4}'"
	agrees 'map length($0), index($0, "k1"), substr($0, 3, 9), substr($0, 20)' rows \
		"awk '{print length(\$0) \"\t\" index(\$0, \"k1\") \"\t\" substr(\$0, 3, 9) \"\t\" substr(\$0, 20)}'"
	agrees 'map upper($0) | map lower(substr($0, 5))' text "awk '{print tolower(substr(toupper(\$0), 5))}'"
	agrees 'map $2 > 0 ? "+" : $2 == 0 ? "0" : "-"' rows "awk '{print (\$2 > 0 ? \"+\" : \$2 == 0 ? \"0\" : \"-\")}'"
}

@test "comparisons of what looks numeric and what does not, by the rule" {
	# numeric where both look numeric (the design's pattern), else bytewise
	agrees 'map $1 < $2, $1 == $2, $1 >= $2' pairs "awk '
		function looks(s) { return s ~ /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\$/ }
		{
			if (looks(\$1) && looks(\$2)) { a = \$1 + 0; b = \$2 + 0 } else { a = \$1 \"\"; b = \$2 \"\" }
			print (a < b) \"\t\" (a == b) \"\t\" (a >= b)
		}'"
	# a number against text that is none is false
	agrees 'map $1 < 5, 5 >= $1, $1 == 1' pairs "awk '
		function looks(s) { return s ~ /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\$/ }
		{ print (looks(\$1) && \$1 + 0 < 5) + 0 \"\t\" (looks(\$1) && 5 >= \$1 + 0) + 0 \"\t\" (looks(\$1) && \$1 + 0 == 1) + 0 }'"
	# a quoted literal makes it bytewise
	agrees 'map $1 < "5", $1 == "1"' pairs "awk '{print (\$1 \"\" < \"5\") \"\t\" (\$1 \"\" == \"1\")}'"
}

@test "count, as sort and uniq -c" {
	agrees 'count' repeats "$sorted"
	agrees 'count by $4' rows "awk '{print \$4}' | $sorted"
	agrees 'count by $4 order=key' rows "awk '{print \$4}' | sort | uniq -c | awk '{print \$1 \"\t\" \$2}'"
	agrees 'count by $4, NF' rows "awk '{print \$4 \"\t\" NF}' | $sorted"
	agrees 'count | top 5' repeats "$sorted | head -5"
	agrees 'map length($0) | count order=key' text "awk '{print length(\$0)}' | sort | uniq -c | awk '{print \$1 \"\t\" \$2}'"
}

@test "agg, as awk" {
	agrees 'agg count(), sum($2), min($2), max($2), first($4), last($4)' rows "awk '
		NR == 1 {a = b = \$2; f = \$4} {s += \$2; if (\$2 < a) a = \$2; if (\$2 > b) b = \$2; l = \$4}
		END {print NR \"\t\" s \"\t\" a \"\t\" b \"\t\" f \"\t\" l}'"
	agrees 'agg s=sum($2), max($3), distinct($2) by $4 order=key' rows "awk '
		!(\$4 in s) || \$3 > m[\$4] {m[\$4] = \$3} {s[\$4] += \$2; if (!seen[\$4, \$2]++) d[\$4]++}
		END {for (k in s) print s[k] \"\t\" m[k] \"\t\" d[k] \"\t\" k}' | sort -t'	' -k4"
	agrees 'agg s=sum($2) by $4' rows "awk '{s[\$4] += \$2} END {for (k in s) print s[k] \"\t\" k}' | sort -t'	' -k1,1nr -k2"
	agrees 'agg m=mean($3) by $4 order=key | map sprintf("%.9f", $m), $2' rows "awk '
		{s[\$4] += \$3; n[\$4]++} END {for (k in s) printf \"%.9f\t%s\n\", s[k] / n[k], k}' | sort -t'	' -k2"
	agrees 'agg list($1, ",") by $4 order=key' rows "awk '
		{if (\$4 in l) l[\$4] = l[\$4] \",\" \$1; else l[\$4] = \$1} END {for (k in l) print l[k] \"\t\" k}' | sort -t'	' -k2"
	agrees 'agg n=count() by $4 running | map $n' rows "awk '{print ++n[\$4]}'"
}

@test "percentiles, as the nearest rank of sort" {
	for p in 50 90 95 99; do
		agrees "take 900 | agg p$p(\$2)" rows "head -900 | awk '{print \$2}' | sort -n | awk -v p=$p '{v[NR] = \$1} END {r = NR * p / 100; if (r > int(r)) r = int(r) + 1; print v[r]}'"
	done
}

@test "top and bottom, as sort" {
	agrees 'top 25 $2' rows 'sort -s -k2,2nr | head -25'
	agrees 'bottom 25 $2' rows 'sort -s -k2,2n | head -25'
	agrees 'top 20' rows 'sort -s -k1,1nr | head -20'
	agrees 'top 30000 $3' rows 'sort -s -k3,3gr'
	agrees 'bottom 100 $4' rows 'sort -s -k4,4 | head -100'
	agrees 'top 100 $4' rows 'sort -s -k4,4r | head -100'
	agrees 'top 7 length($0)' text "awk '{print length(\$0) \"\t\" \$0}' | sort -s -k1,1nr | head -7 | cut -f2-"
}

@test "top of each key, as awk" {
	agrees 'top 2 $2 by $4 | map $4, $1 | count' rows "sort -s -k2,2nr | awk 'n[\$4]++ < 2 {print \$4 \"\t\" \$1}' | $sorted"
}

@test "uniq and distinct, as uniq and awk" {
	agrees 'uniq' repeats uniq
	agrees 'uniq count' repeats "uniq -c | awk '{print \$1 \"\t\" \$2 \" \" \$3}'"
	agrees 'uniq by $1' repeats "awk 'NR == 1 || \$1 != p; {p = \$1}'"
	agrees 'uniq by $1 count' repeats "awk 'NR > 1 && \$1 == p {n++; next} NR > 1 {print n \"\t\" e} {p = \$1; n = 1; e = \$0} END {print n \"\t\" e}'"
	agrees 'distinct' repeats "awk '!s[\$0]++'"
	agrees 'distinct by $1' repeats "awk '!s[\$1]++'"
	agrees 'words | distinct' text "tr -s '[:space:]' '\n' | sed '/^\$/d' | awk '!s[\$0]++'"
}

@test "take, skip and while, as head, tail and awk" {
	agrees 'take 777' rows 'head -777'
	agrees 'skip 777' rows 'tail -n +778'
	agrees 'skip 5000 | take 10' rows 'sed -n 5001,5010p'
	agrees 'take 3 by $4' rows "awk 'n[\$4]++ < 3'"
	agrees 'skip 3 by $4' rows "awk 'n[\$4]++ >= 3'"
	agrees 'while $2 != 77' rows "sed '/^[0-9]* 77 /,\$d'"
	agrees '/k1/ | take 100 | skip 50' rows 'grep k1 | head -100 | tail -50'
}

@test "split and words, as tr" {
	agrees 'split " "' text "tr ' ' '\n'"
	agrees 'split ":"' table "tr : '\n'"
	agrees 'split /[: ]/' table "tr ': ' '\n\n'"
	agrees 'words' text "tr -s '[:space:]' '\n' | sed '/^\$/d'"
	agrees 'split /\s+/ | filter length($0)' text "tr -s '[:space:]' '\n' | sed '/^\$/d'"
}

@test "match, as grep -o" {
	agrees 'match /w\d+/' text 'grep -oE "w[0-9]+"'
	agrees 'match /[A-Z]\w*/' text 'grep -oE "[A-Z][A-Za-z0-9_]*"'
	agrees 'match /the|thou|that/' text 'grep -oE "the|thou|that"'
	agrees 'match /^\S+/' text 'grep -oE "^[^[:space:]]+"'
	agrees 'match /(\w)(\d+)/ | map $2, $1' text "grep -oE '[A-Za-z0-9_][0-9]+' | sed -E 's/(.)(.*)/\2\t\1/'"
}

@test "windows and batches, as awk" {
	agrees 'batch 7 | agg s=sum($2) | map $s' rows "awk '{s += \$2} NR % 7 == 0 {print s; s = 0} END {if (NR % 7) print s}'"
	agrees 'agg sum($2) every=1000' rows "awk '{s += \$2} NR % 1000 == 0 {print s; s = 0}'"
	agrees 'map $1 | batch 100 | join ","' rows "awk '{print \$1}' | xargs -n 100 | tr ' ' ,"
}
