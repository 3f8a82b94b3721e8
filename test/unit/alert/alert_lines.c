/* Prints alerts as lines: one with everything, one with almost nothing. */
#include <stdio.h>
#include <string.h>

#include "alert/internal.h"

static void print(const struct alert *a)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	if (alert_json(a, &out, &err) == 0)
		(void)printf("%.*s\n", (int)out.n, (char *)out.p);
}

int main(void)
{
	size_t count;
	const struct alert_member *members = alert_members(&count);
	struct alert full = { .id = "0123456789abcdef",
			      .state = ALERT_WHITELISTED,
			      .count = 1000,
			      .first = 1795377600000000000,
			      .last = 1795377600123456789 };
	static char text[] = "x\n\xff\xe2\x80\xae", item[] = "mount", list[] = "[{\"pid\":1}]",
		    object[] = "{\"schema\":\"corten.event/1\"}", severity[] = "high",
		    outcome[] = "blocked", technique[] = "T1611", tactic[] = "privilege-escalation";
	for (size_t i = 0; i < count; i++)
		*alert_member_of(&full, &members[i]) = text;
	full.item = item;
	full.tree = list;
	full.event = object;
	full.severity = severity;
	full.outcome = outcome;
	full.technique = technique;
	full.tactic = tactic;
	print(&full);
	struct alert little = { .id = "0123456789abcdef", .count = 1 };
	print(&little);
	return 0;
}
