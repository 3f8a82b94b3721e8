#include "rule_try.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct rule_set rules_of(const char *text)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	if (rule_set_read(&s, "r.yaml", bytes_str(text), &err) < 0)
		fail_msg("%s", err.text);
	return s;
}
