/* Values with references to other values of the same file: ${name} of Maven, $(Name)
 * of MSBuild. */
#include "apps/internal.h"

/* References in values of references; a cycle ends here. */
enum { EXPAND_ROUNDS = 16, EXPAND_MAX = 4096 };

/* The next reference in text: what stands before it, its name, what follows. */
static bool next_reference(struct bytes text, char open, struct bytes *ret_before,
			   struct bytes *ret_name, struct bytes *ret_behind)
{
	const uint8_t mark[] = { '$', (uint8_t)open };
	ptrdiff_t at = app_find(text, bytes_of(mark, sizeof mark));
	if (at < 0)
		return false;
	*ret_before = bytes_sub(text, 0, (size_t)at);
	return app_cut(bytes_sub(text, (size_t)at + 2, text.n), open == '{' ? '}' : ')', ret_name,
		       ret_behind);
}

bool app_expand(struct bytes text, char open, app_value_fn *value, const void *ctx,
		struct buf *scratch, struct bytes *ret)
{
	struct bytes before, name, behind, with;
	cleanup_buf struct buf next = buf_max(EXPAND_MAX);
	for (int round = 0; next_reference(text, open, &before, &name, &behind); round++) {
		if (round == EXPAND_ROUNDS || !value(ctx, bytes_trim(name), &with))
			return false;
		next.n = 0;
		if (buf_append(&next, before.p, before.n, NULL) < 0 ||
		    buf_append(&next, with.p, with.n, NULL) < 0 ||
		    buf_append(&next, behind.p, behind.n, NULL) < 0)
			return false;
		scratch->n = 0;
		if (buf_append(scratch, next.p, next.n, NULL) < 0)
			return false;
		text = buf_view(scratch);
	}
	*ret = text;
	return true;
}
