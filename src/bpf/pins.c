/* Pins: maps by ABI, links by version, so that an agent of another version finds
 * the maps, puts its own programs beside those that run, and only then takes
 * those away. PIN_DIR/abi-N/maps/NAME, PIN_DIR/abi-N/VERSION/NAME. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/bpf_internal.h"
#include "bpf/system_calls.h"

#define BPF_FS_MAGIC_ 0xcafe4a11
#define BPFFS "/sys/fs/bpf"
#define OUR_MOUNT "corten" /* its source, as mounts(5) are listed */

static uint64_t version_of_programs(void)
{
	uint64_t key = 0xcbf29ce484222325;

	for (size_t i = 0; i < bpf_embedded_count; i++) {
		for (const unsigned char *p = bpf_embedded[i].begin; p < bpf_embedded[i].end; p++)
			key = (key ^ *p) * 0x100000001b3;
	}
	return key;
}

int pins_names(struct guard_pins *p, const char *pin_dir, struct error *err)
{
	uint64_t version = version_of_programs();

	if (strlen(pin_dir) > 160)
		return error_set(err, ERR_LIMIT, "%s: longer than 160 characters", pin_dir);
	snprintf(p->maps, sizeof(p->maps), "%s/abi-%d/maps", pin_dir, GUARD_ABI);
	snprintf(p->links, sizeof(p->links), "%s/abi-%d/%016" PRIx64, pin_dir, GUARD_ABI, version);
	snprintf(p->done, sizeof(p->done), "%s/abi-%d/%016" PRIx64 "/all", pin_dir, GUARD_ABI,
		 version);
	return 0;
}

static void pin_name(char *ret, size_t n, const char *folder, const char *name)
{
	snprintf(ret, n, "%s/%s", folder, name);
}

int pins_open_maps(struct guard_bpf *b, const struct guard_pins *p)
{
	int found = 0;
	char path[320];

	for (int i = 0; i < GUARD_MAPS; i++) {
		pin_name(path, sizeof(path), p->maps, guard_map_names[i]);
		b->map[i] = bpf_obj_get(path);
		found += b->map[i] >= 0;
	}
	return found;
}

/* Links are pinned as BACKEND-PROGRAM; the iterator is a program without one. */
static bool adopt_entry(struct guard_bpf *b, const struct guard_pins *pins, const char *entry)
{
	struct guard_program *p;
	char *name, path[320];
	unsigned long backend = strtoul(entry, &name, 10);

	if (*name != '-' || backend > BACKEND_RUNTIME || b->programs == PROGRAMS_MOST)
		return false;
	if (strcmp(name + 1, "guard_relabel") == 0) {
		pin_name(path, sizeof(path), pins->links, entry);
		b->relabel = bpf_obj_get(path);
	}
	p = &b->program[b->programs++];
	*p = (struct guard_program){ .backend = (unsigned)backend, .attached = true };
	snprintf(p->name, sizeof(p->name), "%s", name + 1);
	return true;
}

bool pins_adopt(struct guard_bpf *b, const struct guard_pins *p)
{
	cleanup_closedir DIR *folder = opendir(p->links);
	const struct dirent *e;

	if (folder == NULL || access(p->done, F_OK) != 0 || b->map[MAP_SETTINGS] < 0)
		return false;
	while ((e = readdir(folder)) != NULL)
		(void)adopt_entry(b, p, e->d_name);
	b->adopted = guard_program_find(b, "guard_exec") != NULL;
	return b->adopted;
}

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == BPF_FS_MAGIC_;
}

