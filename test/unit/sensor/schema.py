"""Every line that a program prints holds to a schema, and every member of the schema
is seen: what is described and never written would be a promise nobody keeps.

    schema.py SOURCE SCHEMA PROGRAM [ARGUMENT...]
"""
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "test/tool"))
import jsonschema  # noqa: E402


def members(schema, path=()):
    """Paths of all members that a schema describes."""
    for key, value in schema.get("properties", {}).items():
        yield path + (key,)
        yield from members(value, path + (key,))
    if isinstance(schema.get("items"), dict):
        yield from members(schema["items"], path + ("[]",))


def seen_in(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path + (key,)
            yield from seen_in(inner, path + (key,))
    elif isinstance(value, list):
        for inner in value:
            yield from seen_in(inner, path + ("[]",))


def main():
    schema = SOURCE / sys.argv[2]
    validator = jsonschema.load(schema)
    out = subprocess.run(sys.argv[3:], capture_output=True, check=True).stdout
    lines = out.decode("utf-8").splitlines()
    seen = set()
    for number, line in enumerate(lines, 1):
        value = json.loads(line)
        for error in validator.errors(value):
            sys.exit(f"line {number}: {error}\n{line}")
        seen.update(seen_in(value))
    unseen = set(members(json.loads(schema.read_text(encoding="utf-8")))) - seen
    if unseen:
        sys.exit("never written: " + ", ".join("/".join(u) for u in sorted(unseen)))
    print(f"{len(lines)} lines hold to {schema.name}; {len(seen)} members seen")


main()
