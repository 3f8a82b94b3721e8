#include "source/retry.h"

uint64_t retry_delay_ns(unsigned failures, uint64_t random, uint64_t retry_after)
{
	const uint64_t ms = 1000000, first = 500 * ms, most = 30000 * ms;
	uint64_t span = failures >= 6 ? most : first << failures;
	uint64_t delay = span / 2 + random % (span / 2 + 1);
	uint64_t told = retry_after * 1000 * ms;
	return delay > told ? delay : told;
}

bool retry_status(unsigned status)
{
	switch (status) {
	case 408:
	case 425:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return true;
	default:
		return false;
	}
}
