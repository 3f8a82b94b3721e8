"""Compares the JSON reader with Python's on generated and on damaged documents.

usage: json_against_python.py ECHO-PROGRAM [COUNT [SEED]]

Both must accept the same documents and see the same values. The differences
that are meant: Python keeps lone surrogates where Corten writes U+FFFD, and
Corten stops at 128 levels.
"""
import json
import random
import struct
import subprocess
import sys

STRINGS = ["", "a", "CVE-2024-1234", "\u00e9\u00df", "\u4e2d\u6587", "\U0001f600", "\x7f",
           "\"\\/\b\f\n\r\t", "\x00\x01\x1f", "x" * 300, "\ufffd\ufeff", "\u2028"]
RAW = [b'"\\ud800"', b'"\\udc00x"', b'"\\ud800\\n"', b'"\\ud83d\\ude00"', b'"\\ud800\\ud83d\\ude00"',
       b'"\\ud83dA"', b'"\xff"', b'"\xc3"', b'"\xe2\x82"', b'"\xe2\x28\xa1"', b'"\xf0\x9f\x98"',
       b'"\xf0\x80\x80\x80"', b'"\xed\xa0\x80"', b'"\xf5\x80"', b'"\xc0\xaf"', b'"\xf4\x90\x80\x80"',
       b'"\\u00"', b'"\\x41"', b'"\\', b'"a\nb"', b"'a'", b'01', b'-', b'-0', b'0.', b'.5', b'1e',
       b'1e+', b'1E-2', b'1.5e300', b'+1', b'0x10', b'NaN', b'-Infinity', b'Infinity', b'tru', b'nul',
       b'True', b'truefalse', b'[,]', b'[1,]', b'{"a":1,}', b'{,}', b'{"a"}', b'{"a" 1}', b'{1:2}',
       b'[1 2]', b'[', b'{', b']', b'}', b'[}', b'{]', b'', b' ', b'\x00', b'1 1', b'{}{}', b'//x',
       b'/**/1', b'\xef\xbb\xbf1', b'\xef\xbb\xbf\xef\xbb\xbf1', b'\xef\xbb1', b'[\xef\xbb\xbf1]',
       b'\x0b1', b'\xc2\xa01', b'"\\u0000"', b'"\\uD83D\\uDE0"', b'1\x00', b'[1]\n\n', b'"\x7f"']


def scalar(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(STRINGS)
    if kind == 1:
        return "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(0, 0x300),
                                       rng.randrange(0x10000, 0x10FFFF)]))
                       for _ in range(rng.randrange(40)))
    if kind == 2:
        return rng.choice([0, -1, 2**63, -2**63, 10**30, rng.randrange(10**6)])
    if kind == 3:
        return rng.choice([0.5, -1e-7, 1e300, rng.random()])
    return rng.choice([True, False, None])


def value(rng, depth):
    kind = rng.randrange(8)
    if depth > 6 or kind < 4:
        return scalar(rng)
    if kind < 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(6))]
    return {scalar_key(rng): value(rng, depth + 1) for _ in range(rng.randrange(6))}


def scalar_key(rng):
    return rng.choice(STRINGS) + str(rng.randrange(100))


def damaged(rng, text):
    text = bytearray(text)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        what = rng.randrange(4)
        if what == 0 and text:
            del text[at:at + rng.randrange(1, 4)]
        elif what == 1:
            text[at:at] = rng.choice(RAW)
        elif what == 2 and at < len(text):
            text[at] = rng.randrange(256)
        else:
            text[at:at] = bytes([rng.choice(b'{}[]":,\\0-.eE \n')])
    return bytes(text)


def documents(rng, count):
    yield from RAW
    yield from (b"[" * n + b"]" * n for n in (1, 127, 128))
    for _ in range(count):
        text = json.dumps(value(rng, 0), ensure_ascii=rng.random() < 0.5,
                          indent=rng.choice([None, None, 1])).encode("utf-8", "surrogatepass")
        yield text if rng.random() < 0.4 else damaged(rng, text)


def mended(text):
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


class Pairs(list):
    pass


def plain(v):
    if isinstance(v, Pairs):
        return ["o"] + [x for k, inner in v for x in (mended(k), plain(inner))]
    if isinstance(v, list):
        return ["a"] + [plain(x) for x in v]
    if isinstance(v, tuple):
        return "#" + v[0]
    return "$" + mended(v) if isinstance(v, str) else v


def refuse(name):
    raise ValueError(name)


def expected(text):
    """("V", value) or ("E", None)"""
    try:
        return "V", plain(json.loads(text.decode("utf-8-sig", "replace"),
                                object_pairs_hook=Pairs, parse_constant=refuse,
                                parse_int=lambda s: (s,), parse_float=lambda s: (s,)))
    except ValueError:
        return "E", None


def compare(program, piece, texts):
    stdin = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    out = subprocess.run([program, str(piece)], input=stdin, stdout=subprocess.PIPE, check=True)
    lines = out.stdout.decode().split("\n")
    accepted = failed = 0
    for text, line in zip(texts, lines):
        want = expected(text)
        got = line[:1], json.loads(line[2:]) if line.startswith("V ") else None
        if got != want:
            failed += 1
            print(f"piece {piece}: {text!r}\n  want {want!r}\n  got  {line!r}")
        accepted += want[0] == "V"
    if len(lines) != len(texts) + 1:
        failed += 1
        print(f"{len(texts)} documents, {len(lines) - 1} answers")
    print(f"piece {piece}: {len(texts)} documents, {accepted} valid, {failed} differences")
    return failed


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    texts = list(documents(rng, count))
    return 1 if sum(compare(program, piece, texts) for piece in (0, 1, 7, 100000)) else 0


if __name__ == "__main__":
    sys.exit(main())
