#!/usr/bin/env python3
"""Every format against its published schema and against the JSON report.

    formats.py REPORT_DEMO SOURCE_DIRECTORY
"""
import base64
import collections
import copy
import csv
import functools
import hashlib
import html.parser
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

DEMO, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
sys.path.insert(0, str(SOURCE / "test/tool"))
sys.dont_write_bytecode = True
import jsonschema  # noqa: E402  (ours, beside report_demo.c)

SCHEMAS = SOURCE / "test/data/schema"
SAMPLES = ("full", "clean", "nothing", "incomplete", "rootfs", "unchecked", "folded", "hostile",
           "large", "suppressed")
# Of the sample "suppressed", in the words that all reports share.
JUSTIFICATIONS = [
    "VEX: not_affected, vulnerable_code_not_in_execute_path: The key lengths of this build are "
    "fixed. (Shop Security, api.vex.json)",
    "VEX: fixed (Shop Security, api.vex.json)",
    "excepted until 2024-12-31: the tool is gone with the next base (ops@shop.example, "
    "exceptions.yaml:4)",
]
ENVIRONMENT = dict(os.environ, SOURCE_DATE_EPOCH="1719878400")


@functools.lru_cache(maxsize=None)
def report(sample, form, *words):
    done = subprocess.run([DEMO, sample, form, "0", *words], env=ENVIRONMENT, check=True,
                          stdout=subprocess.PIPE)
    return done.stdout.decode("utf-8")  # strictly: every format is UTF-8


def document(sample, form, *words):
    return json.loads(report(sample, form, *words))


