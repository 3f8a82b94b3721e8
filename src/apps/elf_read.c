/* Programs and shared objects: what built them, and what they are. */
#include "apps/go_build.h"
#include "apps/product.h"
#include "apps/rust_audit.h"

static int read_go(const struct app_input *in, const struct elf *e, struct error *err)
{
	struct go_build b;
	int found = go_build_find(e, &b, err);
	if (found <= 0)
		return found;
	int rc = go_build_tell(e, &b, &in->sink, err);
	go_build_free(&b);
	return rc < 0 ? -1 : 1;
}

int app_read_elf(const struct app_input *in, struct error *err)
{
	struct elf e;
	if (elf_open(in->file, &e, err) < 0)
		return -1;
	int go = read_go(in, &e, err);
	if (go != 0)
		return go < 0 ? -1 : 0;
	if (e.rust_deps.n > 0 && rust_audit_read(&e, &in->sink, err) < 0)
		return -1;
	return product_read_program(in, &e, err);
}
