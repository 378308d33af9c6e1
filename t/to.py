#!/usr/bin/env python3
"""What t/to.bats compares `to` with: Python's own csv and json modules. Usage: to.py COMMAND [ARGUMENT...]"""
import csv
import io
import json
import random
import re
import sys


def hostile(fields, end):
    """Lines of so many fields with 0x1f between them, of what breaks formats. Newlines are among it if lines end in NUL."""
    r = random.Random(7)
    end = b'\0' if end == 'NUL' else b'\n'
    bits = [b'a', b'"', b'""', b',', b';', b'\t', b' ', b'\r', b'\r\n', b'\n', b'\\', b"'", b'\xc3\xa9', b'\xe2\x82\xac',
            b'\xf0\x9f\x98\x80', b'\xff', b'\xc3', b'\xe2\x82', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xc0\x80', b'\xf0\x9f\x98', b'1', b'0',
            b'-', b'.5', b'e3', b'\x00', b'\x01', b'\x1b', b'\x7f', b'null', b'{', b'=', b':', b'|', b'\xcc\x81', b'\xe4\xb8\xad']
    for _ in range(4000):
        f = [b''.join(r.choice(bits) for _ in range(r.choice([0, 1, 1, 2, 3, 8]))) for _ in range(int(fields))]
        sys.stdout.buffer.write(b'\x1f'.join(x.replace(end, b'') for x in f) + end)


def rows(name, end):
    data = open(name, 'rb').read().split(b'\0' if end == 'NUL' else b'\n')
    return [r.split(b'\x1f') for r in data[:-1]]



def check_csv(name, end, got):
    """The same as csv.writer, all versions of which quote what holds a carriage return or a newline here."""
    out = io.StringIO(newline='')
    for r in [[b'a', b'b', b'c']] + rows(name, end):
        line = io.StringIO(newline='')
        csv.writer(line, lineterminator='\r\n').writerow([f.decode('latin1') for f in r])
        out.write(line.getvalue()[:-2] + '\n')
    got = open(got, 'rb').read()
    assert out.getvalue().encode('latin1') == got, 'differs from csv.writer'
    back = list(csv.reader(io.StringIO(got.decode('latin1'), newline='')))
    assert back[1:] == [[f.decode('latin1') for f in r] for r in rows(name, end)], 'differs when it is read again'


NUMBER = re.compile(r'-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?')


def spell(field):
    text = field.decode('utf-8', 'replace')
    return text if NUMBER.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def check_json(name, end, got):
    want = [''.join('{"a":%s,"b":%s,"c":%s}' % tuple(map(spell, r))) for r in rows(name, end)]
    got = open(got, 'rb').read().decode().split('\n')
    for w, g in zip(want, got):
        assert w == g, (w, g)
    assert want == got[:-1]


def check_array(name, end, got):
    want = [{k: json.loads(spell(f)) for k, f in zip('abc', r)} for r in rows(name, end)]
    text = open(got, 'rb').read().rstrip(b'\0\n').decode()
    assert repr(json.loads(text)) == repr(want)


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[2:])
