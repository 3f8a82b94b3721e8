#include "scan/result.h"

static int make_room(struct scan_result *r, struct error *err)
{
	enum { FIRST = 16 };
	if (r->suppressed_count < r->suppressed_room)
		return 0;
	size_t room = r->suppressed_room == 0 ? FIRST : 2 * r->suppressed_room;
	struct scan_suppressed *list = arena_array(&r->arena, room, sizeof *list);
	if (list == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the suppressed findings");
	if (r->suppressed_count > 0)
		memcpy(list, r->suppressed, r->suppressed_count * sizeof *list);
	r->suppressed = list;
	r->suppressed_room = room;
	return 0;
}

int scan_suppress(struct scan_result *r, const struct scan_suppressed *s, struct error *err)
{
	if (make_room(r, err) < 0)
		return -1;
	r->suppressed[r->suppressed_count++] = *s;
	return 0;
}
