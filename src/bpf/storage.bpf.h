/* storage: the map that only LSM programs may have. */
#ifndef CORTEN_BPF_STORAGE_H
#define CORTEN_BPF_STORAGE_H

#include "bpf/maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct guard_protect);
} protect SEC(".maps");

#endif
