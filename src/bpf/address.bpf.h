/* address: which item a connection is, by where it goes. */
#ifndef CORTEN_BPF_ADDRESS_H
#define CORTEN_BPF_ADDRESS_H

#include "bpf/decide.bpf.h"

#include <bpf/bpf_endian.h>

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_UDP_ 17

#define IPV4(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static __always_inline void address_v4(struct guard_fact *f, __u32 network_order)
{
	f->address[10] = f->address[11] = 0xff;
	__builtin_memcpy(f->address + 12, &network_order, 4);
}

static __always_inline __u32 word_of(const struct guard_fact *f, int i)
{
	__u32 w;

	__builtin_memcpy(&w, f->address + i * 4, 4);
	return bpf_ntohl(w);
}

/* Link-local and documented addresses of clouds' metadata: AWS, Azure, GCP,
 * OpenStack; AWS' container credentials; Alibaba; Scaleway; over IPv6 AWS and GCP. */
static __always_inline bool is_metadata(const struct guard_fact *f)
{
	__u32 a = word_of(f, 0), b = word_of(f, 1), c = word_of(f, 2), d = word_of(f, 3);

	if (!a && !b && c == 0xffff)
		return d == IPV4(169, 254, 169, 254) || d == IPV4(169, 254, 170, 2) ||
		       d == IPV4(169, 254, 42, 42) || d == IPV4(100, 100, 100, 200);
	if (a == 0xfd000ec2)
		return !b && !c && d == 0x254;
	return a == 0xfd2000ce && !b && !c && d == 0x254;
}

static __always_inline bool is_runtime_port(const struct guard_fact *f)
{
	if (f->protocol == IPPROTO_UDP_)
		return false;
	switch (f->port) {
	case 2375: /* Docker */
	case 2376: /* Docker with TLS */
	case 2379: /* etcd */
	case 10250: /* kubelet */
	case 10255: /* kubelet, read-only */
		return true;
	}
	return false;
}

static __always_inline enum guard_item item_of_address(const struct guard_fact *f)
{
	if (is_metadata(f))
		return ITEM_METADATA;
	return is_runtime_port(f) ? ITEM_RUNTIME_PORT : ITEM_NONE;
}

static __always_inline void network_tell(struct guard_fact *f, const struct guard_who *w,
					 __u32 type)
{
	if (!event_wanted(type))
		return;
	f->type = (__u8)type;
	f->item = ITEM_NONE;
	f->rule = 0;
	f->outcome = OUTCOME_OBSERVED;
	f->cgroup = w->cgroup;
	f->container = w->container;
	event_send(f);
}

#endif
