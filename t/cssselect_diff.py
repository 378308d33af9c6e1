# Random selectors on random pages: spile's html stage beside lxml with cssselect. Prints `N selectors agree`, or the first
# that do not.   python3 cssselect_diff.py SPILE N [SEED]
import random
import re
import subprocess
import sys

import cssselect
import lxml.etree
import lxml.html

SPILE, N = sys.argv[1], int(sys.argv[2])
random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)

TAGS = ['div', 'p', 'span', 'a', 'ul', 'li', 'b', 'section', 'h2', 'em']
CLASSES = ['item', 'price', 'big', 'item-name', 'x']
VALUES = ['/a/b.html', 'en', 'en-US', 'one two', 'two', 'b.html', 'x', '"q"', "it's", '/a']
NAMES = ['href', 'lang', 'title', 'rel']
WORDS = ['the', 'quick', 'brown', 'Fox', 'jumps', 'over']


def attributes():
    out = ''
    if random.random() < .5:
        out += ' class="%s"' % ' '.join(random.sample(CLASSES, random.randint(1, 2)))
    if random.random() < .1:
        out += ' id="main%d"' % random.randint(1, 3)
    if random.random() < .4:
        out += ' %s="%s"' % (random.choice(NAMES), random.choice(VALUES).replace('"', '&quot;'))
    return out


def element(depth):
    tag = random.choice(TAGS if depth < 5 else ['b', 'em', 'span'])
    inside = ''.join(element(depth + 1) if random.random() < .6 and depth < 6 else random.choice(WORDS) + ' '
                     for _ in range(random.randint(0, 4)))
    return '<%s%s>%s</%s>' % (tag, attributes(), inside, tag)


def quoted(value):
    return '"%s"' % value.replace('"', '\\"')


def nth():
    return random.choice(['odd', 'even', '1', '2', '3n', '2n+1', '-n+3', '3n-1', 'n', 'n+2', '-2n+5', ' 2n + 1 '])


def compound(inner=False):
    tag = random.choice(TAGS + ['*'])
    out = '' if inner and random.random() < .5 else tag
    for _ in range(random.choice([0, 0, 1, 1, 2]) if not inner else 1):
        kind = random.randint(0, 7)
        if kind <= 1:
            out += '.' + random.choice(CLASSES)
        elif kind == 2:
            out += '#main%d' % random.randint(1, 3)
        elif kind <= 4:
            op, value = random.choice(['', '=', '~=', '|=', '^=', '$=', '*=']), random.choice(VALUES)
            value = value.split()[0] if op == '~=' else value
            out += '[%s%s]' % (random.choice(NAMES), op + quoted(value) if op else '')
        elif kind == 5 and out != '*':
            out += ':%s(%s)' % (random.choice(['nth-child', 'nth-last-child'] + (['nth-of-type', 'nth-last-of-type'] if out.startswith(tag) and tag != '*' else [])), nth())
        elif kind == 6:
            out += ':' + random.choice(['first-child', 'last-child', 'only-child', 'empty'] +
                                       (['first-of-type', 'last-of-type', 'only-of-type'] if out.startswith(tag) and tag != '*' else []))
        elif not inner:
            out += ':not(%s)' % compound(True) if random.random() < .7 else ':contains("%s")' % random.choice(WORDS)
    return out or tag


def selector():
    out = compound()
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        out += random.choice([' ', ' > ', ' + ', ' ~ ', '>']) + compound()
    return out if random.random() < .8 else out + ', ' + compound()


def text(node):
    return ' '.join(w for w in re.split('[ \t\n\r\f\v]+', node.xpath('string()')) if w)


def spile(page, css):
    done = subprocess.run([SPILE, '-0', 'html q{%s}' % css], input=page.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode('utf-8', 'replace').split('\0')[:-1]


pages = [''.join(element(0) for _ in range(8)) for _ in range(20)]
trees = [lxml.html.document_fromstring('<html><body>%s</body></html>' % p) for p in pages]
wrong = found = 0
for i in range(N):
    css = selector()
    path = lxml.etree.XPath(cssselect.GenericTranslator().css_to_xpath(css))
    k = random.randrange(len(pages))
    want, got = [text(e) for e in path(trees[k])], spile('<html><body>%s</body></html>' % pages[k], css)
    found += len(want)
    if want != got:
        wrong += 1
        print(css, 'on page', k, 'finds', len(got), 'not', len(want))
if wrong or found < N:
    print(wrong, 'of', N, 'differ,', found, 'elements')
    sys.exit(1)
print(N, 'selectors agree')
