/* As much of ELF (System V gABI, chapters 4 and 5) as it takes to find three
 * sections and the data segments, of either class and byte order. */
#ifndef CORTEN_APPS_ELF_H
#define CORTEN_APPS_ELF_H

#include "apps/binary.h"

/* [at, at + n) of the file; it lies inside. */
struct elf_range {
	uint64_t at, n;
};

enum { ELF_SEGMENTS_MAX = 64 };

struct elf_segment {
	uint64_t address;
	struct elf_range range;
	bool writable;
};

/* A section that is not there, or leaves the file, has n 0. */
struct elf {
	const struct pkg_file *file;
	bool wide, big;
	bool has_sections; /* a table of them that can be read */
	struct elf_range go_build; /* .go.buildinfo */
	struct elf_range rust_deps; /* .dep-v0 */
	struct elf_range constants; /* .rodata */
	struct elf_segment segments[ELF_SEGMENTS_MAX]; /* PT_LOAD */
	size_t n_segments;
};

/* ERR_MALFORMED, ERR_TRUNCATED when the header or the segments' table is. What is
 * wrong with sections only makes them absent: a loader does not need them, and
 * tools that shorten programs cut them off. */
int elf_open(const struct pkg_file *file, struct elf *ret, struct error *err);

/* Where the n bytes at this address lie in the file; false when nowhere. */
bool elf_place(const struct elf *e, uint64_t address, uint64_t n, uint64_t *ret_at);

/* A number of size 2, 4 or 8 in the file's byte order. */
uint64_t elf_number(const struct elf *e, const uint8_t *p, size_t size);

#endif
