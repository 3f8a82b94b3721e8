/* Loading the embedded objects and attaching their programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/bpf_internal.h"
#include "bpf/system_calls.h"

enum { KERNEL_LOG = 1 << 20 };

const char *const guard_map_names[GUARD_MAPS] = {
	[MAP_SETTINGS] = "settings",
	[MAP_POLICIES] = "policies",
	[MAP_FILE_RULES] = "file_rules",
	[MAP_FILE_OPS] = "file_ops",
	[MAP_CONTAINERS] = "containers",
	[MAP_EXPECTED] = "expected",
	[MAP_STARTED] = "started",
	[MAP_STRAYS] = "strays",
	[MAP_VERDICTS] = "verdicts",
	[MAP_TRUSTED] = "trusted",
	[MAP_INTERPRETERS] = "interpreters",
	[MAP_LABELS] = "labels",
	[MAP_CREDS] = "creds",
	[MAP_EVENTS] = "events",
	[MAP_STATS] = "stats",
	[MAP_SEQUENCES] = "sequences",
	[MAP_SCRATCHES] = "scratches",
	[MAP_RELABEL] = "relabel",
	[MAP_LSM_ITEMS] = "lsm_items",
	[MAP_PROTECT] = "protect",
};

unsigned embedded_backend(const char *name)
{
	if (strncmp(name, "lsm_", 4) == 0)
		return BACKEND_BPF_LSM;
	if (strncmp(name, "cg_", 3) == 0)
		return BACKEND_CGROUP_BPF;
	if (strncmp(name, "probe_", 6) == 0 || strncmp(name, "cut_", 4) == 0)
		return 0; /* loaded by themselves, when they are needed */
	return BACKEND_TP_KILL; /* labels are made there: always */
}

struct guard_program *guard_program_find(const struct guard_bpf *b, const char *name)
{
	for (size_t i = 0; i < b->programs; i++) {
		if (strcmp(b->program[i].name, name) == 0)
			return (struct guard_program *)&b->program[i];
	}
	return NULL;
}

static struct guard_program *program_add(struct guard_bpf *b, const char *name, unsigned backend)
{
	struct guard_program *p = guard_program_find(b, name);

	if (p == NULL) {
		if (b->programs == PROGRAMS_MOST)
			return NULL;
		p = &b->program[b->programs++];
		snprintf(p->name, sizeof(p->name), "%s", name);
	}
	p->backend = backend;
	return p;
}

static int map_number(const char *name)
{
	for (int i = 0; i < GUARD_MAPS; i++) {
		if (strcmp(guard_map_names[i], name) == 0)
			return i;
	}
	return -1;
}

static int share_maps(struct guard_bpf *b, struct bpf_object *o)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, o)
	{
		int i = map_number(bpf_map__name(m)), failed = 0;

		if (i < 0)
			continue;
		if (b->map[i] >= 0)
			failed = bpf_map__reuse_fd(m, b->map[i]);
		else if (i == MAP_EVENTS)
			failed = bpf_map__set_max_entries(m, b->ring_bytes);
		if (failed)
			return -1;
	}
	return 0;
}

static void keep_maps(struct guard_bpf *b, struct bpf_object *o)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, o)
	{
		int i = map_number(bpf_map__name(m));

		if (i >= 0 && b->map[i] < 0)
			b->map[i] = dup(bpf_map__fd(m));
	}
}

/* A hook that this kernel has not: its program is left out alone, not its object. */
static void leave_out_unknown_hooks(struct bpf_object *o, struct guard_bpf *b,
				    const struct btf *btf)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o)
	{
		const char *section = bpf_program__section_name(p);
		char function[96];
		struct guard_program *own;

		if (strncmp(section, "lsm/", 4) != 0)
			continue;
		snprintf(function, sizeof(function), "bpf_lsm_%s", section + 4);
		if (btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) >= 0)
			continue;
		bpf_program__set_autoload(p, false);
		own = guard_program_find(b, bpf_program__name(p));
		if (own != NULL)
			snprintf(own->cause, sizeof(own->cause), "this kernel has no hook %s",
				 section + 4);
	}
}

