"""Compares the YAML reader with PyYAML's parser under the core schema of YAML 1.2.

usage: yaml_against_python.py ECHO-PROGRAM [COUNT [SEED]]

PyYAML resolves scalars by YAML 1.1, so its nodes are resolved here, by the
specification's table (10.3.2). Both must accept the same documents and see the
same values. The differences that are meant: keys are strings, the last of equal
keys holds, tags make strings, 100 levels. Without PyYAML the test is skipped.
"""
import json
import os
import random
import re
import struct
import subprocess
import sys

try:
    import yaml
except ImportError:
    # Debian's package is there for Debian's interpreter only.
    if sys.executable != "/usr/bin/python3" and os.access("/usr/bin/python3", os.X_OK):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("skipped: no PyYAML here (Debian package python3-yaml)")
    sys.exit(77)

# The parser in C where PyYAML was built with it: the one that ships is in Python.
Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
NULL = re.compile(r"null|Null|NULL|~|")
BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
NUMBER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
                    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
                    r"|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")
SCALARS = """null Null ~ true True TRUE false yes no on off y tRue nuLL 0 -1 +12 007 0o17 0o8 0x1F 0xG 1e5 1.
.5 -.5e-3 1e 1_000 .inf -.Inf +.INF .nan .NaN -.nan 12:30:45 2001-12-14 1.2.3 =  << abc a-b a/b @ % `x` - -- ... 'a'
"b" '' "" 'it''s' "\\n\\t\\x41\\u00e9\\U0001F600" "\\/" "\\q" '\\n' !x !!str !!int &a *a *b | > |- >+ # : :x x: a:b a#b
[] {} [1,2] {a:1} {"a":1} [a,{b:c}] [*a,*a] {a,b} [,] {,} [a]] "a 'b ? ?x !!map""".split()
SPACED = ["a b", "{a: 1, b: [2, 3]}", "[a: b, c: d]", "&a {x: 1}", "&b [1, *a]", "&a 5", "*a", "{<<: *a, y: 2}", "!!str 12",
          "!!int 12", "! 12", "!x {a: 1}", "|\n  text\n   more\n", ">\n  fold\n  ed\n\n  x\n", "|2-\n    x\n", "{? a : b}",
          "\n  - 1\n  - 2", "\n  k: v\n  l: w", "\n- 1\n- - 2\n  - 3", "{a: 1, a: 2}", '"a\n  b"', "'a\n\n  b'", "a\n  b", "? [x]\n: y",
          "{*a : 1}", "\t", "a\tb", "- x", "? x", "&a", "&a &b x", "*a *b", "\n  *a : z"]
KEYS = ["a", "b", "c", '"a"', "'b'", "1", "true", "null", "~", "<<", "a b", "&k a", "*k ", "? d", "[x]", "é", "x.y/z"]


def line(rng):
    what = rng.randrange(10)
    indent = " " * rng.choice([0, 0, 0, 0, 1, 2, 2, 4])
    if what == 0:
        return indent + rng.choice(["", "# comment", "---", "...", "--- x", "%YAML 1.2", "--- # c", "%TAG ! x"])
    v = rng.choice(SPACED if rng.random() < 0.3 else SCALARS)
    if what < 4:
        return f"{indent}- {v}"
    return f"{indent}{rng.choice(KEYS)}: {v}"


def generated(rng):
    if rng.random() < 0.5:
        return "\n".join(line(rng) for _ in range(rng.randrange(1, 6))).encode()
    return "\n".join(f"k{i}: {rng.choice(SCALARS + SPACED)}" for i in range(rng.randrange(1, 5))).encode() + b"\n"


def tree(rng, depth):
    what = rng.randrange(6)
    if depth > 4 or what < 2:
        return rng.choice([1, -2.5, True, None, "x", "true", "", "a: b", "multi\nline\n", "é\U0001f600", " x ", "007", "#"])
    if what < 4:
        return [tree(rng, depth + 1) for _ in range(rng.randrange(4))]
    shared = tree(rng, depth + 2)
    return {rng.choice("abcdefg") * rng.randrange(1, 3): rng.choice([shared, tree(rng, depth + 1)])
            for _ in range(rng.randrange(5))}


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
            text[at:at] = rng.choice(b"[]{}\"':,-?&*!|>#\n\t ").to_bytes(1, "big")
    return bytes(text)


