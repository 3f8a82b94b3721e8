"""Meson's testlog.json as result lines: one for each cmocka test function, one
for each test program that is not of cmocka.

usage: unit-results.py TESTLOG PREFIX"""

import json
import re
import sys

PASSED = re.compile(r"^\[ +OK +\] (\S+)", re.M)
FAILED = re.compile(r"^\[ +FAILED +\] (\w+)$", re.M)
# What the test printed before it skipped itself is the reason.
SKIPPED = re.compile(r"^\[ RUN +\] (\w+)\n((?:[^\[\n].*\n)*)\[ +SKIPPED +\] \1$", re.M)


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"


def results_of(test):
    """Yields (word, name, reason) for one test program."""
    program = test["name"].split(" / ")[-1]
    output = test.get("stdout", "") + "\n" + test.get("stderr", "")
    passed = PASSED.findall(output)
    failed = sorted(set(FAILED.findall(output)) - set(passed))
    for function in passed:
        yield "ok", f"{program}: {function}", None
    for function, reason in sorted(set(SKIPPED.findall(output))):
        yield "skip", f"{program}: {function}", last_line(reason)
    for function in failed:
        yield "not ok", f"{program}: {function}", "see meson-logs/testlog.txt"
    if test["result"] == "SKIP":
        yield "skip", program, last_line(output)
    elif test["result"] != "OK" and not failed:
        yield "not ok", program, f"{test['result']}: {last_line(output)}"
    elif test["result"] == "OK" and not passed:
        yield "ok", program, None


def main():
    path, prefix = sys.argv[1:]
    count = 0
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            for word, name, reason in results_of(json.loads(line)):
                count += 1
                print(f"{word} {prefix}/{name}" + (f": {reason}" if reason else ""))
    if count == 0:
        print(f"not ok {prefix}/unit tests: none ran")


main()