class Schemas(unittest.TestCase):
    """Each document is valid, and a document that is wrong is seen to be."""

    PATHS = [
        ("json", SOURCE / "doc/scan.schema.json"),
        ("sarif", SCHEMAS / "sarif-schema-2.1.0.json"),
        ("cyclonedx", SCHEMAS / "bom-1.6.SNAPSHOT.schema.json"),
        ("spdx", SCHEMAS / "spdx-2.3.schema.json"),
        # Ours, of what the published one leaves open: ids, dates, creators.
        ("spdx", SOURCE / "test/data/report/spdx-2.3.schema.json"),
        # Put down from the published one.
        ("gitlab", SOURCE / "test/data/report/gitlab-15.0.7.schema.json"),
    ]
    # What breaks a valid document: a path, and what to put there (none: delete).
    WRONG = {
        "json": [
            (["schema"], "corten.scan/2"), (["findings"], None),
            (["findings", 0, "severity"], "terrible"), (["findings", 0, "priority"], None),
            (["findings", 0, "layer"], "sha256:12"), (["findings", 0, "cvss"], 9.8),
            (["findings", 0, "epss"], {"score": 1.5, "percentile": None}),
            (["findings", 0, "fingerprint"], "x"), (["findings", 0, "published"], "long ago"), (["packages", 0, "type"], "exe"),
            (["image", "layers", 0, "size"], -1), (["summary", "severity", "high"], "2"),
            (["database", "built"], "yesterday"), (["timing", "total_ms"], -1),
        ],
        "gitlab": [
            (["version"], "14.0.0"), (["scan"], None), (["scan", "type"], "sast"),
            (["scan", "start_time"], "2026-01-01T00:00:00Z"), (["scan", "status"], "maybe"),
            (["vulnerabilities", 0, "id"], None), (["vulnerabilities", 0, "identifiers"], []),
            (["vulnerabilities", 0, "severity"], "High!"),
            (["vulnerabilities", 0, "location", "image"], ""),
        ],
        "sarif": [
            (["version"], "2.0.0"), (["runs"], {}), (["runs", 0, "tool"], None),
            (["runs", 0, "results", 0, "message"], None),
            (["runs", 0, "results", 0, "level"], "critical"),
            (["runs", 0, "results", 0, "ruleIndex"], -2),
            (["runs", 0, "results", 0, "locations"], {}),
            (["runs", 0, "results", 0, "partialFingerprints"], {"a": 1}),
            (["runs", 0, "results", 0, "unknown"], 1),
            (["runs", 0, "invocations", 0, "executionSuccessful"], None),
            (["runs", 0, "tool", "driver", "rules", 0, "helpUri"], "no uri"),
            (["runs", 0, "tool", "driver", "semanticVersion"], 1),
        ],
        "cyclonedx": [
            (["bomFormat"], "SPDX"), (["specVersion"], None), (["serialNumber"], "urn:uuid:1"),
            (["version"], 0), (["metadata", "timestamp"], "now"),
            (["components", 0, "type"], "package"), (["components", 1, "name"], None),
            (["components", 1, "unknown"], 1), (["components", 1, "properties"], {"a": "b"}),
            (["vulnerabilities", 0, "ratings", 0, "severity"], "negligible"),
            (["vulnerabilities", 0, "affects", 0, "ref"], ""),
            (["vulnerabilities", 0, "analysis"], {"state": "fixed"}),
            (["vulnerabilities", 0, "advisories", 0, "url"], None),
            (["compositions", 0, "aggregate"], "whole"),
        ],
        "spdx": [
            (["SPDXID"], None), (["spdxVersion"], None), (["dataLicense"], 1),
            (["creationInfo", "creators"], []), (["creationInfo", "created"], None),
            (["packages", 0, "name"], None), (["packages", 0, "downloadLocation"], None),
            (["packages", 0, "unknown"], 1), (["packages", 0, "filesAnalyzed"], "no"),
            (["packages", 1, "primaryPackagePurpose"], "LIB"),
            (["packages", 2, "externalRefs", 0, "referenceCategory"], "PURL"),
            (["packages", 0, "checksums", 0, "algorithm"], "SHA-256"),
            (["relationships", 0, "relationshipType"], "HAS"),
        ],
    }

    @classmethod
    def setUpClass(cls):
        cls.validators = [(form, str(path.relative_to(SOURCE)), jsonschema.load(path))
                          for form, path in cls.PATHS]

    def test_every_document_is_valid(self):
        for form, schema, validator in self.validators:
            for sample in set(SAMPLES) - {"large"}:  # more of the same
                with self.subTest(schema=schema, sample=sample):
                    errors = [str(e) for e in validator.errors(document(sample, form))]
                    self.assertEqual(errors, [])

    def test_a_filtered_document_is_valid(self):
        for form, schema, validator in self.validators:
            for words in (("low",), ("fixed", "layer"), ("unknown", "critical")):
                with self.subTest(schema=schema, words=words):
                    errors = [str(e) for e in validator.errors(document("full", form, *words))]
                    self.assertEqual(errors, [])

    def test_a_wrong_document_is_not(self):
        for form, schema, validator in self.validators:
            for path, value in self.WRONG[form]:
                wrong = copy.deepcopy(document("full", form))
                *parents, last = path
                parent = functools.reduce(lambda d, key: d[key], parents, wrong)
                if value is None:
                    del parent[last]
                else:
                    parent[last] = value
                with self.subTest(schema=schema, path=path):
                    self.assertIsNotNone(next(validator.errors(wrong), None))