def documents(rng, count):
    for v in SCALARS + SPACED:
        yield f"{v}\n".encode()
        yield f"k: {v}\n".encode()
        yield f"- &a x\n- {v}\n".encode()
        yield f"- &a {{q: 1}}\n- {v}\n- *a\n".encode()
    yield from (b"", b"\n", b"# x", b"---", b"---\n...\n", b"a\n---\nb\n", b"--- a\n...\n# x\n", b"\xff", b"\x00",
                b"&a [*a]", b"&a {x: *a}", b"a: &x 1\na: 2\nb: *x", b"[" * 99 + b"]" * 99, b"\xef\xbb\xbfa: 1",
                b"a: 1\n...\n\n---\nb: 2", b"\xc3\xa9: \xc3\xa9\n---\n\xe4\xb8\xad: 1")
    for _ in range(count):
        made = yaml.safe_dump(tree(rng, 0), allow_unicode=rng.random() < 0.5,
                              default_flow_style=rng.choice([True, False, None])).encode()
        text = made if rng.random() < 0.3 else generated(rng)
        yield text if rng.random() < 0.6 else damaged(rng, text)


class Refused(Exception):
    pass


def scalar(e):
    text = e.value
    if e.style or e.tag is not None:
        return "$" + text
    if NULL.fullmatch(text):
        return None
    if BOOL.fullmatch(text):
        return text[0] in "tT"
    return ("#" if NUMBER.fullmatch(text) else "$") + text


def plain(events, anchors):
    """The next node of an event stream, as tree_echo writes it."""
    e = next(events)
    if isinstance(e, yaml.AliasEvent):
        if e.anchor not in anchors or anchors[e.anchor] is Refused:
            raise Refused
        return anchors[e.anchor]
    anchor = getattr(e, "anchor", None)
    if anchor:
        anchors[anchor] = Refused
    if isinstance(e, yaml.ScalarEvent):
        v = scalar(e)
    elif isinstance(e, yaml.SequenceStartEvent):
        v = ["a"]
        while (item := plain(events, anchors)) is not events:
            v.append(item)
    elif isinstance(e, yaml.MappingStartEvent):
        v = mapping(events, anchors)
    else:
        return events
    if anchor:
        anchors[anchor] = v
    return v


def key_of(events, anchors):
    e = next(events)
    if isinstance(e, yaml.MappingEndEvent):
        return None
    if isinstance(e, yaml.AliasEvent):
        if isinstance(anchors.get(e.anchor, Refused), (list, type)):
            raise Refused
        v = anchors[e.anchor]
        return {None: "", True: "true", False: "false"}.get(v) if not isinstance(v, str) else v[1:]
    if not isinstance(e, yaml.ScalarEvent):
        raise Refused
    if e.anchor:
        anchors[e.anchor] = scalar(e)
    return e.value


def mapping(events, anchors):
    members = {}
    while (key := key_of(events, anchors)) is not None:
        members[key] = plain(events, anchors)
    return ["o"] + [x for pair in members.items() for x in pair]


def expected(text):
    try:
        events = yaml.parse(text.decode("utf-8-sig"), Loader=Loader)
        found = ["a"]
        for e in events:
            if isinstance(e, yaml.DocumentStartEvent):
                found.append(plain(events, {}))
                next(events)
        return "V", found
    except (yaml.YAMLError, Refused, UnicodeDecodeError):
        return "E", None


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    texts = list(documents(rng, count))
    stdin = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    out = subprocess.run([program, "yaml-all"], input=stdin, stdout=subprocess.PIPE, check=True)
    lines = out.stdout.decode().split("\n")
    accepted = failed = 0
    for text, answer in zip(texts, lines):
        want = expected(text)
        got = answer[:1], json.loads(answer[2:]) if answer.startswith("V ") else None
        if got != want:
            failed += 1
            print(f"{text!r}\n  want {want!r}\n  got  {answer!r}")
        accepted += want[0] == "V"
    failed += len(lines) != len(texts) + 1
    print(f"{len(texts)} documents, {accepted} valid, {failed} differences ({Loader.__name__})")
    return 1 if failed or not accepted else 0


if __name__ == "__main__":
    sys.exit(main())
