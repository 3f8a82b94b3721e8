"""Compares the TOML reader with Python's tomllib on written, generated and damaged documents.

usage: toml_against_python.py ECHO-PROGRAM [COUNT [SEED]]

Both must accept the same documents and see the same values. The differences
that are meant: a byte order mark is passed over, and Corten stops at 100 levels.
"""
import datetime
import json
import math
import random
import struct
import subprocess
import sys
import tomllib

KEYS = ["a", "b", "c", "a-b", "1", "1.2", "''", '"a"', '"a.b"', "'q'", '"\\u00e9"', "3e4", "true"]
BAD_KEYS = ["", "\u00e9", '"""a"""', "a b", "'", '"\\q"', "=", "a..b", ".a", "a.", "a#"]
SCALARS = r"""
0 +1 -1 1_000 0xdead_BEEF 0o17 0b1_0 9223372036854775807 1.5 -0.0 1e5 1E-7 6.6e+3 1_0.0_1
inf -inf +nan true false 1979-05-27 07:32:00 00:32:00.999999 1979-05-27T07:32:00Z
1979-05-27T00:32:00-07:00 1979-05-27t00:32:00.5z 2024-02-29 "" "a" '' 'C:\x' "\t\u00E9\U0001F600"
QQQQQQ QQQaQQQ '''''' '''a'b''c''' QQQQtwoQQQQQ ''''one'''' [] {} [1,2] [1,[2,{a=1}]]
{a=1} {a.b=1,a.c=2} [{}] ["a",'b',] {"x"=[]}
""".replace("Q", '"').split()
SPACED = ["1979-05-27 07:32:00", "1979-05-27 07:32:00.123456+01:30", '"""\n a\r\n b"""',
          '"""a \\\n   b \\  \n\n c"""', "'''\n\n x'''", "[ # c\n 1 , # d\n 2\n, ]", "[\n]", '"# no"',
          '"""\\\n"""', "[1, 2 # x\r\n]", '{ "x y" = [ ] }']
BAD = r"""
01 +01 1_ _1 1__0 0x 0X1 +0x1 0xg 1. .1 1.e1 1e 1e_1 1.0_ 0.1.2 infinity True nul -
1979-13-01 2023-02-29 0000-01-01 24:00:00 07:60:00 07:32 07:32:00. 1979-05-27T 1979-05-27T07:32
1979-05-27T07:32:00+25:00 1979-05-27T07:32:60Z 1979-5-27 "a 'a QQQa '''a "\x41" "\ud800" "\u00"
"\U00110000" [ ] [1 { } {a} {a=} {a=1,} {a=1,a=2} {a={},a.b=1} [,] [1,,2] {,} QQQQQQQQ ''''''''
[1]]] {}} "a"b ''' 'a'' 1979-05-27x 1979-05-27T07:32:00z0
""".replace("Q", '"').split()
BAD_SPACED = ["1 2", "{a=1 b=2}", '"a\nb"', "'a\nb'", "{a=1,\nb=2}", "{\n}", "1\r", "1 # \x01", "'\x7f'", '"\x00"',
              '"""\r"""', '"""a \\ b"""', "1979-05-27 7", "1979-05-27 07:3", "", "[1 2]", '"\\ "', "1\x0b"]
HEADERS = ["[a]", "[b]", "[a.b]", "[a.b.c]", "[ a . 'b' ]", "[[a]]", "[[c]]", "[[a.b]]", "[[ c.d ]]",
           '["a.b"]', "[c.d]", "[c.d.e]", "[1.2]"]
BAD_HEADERS = ["[]", "[[]]", "[a", "[[a]", "[ [a]]", "[a]]", "[a] b=1", "[a.]", "[.a]", "[a b]", "[a]\r"]


def value(rng, bad):
    return rng.choice([BAD, BAD_SPACED][rng.randrange(2)] if bad else [SCALARS, SPACED][rng.random() < 0.3])


def key(rng, bad):
    if bad:
        return rng.choice(BAD_KEYS)
    return rng.choice([".", " . "]).join(rng.choice(KEYS[:4] if rng.random() < 0.7 else KEYS)
                                         for _ in range(rng.choice([1, 1, 1, 2, 2, 3])))


