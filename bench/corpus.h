/* The files of folders in memory, for benches that look through them on one core. */
#ifndef CORTEN_BENCH_CORPUS_H
#define CORTEN_BENCH_CORPUS_H

#include "base/base.h"

struct corpus_file {
	char *path; /* below the folder that was named */
	struct bytes content;
};

/* There is one: nftw(3) has no argument for its callback. */
extern struct corpus {
	struct corpus_file *files;
	size_t n;
	uint64_t bytes;
} corpus;

/* Adds the regular files of a folder that are neither empty nor over 64 MiB, up to 4 GiB
 * and 400,000 files in all. */
void corpus_add(const char *folder);
/* CPU time of this process. */
uint64_t corpus_cpu_ns(void);
/* Copies as many bytes in pieces of 256 KiB from the same memory: MB a second. */
double corpus_copy_rate(uint64_t bytes);

#endif