class Validator(unittest.TestCase):
    """Our validator itself: rules of JSON Schema, draft 7, that are easily missed."""

    CASES = [
        # schema, valid, invalid
        ({"type": "integer"}, [1, 1.0], [1.5, True, "1"]),
        ({"type": "number"}, [1, 1.5], [True, None]),
        ({"enum": [1, "a", None]}, [1.0, "a", None], [True, "b", 0]),
        ({"const": [1, {"a": True}]}, [[1.0, {"a": True}]], [[1, {"a": 1}]]),
        ({"uniqueItems": True}, [[1, True, "1"], [[1], [2]]], [[1, 1.0], [{"a": 1}, {"a": 1}]]),
        ({"pattern": "^a$"}, ["a", 5], ["ab", "a\n"]),
        ({"pattern": "^[$a]+$"}, ["$a"], ["b", ""]),
        ({"items": [{"type": "string"}], "additionalItems": False}, [["a"], []], [["a", 1], [1]]),
        ({"items": {"type": "string"}}, [["a"], [], "x"], [[1]]),
        ({"contains": {"const": 1}}, [[1, 2]], [[], [2]]),
        ({"properties": {"a": {"type": "string"}}, "patternProperties": {"^x": {"type": "integer"}},
          "additionalProperties": False}, [{"a": "", "x1": 1}, []], [{"b": 1}, {"x": "1"}]),
        ({"propertyNames": {"maxLength": 1}}, [{"a": 1}], [{"ab": 1}]),
        ({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, [{"b": 1}, {"a": 1, "b": 1}],
         [{"a": 1}, {"c": 1}]),
        ({"oneOf": [{"type": "number"}, {"minimum": 2}]}, [1, "a"], [3]),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, [1, 2], [3]),
        ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1, 2], [0, 3]),
        ({"not": {"type": "string"}}, [1], ["a"]),
        ({"if": {"const": 1}, "then": False, "else": {"type": "string"}}, ["a"], [1, 2]),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, [2], [1, 3]),
        ({"multipleOf": 0.1}, [0.3, 1], [0.35]),
        ({"minProperties": 1, "maxProperties": 1}, [{"a": 1}], [{}, {"a": 1, "b": 1}]),
        ({"minItems": 1, "maxItems": 1}, [[1]], [[], [1, 2]]),
        ({"minLength": 2, "maxLength": 2}, ["äö"], ["a", "abc"]),
        ({"$ref": "#/definitions/a", "type": "string",
          "definitions": {"a": {"type": "integer"}}}, [1], ["a"]),
        ({"$ref": "other.json#/definitions/a"}, [1], ["a"]),
        ({"properties": {"a": {"$ref": "#"}}, "additionalProperties": False},
         [{"a": {"a": {}}}], [{"a": {"b": 1}}]),
        ({"format": "date-time"}, ["2024-07-02T00:00:00Z", 1], ["2024-07-02", "2024-13-02T00:00:00Z"]),
        ({"format": "uri"}, ["https://x/%20"], ["x", "https://x/%2", "https://x/ y"]),
    ]

    def validator(self, schema):
        store = jsonschema.Store(SCHEMAS)
        store.by_id["other.json"] = {"definitions": {"a": {"type": "integer"}}}
        store.by_id["schema.json"] = schema
        return jsonschema.Validator(store, schema, "schema.json")

    def test_the_rules_of_draft_7(self):
        for schema, valid, invalid in self.CASES:
            validator = self.validator(schema)
            for value in valid:
                with self.subTest(schema=schema, valid=value):
                    self.assertEqual([str(e) for e in validator.errors(value)], [])
            for value in invalid:
                with self.subTest(schema=schema, invalid=value):
                    self.assertIsNotNone(next(validator.errors(value), None))

    def test_draft_4_has_exclusive_limits_as_switches(self):
        validator = self.validator({"$schema": "http://json-schema.org/draft-04/schema#",
                                    "minimum": 1, "exclusiveMinimum": True})
        self.assertIsNone(next(validator.errors(2), None))
        self.assertIsNotNone(next(validator.errors(1), None))

    def test_an_unknown_keyword_is_an_error(self):
        for schema in ({"typo": "string"}, {"format": "weird"}, {"$ref": "#/definitions/none"}):
            with self.assertRaises(jsonschema.SchemaError):
                list(self.validator(schema).errors("a"))


class Json(unittest.TestCase):
    def test_a_day_of_publication_is_told_or_null(self):
        days = {(f["id"], f["published"]) for f in document("full", "json")["findings"]}
        self.assertIn(("CVE-2023-38545", "2023-10-11"), days)
        self.assertIn(("CVE-2023-4911", None), days)


    def test_what_is_suppressed_is_told_with_who_says_so_and_why(self):
        scan = document("suppressed", "json")
        told = [(s["by"], s["status"], s["justification"], s["author"], s["file"], s["line"],
                 s["until"], s["finding"]["id"]) for s in scan["suppressed"]]
        self.assertEqual(told, [
            ("vex", "not_affected", "vulnerable_code_not_in_execute_path", "Shop Security",
             "api.vex.json", None, None, "CVE-2023-5363"),
            ("vex", "fixed", None, "Shop Security", "api.vex.json", None, None, "CVE-2023-45853"),
            ("exception", None, None, "ops@shop.example", "exceptions.yaml", 4, "2024-12-31",
             "CVE-2023-5363")])
        self.assertEqual(scan["summary"]["suppressed"], 3)
        self.assertEqual(scan["summary"]["findings"], len(scan["findings"]))
        self.assertLessEqual(set(scan["findings"][0]), set(scan["suppressed"][0]["finding"]))
        few = document("suppressed", "json", "critical")
        self.assertEqual([s["finding"]["id"] for s in few["suppressed"]], ["CVE-2023-45853"])
        self.assertEqual(few["summary"]["suppressed"], 3)


