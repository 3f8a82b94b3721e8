/* One container's network, off: programs that are loaded when somebody asks for it,
 * attached to its cgroup and pinned as PIN_DIR/cut/CGROUP/PROGRAM, so that it stays
 * off without the agent. Nothing of them runs for anybody else. */
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/bpf_internal.h"
#include "bpf/system_calls.h"

/* What must be in place before a network counts as cut. */
static const char *const cut_programs[] = {
	"cut_egress",   "cut_ingress",  "cut_connect4", "cut_connect6",
	"cut_sendmsg4", "cut_sendmsg6", "cut_bind4",    "cut_bind6",
};

enum { CUT_PROGRAMS = sizeof(cut_programs) / sizeof(cut_programs[0]), CUT_PATH = 320 };

static int folder_name(char ret[static CUT_PATH], const char *pin_dir, uint64_t cgroup,
		       struct error *err)
{
	int n = pin_dir == NULL ? -1
				: snprintf(ret, 256, "%s/" PINS_CUT "/%" PRIu64, pin_dir, cgroup);

	return n > 0 && n < 256 ? 0 : error_set(err, ERR_LIMIT, "nothing can be pinned here");
}

static void pin_of(char ret[static CUT_PATH], const char *folder, const char *name)
{
	snprintf(ret, CUT_PATH, "%.255s/%s", folder, name);
}

/* A link goes with its last reference, but some time after: it is detached first. */
static void unpin(const char *path)
{
	cleanup_close int link = bpf_obj_get(path);

	if (link >= 0)
		(void)bpf_link_detach(link);
	(void)unlink(path);
}

static int folder_drop(const char *folder, struct error *err)
{
	char path[CUT_PATH];

	for (size_t i = 0; i < CUT_PROGRAMS; i++) {
		pin_of(path, folder, cut_programs[i]);
		unpin(path);
	}
	if (rmdir(folder) != 0 && errno != ENOENT)
		return error_errno(err, "cannot remove the pins in %s", folder);
	return 0;
}

static int attach_pinned(struct bpf_program *p, int cgroup, const char *path, struct error *err)
{
	struct bpf_link *link = bpf_program__attach_cgroup(p, cgroup);
	int failed;

	if (link == NULL)
		return error_errno(err, "%s cannot be attached to the container's cgroup",
				   bpf_program__name(p));
	failed = bpf_link__pin(link, path);
	if (failed != 0)
		(void)error_errno(err, "cannot pin %s", path);
	(void)bpf_link__destroy(link); /* the pin holds it */
	return failed != 0 ? -1 : 0;
}

static int attach_all(struct bpf_object *o, int cgroup, const char *folder, struct error *err)
{
	char path[CUT_PATH];

	for (size_t i = 0; i < CUT_PROGRAMS; i++) {
		struct bpf_program *p = bpf_object__find_program_by_name(o, cut_programs[i]);

		pin_of(path, folder, cut_programs[i]);
		if (p == NULL)
			return error_set(err, ERR_UNSUPPORTED, "there is no %s", cut_programs[i]);
		if (attach_pinned(p, cgroup, path, err) != 0)
			return -1;
	}
	return 0;
}

static struct bpf_object *cut_load(struct error *err)
{
	const struct bpf_embedded *e = bpf_embedded_find("cut_network");
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "cut_network");
	struct bpf_object *o =
		e == NULL ? NULL
			  : bpf_object__open_mem(e->begin, (size_t)(e->end - e->begin), &options);

	if (o == NULL || bpf_object__load(o) != 0) {
		(void)error_errno(err, "the programs that drop packets cannot be loaded");
		bpf_object__close(o);
		return NULL;
	}
	return o;
}

bool guard_cut_holds(const char *pin_dir, uint64_t cgroup)
{
	char folder[CUT_PATH], path[CUT_PATH];

	if (folder_name(folder, pin_dir, cgroup, NULL) != 0)
		return false;
	for (size_t i = 0; i < CUT_PROGRAMS; i++) {
		pin_of(path, folder, cut_programs[i]);
		if (access(path, F_OK) != 0)
			return false;
	}
	return true;
}

int guard_cut(const char *pin_dir, int cgroup, struct error *err)
{
	char folder[CUT_PATH];
	struct stat st;
	struct bpf_object *o;
	int failed;

	if (fstat(cgroup, &st) != 0)
		return error_errno(err, "cannot look at the container's cgroup");
	if (folder_name(folder, pin_dir, st.st_ino, err) != 0)
		return -1;
	if (guard_cut_holds(pin_dir, st.st_ino))
		return 0;
	o = cut_load(err);
	if (o == NULL)
		return -1;
	failed = folder_drop(folder, err) != 0 || fd_make_dirs(folder, 0700, err) != 0 ||
		 attach_all(o, cgroup, folder, err) != 0;
	bpf_object__close(o);
	(void)malloc_trim(0);
	if (failed)
		(void)folder_drop(folder, NULL);
	return failed ? -1 : 0;
}

int guard_join(const char *pin_dir, uint64_t cgroup, struct error *err)
{
	char folder[CUT_PATH];

	if (folder_name(folder, pin_dir, cgroup, err) != 0)
		return -1;
	return access(folder, F_OK) == 0 ? folder_drop(folder, err) : 0;
}

/* Programs stay on a cgroup that is gone as long as a socket of it lives, so its
 * folder is looked for. What cannot be looked through may have it. */
static bool cgroup_lives(uint64_t cgroup)
{
	char path[64];
	char *const roots[] = { path, NULL };
	cleanup_close int root = guard_cgroup_root_open(NULL, NULL);
	FTS *walk;
	const FTSENT *e;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", root);
	walk = root < 0 ? NULL : fts_open(roots, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (walk == NULL)
		return true;
	errno = 0;
	while (!found && (e = fts_read(walk)) != NULL)
		found = e->fts_info == FTS_D && e->fts_statp->st_ino == cgroup;
	found = found || errno != 0;
	(void)fts_close(walk);
	return found;
}

void guard_cut_tidy(const char *pin_dir)
{
	char all[256], folder[CUT_PATH];
	cleanup_closedir DIR *d = NULL;
	const struct dirent *e;

	if ((size_t)snprintf(all, sizeof(all), "%s/" PINS_CUT, pin_dir) >= sizeof(all))
		return;
	d = opendir(all);
	while (d != NULL && (e = readdir(d)) != NULL) {
		char *end;
		uint64_t cgroup = strtoull(e->d_name, &end, 10);

		if (*end != '\0' || folder_name(folder, pin_dir, cgroup, NULL) != 0)
			continue;
		if (!guard_cut_holds(pin_dir, cgroup) || !cgroup_lives(cgroup))
			(void)folder_drop(folder, NULL);
	}
}
