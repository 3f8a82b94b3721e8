/* Runs a fuzz harness over the files of its corpus: argv[1] is the directory. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(int dirfd, const char *name)
{
	struct error err = { 0 };
	cleanup_close int fd = fd_open_read(dirfd, name, &err);
	cleanup_buf struct buf content = buf_max(64 * MIB);
	if (fd < 0 || fd_read_all(fd, &content, &err) < 0) {
		(void)fprintf(stderr, "%s: %s\n", name, err.text);
		return -1;
	}
	(void)LLVMFuzzerTestOneInput(content.p, content.n);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	cleanup_closedir DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (dir == NULL) {
		(void)fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
		return EXIT_FAILURE;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		if (replay(dirfd(dir), e->d_name) < 0)
			return EXIT_FAILURE;
		count++;
	}
	(void)printf("%u inputs\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