class Sarif(unittest.TestCase):
    def test_each_result_points_at_its_rule(self):
        for sample in SAMPLES:
            run = document(sample, "sarif")["runs"][0]
            rules = run["tool"]["driver"]["rules"]
            ids = [rule["id"] for rule in rules]
            self.assertEqual(len(ids), len(set(ids)))
            for result in run["results"]:
                self.assertEqual(ids[result["ruleIndex"]], result["ruleId"])
            self.assertEqual(set(ids), {result["ruleId"] for result in run["results"]})

    def test_results_carry_the_fingerprints_of_the_json_report(self):
        for sample in SAMPLES:
            results = document(sample, "sarif")["runs"][0]["results"]
            scan = document(sample, "json")
            findings = scan["findings"] + [s["finding"] for s in scan["suppressed"]]
            self.assertEqual([r["partialFingerprints"]["corten/v1"] for r in results],
                             [f["fingerprint"] for f in findings])
            for result, f in zip(results, findings):
                self.assertEqual(result["properties"].get("published"), f["published"])
                self.assertEqual(result["properties"].get("origin"), f["origin"])

    def test_all_results_or_none_say_whether_they_are_suppressed(self):
        for sample in SAMPLES:
            results = document(sample, "sarif")["runs"][0]["results"]
            scan = document(sample, "json")
            said = [r["suppressions"] for r in results if "suppressions" in r]
            self.assertEqual(len(said), len(results) if scan["suppressed"] else 0)
            self.assertEqual(sum(map(len, said)), len(scan["suppressed"]))
            for one in (s for list_ in said for s in list_):
                self.assertEqual((one["kind"], one["status"]), ("external", "accepted"))

    def test_a_suppression_says_who_and_why(self):
        results = document("suppressed", "sarif")["runs"][0]["results"]
        self.assertEqual([r["suppressions"][0]["justification"] for r in results
                          if r["suppressions"]], JUSTIFICATIONS)

    def test_the_score_stays_in_the_band_of_the_severity(self):
        bands = {"critical": (9, 10), "high": (7, 8.9), "medium": (4, 6.9), "low": (0.1, 3.9),
                 "negligible": (0, 0)}
        for sample in SAMPLES:
            for rule in document(sample, "sarif")["runs"][0]["tool"]["driver"]["rules"]:
                severity = rule["properties"]["tags"][-1]
                score = rule["properties"].get("security-severity")
                if severity in bands:
                    low, high = bands[severity]
                    self.assertTrue(low <= float(score) <= high, (severity, score))

    def test_an_incomplete_scan_is_an_unsuccessful_invocation(self):
        for sample in SAMPLES:
            invocation = document(sample, "sarif")["runs"][0]["invocations"][0]
            incomplete = document(sample, "json")["incomplete"]
            self.assertEqual(invocation["executionSuccessful"], not incomplete)
            self.assertEqual(
                [n["descriptor"]["id"] for n in invocation["toolExecutionNotifications"]],
                [i["code"] for i in incomplete])


