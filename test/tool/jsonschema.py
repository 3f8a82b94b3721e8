#!/usr/bin/env python3
"""A JSON Schema validator, small and strict: drafts 4, 6 and 7.

    jsonschema.py SCHEMA DOCUMENT...

Schemas that SCHEMA refers to are looked for beside it, by `$id` or by the last
part of their address. Nothing is fetched. A keyword that the validator does not
know is an error of the schema: what is not checked must not look checked.
"""
import json
import math
import pathlib
import re
import sys
import urllib.parse

ANNOTATIONS = {
    "$schema", "$id", "id", "$comment", "title", "description", "default", "examples",
    "definitions", "readOnly", "writeOnly", "deprecated", "meta:enum", "contentEncoding",
    "contentMediaType", "then", "else",
}


class SchemaError(Exception):
    """The schema cannot be used."""


class Error:
    """Where a document breaks its schema."""

    def __init__(self, path, message):
        self.path = path
        self.message = message

    def __str__(self):
        return f"{'/'.join(map(str, self.path)) or '(top)'}: {self.message}"


# --- values -------------------------------------------------------------------

def same(a, b):
    """JSON equality: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def canonical(value):
    """A hashable stand-in that is equal where same() is true."""
    if isinstance(value, bool) or value is None:
        return ("literal", value)
    if isinstance(value, (int, float)):
        return ("number", value)
    if isinstance(value, list):
        return ("list", tuple(map(canonical, value)))
    if isinstance(value, dict):
        return ("dict", frozenset((k, canonical(v)) for k, v in value.items()))
    return ("string", value)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TYPES = {
    "null": lambda v: v is None,
    "boolean": lambda v: isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
    "number": is_number,
    "integer": lambda v: is_number(v) and (isinstance(v, int) or v.is_integer()),
}


def brief(value):
    text = json.dumps(value)
    return text if len(text) < 80 else text[:77] + "..."


# --- formats --------------------------------------------------------------------

URI_CHARACTERS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
FORMATS = {
    "date-time": re.compile(
        r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)"
        r"(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"),
    "date": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:" + URI_CHARACTERS),
    "uri-reference": re.compile(URI_CHARACTERS),
    "iri": re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20]*"),
    "iri-reference": re.compile(r"[^\s<>\"{}|\\^`\x00-\x20]*"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "idn-email": re.compile(r"[^@\s]+@[^@\s]+"),
    "regex": re.compile(r".*", re.DOTALL),
}


def pattern(text, cache={}):
    """ECMA 262's `$` is the very end; Python's also stands before a last newline."""
    if text not in cache:
        out, i, in_class = [], 0, False
        while i < len(text):
            c = text[i]
            if c == "\\":
                out.append(text[i:i + 2])
                i += 2
                continue
            if c == "[":
                in_class = True
            elif c == "]":
                in_class = False
            out.append(r"\Z" if c == "$" and not in_class else c)
            i += 1
        cache[text] = re.compile("".join(out))
    return cache[text]


# --- schemas ----------------------------------------------------------------------

class Store:
    """The schemas of a directory, by address."""

    def __init__(self, directory):
        self.by_id = {}
        self.by_name = {}
        for path in sorted(pathlib.Path(directory).glob("*.json")):
            schema = json.loads(path.read_text(encoding="utf-8"))
            self.by_name[path.name] = schema
            address = schema.get("$id", schema.get("id", path.name))
            self.by_id[address.rstrip("#")] = schema
            self.index(schema, address)

    def index(self, schema, base):
        """Schemas inside that have an address of their own."""
        if isinstance(schema, list):
            for item in schema:
                self.index(item, base)
        if not isinstance(schema, dict):
            return
        own = schema.get("$id")
        if isinstance(own, str):
            base = urllib.parse.urljoin(base, own)
            self.by_id.setdefault(base.rstrip("#"), schema)
        for key, value in schema.items():
            if key not in ("enum", "const", "default", "examples"):
                self.index(value, base)

    def document(self, address):
        if address in self.by_id:
            return self.by_id[address]
        name = address.rsplit("/", 1)[-1]
        if name in self.by_name:
            return self.by_name[name]
        raise SchemaError(f"no schema {address}")

    def resolve(self, base, ref):
        """The schema that ref names, and the address it is relative to."""
        address, fragment = urllib.parse.urldefrag(urllib.parse.urljoin(base, ref))
        if fragment and not fragment.startswith("/"):
            return self.document(f"{address}#{fragment}"), address
        schema = self.document(address)
        for part in fragment.split("/")[1:]:
            part = urllib.parse.unquote(part).replace("~1", "/").replace("~0", "~")
            try:
                schema = schema[int(part)] if isinstance(schema, list) else schema[part]
            except (KeyError, IndexError, ValueError):
                raise SchemaError(f"{ref} names nothing in {address}") from None
        return schema, address


class Validator:
    def __init__(self, store, schema, name):
        self.store = store
        self.schema = schema
        self.base = schema.get("$id", schema.get("id", name))
        self.draft4 = "draft-04" in schema.get("$schema", "")

    def errors(self, document):
        return self.check(self.schema, document, [], self.base)

    def valid(self, schema, value, base):
        return next(self.check(schema, value, [], base), None) is None

    def check(self, schema, value, path, base):
        if schema is True:
            return
        if schema is False:
            yield Error(path, "nothing is allowed here")
            return
        if "$ref" in schema:  # what stands beside it is ignored (draft 7, 8.3)
            target, base = self.store.resolve(base, schema["$ref"])
            yield from self.check(target, value, path, base)
            return
        if isinstance(schema.get("$id"), str):
            base = urllib.parse.urljoin(base, schema["$id"])
        for keyword, argument in schema.items():
            method = KEYWORDS.get(keyword)
            if method is not None:
                yield from method(self, argument, value, path, base, schema)
            elif keyword not in ANNOTATIONS:
                raise SchemaError(f"keyword {keyword} is not known")

    # any value

    def type(self, types, value, path, _base, _schema):
        types = [types] if isinstance(types, str) else types
        if not any(TYPES[t](value) for t in types):
            yield Error(path, f"{brief(value)} is no {' or '.join(types)}")

    def enum(self, values, value, path, _base, _schema):
        if not any(same(v, value) for v in values):
            yield Error(path, f"{brief(value)} is none of {brief(values)}")

    def const(self, constant, value, path, _base, _schema):
        if not same(constant, value):
            yield Error(path, f"{brief(value)} is not {brief(constant)}")

    def all_of(self, schemas, value, path, base, _schema):
        for schema in schemas:
            yield from self.check(schema, value, path, base)

    def any_of(self, schemas, value, path, base, _schema):
        if not any(self.valid(s, value, base) for s in schemas):
            yield Error(path, f"{brief(value)} fits none of anyOf")

    def one_of(self, schemas, value, path, base, _schema):
        n = sum(self.valid(s, value, base) for s in schemas)
        if n != 1:
            yield Error(path, f"{brief(value)} fits {n} of oneOf")

    def not_(self, schema, value, path, base, _schema):
        if self.valid(schema, value, base):
            yield Error(path, f"{brief(value)} fits what it must not")

    def if_(self, condition, value, path, base, schema):
        branch = "then" if self.valid(condition, value, base) else "else"
        if branch in schema:
            yield from self.check(schema[branch], value, path, base)

    # numbers

    def minimum(self, limit, value, path, _base, schema):
        if not is_number(value):
            return
        exclusive = schema.get("exclusiveMinimum") is True
        if value < limit or (exclusive and value == limit):
            yield Error(path, f"{value} is less than {limit}")

    def maximum(self, limit, value, path, _base, schema):
        if not is_number(value):
            return
        exclusive = schema.get("exclusiveMaximum") is True
        if value > limit or (exclusive and value == limit):
            yield Error(path, f"{value} is more than {limit}")

    def exclusive_minimum(self, limit, value, path, _base, _schema):
        if not self.draft4 and is_number(value) and value <= limit:
            yield Error(path, f"{value} is not more than {limit}")

    def exclusive_maximum(self, limit, value, path, _base, _schema):
        if not self.draft4 and is_number(value) and value >= limit:
            yield Error(path, f"{value} is not less than {limit}")

    def multiple_of(self, step, value, path, _base, _schema):
        if is_number(value) and not math.isclose(value / step, round(value / step), abs_tol=1e-9):
            yield Error(path, f"{value} is no multiple of {step}")

    # strings

    def min_length(self, n, value, path, _base, _schema):
        if isinstance(value, str) and len(value) < n:
            yield Error(path, f"{brief(value)} is shorter than {n}")

    def max_length(self, n, value, path, _base, _schema):
        if isinstance(value, str) and len(value) > n:
            yield Error(path, f"{brief(value)} is longer than {n}")

    def pattern(self, text, value, path, _base, _schema):
        if isinstance(value, str) and not pattern(text).search(value):
            yield Error(path, f"{brief(value)} does not match {text}")

    def format(self, name, value, path, _base, _schema):
        if name not in FORMATS:
            raise SchemaError(f"format {name} is not known")
        if isinstance(value, str) and not FORMATS[name].fullmatch(value):
            yield Error(path, f"{brief(value)} is no {name}")

    # arrays

    def items(self, items, value, path, base, schema):
        if not isinstance(value, list):
            return
        for i, item in enumerate(value):
            if not isinstance(items, list):
                yield from self.check(items, item, path + [i], base)
            elif i < len(items):
                yield from self.check(items[i], item, path + [i], base)
            else:
                rest = schema.get("additionalItems", True)
                yield from self.check(rest, item, path + [i], base)

    def additional_items(self, _rest, _value, _path, _base, _schema):
        return iter(())  # items looks at it

    def min_items(self, n, value, path, _base, _schema):
        if isinstance(value, list) and len(value) < n:
            yield Error(path, f"fewer than {n} items")

    def max_items(self, n, value, path, _base, _schema):
        if isinstance(value, list) and len(value) > n:
            yield Error(path, f"more than {n} items")

    def unique_items(self, wanted, value, path, _base, _schema):
        if not wanted or not isinstance(value, list):
            return
        seen = set()
        for i, item in enumerate(map(canonical, value)):
            if item in seen:
                yield Error(path + [i], "is there twice")
            seen.add(item)

    def contains(self, schema, value, path, base, _schema):
        if isinstance(value, list) and not any(self.valid(schema, v, base) for v in value):
            yield Error(path, "has no item that it must contain")

    # objects

    def required(self, names, value, path, _base, _schema):
        if isinstance(value, dict):
            for name in names:
                if name not in value:
                    yield Error(path, f"has no member {name}")

    def properties(self, properties, value, path, base, _schema):
        if isinstance(value, dict):
            for name, schema in properties.items():
                if name in value:
                    yield from self.check(schema, value[name], path + [name], base)

    def pattern_properties(self, patterns, value, path, base, _schema):
        if isinstance(value, dict):
            for text, schema in patterns.items():
                for name in value:
                    if pattern(text).search(name):
                        yield from self.check(schema, value[name], path + [name], base)

    def additional_properties(self, rest, value, path, base, schema):
        if not isinstance(value, dict):
            return
        named = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for name in value:
            if name not in named and not any(pattern(p).search(name) for p in patterns):
                if rest is False:
                    yield Error(path, f"has a member {name} too many")
                else:
                    yield from self.check(rest, value[name], path + [name], base)

    def property_names(self, schema, value, path, base, _schema):
        if isinstance(value, dict):
            for name in value:
                yield from self.check(schema, name, path + [name], base)

    def min_properties(self, n, value, path, _base, _schema):
        if isinstance(value, dict) and len(value) < n:
            yield Error(path, f"fewer than {n} members")

    def max_properties(self, n, value, path, _base, _schema):
        if isinstance(value, dict) and len(value) > n:
            yield Error(path, f"more than {n} members")

    def dependencies(self, dependencies, value, path, base, _schema):
        if not isinstance(value, dict):
            return
        for name, needs in dependencies.items():
            if name not in value:
                continue
            if isinstance(needs, list):
                yield from self.required(needs, value, path, base, None)
            else:
                yield from self.check(needs, value, path, base)


KEYWORDS = {
    "type": Validator.type, "enum": Validator.enum, "const": Validator.const,
    "allOf": Validator.all_of, "anyOf": Validator.any_of, "oneOf": Validator.one_of,
    "not": Validator.not_, "if": Validator.if_,
    "minimum": Validator.minimum, "maximum": Validator.maximum,
    "exclusiveMinimum": Validator.exclusive_minimum,
    "exclusiveMaximum": Validator.exclusive_maximum, "multipleOf": Validator.multiple_of,
    "minLength": Validator.min_length, "maxLength": Validator.max_length,
    "pattern": Validator.pattern, "format": Validator.format,
    "items": Validator.items, "additionalItems": Validator.additional_items,
    "minItems": Validator.min_items, "maxItems": Validator.max_items,
    "uniqueItems": Validator.unique_items, "contains": Validator.contains,
    "required": Validator.required, "properties": Validator.properties,
    "patternProperties": Validator.pattern_properties,
    "additionalProperties": Validator.additional_properties,
    "propertyNames": Validator.property_names, "minProperties": Validator.min_properties,
    "maxProperties": Validator.max_properties, "dependencies": Validator.dependencies,
}


def load(path):
    """A validator for the schema in a file, its neighbours at hand."""
    path = pathlib.Path(path)
    store = Store(path.parent)
    return Validator(store, store.by_name[path.name], path.name)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    validator = load(sys.argv[1])
    bad = False
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as f:
            for error in validator.errors(json.load(f)):
                print(f"{name}: {error}")
                bad = True
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
