#include "scan/bom.h"

#include <fcntl.h>
#include <unistd.h>

#include "source/source.h"

static int fill_layers(const struct sbom *bom, struct arena *arena, struct scan_result *r,
		       struct error *err)
{
	r->layers = arena_array(arena, bom->layer_count + 1, sizeof *r->layers);
	if (r->layers == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu layers", bom->layer_count);
	for (size_t i = 0; i < bom->layer_count; i++)
		r->layers[i].diff_id = bom->layers[i];
	r->layer_count = bom->layer_count;
	return 0;
}

int bom_fill(const char *path, struct arena *arena, struct scan_result *r, struct sbom *ret_bom,
	     struct error *err)
{
	struct blob_input file = { .fd = -1 };
	if (source_open_file(AT_FDCWD, path, &file, err) < 0)
		return -1;
	int n = sbom_read(file.fd, path, arena, ret_bom, err);
	(void)close(file.fd);
	if (n < 0 || fill_layers(ret_bom, arena, r, err) < 0)
		return -1;
	r->name = ret_bom->name[0] == '\0' ? NULL : ret_bom->name;
	r->has_os = ret_bom->has_os;
	r->os = ret_bom->os;
	r->packages = ret_bom->packages;
	r->package_count = ret_bom->package_count;
	return 0;
}
