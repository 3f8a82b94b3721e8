/* The ring's bytes become events. They come from our own programs in the kernel,
 * but names in them are a container's choice, and a recording may be anybody's:
 * every number is checked before it is used. */
#include "sensor/internal.h"

static int bad(struct error *err, const char *what, uint64_t value)
{
	return error_set(err, ERR_MALFORMED, "an event record has %s %llu", what,
			 (unsigned long long)value);
}

static int check_numbers(const struct guard_event *k, struct error *err)
{
	if (k->abi != GUARD_ABI)
		return error_set(err, ERR_MALFORMED, "an event record has ABI %u; this is %d",
				 k->abi, GUARD_ABI);
	if (k->type < EVENT_EXEC || k->type > EVENT_AGENT)
		return bad(err, "type", k->type);
	if (k->outcome > OUTCOME_RESTORED)
		return bad(err, "outcome", k->outcome);
	if (k->item >= GUARD_ITEMS)
		return bad(err, "item", k->item);
	if (k->cpu >= EVENT_CPUS)
		return bad(err, "CPU", k->cpu);
	if (k->object.origin > ORIGIN_COPY)
		return bad(err, "origin", k->object.origin);
	if (k->path_bytes > GUARD_PATH)
		return bad(err, "path bytes", k->path_bytes);
	if (k->args_bytes > GUARD_ARGS)
		return bad(err, "argument bytes", k->args_bytes);
	if (k->truncated > 3)
		return bad(err, "truncation", k->truncated);
	return 0;
}

/* The kernel counts the NUL behind a string. */
static struct bytes without_end(struct bytes b)
{
	return b.n > 0 && b.p[b.n - 1] == '\0' ? bytes_sub(b, 0, b.n - 1) : b;
}

int event_decode(struct bytes record, struct event *ret, struct error *err)
{
	struct event e;
	struct cursor c = cursor_of(record);
	struct bytes fixed = cursor_take(&c, sizeof e.kernel);
	if (c.failed)
		return error_set(err, ERR_MALFORMED, "an event record has %zu bytes, not %zu",
				 record.n, sizeof e.kernel);
	memcpy(&e.kernel, fixed.p, sizeof e.kernel);
	if (check_numbers(&e.kernel, err) < 0)
		return -1;
	e.path = without_end(cursor_take(&c, e.kernel.path_bytes));
	e.args = without_end(cursor_take(&c, e.kernel.args_bytes));
	if (c.failed)
		return error_set(err, ERR_MALFORMED,
				 "an event record of %zu bytes says path %u and arguments %u",
				 record.n, e.kernel.path_bytes, e.kernel.args_bytes);
	e.kernel.comm[sizeof e.kernel.comm - 1] = '\0';
	e.kernel.parent_comm[sizeof e.kernel.parent_comm - 1] = '\0';
	*ret = e;
	return 0;
}
