/* Whether the kernel calls LSM programs at all: without `bpf` in lsm= they load
 * and attach, and nothing ever asks them. */
#include "bpf/co_re.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} called SEC(".maps");

SEC("lsm/bpf")
int BPF_PROG(guard_probe_lsm, int command)
{
	__u32 zero = 0, *n = bpf_map_lookup_elem(&called, &zero);

	if (n)
		*n = 1;
	return 0;
}
