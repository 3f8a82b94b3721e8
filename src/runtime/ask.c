/* What the bundle does not tell: from the files that a runtime keeps, else from the
 * runtime itself, over its socket, by corten-fetch. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/name.h"
#include "runtime/table.h"
#include "source/runtime.h"

/* --- files ------------------------------------------------------------------------------------ */

/* A list of all containers of a store: only facts behind our id are taken. */
struct listed {
	struct entry *e;
	bool ours, found;
};

static int take_listed(void *ctx, const struct config_fact *f, struct error *err)
{
	struct listed *l = ctx;
	if (f->kind == FACT_ID)
		l->ours = bytes_equal(f->a, bytes_str(l->e->c.id));
	l->found = l->found || l->ours;
	return l->ours ? entry_take(l->e, f, err) : 0;
}

/* containers-storage: podman's and CRI-O's. 1 when the container was in it. */
static int ask_storage(struct entry *e, int timeout_ms, struct error *err)
{
	static const char *const lists[] = {
		"/var/lib/containers/storage/overlay-containers/containers.json",
		"/run/containers/storage/overlay-containers/volatile-containers.json",
	};
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct listed l = { .e = e };
		cleanup_close int fd = open(lists[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (config_hear(&e->asker->pool, CONFIG_STATE, fd, lists[i], timeout_ms,
				take_listed, &l, err) < 0)
			return -1;
		if (l.found)
			return 1;
	}
	return 0;
}

/* --- sockets ----------------------------------------------------------------------------------- */

static void take_label(void *ctx, struct bytes key, struct bytes value)
{
	static const struct {
		const char *key;
		enum config_fact_kind kind;
	} known[] = {
		{ "io.kubernetes.container.name", FACT_NAME },
		{ "io.kubernetes.pod.name", FACT_POD },
		{ "io.kubernetes.pod.namespace", FACT_NAMESPACE_NAME },
		{ "nerdctl/name", FACT_NAME },
		{ "nerdctl/namespace", FACT_NAMESPACE_NAME },
	};
	struct entry *e = ctx;
	struct config_fact f = { .kind = FACT_LABEL, .a = key, .b = value };
	(void)entry_take(e, &f, NULL);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct config_fact fact = { .kind = known[i].kind, .a = value };
		if (bytes_equal(key, bytes_str(known[i].key)) && value.n > 0)
			(void)entry_take(e, &fact, NULL);
	}
}

static void take_answer(struct entry *e, const struct runtime_container *c)
{
	const struct config_fact facts[] = {
		{ .kind = FACT_NAME, .a = bytes_str(c->name) },
		{ .kind = FACT_IMAGE, .a = bytes_str(c->image) },
		{ .kind = FACT_IMAGE_DIGEST, .a = bytes_str(c->image_id) },
	};
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		(void)entry_take(e, &facts[i], NULL);
}

