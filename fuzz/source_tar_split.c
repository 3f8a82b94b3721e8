/* A layer's tar-split file, compressed or not: frames that fit, or an error. */
#include <stdlib.h>
#include <sys/mman.h>

#include "ipc/ipc.h"
#include "source/protocol.h"
#include "source/tar_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frames(const struct buf *out)
{
	struct cursor c = cursor_of(buf_view(out));
	struct msg_reader m;
	struct error err = { 0 };
	int got;
	while ((got = frame_decode(&c, &m, &err)) > 0)
		if (m.type != RUNTIME_SPLIT_BYTES && m.type != RUNTIME_SPLIT_FILE)
			abort();
	if (got < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct buf out = buf_max(64 * MIB);
	struct error err = { 0 };
	cleanup_close int fd = memfd_create("split", MFD_CLOEXEC);
	if (fd < 0 || fd_write_full(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	struct tar_split *t = tar_split_new(fd);
	int more = 1;
	for (unsigned i = 0; more > 0 && i < 10000; i++) {
		out.n = 0;
		more = tar_split_next(t, &out, &err);
		if (more >= 0)
			check_frames(&out);
	}
	if (more < 0 && err.code == ERR_NONE)
		abort();
	tar_split_free(t);
	return 0;
}
