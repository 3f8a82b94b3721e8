/* counters: every helper that fails and every event that is lost is counted. */
#ifndef CORTEN_BPF_COUNTERS_H
#define CORTEN_BPF_COUNTERS_H

#include "bpf/maps.bpf.h"

static __always_inline struct guard_stats *stats_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&stats, &zero);
}

#define COUNT(member)                                                                              \
	do {                                                                                       \
		struct guard_stats *stats_ = stats_get();                                          \
		if (stats_)                                                                        \
			__sync_fetch_and_add(&stats_->member, 1);                                  \
	} while (0)

#define COUNT_FAILED(helper) COUNT(helper_failed[helper])

#endif
