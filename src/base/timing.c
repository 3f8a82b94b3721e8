#include "base/timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t clock_monotonic_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int64_t clock_now(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t fixed;
	if (epoch != NULL && bytes_to_u64(bytes_str(epoch), &fixed) && fixed < INT64_MAX)
		return (int64_t)fixed;
	return (int64_t)time(NULL);
}

void rfc3339_text(int64_t seconds, char out[static RFC3339_TEXT])
{
	time_t t = (time_t)seconds;
	struct tm tm;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, RFC3339_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, RFC3339_TEXT, "1970-01-01T00:00:00Z");
}

/* Exactly `digits` decimal digits from *rest. */
static bool take_number(struct bytes *rest, size_t digits, int *ret)
{
	uint64_t v;
	if (rest->n < digits || !bytes_to_u64(bytes_sub(*rest, 0, digits), &v))
		return false;
	*rest = bytes_sub(*rest, digits, rest->n);
	*ret = (int)v;
	return true;
}

static bool take_char(struct bytes *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != (uint8_t)c)
		return false;
	*rest = bytes_sub(*rest, 1, rest->n);
	return true;
}

static bool take_zone(struct bytes *rest, int64_t *ret_offset)
{
	int hours, minutes;
	*ret_offset = 0;
	if (rest->n == 0 || take_char(rest, 'Z'))
		return rest->n == 0;
	bool minus = rest->p[0] == '-';
	if (!minus && rest->p[0] != '+')
		return false;
	*rest = bytes_sub(*rest, 1, rest->n);
	if (!take_number(rest, 2, &hours) || !take_char(rest, ':') ||
	    !take_number(rest, 2, &minutes) || rest->n != 0)
		return false;
	int64_t offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	*ret_offset = minus ? -offset : offset;
	return true;
}

static bool take_clock(struct bytes *rest, struct tm *tm)
{
	if (!take_number(rest, 2, &tm->tm_hour) || !take_char(rest, ':') ||
	    !take_number(rest, 2, &tm->tm_min) || !take_char(rest, ':') ||
	    !take_number(rest, 2, &tm->tm_sec))
		return false;
	if (take_char(rest, '.'))
		while (rest->n > 0 && rest->p[0] >= '0' && rest->p[0] <= '9')
			*rest = bytes_sub(*rest, 1, rest->n);
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 61;
}

bool rfc3339_parse(struct bytes text, int64_t *ret_seconds)
{
	struct tm tm = { 0 };
	int64_t offset = 0;
	int year, month;
	if (!take_number(&text, 4, &year) || !take_char(&text, '-') ||
	    !take_number(&text, 2, &month) || !take_char(&text, '-') ||
	    !take_number(&text, 2, &tm.tm_mday))
		return false;
	if (month < 1 || month > 12 || tm.tm_mday < 1 || tm.tm_mday > 31)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	if (text.n > 0) {
		if (!take_char(&text, 'T') && !take_char(&text, ' '))
			return false;
		if (!take_clock(&text, &tm) || !take_zone(&text, &offset))
			return false;
	}
	*ret_seconds = (int64_t)timegm(&tm) - offset;
	return true;
}