class Sboms(unittest.TestCase):
    def test_cyclonedx_refers_to_what_it_lists(self):
        for sample in SAMPLES:
            bom = document(sample, "cyclonedx")
            refs = [c["bom-ref"] for c in bom["components"]]
            refs.append(bom["metadata"]["component"]["bom-ref"])
            self.assertEqual(len(refs), len(set(refs)))
            for vulnerability in bom["vulnerabilities"]:
                for affected in vulnerability["affects"]:
                    self.assertIn(affected["ref"], refs)
            self.assertLessEqual(set(bom["dependencies"][0]["dependsOn"]), set(refs))

    def test_cyclonedx_has_every_package_and_finding(self):
        for sample in SAMPLES:
            bom, scan = document(sample, "cyclonedx"), document(sample, "json")
            self.assertEqual([c["purl"] for c in bom["components"] if c["type"] == "library"],
                             [p["purl"] for p in scan["packages"]])
            marks = [p["value"] for v in bom["vulnerabilities"] for p in v["properties"]
                     if p["name"] == "corten:fingerprint"]
            gone = [s["finding"]["fingerprint"] for s in scan["suppressed"]]
            self.assertCountEqual(marks, [f["fingerprint"] for f in scan["findings"]] + gone)

    def test_cyclonedx_has_an_analysis_of_what_vex_took_away(self):
        bom = document("suppressed", "cyclonedx")
        told = [(v["id"], v["analysis"]["state"], v["analysis"].get("justification"),
                 v["analysis"]["detail"]) for v in bom["vulnerabilities"]
                if any(p["name"] == "corten:suppressed" for p in v["properties"])]
        self.assertEqual(told, [
            ("CVE-2023-5363", "not_affected", "code_not_reachable", JUSTIFICATIONS[0]),
            ("CVE-2023-45853", "resolved", None, JUSTIFICATIONS[1]),
            ("CVE-2023-5363", "in_triage", None, JUSTIFICATIONS[2])])

    def test_cyclonedx_tells_origin_and_day_of_publication(self):
        bom = document("suppressed", "cyclonedx")
        origins = [[p["value"] for p in c["properties"] if p["name"] == "corten:origin"]
                   for c in bom["components"] if c["type"] == "library"]
        self.assertEqual(origins, [[p["origin"]] for p in
                                   document("suppressed", "json")["packages"]])
        days = {v["id"]: v.get("published") for v in bom["vulnerabilities"]}
        self.assertEqual(days["CVE-2023-38545"], "2023-10-11T00:00:00Z")
        self.assertIsNone(days["CVE-2023-4911"])

    def test_cyclonedx_says_when_it_is_not_complete(self):
        for sample in SAMPLES:
            incomplete = bool(document(sample, "json")["incomplete"])
            bom = document(sample, "cyclonedx")
            self.assertEqual(bom["compositions"][0]["aggregate"] == "incomplete", incomplete)

    def test_spdx_ids_are_valid_and_name_what_is_there(self):
        for sample in SAMPLES:
            spdx = document(sample, "spdx")
            ids = [p["SPDXID"] for p in spdx["packages"]] + [spdx["SPDXID"]]
            self.assertEqual(len(ids), len(set(ids)))
            for name in ids:
                self.assertRegex(name, r"\ASPDXRef-[A-Za-z0-9.-]+\Z")
            for r in spdx["relationships"]:
                self.assertIn(r["spdxElementId"], ids)
                self.assertIn(r["relatedSpdxElement"], ids)

    def test_spdx_has_every_package_and_says_when_it_is_not_complete(self):
        for sample in SAMPLES:
            spdx, scan = document(sample, "spdx"), document(sample, "json")
            purls = [r["referenceLocator"] for p in spdx["packages"][1:]
                     for r in p.get("externalRefs", []) if r["referenceType"] == "purl"]
            self.assertEqual(purls, [p["purl"] for p in scan["packages"]])
            self.assertEqual("comment" in spdx, bool(scan["incomplete"]))

    def test_spdx_advisories_are_those_of_the_package(self):
        spdx = document("full", "spdx")
        curl = next(p for p in spdx["packages"] if p["name"] == "curl")
        advisories = [r["comment"] for r in curl["externalRefs"]
                      if r["referenceCategory"] == "SECURITY"]
        self.assertEqual([a.split(",")[0] for a in advisories],
                         ["CVE-2023-38545", "CVE-2023-38546", "CVE-2024-2379"])


class Gitlab(unittest.TestCase):
    def test_what_is_suppressed_is_no_vulnerability_but_a_message(self):
        told = document("suppressed", "gitlab")
        self.assertEqual(len(told["vulnerabilities"]),
                         len(document("suppressed", "json")["findings"]))
        self.assertEqual([m["level"] for m in told["scan"]["messages"]], ["info"])
        self.assertIn("3 findings", told["scan"]["messages"][0]["value"])