def line(rng, bad):
    what = rng.randrange(8)
    if what == 0:
        return rng.choice(["", "# comment \u00e9", "  \t", "\t# x"])
    if what < 3:
        return rng.choice(BAD_HEADERS if bad else HEADERS)
    bad_key = bad and rng.random() < 0.3
    return f"{key(rng, bad_key)}{rng.choice([' = ', '=', ' =', chr(9) + '= '])}{value(rng, bad and not bad_key)}"


def generated(rng):
    lines = [line(rng, rng.random() < 0.02) for _ in range(rng.randrange(1, 9))]
    return rng.choice(["\n", "\n", "\r\n"]).join(lines).encode() + rng.choice([b"", b"\n"])


def damaged(rng, text):
    text = bytearray(text)
    for _ in range(rng.randrange(1, 3)):
        at = rng.randrange(len(text) + 1)
        what = rng.randrange(3)
        if what == 0:
            del text[at:at + rng.randrange(1, 4)]
        elif what == 1 and at < len(text):
            text[at] = rng.randrange(256)
        else:
            text[at:at] = rng.choice(b"[]{}\"'=.,#\\\n\r\t _-+0:ez").to_bytes(1, "big")
    return bytes(text)


def documents(rng, count):
    for scalar in SCALARS + SPACED + BAD + BAD_SPACED:
        yield f"a = {scalar}\n".encode()
        yield f"a = [{scalar}, {scalar}]".encode()
        yield f"a = {{b = {scalar}}} # x".encode()
    for k in KEYS + BAD_KEYS:
        yield f"{k} = 1".encode()
        yield f"[{k}]\n[x.{k}]".encode()
    for first in HEADERS + BAD_HEADERS + ["a.b=1", "a={}", "a=[]", "a=[{}]", "c.d.e=1", "a.b.c=1"]:
        for second in HEADERS + BAD_HEADERS + ["b.c=1", "a.b.c=1", "b=1", "c.d={}"]:
            yield f"{first}\n{second}\nx.y = 1\n[a.b.d]".encode()
    yield from (b"", b"\n", b"\xff", b"a=1\xc3", b"# \xed\xa0\x80", b"a='\xc3\xa9'", b"\x00", b"\r")
    yield from (b"a=" + b"[" * n + b"]" * n for n in (1, 50, 99))
    for _ in range(count):
        text = generated(rng)
        yield text if rng.random() < 0.6 else damaged(rng, text)


def plain(v):
    if isinstance(v, dict):
        return ["o"] + [x for k, inner in v.items() for x in (k, plain(inner))]
    if isinstance(v, list):
        return ["a"] + [plain(x) for x in v]
    if isinstance(v, str):
        return "$" + v
    return v


def seen(v):
    """What Corten's line says, with the values of its literals."""
    if isinstance(v, list) and v[0] == "o":
        return ["o"] + [x for i in range(1, len(v), 2) for x in (v[i], seen(v[i + 1]))]
    if isinstance(v, list):
        return ["a"] + [seen(x) for x in v[1:]]
    return tomllib.loads("x = " + v[1:])["x"] if isinstance(v, str) and v[0] == "#" else v


def same(want, got):
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(same, want, got))
    if isinstance(want, (datetime.date, datetime.time)):
        return got[:1] == "$" and tomllib.loads("x = " + got[1:])["x"] == want
    if isinstance(want, float) and math.isnan(want):
        return isinstance(got, float) and math.isnan(got)
    return type(want) is type(got) and want == got


def expected(text):
    try:
        return "V", plain(tomllib.loads(text.decode()))
    except ValueError:
        return "E", None
    except RecursionError:
        return "E", None


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    texts = [t for t in documents(rng, count) if not t.startswith(b"\xef\xbb\xbf")]
    stdin = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    out = subprocess.run([program, "toml"], input=stdin, stdout=subprocess.PIPE, check=True)
    lines = out.stdout.decode().split("\n")
    accepted = failed = 0
    for text, answer in zip(texts, lines):
        kind, want = expected(text)
        valid = answer.startswith("V ")
        if valid != (kind == "V") or (valid and not same(want, seen(json.loads(answer[2:])))):
            failed += 1
            print(f"{text!r}\n  want {kind} {want!r}\n  got  {answer!r}")
        accepted += kind == "V"
    failed += len(lines) != len(texts) + 1
    print(f"{len(texts)} documents, {accepted} valid, {failed} differences")
    return 1 if failed or not accepted else 0


if __name__ == "__main__":
    sys.exit(main())