/* The verifier's last words: its log ends with a line of counts. */
static void cause_of_log(char *ret, size_t n, const char *log, int os)
{
	const char *end = log + strlen(log), *line, *counts = strstr(log, "\nprocessed ");

	if (counts != NULL)
		end = counts;
	line = end;
	while (line > log && line[-1] != '\n')
		line--;
	snprintf(ret, n, "%s%s%.*s", strerror(os), end > line ? ": " : "", (int)(end - line), line);
}

static void note_failed(struct guard_bpf *b, const struct bpf_object *o, const char *log, int os)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o)
	{
		struct guard_program *own = guard_program_find(b, bpf_program__name(p));

		if (own != NULL && own->cause[0] == '\0')
			cause_of_log(own->cause, sizeof(own->cause), log, os);
	}
}

static void note_programs(struct guard_bpf *b, const struct bpf_object *o, unsigned backend)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o) program_add(b, bpf_program__name(p), backend);
}

static void load_one(struct guard_bpf *b, const struct bpf_embedded *e, const struct btf *btf,
		     char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = e->name, .kernel_log_buf = log,
		    .kernel_log_size = KERNEL_LOG);
	struct bpf_object *o =
		bpf_object__open_mem(e->begin, (size_t)(e->end - e->begin), &options);

	log[0] = '\0';
	if (o == NULL)
		return;
	note_programs(b, o, embedded_backend(e->name));
	leave_out_unknown_hooks(o, b, btf);
	if (share_maps(b, o) != 0 || bpf_object__load(o) != 0) {
		note_failed(b, o, log, errno);
		bpf_object__close(o);
		return;
	}
	keep_maps(b, o);
	b->object[b->objects++] = o;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list words)
{
	(void)level;
	(void)fmt;
	(void)words;
	return 0;
}

int guard_load(struct guard_bpf *b, unsigned backends, struct error *err)
{
	cleanup_free char *log = malloc(KERNEL_LOG);
	struct btf *btf;

	if (log == NULL)
		return error_set(err, ERR_MEMORY, "kernel programs: no memory");
	libbpf_set_print(quiet);
	btf = btf__load_vmlinux_btf();
	if (btf == NULL) /* the analyser does not know the cleanup attribute */
		return error_set(/* NOLINT(clang-analyzer-unix.Malloc) */ err, ERR_UNSUPPORTED,
				 "kernel programs: this kernel tells no types "
				 "(/sys/kernel/btf/vmlinux); it needs CONFIG_DEBUG_INFO_BTF");
	for (size_t i = 0; i < bpf_embedded_count; i++) {
		unsigned backend = embedded_backend(bpf_embedded[i].name);

		if (backend == BACKEND_TP_KILL || (backend & backends) != 0)
			load_one(b, &bpf_embedded[i], btf, log);
	}
	btf__free(btf);
	if (guard_program_find(b, "guard_exec") == NULL || b->map[MAP_SETTINGS] < 0)
		return error_set(err, ERR_UNSUPPORTED, "kernel programs: none could be loaded: %s",
				 b->programs > 0 ? b->program[0].cause : "no objects");
	return 0;
}

static void attach_one(struct guard_bpf *b, struct bpf_program *p, int cgroup)
{
	struct guard_program *own = guard_program_find(b, bpf_program__name(p));
	struct bpf_link *link;

	if (own == NULL || !bpf_program__autoload(p))
		return;
	if (strncmp(bpf_program__section_name(p), "iter/", 5) == 0) {
		b->relabel = bpf_program__fd(p);
		own->attached = true;
		return;
	}
	if (own->backend == BACKEND_CGROUP_BPF)
		link = bpf_program__attach_cgroup(p, cgroup);
	else
		link = bpf_program__attach(p);
	if (link == NULL) {
		snprintf(own->cause, sizeof(own->cause), "cannot be attached: %s", strerror(errno));
		return;
	}
	own->link = link;
	own->attached = true;
}

int guard_attach(struct guard_bpf *b, int cgroup, struct error *err)
{
	const struct guard_program *exec;
	struct bpf_program *p;

	for (size_t i = 0; i < b->objects; i++)
		bpf_object__for_each_program(p, b->object[i]) attach_one(b, p, cgroup);
	exec = guard_program_find(b, "guard_exec");
	if (exec == NULL || !exec->attached)
		return error_set(err, ERR_UNSUPPORTED,
				 "kernel programs: containers cannot be told without "
				 "sched_process_exec: %s",
				 exec != NULL ? exec->cause : "");
	return 0;
}
