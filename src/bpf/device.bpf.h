/* device: which item the use of a device is, by its number
 * (Documentation/admin-guide/devices.txt). */
#ifndef CORTEN_BPF_DEVICE_H
#define CORTEN_BPF_DEVICE_H

#include "bpf/guard.h"

static __always_inline enum guard_item item_of_device(bool block, __u32 major, __u32 minor)
{
	if (block)
		return ITEM_BLOCK_DEVICE;
	/* mem, kmem, port; MSRs */
	if ((major == 1 && (minor == 1 || minor == 2 || minor == 4)) || major == 202)
		return ITEM_RAW_MEMORY;
	return ITEM_NONE;
}

#endif