/* systemd mounts it; where nobody did, who needs it does. */
static int mount_bpffs(struct error *err)
{
	if (mount(OUR_MOUNT, BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") != 0)
		return error_errno(err,
				   "no BPF file system is mounted at " BPFFS ", and none can be");
	return 0;
}

int pins_place(const char *pin_dir, struct error *err)
{
	bool usual = strncmp(pin_dir, BPFFS "/", sizeof(BPFFS)) == 0;

	if (usual && !is_bpffs(BPFFS) && mount_bpffs(err) != 0)
		return -1;
	if (fd_make_dirs(pin_dir, 0700, err) != 0)
		return -1;
	if (!is_bpffs(pin_dir))
		return error_set(
			err, ERR_UNSUPPORTED,
			"%s lies in no BPF file system; mount one there, or pin below " BPFFS,
			pin_dir);
	return 0;
}

static int pin_maps(struct guard_bpf *b, const struct guard_pins *p, struct error *err)
{
	char path[320];

	for (int i = 0; i < GUARD_MAPS; i++) {
		pin_name(path, sizeof(path), p->maps, guard_map_names[i]);
		if (b->map[i] >= 0 && access(path, F_OK) != 0 && bpf_obj_pin(b->map[i], path) != 0)
			return error_errno(err, "cannot pin %s", path);
	}
	return 0;
}

static int pin_links(struct guard_bpf *b, const struct guard_pins *p, struct error *err)
{
	char path[320], entry[64];

	for (size_t i = 0; i < b->programs; i++) {
		struct guard_program *own = &b->program[i];
		int fd = own->link != NULL ? bpf_link__fd(own->link) : b->relabel;

		if (!own->attached)
			continue;
		snprintf(entry, sizeof(entry), "%u-%s", own->backend, own->name);
		pin_name(path, sizeof(path), p->links, entry);
		if (bpf_obj_pin(fd, path) != 0)
			return error_errno(err, "cannot pin %s", path);
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)where;
	return kind == FTW_DP || kind == FTW_D ? rmdir(path) : unlink(path);
}

static int remove_tree(const char *path, struct error *err)
{
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 && errno != ENOENT)
		return error_errno(err, "cannot remove the pins in %s", path);
	return 0;
}

int pins_make(struct guard_bpf *b, const struct guard_pins *p, struct error *err)
{
	if (remove_tree(p->links, err) != 0 || fd_make_dirs(p->maps, 0700, err) != 0 ||
	    fd_make_dirs(p->links, 0700, err) != 0)
		return -1;
	if (pin_maps(b, p, err) != 0 || pin_links(b, p, err) != 0)
		return -1;
	if (mkdir(p->done, 0700) != 0)
		return error_errno(err, "%s", p->done);
	return 0;
}

/* Removes the entries of folder but those that keep ends with. */
static int remove_others(const char *folder, const char *const keep[2], struct error *err)
{
	cleanup_closedir DIR *d = opendir(folder);
	const struct dirent *e;
	char path[512];

	if (d == NULL)
		return error_errno(err, "%s", folder);
	while ((e = readdir(d)) != NULL) {
		pin_name(path, sizeof(path), folder, e->d_name);
		if (e->d_name[0] == '.' || strcmp(path, keep[0]) == 0 || strcmp(path, keep[1]) == 0)
			continue;
		if (remove_tree(path, err) != 0)
			return -1;
	}
	return 0;
}

int pins_drop_others(const char *pin_dir, const struct guard_pins *p, struct error *err)
{
	char abi[256], cut[256];
	const char *const keep[2] = { p->maps, p->links }, *const keep_abi[2] = { abi, cut };

	snprintf(abi, sizeof(abi), "%s/abi-%d", pin_dir, GUARD_ABI);
	snprintf(cut, sizeof(cut), "%s/" PINS_CUT, pin_dir);
	return remove_others(abi, keep, err) == 0 && remove_others(pin_dir, keep_abi, err) == 0
		       ? 0
		       : -1;
}

static bool bpffs_is_ours(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char line[4096];
	struct mntent m;
	bool ours = false;

	while (mounts != NULL && getmntent_r(mounts, &m, line, sizeof(line)) != NULL) {
		if (strcmp(m.mnt_dir, BPFFS) == 0)
			ours = strcmp(m.mnt_fsname, OUR_MOUNT) == 0;
	}
	if (mounts != NULL)
		(void)endmntent(mounts);
	return ours;
}

/* Nobody has pinned anything: the kernel's own two files are there in each. */
static bool bpffs_is_empty(void)
{
	cleanup_closedir DIR *d = opendir(BPFFS);
	const struct dirent *e;
	bool empty = d != NULL;

	while (empty && (e = readdir(d)) != NULL)
		empty = e->d_name[0] == '.' || strcmp(e->d_name, "maps.debug") == 0 ||
			strcmp(e->d_name, "progs.debug") == 0;
	return empty;
}

int guard_bpf_remove(const char *pin_dir, struct error *err)
{
	if (remove_tree(pin_dir, err) != 0)
		return -1;
	/* Who still uses it keeps it. */
	if (bpffs_is_ours() && bpffs_is_empty())
		(void)umount2(BPFFS, UMOUNT_NOFOLLOW);
	return 0;
}
