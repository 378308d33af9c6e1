#!/usr/bin/env bats
# html and xml: elements by selector, their texts, encodings, what is refused. Each event is a document: -0 makes one of a page.

load helper

setup_file() {
	"$SPILE" -n 'html "p"' 2>/dev/null || skip 'this spile was built without libxml2'
}

# finds PAGE STAGE: what the stage gives for the page, a line each.
finds() {
	set -o pipefail
	printf %s "$1" | spile -0 "$2" | tr "\0" "\n"
}

@test "an event for each element, its text in one line" {
	run finds $'<h1> One\n  line </h1><div><h1>two<b>bold</b></h1></div>' 'html "h1"'
	assert_status 0
	assert_output 'One line
twobold'
}

@test "columns are found within the element; one that is missing is empty" {
	page='<div class="item"><a href="/1">One</a><i>1.50</i></div><div class="item other"><a href="/2">Two</a></div>'
	run finds "$page" 'html ".item" title="a", url="a@href", price="i", class="@class" | map "$title|$url|$price|$class"'
	assert_status 0
	assert_output 'One|/1|1.50|item
Two|/2||item other'
}

@test "a column may be the element itself, XPath, or a value that is computed" {
	run finds '<ul id="x"><li>a<li>b</ul>' 'html "ul" t=".", n="(count(li))", second="./li[2]", id="./@id", root="/html/@lang" | map "$t|$n|$second|$id|$root"'
	assert_output 'ab|2|b|x|'
}

@test "raw keeps white space" {
	run finds $'<pre> a\n  b</pre>' 'html "pre" raw'
	assert_output ' a
  b'
}

@test "names from before stay" {
	run finds '<p>x</p>' 'set n=length($0) | html "p" t="." | map "$n $t"'
	assert_output '8 x'
}

@test "a page with thousands of elements gives them all, and take 3 ends early" {
	page=$(for i in {1..3000}; do printf '<p>%s</p>' "$i"; done)
	run finds "$page" 'html "p" n="." | agg count(), sum($n)'
	assert_output $'3000\t4501500'
	run finds "$page" 'html "p" | take 3'
	assert_output $'1\n2\n3'
}

@test "charset: meta, HTTP, UTF-8, UTF-16, what is no text" {
	run bash -c "printf '<meta charset=latin1><p>caf\\xe9 \\x80</p>' | '$SPILE' 'html \"p\"'"
	assert_output 'café €'
	run bash -c "printf '<meta http-equiv=Content-Type content=\"text/html; charset=koi8-r\"><p>\\xc1\\xc2</p>' | '$SPILE' 'html \"p\"'"
	assert_output 'аб'
	run bash -c "printf '<p>caf\\xe9</p>' | '$SPILE' 'set type=\"text/html; charset=ISO-8859-1\" | html \"p\"'"
	assert_output 'café'
	run bash -c "printf '<p>h\\xc3\\xa9 \\xff\\0x</p>' | '$SPILE' 'html \"p\"'"
	assert_output $'hé \xef\xbf\xbd\xef\xbf\xbdx'
	printf '<p>h\xc3\xa9</p>' | iconv -f UTF-8 -t UTF-16 >page
	run -0 bash -c "'$SPILE' 'batch 9 | join \"\n\" | html \"p\"' <page"
	assert_output 'hé'
	run bash -c "printf '<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><p>caf\\xe9</p>' | '$SPILE' 'xml \"p\"'"
	assert_output 'café'
}

@test "broken pages are read as browsers would, as far as libxml2 does" {
	run finds '<table><tr><td>1<td>2<tr><td>3' 'html "td"'
	assert_output $'1\n2\n3'
	run finds '<p>a<p>b<div><p>c &lt; &eacute; &#x41;' 'html "p"'
	assert_output $'a\nb\nc < é A'
	run finds '' 'html "p"'
	assert_status 0
	assert_output ''
}

@test "feeds: xml with namespaces left out of names, CDATA" {
	feed='<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><title>A &amp; B</title><link>http://x/1</link>
<dc:date>2026-01-02</dc:date><description><![CDATA[<b>hi</b>]]></description></item><item><title>C</title></item></channel></rss>'
	run finds "$feed" 'xml "item" title="title", link="link", date="date", d="description" | map "$title|$link|$date|$d"'
	assert_status 0
	assert_output 'A & B|http://x/1|2026-01-02|<b>hi</b>
C|||'
}

@test "XML that is not well formed fails, with the line" {
	run finds $'<a>\n<b></a>' 'xml "b"'
	assert_status 1
	[[ $output == "spile: xml: line 2: Premature end of data in tag a line 1"* ]]
}

@test "entities that a document declares are refused, before they grow" {
	laughs='<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'
	run finds "$laughs" 'xml "l"'
	assert_status 1
	[[ $output == "spile: xml: it declares entities, which are refused: "* ]]
	run finds '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>' 'xml "l"'
	assert_status 1
	[[ $output == "spile: xml: it declares entities, which are refused: "* ]]
}

@test "an external DTD is not opened" {
	echo '<!ELEMENT l (#PCDATA)>' >l.dtd
	printf '<!DOCTYPE l SYSTEM "%s/l.dtd"><l>text</l>' "$PWD" >l.xml
	run strace -f -e trace=openat,connect -o trace "$SPILE" -0 'xml "l"' <l.xml
	[ "${output%$'\0'}" = text ] || [[ $output == text* ]]
	if [ -s trace ]; then
		run grep -c 'l\.dtd' trace
		assert_output 0
	fi
}

@test "nesting without end is refused" {
	run bash -c "printf '<div>%.0s' {1..3000} | '$SPILE' 'html \"div\"'"
	assert_status 1
	[[ $output == "spile: html: its elements are nested more than 1000 deep: "* ]]
}

@test "a wrong selector is an error before anything runs, at its place" {
	run spile -n 'html "p["'
	assert_status 2
	assert_output 'spile: pipeline:1:6: a name is missing at the end
  html "p["
       ^~~~'
	run spile -n 'html "p" a="b", c="d:foo"'
	assert_status 2
	assert_output "spile: pipeline:1:17: there is no such pseudo-class: 'foo'
  html \"p\" a=\"b\", c=\"d:foo\"
                  ^~~~~~~~~"
	run spile -n 'xml "//dc:date"'
	assert_status 2
	[[ $output == *"namespaces are left out of names: write 'date' for 'dc:date'"* ]]
	run spile -n 'html "(count(//p))"'
	assert_status 2
	[[ $output == *"this finds no elements, it computes a value"* ]]
	run spile -n 'html "p" t=q'
	assert_status 2
	[[ $output == *"'t=' needs a quoted string, not 'q'"* ]]
}

@test "selectors find what cssselect and lxml find" {
	/usr/bin/python3 -c 'import lxml.html, cssselect' 2>/dev/null || skip 'lxml and cssselect are not there'
	run /usr/bin/python3 "$BATS_TEST_DIRNAME/cssselect_diff.py" "$SPILE" 200
	assert_status 0
	[[ $output =~ ^[0-9]+\ selectors\ agree$ ]]
}
