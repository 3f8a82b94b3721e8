/* The runtime's sockets: by the inode that a path led to, or the shim's abstract name. */
#include "bpf/decide.bpf.h"
#include "bpf/protect.bpf.h"
#include "bpf/text.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define AF_UNIX 1

static __always_inline bool is_shim(struct unix_sock *other)
{
	struct unix_address *address = READ(other, addr);
	char name[24] = {};

	if (!address)
		return false;
	/* struct sockaddr_un: the family's two bytes, then the name. */
	bpf_probe_read_kernel(name, sizeof(name) - 1,
			      (void *)address + bpf_core_field_offset(struct unix_address, name) +
				      2);
	return !name[0] && (TEXT_BEGINS(name + 1, "/containerd-shim/") ||
			    TEXT_BEGINS(name + 1, "containerd-shim"));
}

static __always_inline int unix_denied(struct sock *other)
{
	struct guard_fact f = LSM_FACT(ITEM_NONE, .family = AF_UNIX);
	struct unix_sock *peer;
	struct guard_who w = {};

	if (!other || !who_current(&w))
		return 0;
	peer = bpf_skc_to_unix_sock(other);
	if (!peer)
		return 0;
	if (is_shim(peer)) {
		f.item = ITEM_SHIM_SOCKET;
	} else if (peer->path.dentry) {
		f.dentry = peer->path.dentry;
		f.mount = peer->path.mnt;
		f.inode = peer->path.dentry->d_inode;
		if (inode_marked(peer->path.dentry->d_inode, ITEM_RUNTIME_SOCKET))
			f.item = ITEM_RUNTIME_SOCKET;
	}
	return f.item != ITEM_NONE && deny(&f, &w) ? -EPERM : 0;
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(guard_unix_connect, struct sock *sock, struct sock *other)
{
	return unix_denied(other) ? -EPERM : 0;
}

SEC("lsm/unix_may_send")
int BPF_PROG(guard_unix_send, struct socket *sock, struct socket *other)
{
	return unix_denied(other->sk) ? -EPERM : 0;
}
