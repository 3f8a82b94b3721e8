/* libbpf's header of bare system calls is named as this room's own. */
#ifndef CORTEN_BPF_SYSTEM_CALLS_H
#define CORTEN_BPF_SYSTEM_CALLS_H

#include_next <bpf/bpf.h>

#endif
