/* One byte chooses the file, the rest is its content. Whatever is told must be
 * text that can be shown, and lie in the scratch buffer or in a constant. */
#include <stdlib.h>

#include "pkgdb/osrelease.h"
#include "pkgdb/pkgdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct bytes b)
{
	if (!utf8_valid(b) || bytes_index(b, 0) >= 0 || bytes_index(b, '\n') >= 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct buf scratch = buf_max(4 * MIB);
	struct os_facts facts = { 0 }, all = { 0 };
	size_t count = 0;

	while (pkgdb_paths[count] != NULL)
		count++;
	if (size == 0)
		return 0;
	struct bytes path = bytes_str(pkgdb_paths[data[0] % count]);
	if (!os_release_parse(path, bytes_of(data + 1, size - 1), &scratch, &facts))
		return 0;
	if (facts.rank == 0 || (facts.id.n == 0 && facts.extended.n == 0))
		abort();
	check(facts.id);
	check(facts.version_id);
	check(facts.name);
	check(facts.codename);
	check(facts.id_like);
	check(facts.extended);
	os_facts_add(&all, &facts);
	os_facts_add(&all, &facts);
	return 0;
}
