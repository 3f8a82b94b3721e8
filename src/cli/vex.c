#include "cli/vex.h"

#include <fcntl.h>

enum { DOCUMENTS_MAX = 1000 };
#define VEX_MEMORY (512 * MIB)

static int read_one(struct vex_set *v, const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "the VEX document %s", path);
	return vex_read(fd, path, &v->arena, &v->documents[v->count], err);
}

static int read_all(struct vex_set *v, const struct cli_args *args, struct error *err)
{
	const char *path;
	size_t n = 0;
	*v = (struct vex_set){ .arena = arena_max(VEX_MEMORY) };
	while (cli_value_at(args, "vex", n) != NULL)
		n++;
	if (n > DOCUMENTS_MAX)
		return error_set(err, ERR_USAGE, "more than %d VEX documents", DOCUMENTS_MAX);
	v->documents = arena_array(&v->arena, n + 1, sizeof *v->documents);
	v->outcomes = arena_array(&v->arena, n + 1, sizeof *v->outcomes);
	if (v->documents == NULL || v->outcomes == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu VEX documents", n);
	for (; (path = cli_value_at(args, "vex", v->count)) != NULL; v->count++)
		if (read_one(v, path, err) < 0)
			return -1;
	return 0;
}

bool vex_set_take(struct vex_set *v, const struct cli_args *args, int *ret_exit)
{
	struct error err = { 0 };
	if (read_all(v, args, &err) == 0)
		return true;
	(void)cli_fail(&err);
	*ret_exit = EXIT_USAGE;
	return false;
}

void vex_set_free(struct vex_set *v)
{
	arena_free(&v->arena);
}

void vex_set_apply(struct vex_set *v, struct scan_result *r, const char *name)
{
	vex_apply(r, name, v->documents, v->count, v->outcomes);
}
