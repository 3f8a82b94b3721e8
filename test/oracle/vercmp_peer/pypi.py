# packaging, the reference implementation of PEP 440. See ../vercmp_peer.py.
import sys

from packaging.version import InvalidVersion, Version


def sign(a, b):
    try:
        x, y = Version(a), Version(b)
    except InvalidVersion:
        return "?"
    return "<" if x < y else ">" if x > y else "="


for line in sys.stdin:
    print(sign(*line.rstrip("\n").split("\t")))
