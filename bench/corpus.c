#include "corpus.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { FILES_MOST = 400000, DEPTH = 64 };
#define BYTES_MOST (4 * GIB)
#define FILE_MOST (64 * MIB)

struct corpus corpus;
static size_t root; /* bytes of each path that the user named */

static int take_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)ftw;
	if (kind != FTW_F || !S_ISREG(st->st_mode) || corpus.n == FILES_MOST || st->st_size <= 0 ||
	    st->st_size > (off_t)FILE_MOST || corpus.bytes > BYTES_MOST)
		return 0;
	struct buf content = buf_max(FILE_MOST);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, &content, NULL) < 0) {
		buf_free(&content);
		return 0;
	}
	struct corpus_file *f = &corpus.files[corpus.n++];
	f->path = strdup(path + root);
	f->content = buf_view(&content);
	corpus.bytes += content.n;
	return f->path == NULL;
}

void corpus_add(const char *folder)
{
	if (corpus.files == NULL)
		corpus.files = calloc(FILES_MOST, sizeof *corpus.files);
	root = strlen(folder);
	root += root > 0 && folder[root - 1] != '/';
	if (corpus.files != NULL)
		(void)nftw(folder, take_file, DEPTH, FTW_PHYS);
}

uint64_t corpus_cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

double corpus_copy_rate(uint64_t bytes)
{
	enum { PIECE = 256 * 1024 };
	static uint8_t to[PIECE];
	uint64_t done = 0, start = corpus_cpu_ns();
	volatile uint8_t keep = 0;
	while (done < bytes)
		for (size_t i = 0; i < corpus.n && done < bytes; i++)
			for (size_t at = 0; at < corpus.files[i].content.n; at += PIECE) {
				struct bytes b = bytes_sub(corpus.files[i].content, at, at + PIECE);
				memcpy(to, b.p, b.n);
				keep = (uint8_t)(keep + to[0]);
				done += b.n;
			}
	return (double)done * 1000 / (double)(corpus_cpu_ns() - start + 1);
}
