#!/usr/bin/env python3
"""apps_javascript.py APPS_LIST [FOLDER]: published JavaScript libraries against Corten.

The libraries below come with `npm pack` (nothing of them is run) and are unpacked into
FOLDER, or into a temporary one, as a web server would have them. APPS_LIST
(apps_list.c) must tell each with its version. A file that tells another version of the
library that it is in is counted as wrong, though it is most often the file that is
(c3 0.7.20 calls itself 0.7.18); other libraries in it are only counted. Prints
precision and recall; the status is 1 when precision is under 0.9 or recall under
0.8, 77 when nothing can be downloaded.
"""
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

LIBRARIES = """alasql@1.7.3 angular@1.8.2 axios@0.21.0 axios@1.4.0 backbone@1.4.0 bootstrap@3.4.1
bootstrap@4.6.2 bootstrap@5.3.0 bootstrap-select@1.13.18 c3@0.7.20 chart.js@2.9.3 chart.js@3.9.1
d3@5.16.0 d3@7.8.0 datatables.net@1.10.22 dojo@1.16.2 dompurify@2.2.0 echarts@5.3.0
ember-source@3.28.0 froala-editor@3.2.6 fullcalendar@5.11.0 handlebars@4.7.6 highcharts@9.0.0
highlight.js@10.4.0 jquery@1.12.4 jquery@3.6.0 jquery-migrate@3.3.2 jquery-ui@1.13.2
jquery-ui-dist@1.12.1 jquery-validation@1.19.3 jszip@3.7.0 knockout@3.5.0 leaflet@1.9.3
lodash@4.17.20 markdown-it@12.3.0 marked@4.0.10 mathjax@2.7.8 modernizr@3.13.0 moment@2.29.1
mootools@1.5.2 mustache@4.0.0 pdfjs-dist@2.16.105 plupload@2.3.9 popper.js@1.16.1 protobufjs@6.11.2
quill@1.3.7 react@16.14.0 react@17.0.2 react-dom@16.14.0 requirejs@2.3.6 select2@4.0.13
socket.io-client@4.6.1 summernote@0.8.20 svelte@3.49.0 swfobject@2.2.1 swiper@8.4.0 tinymce@5.7.0
ua-parser-js@0.7.22 underscore@1.12.0 video.js@7.10.0 vue@2.6.14 vue@3.2.47""".split()
CALLED = {"jquery-ui-dist": "jquery-ui", "ember-source": "ember"}


def fetch(npm, library, folder):
    place = folder / "www" / library
    if place.exists():
        return True
    run = subprocess.run([npm, "pack", "--silent", library], cwd=folder, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    if run.returncode != 0:
        return False
    with tarfile.open(folder / run.stdout.split()[-1]) as packed:
        for member in packed.getmembers():
            if member.isfile() and ".." not in member.name and not member.name.startswith("/"):
                target = place / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.extractfile(member).read())
    return True


def told(apps_list, folder):
    run = subprocess.run([apps_list, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = collections.defaultdict(collections.Counter)
    for line in run.stdout.splitlines():
        kind, _, name, version, *_, path = line.split("\t")
        if kind == "javascript":
            found[path.split("/")[1]][name, version] += 1
    return found


def main():
    apps_list, npm = os.path.abspath(sys.argv[1]), shutil.which("npm")
    right = wrong = missed = others = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else temporary).resolve()
        if npm is None or not fetch(npm, "jquery@3.6.0", folder):
            print("skipped: npm is not here, or cannot reach its registry")
            sys.exit(77)
        came = [library for library in LIBRARIES if fetch(npm, library, folder)]
        found = told(apps_list, folder)
    for library in came:
        name, version = library.rsplit("@", 1)
        name = CALLED.get(name, name)
        right += found[library][name, version] > 0
        if not found[library][name, version]:
            missed += 1
            print(f"  {library}: not told")
        for other, files in found[library].items():
            if other[0] == name and other[1] != version:
                wrong += 1
                print(f"  {library}: told {other[0]} {other[1]} for {files} files")
            others += other[0] != name
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    print(f"{right} of {len(came)} libraries right, {wrong} wrong, {others} others in them: "
          f"precision {precision:.3f}, recall {recall:.3f}")
    sys.exit(precision < 0.9 or recall < 0.8)


if __name__ == "__main__":
    main()
