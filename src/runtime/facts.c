/* Facts of documents into the table. */
#include <stdio.h>

#include "runtime/name.h"
#include "runtime/table.h"

static void set_text(struct entry *e, char **place, struct bytes text)
{
	if (text.n > 0)
		*place = entry_text(e, text);
}

/* "sha256:…" of "sha256:…", of an id without the algorithm, of "name@sha256:…". */
static void set_digest(struct entry *e, struct bytes text)
{
	ptrdiff_t at = bytes_index(text, '@');
	struct bytes digest = at < 0 ? text : bytes_sub(text, (size_t)at + 1, text.n);
	struct digest valid;
	char whole[DIGEST_TEXT] = "";
	if (digest.n == 64)
		(void)snprintf(whole, sizeof whole, "sha256:%.*s", 64, (const char *)digest.p);
	if (digest_parse(whole[0] != '\0' ? bytes_str(whole) : digest, &valid)) {
		digest_text(&valid, whole);
		e->c.image_digest = entry_text(e, bytes_str(whole));
	}
	/* CRI-O's reference of an image without a name. */
	if (at > 0 && e->c.image[0] == '\0')
		set_text(e, &e->c.image, text);
}

/* Below a hierarchy's root: what stands behind the mounts of cgroup(7). */
static struct bytes below_mount(struct bytes path)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd",
					      "/sys/fs/cgroup" };
	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++)
		if (path_within(path, bytes_str(mounts[i])))
			return bytes_sub(path, strlen(mounts[i]), path.n);
	return path;
}

/* runc lists one for each hierarchy: those of version 1 stand below their controller. */
static void set_cgroup(struct entry *e, struct bytes path)
{
	struct bytes below = below_mount(path);
	bool unified = path_within(path, BYTES_LIT("/sys/fs/cgroup/unified"));
	if (!unified && e->c.cgroup_path[0] != '\0')
		return;
	if (below.n > 1 && below.p[0] == '/')
		e->c.cgroup_path = entry_text(e, below);
}

static void set_cgroups_path(struct entry *e, struct bytes text)
{
	char path[LIMIT_PATH_BYTES];
	if (cgroup_path_of(text, path, sizeof path))
		e->c.cgroup_path = entry_text(e, bytes_str(path));
}

/* The bundle's, where the path is relative (config.md#root). */
static void set_root(struct entry *e, struct bytes path)
{
	if (path.n > 0 && path.p[0] == '/')
		e->c.root = entry_text(e, path);
	else if (path.n > 0 && e->c.bundle[0] != '\0')
		e->c.root =
			entry_printf(e, "%s/%.*s", e->c.bundle, (int)path.n, (const char *)path.p);
}

static void take_identity(struct entry *e, const struct config_fact *f)
{
	struct container *c = &e->c;
	switch (f->kind) {
	case FACT_ID:
		if (c->id[0] == '\0')
			set_text(e, &c->id, f->a);
		break;
	case FACT_NAME:
		set_text(e, &c->name, f->a);
		break;
	case FACT_IMAGE:
		set_text(e, &c->image, f->a);
		break;
	case FACT_IMAGE_DIGEST:
		set_digest(e, f->a);
		break;
	case FACT_POD:
		set_text(e, &c->pod, f->a);
		break;
	case FACT_NAMESPACE_NAME:
		set_text(e, &c->namespace, f->a);
		break;
	case FACT_SANDBOX:
		set_text(e, &e->sandbox, f->a);
		break;
	case FACT_LABEL:
		entry_label(e, f->a, f->b);
		break;
	case FACT_RUNTIME:
		if (f->number <= RUNTIME_OCI)
			c->runtime = (enum container_runtime)f->number;
		break;
	default:
		break;
	}
}

static void take_place(struct entry *e, const struct config_fact *f)
{
	struct container *c = &e->c;
	switch (f->kind) {
	case FACT_ROOT:
		set_root(e, f->a);
		break;
	case FACT_BUNDLE:
		set_text(e, &c->bundle, f->a);
		break;
	case FACT_CGROUPS_PATH:
		set_cgroups_path(e, f->a);
		break;
	case FACT_CGROUP:
		set_cgroup(e, f->a);
		break;
	case FACT_PID:
		if (f->number <= INT32_MAX && c->pid == 0)
			c->pid = (pid_t)f->number;
		break;
	case FACT_STARTED:
		c->started = f->number;
		break;
	default:
		break;
	}
}

int entry_take(void *ctx, const struct config_fact *f, struct error *err)
{
	struct entry *e = ctx;
	(void)err;
	take_identity(e, f);
	take_place(e, f);
	start_take(e, f);
	return 0;
}

/* --- the application ----------------------------------------------------------------------- */

static const char *label_value(const struct entry *e, const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i < e->label_count; i++)
		if (strncmp(e->c.labels[i], key, n) == 0 && e->c.labels[i][n] == '=' &&
		    e->c.labels[i][n + 1] != '\0')
			return e->c.labels[i] + n + 1;
	return NULL;
}

/* "registry:5000/shop/app:1.0@sha256:…": "app". */
static struct bytes image_base(struct bytes image)
{
	ptrdiff_t at = bytes_index(image, '@');
	struct bytes name = path_base(at < 0 ? image : bytes_sub(image, 0, (size_t)at));
	ptrdiff_t colon = bytes_index(name, ':');
	return colon < 0 ? name : bytes_sub(name, 0, (size_t)colon);
}

void container_name_app(struct entry *e)
{
	static const char *const keys[] = { "app.kubernetes.io/name", "com.docker.compose.service",
					    "io.podman.compose.service" };
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *value = label_value(e, keys[i]);
		if (value != NULL) {
			e->c.app = entry_text(e, bytes_str(value));
			return;
		}
	}
	struct bytes image = bytes_str(e->c.image);
	if (!bytes_starts_with(image, BYTES_LIT("sha256:")))
		e->c.app = entry_text(e, image_base(image));
}
