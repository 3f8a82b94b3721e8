/* Control groups and the containers that they are. */
#include "runtime/name.h"
#include "runtime/proc.h"
#include "runtime/table.h"

/* A runtime's own path, or the id that its last name holds: the path may have been
 * made below the runtime's own group, or in another control group namespace. */
static struct entry *find_expected(struct containers *t, struct bytes path)
{
	struct cgroup_name name;
	for (size_t i = t->count; i-- > 0;) {
		struct entry *e = t->entries[i];
		if (e->c.cgroup == 0 && e->c.cgroup_path[0] != '\0' &&
		    bytes_equal(bytes_str(e->c.cgroup_path), path))
			return e;
	}
	if (cgroup_name_parse(path, &name))
		return name.below ? NULL : table_by_id(t, name.id, true);
	return table_by_id(t, path_base(path), true);
}

static int join(struct containers *t, struct entry *e, uint64_t cgroup, struct bytes path,
		struct container **ret, struct error *err)
{
	if (index_put(&t->by_cgroup, cgroup, e, err) < 0)
		return -1;
	e->c.cgroup = cgroup;
	e->c.cgroup_path = entry_text(e, path);
	*ret = &e->c;
	return 0;
}

static int add_named(struct containers *t, const struct cgroup_name *name, uint64_t cgroup,
		     struct bytes path, struct container **ret, struct error *err)
{
	struct entry *e = table_add(t, err);
	if (e == NULL)
		return -1;
	e->c.id = entry_text(e, name->id);
	e->c.runtime = name->runtime;
	if (join(t, e, cgroup, path, ret, err) == 0)
		return 0;
	table_remove(t, e);
	return -1;
}

/* cgroup: 0 where only version 1 hierarchies are. */
static int cgroup_new(struct containers *t, uint64_t cgroup, struct bytes path,
		      struct container **ret, struct error *err)
{
	struct cgroup_name name;
	struct entry *e = find_expected(t, path);
	if (e != NULL && cgroup != 0)
		return join(t, e, cgroup, path, ret, err);
	if (e == NULL && cgroup_name_parse(path, &name) && !name.below && cgroup != 0)
		return add_named(t, &name, cgroup, path, ret, err);
	if (e == NULL)
		e = table_by_path(t, path);
	if (e == NULL) {
		*ret = NULL;
		return 0;
	}
	if (cgroup != 0 && index_put(&t->by_cgroup, cgroup, e, err) < 0)
		return -1;
	*ret = &e->c;
	return 0;
}

int containers_cgroup_new(struct containers *t, uint64_t cgroup, const char *path,
			  struct container **ret, struct error *err)
{
	struct container *known = containers_by_cgroup(t, cgroup);
	if (known != NULL) {
		*ret = known;
		return 0;
	}
	if (path[0] != '/' || path[1] == '\0' || strlen(path) > LIMIT_PATH_BYTES) {
		*ret = NULL;
		return 0;
	}
	return cgroup_new(t, cgroup, bytes_str(path), ret, err);
}

void containers_cgroup_gone(struct containers *t, uint64_t cgroup)
{
	struct entry *e = index_get(&t->by_cgroup, cgroup);
	if (e == NULL)
		return;
	if (e->c.cgroup == cgroup)
		table_remove(t, e);
	else
		index_drop(&t->by_cgroup, cgroup);
}

struct container *containers_of_pid(struct containers *t, pid_t pid)
{
	cleanup_buf struct buf text = buf_max(64 * KIB);
	struct bytes path;
	struct cgroup_name name;
	if (!proc_read(pid, "cgroup", &text) || !cgroup_text_path(buf_view(&text), &path))
		return NULL;
	struct entry *e = table_by_path(t, path);
	if (e == NULL && cgroup_name_parse(path, &name))
		e = table_by_id(t, name.id, false);
	if (e == NULL && cgroup_name_parse(path, &name))
		e = table_by_id(t, name.id, true);
	return e == NULL ? NULL : &e->c;
}
