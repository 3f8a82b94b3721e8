#include "pkgdb/rpm_internal.h"

/* Of one package: kernels have some ten thousand files. */
#define ARRAY_MAX (8 * MIB)

/* rpmtag.h and the types of rpm_header.c */
enum { TAG_DIRINDEXES = 1116, TAG_BASENAMES = 1117, TAG_DIRNAMES = 1118 };
enum { TYPE_INT32 = 4, TYPE_STRING_ARRAY = 8 };

static const struct {
	uint32_t tag, type;
} wanted[RPM_ARRAYS] = {
	[RPM_DIRINDEXES] = { TAG_DIRINDEXES, TYPE_INT32 },
	[RPM_BASENAMES] = { TAG_BASENAMES, TYPE_STRING_ARRAY },
	[RPM_DIRNAMES] = { TAG_DIRNAMES, TYPE_STRING_ARRAY },
};

void rpm_files_init(struct rpm_files *f)
{
	*f = (struct rpm_files){ 0 };
	for (size_t i = 0; i < RPM_ARRAYS; i++)
		f->arrays[i].value = buf_max(ARRAY_MAX);
}

void rpm_files_free(struct rpm_files *f)
{
	for (size_t i = 0; i < RPM_ARRAYS; i++)
		buf_free(&f->arrays[i].value);
}

void rpm_files_begin(struct rpm_files *f)
{
	for (size_t i = 0; i < RPM_ARRAYS; i++) {
		struct rpm_array *a = &f->arrays[i];
		a->present = a->done = false;
		a->value.n = 0;
	}
}

void rpm_files_entry(struct rpm_files *f, uint32_t tag, uint32_t type, uint32_t offset,
		     uint32_t count)
{
	for (size_t i = 0; f->wanted && i < RPM_ARRAYS; i++) {
		struct rpm_array *a = &f->arrays[i];
		if (wanted[i].tag != tag || wanted[i].type != type || count == 0 || a->present)
			continue;
		a->present = true;
		a->next = offset;
		a->left = count;
	}
}

/* How many bytes of rest belong to the array; counts the items that end in them. */
static size_t take_items(struct rpm_array *a, enum rpm_array_id id, struct bytes rest)
{
	size_t n = 0;
	if (id == RPM_DIRINDEXES) {
		uint64_t missing = (uint64_t)a->left * 4 - a->value.n;
		n = rest.n < missing ? rest.n : (size_t)missing;
		a->done = n == missing;
		return n;
	}
	while (a->left > 0 && n < rest.n) {
		ptrdiff_t end = bytes_index(bytes_sub(rest, n, rest.n), 0);
		if (end < 0)
			return rest.n;
		n += (size_t)end + 1;
		a->left--;
	}
	a->done = a->left == 0;
	return n;
}

void rpm_files_data(struct rpm_files *f, uint32_t at, struct bytes piece)
{
	for (enum rpm_array_id id = 0; id < RPM_ARRAYS; id++) {
		struct rpm_array *a = &f->arrays[id];
		if (!a->present || a->done || a->next < at || a->next - at >= piece.n)
			continue;
		struct bytes rest = bytes_sub(piece, a->next - at, piece.n);
		size_t n = take_items(a, id, rest);
		if (buf_append(&a->value, rest.p, n, NULL) < 0)
			a->present = false;
		a->next += (uint32_t)n;
	}
}

bool rpm_files_done(const struct rpm_files *f)
{
	for (size_t i = 0; i < RPM_ARRAYS; i++)
		if (f->arrays[i].present && !f->arrays[i].done)
			return false;
	return true;
}

/* Where each directory's name begins, and where one more would. */
static int index_directories(struct bytes names, struct buf *out)
{
	uint32_t at = 0;
	for (;;) {
		if (buf_append(out, &at, sizeof at, NULL) < 0)
			return -1;
		ptrdiff_t end = bytes_index(bytes_sub(names, at, names.n), 0);
		if (end < 0)
			return 0;
		at += (uint32_t)end + 1;
	}
}

static bool directory_at(const struct buf *starts, struct bytes names, uint32_t i,
			 struct bytes *ret)
{
	uint32_t at[2];
	if (i + UINT64_C(1) >= starts->n / sizeof at[0])
		return false;
	memcpy(at, starts->p + i * sizeof at[0], sizeof at);
	*ret = bytes_sub(names, at[0], at[1] - 1);
	while (ret->n > 0 && ret->p[0] == '/')
		*ret = bytes_sub(*ret, 1, ret->n);
	return ret->n <= LIMIT_PATH_BYTES;
}

static bool is_whole(const struct rpm_files *f)
{
	for (size_t i = 0; i < RPM_ARRAYS; i++)
		if (!f->arrays[i].present || !f->arrays[i].done)
			return false;
	return true;
}

void rpm_files_tell(const struct rpm_files *f, void (*file)(void *ctx, struct bytes path),
		    void *ctx)
{
	cleanup_buf struct buf starts = buf_max(ARRAY_MAX), path = buf_max(2 * LIMIT_PATH_BYTES);
	struct bytes dirs = buf_view(&f->arrays[RPM_DIRNAMES].value), dir;
	struct bytes names = buf_view(&f->arrays[RPM_BASENAMES].value);
	struct cursor numbers = cursor_of(buf_view(&f->arrays[RPM_DIRINDEXES].value));
	if (!is_whole(f) || index_directories(dirs, &starts) < 0)
		return;
	for (ptrdiff_t end; (end = bytes_index(names, 0)) >= 0;) {
		struct bytes name = bytes_sub(names, 0, (size_t)end);
		names = bytes_sub(names, (size_t)end + 1, names.n);
		uint32_t number = cursor_be32(&numbers);
		path.n = 0;
		if (!numbers.failed && directory_at(&starts, dirs, number, &dir) &&
		    buf_append(&path, dir.p, dir.n, NULL) == 0 &&
		    buf_append(&path, name.p, name.n, NULL) == 0 && path.n > 0)
			file(ctx, buf_view(&path));
	}
}