class Csv(unittest.TestCase):
    def rows(self, sample):
        return list(csv.DictReader(io.StringIO(report(sample, "csv"), newline=""), strict=True))

    def test_fields_come_back_as_they_went_in(self):
        for sample in ("full", "rootfs", "large", "suppressed"):
            rows = self.rows(sample)
            findings = document(sample, "json")["findings"]
            self.assertEqual(len(rows), len(findings))
            for row, f in zip(rows, findings):
                want = {
                    "id": f["id"], "severity": f["severity"], "priority": f["priority"],
                    "status": f["status"], "package": f["package"]["name"],
                    "version": f["package"]["version"], "purl": f["package"]["purl"],
                    "fixed_version": f["fixed_version"], "layer": f["layer"], "fix": f["fix"],
                    "reason": f["reason"], "fingerprint": f["fingerprint"],
                    "aliases": " ".join(f["aliases"]), "url": f["advisory"]["url"],
                    "origin": f["origin"], "published": f["published"],
                    "kev_added": f["kev"] and f["kev"]["added"],
                    "cvss_vector": f["cvss"] and f["cvss"]["vector"],
                }
                self.assertEqual({k: row[k] for k in want}, {k: v or "" for k, v in want.items()})
                self.assertEqual(float(row["cvss"] or -1), f["cvss"]["score"] if f["cvss"] else -1)
                self.assertEqual(float(row["epss"] or -1), f["epss"]["score"] if f["epss"] else -1)

    def test_records_end_as_rfc_4180_says_and_fields_are_no_formula(self):
        text = report("hostile", "csv")
        self.assertTrue(text.endswith("\r\n"))
        self.assertEqual(text.count("\r"), text.count("\n"))
        for row in self.rows("hostile"):
            self.assertNotIn(None, row)
            for value in row.values():
                self.assertNotIn(value[:1] or "x", "=+-@\t\r\n")

    def test_what_could_not_be_checked_is_a_record(self):
        for sample in SAMPLES:
            codes = [r["id"] for r in self.rows(sample) if r["family"] == "incomplete"]
            self.assertEqual(codes, [i["code"] for i in document(sample, "json")["incomplete"]])


