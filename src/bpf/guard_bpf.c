/* Opening and closing the guard. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/bpf_internal.h"
#include "bpf/system_calls.h"

/* The first cgroup v2 that is mounted; hybrid hosts have it beside v1's. */
int guard_cgroup_root_open(const char *given, struct error *err)
{
	FILE *mounts;
	char line[4096];
	struct mntent m;
	int fd = -1;

	if (given != NULL) {
		fd = open(given, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return fd >= 0 ? fd : error_errno(err, "%s", given);
	}
	mounts = setmntent("/proc/self/mounts", "re");
	if (mounts == NULL)
		return error_errno(err, "/proc/self/mounts");
	while (fd < 0 && getmntent_r(mounts, &m, line, sizeof(line)) != NULL) {
		if (strcmp(m.mnt_type, "cgroup2") == 0)
			fd = open(m.mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	(void)endmntent(mounts);
	if (fd < 0)
		return error_set(err, ERR_UNSUPPORTED,
				 "no cgroup v2 is mounted; containers are told apart by it");
	return fd;
}

static void take_backends(struct guard_bpf *b, unsigned wanted)
{
	b->backends = 0;
	for (size_t i = 0; i < b->programs; i++) {
		if (b->program[i].attached)
			b->backends |= b->program[i].backend & wanted;
	}
}

static int start_enforcing(struct guard_bpf *b, const struct guard_bpf_options *o,
			   struct error *err)
{
	struct guard_settings s = o->settings;

	take_backends(b, o->backends);
	s.backend = b->backends;
	if (guard_lsm_items_write(b, err) != 0)
		return -1;
	return guard_bpf_settings_set(b, &s, err);
}

static int load_and_attach(struct guard_bpf *b, const struct guard_bpf_options *o,
			   struct error *err)
{
	struct guard_settings quiet = o->settings;
	cleanup_close int cgroup = guard_cgroup_root_open(o->cgroup_root, err);
	unsigned backends = o->backends;

	if (cgroup < 0)
		return -1;
	if ((backends & BACKEND_BPF_LSM) != 0 &&
	    !bpf_lsm_is_called(b->lsm_cause, sizeof(b->lsm_cause)))
		backends &= ~(unsigned)BACKEND_BPF_LSM;
	if (guard_load(b, backends, err) != 0)
		return -1;
	/* Settings that maps kept from another version stay until all is attached. */
	quiet.backend = 0;
	if (!b->adopted && b->settings.host_mntns == 0 && guard_settings_write(b, &quiet, err) != 0)
		return -1;
	return guard_attach(b, cgroup, err);
}

static int open_pinned(struct guard_bpf *b, const struct guard_bpf_options *o, struct error *err)
{
	struct guard_pins pins;
	uint32_t zero = 0;

	if (pins_names(&pins, o->pin_dir, err) != 0 || pins_place(o->pin_dir, err) != 0)
		return -1;
	(void)pins_open_maps(b, &pins);
	if (b->map[MAP_SETTINGS] >= 0)
		(void)bpf_map_lookup_elem(b->map[MAP_SETTINGS], &zero, &b->settings);
	if (pins_adopt(b, &pins))
		return 0;
	if (load_and_attach(b, o, err) != 0 || pins_make(b, &pins, err) != 0)
		return -1;
	return pins_drop_others(o->pin_dir, &pins, err);
}

static struct guard_bpf *guard_new(const struct guard_bpf_options *o)
{
	struct guard_bpf *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	for (int i = 0; i < GUARD_MAPS; i++)
		b->map[i] = -1;
	b->relabel = -1;
	b->ring_bytes = o->ring_bytes != 0 ? o->ring_bytes : GUARD_RING_BYTES;
	return b;
}

int guard_bpf_open(const struct guard_bpf_options *o, struct guard_bpf **ret, struct error *err)
{
	struct guard_bpf *b = guard_new(o);
	int failed;

	if (b == NULL)
		return error_set(err, ERR_MEMORY, "kernel programs: no memory");
	failed = o->pin_dir != NULL ? open_pinned(b, o, err) : load_and_attach(b, o, err);
	if (failed != 0 || start_enforcing(b, o, err) != 0) {
		guard_bpf_close(b);
		return -1;
	}
	guard_file_rules_note(b);
	/* The kernel's types, tens of megabytes while programs are loaded, go back. */
	(void)malloc_trim(0);
	*ret = b;
	return 0;
}

/* A pinned link stays when its descriptor closes. */
void guard_bpf_close(struct guard_bpf *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->programs; i++)
		(void)bpf_link__destroy(b->program[i].link);
	if (b->adopted && b->relabel >= 0)
		(void)close(b->relabel);
	for (size_t i = 0; i < b->objects; i++)
		bpf_object__close(b->object[i]);
	for (int i = 0; i < GUARD_MAPS; i++) {
		if (b->map[i] >= 0)
			(void)close(b->map[i]);
	}
	free(b);
}

unsigned guard_bpf_backends(const struct guard_bpf *b, bool *ret_adopted)
{
	if (ret_adopted != NULL)
		*ret_adopted = b->adopted;
	return b->backends;
}

int guard_bpf_ring_fd(const struct guard_bpf *b)
{
	return b->map[MAP_EVENTS];
}
