/* Is a file's content that of an executable of the image? By size first, by SHA-256
 * then, and only while nobody can have changed it behind our back. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

#include "runtime/programs.h"
#include "runtime/table.h"

static const uint64_t second = UINT64_C(1000000000);

/* --- sums ----------------------------------------------------------------------------------------- */

static bool sum(int fd, uint64_t size, struct digest *ret)
{
	static const size_t piece = 256 * 1024;
	cleanup_free uint8_t *block = malloc(piece);
	struct sha256 *h = sha256_new();
	uint64_t at = 0;
	bool whole = block != NULL && h != NULL;
	while (whole && at < size) {
		size_t want = size - at < piece ? (size_t)(size - at) : piece;
		ssize_t n = fd_pread_full(fd, block, want, (off_t)at);
		whole = n == (ssize_t)want;
		if (whole)
			sha256_update(h, block, want);
		at += want;
	}
	if (whole)
		sha256_final(h, ret);
	sha256_free(h);
	return whole;
}

/* A file of a layer, by no link. */
static int open_program(const struct image_programs *p, const struct program *one)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	cleanup_close int layer = open(p->layers[one->layer], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (layer < 0)
		return -1;
	return (int)syscall(SYS_openat2, layer, (const char *)p->paths.p + one->path, &how,
			    sizeof how);
}

static bool sum_program(struct image_programs *p, struct program *one)
{
	if (one->summed || one->unreadable)
		return one->summed;
	cleanup_close int fd = open_program(p, one);
	one->summed = fd >= 0 && sum(fd, one->size, &one->digest);
	one->unreadable = !one->summed;
	return one->summed;
}

/* --- candidates ---------------------------------------------------------------------------------------- */

