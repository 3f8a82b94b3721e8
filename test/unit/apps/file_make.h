/* Small archives and programs made in memory, and what is read of them. */
#ifndef CORTEN_TEST_APPS_FILE_MAKE_H
#define CORTEN_TEST_APPS_FILE_MAKE_H

#include "apps/apps.h"

/* --- zip ------------------------------------------------------------------------ */

struct zip_made {
	struct buf bytes, directory;
	uint16_t entries;
};

struct zip_made zip_make(void);
void zip_made_free(struct zip_made *z);
#define cleanup_zip __attribute__((cleanup(zip_made_free)))
void zip_add(struct zip_made *z, const char *name, struct bytes content, bool deflate);
void zip_add_text(struct zip_made *z, const char *name, const char *content);
/* Ends it; nothing is added after. */
struct bytes zip_end(struct zip_made *z);

/* --- ELF ------------------------------------------------------------------------ */

enum { ELF_MADE_32 = 1, ELF_MADE_BIG = 2, ELF_MADE_BARE = 4 /* no table of sections */ };

/* Where the one segment is loaded: all of the file, writable. */
#define ELF_MADE_BASE 0x400000u

struct elf_made_section {
	const char *name;
	struct bytes content;
};

/* The place of section i in the file, before and after it is made. */
size_t elf_made_at(const struct elf_made_section *s, size_t i, unsigned form);
void elf_make(const struct elf_made_section *s, size_t n, unsigned form, struct buf *out);

/* --- reading ---------------------------------------------------------------------- */

struct file_read {
	struct buf packages; /* "type name version[ inner]\n" … */
	struct buf skipped; /* a line each */
	struct error err; /* code 0: none */
	uint64_t bytes_read;
};
#define cleanup_file_read __attribute__((cleanup(file_read_free)))

struct file_read file_read(enum app_kind kind, const char *path, struct bytes content);
void file_read_free(struct file_read *r);

/* Reads and compares. */
void check_file(enum app_kind kind, const char *path, struct bytes content, const char *packages);

#endif
