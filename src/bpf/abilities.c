/* What this kernel can do, found by trying each kind once. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/bpf_internal.h"
#include "bpf/system_calls.h"

const struct bpf_embedded *bpf_embedded_find(const char *name)
{
	for (size_t i = 0; i < bpf_embedded_count; i++) {
		if (strcmp(bpf_embedded[i].name, name) == 0)
			return &bpf_embedded[i];
	}
	return NULL;
}

static void say(char *cause, size_t n, const char *what, int os)
{
	if (cause != NULL)
		snprintf(cause, n, "%s%s%s", what, os != 0 ? ": " : "",
			 os != 0 ? strerror(os) : "");
}

/* Each look into the map is a call of bpf(), which the program hooks. */
static bool probe_called(struct bpf_object *o)
{
	uint32_t zero = 0, called = 0;
	int fd = bpf_map__fd(bpf_object__find_map_by_name(o, "called"));

	for (int i = 0; i < 2 && called == 0; i++)
		(void)bpf_map_lookup_elem(fd, &zero, &called);
	return called != 0;
}

bool bpf_lsm_is_called(char *cause, size_t n)
{
	const struct bpf_embedded *e = bpf_embedded_find("probe_lsm");
	struct bpf_program *p;
	struct bpf_object *o;
	struct bpf_link *link = NULL;
	bool called = false;

	o = bpf_object__open_mem(e->begin, (size_t)(e->end - e->begin), NULL);
	if (o == NULL || (p = bpf_object__next_program(o, NULL)) == NULL ||
	    bpf_object__load(o) != 0)
		say(cause, n, "an LSM program cannot be loaded", errno);
	else if ((link = bpf_program__attach(p)) == NULL)
		say(cause, n, "an LSM program cannot be attached", errno);
	else if (!(called = probe_called(o)))
		say(cause, n,
		    "LSM programs load but are never called: the kernel was started without bpf "
		    "in lsm=",
		    0);
	(void)bpf_link__destroy(link);
	bpf_object__close(o);
	return called;
}

static bool try_tp_btf(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int id = libbpf_find_vmlinux_btf_id("task_newtask", BPF_TRACE_RAW_TP), fd;

	if (id <= 0)
		return false;
	options.attach_btf_id = (uint32_t)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL", insns, 2, &options);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool has_prog(enum bpf_prog_type type)
{
	return libbpf_probe_bpf_prog_type(type, NULL) == 1;
}

static bool has_map(enum bpf_map_type type)
{
	return libbpf_probe_bpf_map_type(type, NULL) == 1;
}

static void read_line(const char *path, char *ret, size_t n)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? fd_read_full(fd, ret, n - 1) : 0;

	ret[got > 0 ? got : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static bool btf_has(const char *name, uint32_t kind)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf != NULL && btf__find_by_name_kind(btf, name, kind) > 0;

	btf__free(btf);
	return has;
}

int bpf_abilities_probe(struct bpf_abilities *ret, struct error *err)
{
	struct bpf_abilities a = { 0 };
	struct utsname kernel;

	if (uname(&kernel) != 0)
		return error_errno(err, "uname");
	if (geteuid() != 0)
		return error_set(err, ERR_PERMISSION,
				 "what the kernel can enforce is found by trying: root is needed");
	libbpf_set_print(NULL);
	snprintf(a.kernel, sizeof(a.kernel), "%s", kernel.release);
	read_line("/sys/kernel/security/lsm", a.lsm_list, sizeof(a.lsm_list));
	a.btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
	a.ring = has_map(BPF_MAP_TYPE_RINGBUF);
	a.task_storage = has_map(BPF_MAP_TYPE_TASK_STORAGE);
	a.inode_storage = has_map(BPF_MAP_TYPE_INODE_STORAGE);
	a.raw_tracepoint = has_prog(BPF_PROG_TYPE_RAW_TRACEPOINT);
	a.send_signal = libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_send_signal,
						NULL) == 1;
	a.cgroup_sysctl = has_prog(BPF_PROG_TYPE_CGROUP_SYSCTL);
	a.cgroup_device = has_prog(BPF_PROG_TYPE_CGROUP_DEVICE);
	a.cgroup_connect = has_prog(BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
	a.cgroup_sock = has_prog(BPF_PROG_TYPE_CGROUP_SOCK);
	a.tp_btf = a.btf && try_tp_btf();
	a.overlay_layer = a.btf && btf_has("inode", BTF_KIND_STRUCT);
	a.userns_hook = a.btf && btf_has("bpf_lsm_userns_create", BTF_KIND_FUNC);
	if (a.btf)
		a.lsm = bpf_lsm_is_called(a.cause, sizeof(a.cause));
	else
		say(a.cause, sizeof(a.cause),
		    "the kernel tells no types: no /sys/kernel/btf/vmlinux", 0);
	*ret = a;
	return 0;
}
