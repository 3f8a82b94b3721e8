/* The network of a container, off: attached to its cgroup alone while it is cut, so
 * that nobody else's packet is ever asked about. A socket belongs to the cgroup that
 * it was made in and to those above. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum { REFUSED };

/* What leaves and what arrives, also on connections that are open, also on loopback:
 * another container of the pod would carry it on. */
SEC("cgroup_skb/egress")
int cut_egress(struct __sk_buff *packet)
{
	return REFUSED;
}

SEC("cgroup_skb/ingress")
int cut_ingress(struct __sk_buff *packet)
{
	return REFUSED;
}

/* The rest would only wait in vain: it is told at once. */
SEC("cgroup/connect4")
int cut_connect4(struct bpf_sock_addr *address)
{
	return REFUSED;
}

SEC("cgroup/connect6")
int cut_connect6(struct bpf_sock_addr *address)
{
	return REFUSED;
}

SEC("cgroup/sendmsg4")
int cut_sendmsg4(struct bpf_sock_addr *address)
{
	return REFUSED;
}

SEC("cgroup/sendmsg6")
int cut_sendmsg6(struct bpf_sock_addr *address)
{
	return REFUSED;
}

SEC("cgroup/bind4")
int cut_bind4(struct bpf_sock_addr *address)
{
	return REFUSED;
}

SEC("cgroup/bind6")
int cut_bind6(struct bpf_sock_addr *address)
{
	return REFUSED;
}
