#include "bpf/bpf.h"

/* FNV-1a: draft-eastlake-fnv; the programs do the same (tp_cgroup.bpf.c). */
uint64_t guard_cgroup_key(const char *path)
{
	uint64_t key = 0xcbf29ce484222325;

	for (; *path != '\0'; path++)
		key = (key ^ (unsigned char)*path) * 0x100000001b3;
	return key;
}