class JUnit(unittest.TestCase):
    # Of each element: attributes it must have, and those it may have.
    ATTRIBUTES = {
        "testsuites": ("", ""),
        "testsuite": ("name id package hostname timestamp time tests failures errors skipped", ""),
        "properties": ("", ""), "property": ("name value", ""),
        "testcase": ("name classname time", ""), "failure": ("type message", ""),
        "error": ("type message", ""), "skipped": ("message", ""),
        "system-out": ("", ""), "system-err": ("", ""),
    }
    CHILDREN = {
        "testsuites": r"(testsuite )*", "property": "", "failure": "", "error": "", "skipped": "",
        "testsuite": r"properties (testcase )*system-out system-err ", "system-out": "",
        "properties": r"(property )*", "testcase": r"((failure|error|skipped) )?", "system-err": "",
    }

    def test_elements_are_those_of_the_schemas_in_use(self):
        for sample in SAMPLES:
            for element in ElementTree.fromstring(report(sample, "junit")).iter():
                must, may = (set(names.split()) for names in self.ATTRIBUTES[element.tag])
                self.assertLessEqual(must, set(element.attrib))
                self.assertLessEqual(set(element.attrib), must | may)
                children = "".join(child.tag + " " for child in element)
                self.assertRegex(children, rf"\A{self.CHILDREN[element.tag]}\Z")

    def test_counts_are_those_of_the_cases(self):
        for sample in SAMPLES:
            suite = ElementTree.fromstring(report(sample, "junit")).find("testsuite")
            self.assertRegex(suite.get("timestamp"), r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z")
            for attribute, path in (("tests", "testcase"), ("failures", "testcase/failure"),
                                    ("errors", "testcase/error"), ("skipped", "testcase/skipped")):
                self.assertEqual(int(suite.get(attribute)), len(suite.findall(path)))
            self.assertGreater(int(suite.get("tests")), 0)

    def test_findings_fail_and_what_is_incomplete_is_an_error(self):
        for sample in SAMPLES:
            scan = document(sample, "json")
            suite = ElementTree.fromstring(report(sample, "junit")).find("testsuite")
            fail = [f for f in scan["findings"] if f["status"] != "unimportant"]
            self.assertEqual(len(suite.findall("testcase/failure")), len(fail))
            self.assertEqual([e.get("type") for e in suite.findall("testcase/error")],
                             [i["code"] for i in scan["incomplete"]])

    def test_what_is_suppressed_is_skipped_and_says_why(self):
        suite = ElementTree.fromstring(report("suppressed", "junit")).find("testsuite")
        cases = [c for c in suite.findall("testcase") if c.find("skipped") is not None]
        told = {c.get("name"): c.find("skipped").get("message") for c in cases}
        self.assertEqual([told[name] for name in (
            "CVE-2023-5363 in libssl3 3.0.9-1", "CVE-2023-45853 in zlib1g 1:1.2.13.dfsg-1",
            "CVE-2023-5363 in openssl 3.0.9-1")], JUSTIFICATIONS)

    def test_only_a_clean_scan_is_green(self):
        green = []
        for sample in SAMPLES:
            suite = ElementTree.fromstring(report(sample, "junit")).find("testsuite")
            if suite.get("failures") == suite.get("errors") == suite.get("skipped") == "0":
                green.append(sample)
        self.assertEqual(green, ["clean", "nothing"])


class Page(html.parser.HTMLParser):
    """What a browser would see of a page."""

    VOID = {"meta", "input", "br"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.texts = [], [], collections.defaultdict(list)
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, (tag, self.stack)
        self.stack.pop()

    def handle_data(self, data):
        if self.stack:
            self.texts[self.stack[-1]].append(data)


class Html(unittest.TestCase):
    def test_elements_are_closed_and_ids_unique(self):
        for sample in SAMPLES:
            page = Page(report(sample, "html"))
            self.assertEqual(page.stack, [])
            ids = [a["id"] for _, a in page.tags if "id" in a]
            self.assertEqual(len(ids), len(set(ids)))

    def test_nothing_is_loaded_from_anywhere(self):
        for sample in SAMPLES:
            page = Page(report(sample, "html"))
            for tag, attributes in page.tags:
                self.assertNotIn(tag, ("link", "img", "iframe", "object", "embed", "base"))
                self.assertNotIn("src", attributes)
                self.assertFalse([a for a in attributes if a.startswith("on") or a == "style"])
                if "href" in attributes:
                    self.assertEqual(tag, "a")
                    self.assertRegex(attributes["href"], r"\Ahttps?://")
            self.assertNotIn("url(", "".join(page.texts["style"]))
            self.assertNotIn("@import", "".join(page.texts["style"]))

    def test_the_policy_allows_exactly_our_script_and_style(self):
        for sample in SAMPLES:
            page = Page(report(sample, "html"))
            policy = next(a["content"] for t, a in page.tags
                          if a.get("http-equiv") == "Content-Security-Policy")
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe", policy)
            for tag in ("script", "style"):
                self.assertEqual(sum(t == tag for t, _ in page.tags), 1)
                digest = hashlib.sha256("".join(page.texts[tag]).encode()).digest()
                self.assertIn(f"{tag}-src 'sha256-{base64.b64encode(digest).decode()}'", policy)

    def test_an_image_cannot_add_elements(self):
        plain, hostile = Page(report("incomplete", "html")), Page(report("hostile", "html"))
        self.assertLessEqual({t for t, _ in hostile.tags}, {t for t, _ in plain.tags})
        self.assertNotIn("alert(", "".join(hostile.texts["script"]))
        text = report("hostile", "html")
        self.assertIsNone(re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text))

    def test_each_vulnerability_has_its_row_and_each_package_too(self):
        for sample in SAMPLES:
            page, scan = Page(report(sample, "html")), document(sample, "json")
            rows = [a for t, a in page.tags if t == "tr" and "data-severity" in a]
            issues = {(f["id"], f["severity"], f["status"], f["fixed_version"]) for f in
                      scan["findings"]}
            self.assertGreaterEqual(len(rows), len(issues))
            text = "".join("".join(t) for t in page.texts.values())
            if sample != "hostile":
                for f in scan["findings"]:
                    self.assertIn(f["id"], text)
            self.assertIn(f"{len(scan['packages'])}", text)

    def test_what_is_suppressed_is_folded_with_who_says_so(self):
        text = report("suppressed", "html")
        self.assertIn("<summary>3 findings that VEX", text)
        for why in JUSTIFICATIONS:
            self.assertIn(f"<td>{html.escape(why)}</td>", text)
        self.assertNotIn("Left out", report("full", "html"))

    def test_origin_and_day_of_publication_are_details(self):
        text = report("suppressed", "html")
        self.assertIn("<dt>Published</dt><dd>2023-10-11</dd>", text)
        self.assertIn("<dt>Origin</dt><dd>the image</dd>", text)
        self.assertIn("<dt>Origin</dt><dd>added or changed since the container", text)
        self.assertNotIn("<dt>Origin</dt>", report("full", "html"))

    def test_what_is_not_complete_is_an_alert(self):
        for sample in SAMPLES:
            page = Page(report(sample, "html"))
            alerts = [a for _, a in page.tags if a.get("role") == "alert"]
            self.assertEqual(len(alerts), bool(document(sample, "json")["incomplete"]))

    def test_controls_have_labels_and_the_page_a_language(self):
        page = Page(report("full", "html"))
        tags = dict(page.tags)
        self.assertEqual(tags["html"], {"lang": "en"})
        text = report("full", "html")
        self.assertEqual(len(re.findall(r"<input", text)), len(re.findall(r"<label[^>]*>[^<]*<input", text)))
        for attributes in (a for t, a in page.tags if t == "th"):
            self.assertEqual(attributes.get("scope"), "col")


class Reports(unittest.TestCase):
    FORMATS = ("table", "json", "sarif", "cyclonedx", "spdx", "junit", "csv", "html")

    def test_the_same_result_gives_the_same_bytes(self):
        for form in self.FORMATS:
            report.cache_clear()
            first = report("full", form)
            report.cache_clear()
            self.assertEqual(first, report("full", form))

    def test_a_filter_shows_less_but_lists_all_packages(self):
        scan, all_of_it = document("full", "json", "critical"), document("full", "json")
        self.assertEqual({f["severity"] for f in scan["findings"]}, {"critical"})
        self.assertEqual(scan["packages"], all_of_it["packages"])
        self.assertEqual(scan["summary"]["shown"], len(scan["findings"]))
        self.assertEqual({**scan["summary"], "shown": 0}, {**all_of_it["summary"], "shown": 0})

    def test_json_says_null_for_what_is_not_known(self):
        def strings(value):
            if isinstance(value, dict):
                return [s for v in value.values() for s in strings(v)]
            if isinstance(value, list):
                return [s for v in value for s in strings(v)]
            return [value]
        for sample in SAMPLES:
            self.assertNotIn("", strings(document(sample, "json")))

    def test_the_documentation_names_every_code_and_member(self):
        text = (SOURCE / "doc/scan-json.md").read_text(encoding="utf-8")
        codes = re.findall(r'\[ERR_\w+\] = "(\w+)"',
                           (SOURCE / "src/base/error.c").read_text(encoding="ascii"))
        for code in set(codes) - {"none", "usage"}:
            self.assertIn(f"`{code}`", text)
        scan = document("suppressed", "json")
        for part in (scan["packages"][0], scan["findings"][0], scan["suppressed"][0],
                     scan["target"], scan["summary"], scan["timing"]):
            for member in part:
                self.assertRegex(text, rf"\b{member}\b")

    def test_a_hundred_thousand_packages_need_little_memory(self):
        for form in self.FORMATS:
            done = subprocess.run([DEMO, "huge", form, "0", "memory"], env=ENVIRONMENT, check=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            with self.subTest(form=form):
                self.assertLess(int(done.stderr.split()[0]), 8 * 1024)  # KiB


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
