"""Makes rpm databases of all three forms, for tests: rpm headers from fields, and
files around them written by SQLite (Python's), by Berkeley DB's db5.3_load, or,
for ndb, which no library here writes, by ndb_file() below."""
import sqlite3
import struct
import subprocess
import zlib

NULL, CHAR, INT8, INT16, INT32, INT64, STRING, BIN, STRING_ARRAY, I18NSTRING = range(10)
ALIGN = {INT16: 2, INT32: 4, INT64: 8}

REGION = 63
TAGS = {"name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "vendor": 1011,
        "license": 1014, "packager": 1015, "arch": 1022, "sourcerpm": 1044,
        "modularity": 5096}


def encode(kind, value):
    """(bytes, count) of a tag's value."""
    if kind in (STRING, I18NSTRING):
        return value + b"\0", 1
    if kind == STRING_ARRAY:
        return b"".join(v + b"\0" for v in value), len(value)
    if kind == INT32:
        return b"".join(struct.pack(">I", v) for v in value), len(value)
    return value, len(value)


def header(entries, dribbles=()):
    """A header blob. entries: (tag, type, value), in a region as rpm signs them;
    dribbles come behind it."""
    data = b""
    index = []
    for tag, kind, value in entries:
        raw, count = encode(kind, value)
        data += b"\0" * (-len(data) % ALIGN.get(kind, 1))
        index.append((tag, kind, len(data), count))
        data += raw
    trailer = len(data)
    data += struct.pack(">IIiI", REGION, BIN, -16 * (len(index) + 1), 16)
    index.insert(0, (REGION, BIN, trailer, 16))
    for tag, kind, value in dribbles:
        raw, count = encode(kind, value)
        data += b"\0" * (-len(data) % ALIGN.get(kind, 1))
        index.append((tag, kind, len(data), count))
        data += raw
    return struct.pack(">II", len(index), len(data)) + b"".join(
        struct.pack(">IIII", *e) for e in index) + data


def package(fields, filler=0):
    """The header of a package: fields as in TAGS; filler bytes of other tags."""
    entries = []
    for key, tag in TAGS.items():
        if key in fields:
            value = fields[key]
            entries.append((tag, INT32, [value]) if key == "epoch" else (tag, STRING, value))
    half = filler // 2
    entries.append((1005, I18NSTRING, b"d" * half))
    entries.append((1117, STRING_ARRAY, [b"file"] * ((filler - half) // 5 + 1)))
    return header(sorted(entries))


def sqlite_file(path, blobs, page_size=4096, extra=(), encoding="UTF-8"):
    """blobs: {number: blob}. extra: SQL run afterwards (deletes, vacuum, …)."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA page_size = {page_size}")
    db.execute(f"PRAGMA encoding = '{encoding}'")
    db.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, "
               "blob BLOB NOT NULL)")
    db.execute("CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, "
               "idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum))")
    db.execute("BEGIN")
    for number, blob in blobs.items():
        db.execute("INSERT INTO Packages VALUES (?, ?)", (number, blob))
        db.execute("INSERT INTO Name VALUES (?, ?, 0)", (str(number), number))
    db.execute("COMMIT")
    for statement in extra:
        db.execute(statement)
    db.close()


def bdb_file(path, blobs, form="hash", page_size=4096, big_endian=False):
    """form: "hash" or "btree". Key 0 holds the highest number, as rpm has it."""
    order = ">" if big_endian else "<"
    top = struct.pack(order + "I", max(blobs, default=0))
    lines = ["VERSION=3", "format=bytevalue", "type=" + form, f"db_pagesize={page_size}",
             "db_lorder=" + ("4321" if big_endian else "1234"), "HEADER=END"]
    lines += [" 00000000", " " + top.hex()]
    for number, blob in blobs.items():
        lines += [" " + struct.pack(order + "I", number).hex(), " " + blob.hex()]
    lines.append("DATA=END")
    subprocess.run(["db5.3_load", path], input="\n".join(lines).encode() + b"\n", check=True)


def ndb_file(path, blobs, gaps=0):
    """Slots in pages of 4 KiB, blobs in blocks of 16 bytes behind them."""
    count = len(blobs) + gaps
    pages = max(1, -(-(32 + 16 * count) // 4096))
    slots = []
    body = []
    at = pages * 4096
    for number, blob in blobs.items():
        blocks = (16 + len(blob) + 12 + 15) // 16
        raw = b"BlbS" + struct.pack("<III", number, 1, len(blob)) + blob
        raw += b"\0" * (blocks * 16 - 12 - len(raw))
        raw += struct.pack("<II", zlib.adler32(raw), len(blob)) + b"BlbE"
        slots.append(b"Slot" + struct.pack("<III", number, at // 16, blocks))
        body.append(raw)
        at += len(raw)
        if gaps > 0:
            slots.append(b"Slot" + struct.pack("<III", 0, 0, 0))
            body.append(b"old blob's rest!")
            at += 16
            gaps -= 1
    head = b"RpmP" + struct.pack("<IIII", 0, 7, pages, max(blobs, default=0) + 1)
    slot_bytes = b"".join(slots)
    free = (pages * 4096 - 32 - len(slot_bytes)) // 16
    slot_bytes += (b"Slot" + b"\0" * 12) * free
    with open(path, "wb") as f:
        f.write(head.ljust(32, b"\0") + slot_bytes + b"".join(body))
