#include "feed/requirement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* What is affected when the requirements, with '|' between, are safe: "[from,
 * fixed)" and "[from, last]"; "?" when they cannot be read. */
static void affected(enum requirement_dialect dialect, const char *safe, char *out, size_t size)
{
	struct error err = { 0 };
	struct import im = { .err = &err };
	struct osv_record o;
	struct interval list[16] = { 0 };
	size_t count = 0;
	struct bytes rest = bytes_str(safe), one;
	osv_begin(&im, &o);
	struct osv_affected *a = osv_add_affected(&im, &o);
	bool read = true;
	while (read && bytes_next_field(&rest, '|', &one))
		read = requirement_add(&im, dialect, one, &list[count++]);
	out[0] = '\0';
	if (!read || !requirement_affected(&im, dialect, list, count, a))
		(void)snprintf(out, size, "?");
	for (const struct osv_span *s = a->spans; s != NULL; s = s->next) {
		struct bytes end = s->fixed.n > 0 ? s->fixed : s->last;
		size_t n = strlen(out);
		(void)snprintf(out + n, size - n, "[%.*s,%.*s%c", (int)s->introduced.n,
			       (const char *)s->introduced.p, (int)end.n,
			       end.n > 0 ? (const char *)end.p : "", s->last.n > 0 ? ']' : ')');
	}
	arena_free(&im.record);
}

static void what_is_not_safe_is_affected(void **state)
{
	(void)state;
	static const struct {
		enum requirement_dialect dialect;
		const char *safe, *want;
	} table[] = {
		{ REQUIREMENT_CARGO, "", "[0,)" },
		{ REQUIREMENT_CARGO, ">= 1.2.3", "[0,1.2.3)" },
		{ REQUIREMENT_CARGO, "> 1.2.3", "[0,1.2.3]" },
		{ REQUIREMENT_CARGO, "< 1.2.3", "[1.2.3,)" },
		{ REQUIREMENT_CARGO, "<= 1.2.3", "[1.2.4-0,)" },
		{ REQUIREMENT_CARGO, "<= 1.2.3-rc.1", "[1.2.3-rc.1.0,)" },
		{ REQUIREMENT_CARGO, "< 1 | >= 1", "" },
		{ REQUIREMENT_CARGO, "< 1 | > 1", "[1.0.0,1.0.0]" },
		{ REQUIREMENT_CARGO, "*", "" },
		{ REQUIREMENT_CARGO, "^0.2.3 | >= 0.4", "[0,0.2.3)[0.3.0-0,0.4.0)" },
		{ REQUIREMENT_CARGO, "^0.0.3", "[0,0.0.3)[0.0.4-0,)" },
		{ REQUIREMENT_CARGO, "1.2", "[0,1.2.0)[2.0.0-0,)" },
		{ REQUIREMENT_CARGO, "~1.2.3", "[0,1.2.3)[1.3.0-0,)" },
		{ REQUIREMENT_CARGO, "=1.2.3", "[0,1.2.3)[1.2.4-0,)" },
		{ REQUIREMENT_CARGO, ">= 2 | >= 1.5.1, < 2 | < 1", "[1.0.0,1.5.1)" },
		{ REQUIREMENT_CARGO, ">= 3, < 2", "[0,)" },
		{ REQUIREMENT_CARGO, ">= banana", "?" },
		{ REQUIREMENT_CARGO, ">=", "?" },
		{ REQUIREMENT_CARGO, "!= 1.0.0", "?" },
		{ REQUIREMENT_GEM, "~> 5.2.2, >= 5.2.2.1 | >= 6.0.0.beta3 | < 5.2.0",
		  "[5.2.0,5.2.2.1)[5.3.a,6.0.0.beta3)" },
		{ REQUIREMENT_GEM, "~> 2", "[0,2)[3.a,)" },
		{ REQUIREMENT_GEM, "~> 2.3.4.rc1", "[0,2.3.4.rc1)[2.4.a,)" },
		{ REQUIREMENT_GEM, "1.2", "[0,1.2)[1.2.0.1.a,)" },
		{ REQUIREMENT_GEM, "~> 0", "[1.a,)" },
		{ REQUIREMENT_CARGO, ">= 0.0.0", "" },
		{ REQUIREMENT_GEM, "< 0.5.5 | > 0.5.5", "[0.5.5,0.5.5]" },
		{ REQUIREMENT_GEM, "< 99999999999999999999999", "?" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char got[512];
		affected(table[i].dialect, table[i].safe, got, sizeof got);
		if (strcmp(got, table[i].want) != 0)
			fail_msg("%s: %s, not %s", table[i].safe, got, table[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_safe_is_affected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