/* One corten-fetch for all questions; a new one when it waits for a daemon for ever. */
static int describe(struct entry *e, const struct runtime *rt, const char *space, const char *id,
		    int timeout_ms, struct runtime_container *ret, struct error *err)
{
	struct asker *a = e->asker;
	if (a->fetch == NULL && fetch_start(NULL, &a->fetch, err) < 0)
		return -1;
	if (runtime_container_describe(a->fetch, rt, space, id, timeout_ms, ret, take_label, e,
				       err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND) {
		fetch_stop(a->fetch);
		a->fetch = NULL;
	}
	return -1;
}

/* containerd's socket lies in its state folder, by its defaults. */
static bool socket_of_bundle(const struct entry *e, char *out, size_t size)
{
	struct bytes tasks = path_dir(path_dir(bytes_str(e->c.bundle)));
	struct stat st;
	if (!bytes_equal(path_base(tasks), BYTES_LIT("io.containerd.runtime.v2.task")))
		return false;
	int n = snprintf(out, size, "%.*s/containerd.sock", (int)path_dir(tasks).n,
			 (const char *)tasks.p);
	return n > 0 && (size_t)n < size && stat(out, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int ask_space(struct entry *e, const struct runtime *rt, const char *space, int timeout_ms,
		     struct error *err)
{
	struct runtime_container c;
	if (describe(e, rt, space, e->c.id, timeout_ms, &c, err) < 0)
		return -1;
	take_answer(e, &c);
	if (e->space[0] == '\0')
		e->space = entry_text(e, bytes_str(space));
	/* A pod's labels are its sandbox's. */
	if (e->sandbox[0] != '\0' && strcmp(e->sandbox, e->c.id) != 0) {
		struct error ignored = { 0 };
		(void)describe(e, rt, space, e->sandbox, timeout_ms, &c, &ignored);
	}
	return 0;
}

static int ask_containerd(struct entry *e, int timeout_ms, struct error *err)
{
	struct runtime rt;
	char own[sizeof rt.socket];
	if (runtime_find(SOURCE_CONTAINERD, &rt, err) < 0)
		return -1;
	if (getenv(rt.variable) == NULL && socket_of_bundle(e, own, sizeof own))
		memcpy(rt.socket, own, sizeof rt.socket);
	if (e->space[0] != '\0')
		return ask_space(e, &rt, e->space, timeout_ms, err);
	int r = error_set(err, ERR_NOT_FOUND, "containerd has no namespace");
	for (size_t i = 0; i < RUNTIME_SPACES && rt.spaces[i][0] != '\0'; i++) {
		r = ask_space(e, &rt, rt.spaces[i], timeout_ms, err);
		if (r == 0 || err->code != ERR_NOT_FOUND)
			break;
	}
	return r;
}

static int ask_engine(struct entry *e, enum source_kind kind, int timeout_ms, struct error *err)
{
	struct runtime rt;
	struct runtime_container c;
	if (runtime_find(kind, &rt, err) < 0 ||
	    describe(e, &rt, "", e->c.id, timeout_ms, &c, err) < 0)
		return -1;
	take_answer(e, &c);
	return 0;
}

/* --- which of them -------------------------------------------------------------------------------- */

static int nobody_knows(const struct entry *e, struct error *err)
{
	return error_set(err, ERR_NOT_FOUND,
			 "container %s: its runtime is none that can be asked for its image",
			 e->c.id);
}

static int ask_socket(struct entry *e, int timeout_ms, bool starting, struct error *err)
{
	switch (e->c.runtime) {
	case RUNTIME_CONTAINERD:
	case RUNTIME_CRI_CONTAINERD:
		return ask_containerd(e, timeout_ms, err);
	case RUNTIME_DOCKER:
	case RUNTIME_PODMAN:
		if (starting)
			return nobody_knows(e, err);
		return ask_engine(e, e->c.runtime == RUNTIME_DOCKER ? SOURCE_DOCKER : SOURCE_PODMAN,
				  timeout_ms, err);
	default:
		return nobody_knows(e, err);
	}
}

static int ask_files(struct entry *e, int timeout_ms, struct error *err)
{
	bool any = e->c.runtime == RUNTIME_UNKNOWN;
	int r = 0;
	if (any || e->c.runtime == RUNTIME_DOCKER ||
	    (e->c.runtime == RUNTIME_OCI && e->space[0] == '\0'))
		r = entry_read_docker(e, timeout_ms, err);
	if (r == 0 && (any || e->c.runtime == RUNTIME_PODMAN || e->c.runtime == RUNTIME_CRIO))
		r = ask_storage(e, timeout_ms, err);
	return r;
}

int entry_ask(struct entry *e, int timeout_ms, bool starting, struct error *err)
{
	struct error why = { 0 };
	int r = ask_files(e, timeout_ms, &why);
	bool labels_open = r > 0 && e->c.runtime == RUNTIME_PODMAN;
	if (r <= 0)
		r = ask_socket(e, timeout_ms, starting, err);
	if (r < 0)
		return -1;
	/* podman's service tells labels, its files do not; often there is none. */
	if (labels_open && !starting)
		(void)ask_engine(e, SOURCE_PODMAN, timeout_ms, &why);
	e->c.known = labels_open && starting ? IDENTITY_BUNDLE : IDENTITY_RUNTIME;
	container_name_app(e);
	return 0;
}

int entry_ask_running(struct entry *e, int timeout_ms, struct error *err)
{
	struct error ignored = { 0 };
	/* The bundle tells risks and annotations; without it the runtime still knows. */
	if (e->c.known == IDENTITY_CGROUP)
		(void)entry_find_bundle(e, timeout_ms, &ignored);
	if (e->c.known == IDENTITY_RUNTIME && e->c.image[0] != '\0')
		return 0;
	return entry_ask(e, timeout_ms, false, err);
}

int containers_ask_runtime(struct containers *t, struct container *c, int timeout_ms,
			   struct error *err)
{
	(void)t;
	return entry_ask_running(table_of(c), timeout_ms, err);
}

/* --- without the table -------------------------------------------------------------------------- */

int asker_new(struct asker **ret, struct error *err)
{
	struct asker *a = calloc(1, sizeof *a);
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory to ask runtimes");
	config_pool_fill(&a->pool);
	*ret = a;
	return 0;
}

void asker_close(struct asker *a)
{
	fetch_stop(a->fetch);
	config_pool_empty(&a->pool);
}

void asker_free(struct asker *a)
{
	if (a != NULL)
		asker_close(a);
	free(a);
}

int container_copy(struct asker *a, const struct container *c, struct container **ret,
		   struct error *err)
{
	struct entry *e = entry_new(a, err);
	if (e == NULL)
		return -1;
	entry_copy(e, (const struct entry *)c);
	e->c.number = c->number;
	*ret = &e->c;
	return 0;
}

int container_ask(struct container *copy, int timeout_ms, struct error *err)
{
	return entry_ask_running(table_of(copy), timeout_ms, err);
}

struct container *containers_told(struct containers *t, const struct container *copy)
{
	struct container *c = containers_by_number(t, copy->number);
	if (c != NULL)
		entry_copy(table_of(c), (const struct entry *)copy);
	return c;
}

void container_free(struct container *c)
{
	if (c != NULL)
		entry_free(table_of(c));
}
