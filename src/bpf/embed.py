"""Makes the C file that holds the kernel programs' objects: their bytes come in by
the assembler, the table names them. embed.py OUT.c OBJECT..."""

import pathlib
import sys

HEAD = '''/* Made by embed.py: the kernel programs' objects. */
#include "bpf/bpf_internal.h"

'''

ONE = '''__asm__(".pushsection .rodata, \\"a\\"\\n"
	".balign 16\\n"
	"embedded_{name}:\\n"
	".incbin \\"{path}\\"\\n"
	"embedded_{name}_end:\\n"
	".popsection\\n");
extern const unsigned char embedded_{name}[] __attribute__((visibility("hidden")));
extern const unsigned char embedded_{name}_end[] __attribute__((visibility("hidden")));

'''


def main():
    out, objects = sys.argv[1], [pathlib.Path(p) for p in sys.argv[2:]]
    names = [p.name.split(".")[0] for p in objects]
    text = HEAD
    for name, path in zip(names, objects):
        text += ONE.format(name=name, path=path.resolve())
    text += "const struct bpf_embedded bpf_embedded[] = {\n"
    for name in names:
        text += f'\t{{"{name}", embedded_{name}, embedded_{name}_end}},\n'
    text += "};\nconst size_t bpf_embedded_count = sizeof(bpf_embedded) / sizeof(bpf_embedded[0]);\n"
    pathlib.Path(out).write_text(text, encoding="utf-8")


main()