/* The first program of at least that size. */
static size_t first_of_size(const struct image_programs *p, uint64_t size)
{
	size_t from = 0, to = p->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (p->program[middle].size < size)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* With the lock: a program of the image is summed when it is first compared with. */
static enum guard_verdict_kind compare_with(struct image_programs *p, size_t first, uint64_t size,
					    const struct digest *digest, const char *path)
{
	enum guard_verdict_kind kind = VERDICT_FOREIGN;
	for (size_t i = first; i < p->count && p->program[i].size == size; i++) {
		struct program *one = &p->program[i];
		if (!sum_program(p, one) || !digest_equal(&one->digest, digest))
			continue;
		if (strcmp((const char *)p->paths.p + one->path, path) == 0)
			return VERDICT_IMAGE;
		kind = VERDICT_COPY;
	}
	return kind;
}

static enum guard_verdict_kind compare(struct image_programs *p, size_t first, uint64_t size,
				       const struct digest *digest, const char *path)
{
	while (path[0] == '/')
		path++;
	(void)pthread_mutex_lock(&p->lock);
	enum guard_verdict_kind kind = compare_with(p, first, size, digest, path);
	(void)pthread_mutex_unlock(&p->lock);
	return kind;
}

/* --- the file ------------------------------------------------------------------------------------------ */

static uint64_t change_time(const struct stat *st)
{
	return (uint64_t)st->st_ctim.tv_sec * second + (uint64_t)st->st_ctim.tv_nsec;
}

/* The clock that stamps files: it steps when the kernel's timer comes, and that can be
 * late, in a guest above all. */
static uint64_t now_of_files(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

/* Two stores within one step of that clock have the same change time: it must have gone
 * on before a file is read. Whole seconds are those of a file system that keeps no
 * others. Of a clock that was set back times are of the future: those never get old, and
 * are not waited for. */
static bool wait_until_old(uint64_t ctime)
{
	const struct timespec step = { .tv_nsec = YOUNG_STEP_NS };
	uint64_t due = ctime + (ctime % second == 0 ? second : YOUNG_NS);
	for (int i = 0; i < YOUNG_STEPS && now_of_files() <= due; i++) {
		if (ctime > now_of_files() + YOUNG_NS)
			return false;
		(void)nanosleep(&step, NULL);
	}
	return now_of_files() > due;
}

static bool unchanged(int fd, const struct stat *before)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_size == before->st_size &&
	       change_time(&st) == change_time(before) &&
	       st.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* One try: false when the file changed meanwhile. A page that is mapped and was stored to is
 * stored to again without a new change time, until it has been written back: that comes
 * before it is read, and every store behind that tells. */
static bool try_verdict(struct image_programs *p, int fd, const char *path, const struct stat *st,
			enum guard_verdict_kind *ret)
{
	struct digest digest;
	uint64_t size = (uint64_t)st->st_size;
	size_t first = first_of_size(p, size);
	*ret = VERDICT_FOREIGN;
	if (first == p->count || p->program[first].size != size)
		return true; /* nothing of the image is that long: whatever it holds */
	if (!wait_until_old(change_time(st)) || fdatasync(fd) != 0 || !unchanged(fd, st))
		return false;
	if (!sum(fd, size, &digest) || !unchanged(fd, st))
		return false;
	*ret = compare(p, first, size, &digest, path);
	return true;
}

int image_programs_verdict(struct image_programs *p, int fd, const char *path,
			   struct guard_verdict *ret, struct error *err)
{
	struct stat st;
	struct statfs fs;
	struct guard_verdict v = { .kind = VERDICT_FOREIGN };
	enum guard_verdict_kind kind = VERDICT_FOREIGN;
	if (image_programs_gather(p, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return error_errno(err, "program %s", path);
	/* In memory a store through a mapping changes no time at all. */
	bool possible = S_ISREG(st.st_mode) && (unsigned long)fs.f_type != TMPFS_MAGIC &&
			(unsigned long)fs.f_type != RAMFS_MAGIC;
	for (int i = 0; possible && i < VERDICT_TRIES; i++) {
		if (i > 0 && fstat(fd, &st) < 0)
			return error_errno(err, "program %s", path);
		if (try_verdict(p, fd, path, &st, &kind)) {
			v.kind = kind;
			break;
		}
	}
	v.ctime = change_time(&st);
	v.size = (uint64_t)st.st_size;
	*ret = v;
	return 0;
}

bool container_layer_has(const struct container *c, int fd, const char *path)
{
	char full[8192];
	struct stat seen, layer;
	if (fstat(fd, &seen) != 0)
		return false;
	for (size_t i = 0; i < c->lower.count; i++) {
		int n = snprintf(full, sizeof full, "%s%s", c->lower.value[i], path);
		if (n > 0 && (size_t)n < sizeof full && lstat(full, &layer) == 0 &&
		    S_ISREG(layer.st_mode) && layer.st_size == seen.st_size &&
		    change_time(&layer) == change_time(&seen))
			return true;
	}
	return false;
}

/* --- shared by the containers of an image ------------------------------------------------------------ */

enum { SETS_MAX = 64 };

struct programs_set {
	struct image_programs *programs;
	size_t users;
	uint64_t used; /* clock_monotonic_ns */
	struct programs_set *next;
};

static bool same_layers(const struct image_programs *p, const struct rule_list *lower)
{
	if (p->layer_count != lower->count)
		return false;
	for (size_t i = 0; i < lower->count; i++)
		if (strcmp(p->layers[i], lower->value[i]) != 0)
			return false;
	return true;
}

static void drop_set(struct containers *t, struct programs_set *set)
{
	for (struct programs_set **at = &t->sets; *at != NULL; at = &(*at)->next)
		if (*at == set) {
			*at = set->next;
			t->set_count--;
			break;
		}
	image_programs_free(set->programs);
	free(set);
}

/* Images whose containers have ended are kept for the next one, the newest. */
static void make_room(struct containers *t)
{
	while (t->set_count >= SETS_MAX) {
		struct programs_set *oldest = NULL;
		for (struct programs_set *s = t->sets; s != NULL; s = s->next)
			if (s->users == 0 && (oldest == NULL || s->used < oldest->used))
				oldest = s;
		if (oldest == NULL)
			return;
		drop_set(t, oldest);
	}
}

static struct programs_set *find_set(const struct containers *t, const struct rule_list *lower)
{
	struct programs_set *s = t->sets;
	while (s != NULL && !same_layers(s->programs, lower))
		s = s->next;
	return s;
}

/* Of nobody yet; NULL: err says why. */
static struct programs_set *new_set(struct containers *t, const struct rule_list *lower,
				    struct error *err)
{
	struct image_programs *programs;
	if (image_programs_new(lower, &programs, err) < 0)
		return NULL;
	make_room(t);
	struct programs_set *s = calloc(1, sizeof *s);
	if (s == NULL) {
		image_programs_free(programs);
		(void)error_set(err, ERR_MEMORY, "no memory for an image's programs");
		return NULL;
	}
	*s = (struct programs_set){ .programs = programs, .next = t->sets };
	t->sets = s;
	t->set_count++;
	return s;
}

static void set_release(struct containers *t, struct programs_set *s)
{
	s->users--;
	s->used = clock_monotonic_ns();
	if (t->set_count > SETS_MAX)
		make_room(t);
}

void programs_release(struct containers *t, struct entry *e)
{
	if (e->programs != NULL)
		set_release(t, e->programs);
	e->programs = NULL;
}

void programs_free_all(struct containers *t)
{
	while (t->sets != NULL)
		drop_set(t, t->sets);
}

/* --- a verdict in steps ------------------------------------------------------------------------------ */

int verdict_begin(struct containers *t, const struct container *c, struct verdict_job *ret,
		  struct error *err)
{
	struct entry *e = index_get(&t->by_number, c->number);
	*ret = (struct verdict_job){ .flags = c->flags };
	if (e == NULL || c->lower.count == 0)
		return 0;
	if (e->programs == NULL) {
		e->programs = find_set(t, &c->lower);
		if (e->programs == NULL)
			e->programs = new_set(t, &c->lower, err);
		if (e->programs == NULL)
			return -1;
		e->programs->users++;
	}
	ret->set = e->programs;
	ret->set->users++;
	return 0;
}

int verdict_judge(struct verdict_job *j, int fd, const char *path, struct guard_verdict *ret,
		  struct error *err)
{
	struct guard_verdict v;
	*ret = (struct guard_verdict){ .kind = VERDICT_UNKNOWN };
	if (j->set == NULL)
		return 0;
	if (image_programs_verdict(j->set->programs, fd, path, &v, err) < 0)
		return -1;
	if ((j->flags & CONTAINER_VOLATILE_UPPER) != 0)
		v.kind = VERDICT_FOREIGN;
	*ret = v;
	return 0;
}

void verdict_end(struct containers *t, struct verdict_job *j)
{
	if (j->set != NULL)
		set_release(t, j->set);
	*j = (struct verdict_job){ 0 };
}

int container_verdict(struct containers *t, const struct container *c, int fd, const char *path,
		      struct guard_verdict *ret, struct error *err)
{
	struct verdict_job j;
	if (verdict_begin(t, c, &j, err) < 0)
		return -1;
	int r = verdict_judge(&j, fd, path, ret, err);
	verdict_end(t, &j);
	return r;
}
