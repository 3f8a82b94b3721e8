#include "source/storage.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <openssl/evp.h>

#include "format/tree.h"
#include "source/runtime_internal.h"
#include "source/storage_layer.h"

enum { STORAGE_LAYERS = LIMIT_LAYERS, ID_TEXT = 80, CONF_MAX = 1024 * 1024 };

struct layer {
	char id[ID_TEXT], parent[ID_TEXT];
	bool has_diff_id;
	struct digest diff_id;
};

struct storage {
	char root[4096], driver[32];
	int rootfd;
	char image[ID_TEXT], name[512];
	struct layer *layers; /* of the image, topmost first */
	size_t layer_count;
};

/* --- where it is --------------------------------------------------------------------------- */

static void set_text(char *out, size_t size, struct bytes text)
{
	(void)snprintf(out, size, "%.*s", (int)text.n, (const char *)text.p);
}

/* "[driver@root+runroot:options]name": true when there are brackets. */
static bool take_brackets(struct storage *s, const char **name)
{
	const char *end = strchr(*name, ']');
	if (**name != '[' || end == NULL)
		return false;
	struct bytes inside = bytes_of(*name + 1, (size_t)(end - *name) - 1);
	ptrdiff_t at = bytes_index(inside, '@');
	if (at >= 0)
		set_text(s->driver, sizeof s->driver, bytes_sub(inside, 0, (size_t)at));
	inside = bytes_sub(inside, (size_t)(at + 1), inside.n);
	ptrdiff_t plus = bytes_index(inside, '+'), colon = bytes_index(inside, ':');
	size_t n = plus >= 0 ? (size_t)plus : colon >= 0 ? (size_t)colon : inside.n;
	set_text(s->root, sizeof s->root, bytes_sub(inside, 0, n));
	*name = end + 1;
	return true;
}

/* containers-storage.conf(5): [storage] driver, graphroot. 1 when it was read. */
static int read_conf(struct storage *s, const char *path, struct error *err)
{
	cleanup_buf struct buf text = buf_max(CONF_MAX);
	cleanup_arena struct arena arena = arena_max(16 * MIB);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct node *tree;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, "%s", path);
	if (fd_read_all(fd, &text, err) < 0 || toml_parse(buf_view(&text), &arena, &tree, err) < 0)
		return error_wrap(err, "%s", path);
	const struct node *storage = node_get(tree, "storage");
	struct bytes root = node_text(storage, "graphroot"), driver = node_text(storage, "driver");
	if (root.n > 0)
		set_text(s->root, sizeof s->root, root);
	if (driver.n > 0)
		set_text(s->driver, sizeof s->driver, driver);
	return 1;
}

static int find_place(struct storage *s, struct error *err)
{
	char path[4096];
	const char *own = getenv("CONTAINERS_STORAGE_CONF"), *home = getenv("HOME");
	const char *data = getenv("XDG_DATA_HOME"), *config = getenv("XDG_CONFIG_HOME");
	if (own != NULL && own[0] != '\0') {
		int r = read_conf(s, own, err);
		return r == 0 ? error_set(err, ERR_NOT_FOUND, "%s does not exist", own) : r;
	}
	if (geteuid() == 0) {
		(void)snprintf(s->root, sizeof s->root, "/var/lib/containers/storage");
		int r = read_conf(s, "/etc/containers/storage.conf", err);
		return r == 0 ? read_conf(s, "/usr/share/containers/storage.conf", err) : r;
	}
	if (data != NULL && data[0] == '/')
		(void)snprintf(s->root, sizeof s->root, "%s/containers/storage", data);
	else
		(void)snprintf(s->root, sizeof s->root, "%s/.local/share/containers/storage",
			       home == NULL ? "" : home);
	if (config != NULL && config[0] == '/')
		(void)snprintf(path, sizeof path, "%s/containers/storage.conf", config);
	else
		(void)snprintf(path, sizeof path, "%s/.config/containers/storage.conf",
			       home == NULL ? "" : home);
	return read_conf(s, path, err);
}

/* The driver whose folders are there, unless one was named. */
static int find_driver(struct storage *s, struct error *err)
{
	static const char *const drivers[] = { "overlay", "vfs" };
	char folder[64];
	for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
		(void)snprintf(folder, sizeof folder, "%s-images", drivers[i]);
		if ((s->driver[0] == '\0' || strcmp(s->driver, drivers[i]) == 0) &&
		    faccessat(s->rootfd, folder, F_OK, 0) == 0) {
			(void)snprintf(s->driver, sizeof s->driver, "%s", drivers[i]);
			return 0;
		}
	}
	if (s->driver[0] != '\0' && strcmp(s->driver, "overlay") != 0 &&
	    strcmp(s->driver, "vfs") != 0)
		return error_set(err, ERR_UNSUPPORTED,
				 "%s keeps its layers with the driver %s; overlay and vfs can be "
				 "read",
				 s->root, s->driver);
	return error_set(err, ERR_NOT_FOUND, "%s holds no images", s->root);
}

/* --- what it holds ---------------------------------------------------------------------------- */

/* A file of the storage, through corten-fetch. */
static int ask_file(const struct storage *s, struct fetch *f, enum fetch_kind kind,
		    const char *what, struct buf *ret, struct error *err)
{
	char path[128];
	struct blob_input file;
	(void)snprintf(path, sizeof path, "%s-%s/%s.json", s->driver, what, what);
	if (source_open_file(s->rootfd, path, &file, err) < 0)
		return error_wrap(err, "%s", s->root);
	struct fetch_question q = { .kind = (int)kind,
				    .space = "",
				    .target = "",
				    .size = FETCH_SIZE_UNKNOWN,
				    .max = ret->max,
				    .fd = file.fd };
	int r = fetch_ask(f, &q, ret, err);
	(void)close(file.fd);
	return r < 0 ? error_wrap(err, "%s/%s", s->root, path) : 0;
}

/* Ids become parts of paths. */
static bool take_id(struct bytes text, char out[static ID_TEXT])
{
	out[0] = '\0';
	for (size_t i = 0; i < text.n; i++)
		if (!isxdigit(text.p[i]))
			return false;
	if (text.n == 0 || text.n >= ID_TEXT)
		return false;
	set_text(out, ID_TEXT, text);
	return true;
}

struct search {
	const char *wanted;
	char familiar[800], local[600]; /* other forms of wanted */
	char top[ID_TEXT]; /* the layer of what was found */
	bool found;
	unsigned by_part; /* images whose id begins so */
	char list[240];
};

static bool name_fits(const struct search *q, const char *name)
{
	struct image_reference ref;
	if (strcmp(name, q->wanted) == 0 || strcmp(name, q->local) == 0)
		return true;
	return q->familiar[0] != '\0' && image_reference_parse(name, &ref, NULL) == 0 &&
	       strcmp(ref.familiar, q->familiar) == 0;
}

static bool id_fits(const struct search *q, const char *id)
{
	const char *wanted = q->wanted;
	if (strncmp(wanted, "sha256:", 7) == 0)
		wanted += 7;
	return strlen(wanted) >= 4 && strncmp(id, wanted, strlen(wanted)) == 0;
}

/* One image and the names that follow it. */
static void look_at_image(struct storage *s, struct search *q, struct msg_reader *m,
			  struct cursor *c)
{
	char id[ID_TEXT], top[ID_TEXT], name[512], first[512] = "";
	bool usable = take_id(msg_get_bytes(m), id);
	bool has_layers = take_id(msg_get_bytes(m), top), fits = false;
	for (;;) {
		struct cursor before = *c;
		struct error ignored = { 0 };
		if (frame_decode(c, m, &ignored) <= 0 || m->type != RUNTIME_NAME) {
			*c = before;
			break;
		}
		struct bytes text = msg_get_bytes(m);
		runtime_text(text, name, sizeof name);
		(void)runtime_list_add(q->list, sizeof q->list, text);
		if (first[0] == '\0' || name_fits(q, name))
			memcpy(first, name, sizeof first);
		fits = fits || name_fits(q, name);
	}
	if (!usable || q->found || !(fits || id_fits(q, id)))
		return;
	q->by_part += !fits;
	q->found = fits;
	memcpy(s->image, id, sizeof id);
	memcpy(s->name, first, sizeof first);
	memcpy(q->top, has_layers ? top : "", has_layers ? sizeof top : 1);
}

static int find_image(struct storage *s, struct fetch *f, struct search *q, struct error *err)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	struct image_reference ref;
	struct msg_reader m;
	if (image_reference_parse(q->wanted, &ref, NULL) == 0) {
		(void)snprintf(q->familiar, sizeof q->familiar, "%s", ref.familiar);
		/* What was built here and has no registry in its name. */
		if (strcmp(ref.host, "registry-1.docker.io") == 0)
			(void)snprintf(q->local, sizeof q->local, "localhost/%s", ref.familiar);
	}
	if (ask_file(s, f, FETCH_STORAGE_IMAGES, "images", &answer, err) < 0)
		return -1;
	struct cursor c = cursor_of(buf_view(&answer));
	while (runtime_next(&c, RUNTIME_STORED_IMAGE, &m))
		look_at_image(s, q, &m, &c);
	if (q->found || q->by_part == 1)
		return 0;
	if (q->by_part > 1)
		return error_set(err, ERR_USAGE, "%u images have ids that begin with %s",
				 q->by_part, q->wanted);
	return error_set(err, ERR_NOT_FOUND, "%s has no image %s; it has: %s", s->root, q->wanted,
			 q->list[0] == '\0' ? "none" : q->list);
}

static bool read_layer(struct msg_reader *m, struct layer *ret)
{
	struct layer l = { 0 };
	bool good = take_id(msg_get_bytes(m), l.id);
	(void)take_id(msg_get_bytes(m), l.parent);
	l.has_diff_id = msg_get_u32(m) != 0;
	msg_get_digest(m, &l.diff_id);
	*ret = l;
	return good && msg_finish(m, NULL) == 0;
}

/* The layer of an id, by going through all: images have few layers. */
static bool find_layer(const struct buf *answer, const char *id, struct layer *ret)
{
	struct cursor c = cursor_of(buf_view(answer));
	struct msg_reader m;
	while (runtime_next(&c, RUNTIME_STORED_LAYER, &m))
		if (read_layer(&m, ret) && strcmp(ret->id, id) == 0)
			return true;
	return false;
}

static int find_layers(struct storage *s, struct fetch *f, const char *top, struct error *err)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	char id[ID_TEXT];
	(void)snprintf(id, sizeof id, "%s", top);
	if (ask_file(s, f, FETCH_STORAGE_LAYERS, "layers", &answer, err) < 0)
		return -1;
	while (id[0] != '\0') {
		struct layer *more = reallocarray(s->layers, s->layer_count + 1, sizeof *more);
		if (more == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the layers");
		s->layers = more;
		if (s->layer_count == STORAGE_LAYERS)
			return error_set(err, ERR_LIMIT, "more than %d layers", STORAGE_LAYERS);
		struct layer *l = &s->layers[s->layer_count];
		if (!find_layer(&answer, id, l))
			return error_set(err, ERR_NOT_FOUND, "%s has no layer %s of the image",
					 s->root, id);
		s->layer_count++;
		(void)snprintf(id, sizeof id, "%s", l->parent);
	}
	return 0;
}

static int open_all(struct storage *s, struct fetch *f, const char *name, struct error *err)
{
	struct search q = { 0 };
	if (!take_brackets(s, &name) && find_place(s, err) < 0)
		return -1;
	q.wanted = name;
	s->rootfd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->rootfd < 0 && errno == ENOENT)
		return error_set(err, ERR_NOT_FOUND,
				 "there is no containers-storage at %s; say where with "
				 "containers-storage:[overlay@ROOT]%s",
				 s->root, name);
	if (s->rootfd < 0)
		return error_errno(err, "%s", s->root);
	if (find_driver(s, err) < 0 || find_image(s, f, &q, err) < 0)
		return -1;
	return find_layers(s, f, q.top, err);
}

int storage_open(struct fetch *f, const char *text, struct storage **ret, struct error *err)
{
	struct storage *s = calloc(1, sizeof *s);
	if (s == NULL)
		return error_set(err, ERR_MEMORY, "no memory for an image");
	s->rootfd = -1;
	if (open_all(s, f, text, err) < 0) {
		storage_close(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void storage_close(struct storage *s)
{
	if (s == NULL)
		return;
	if (s->rootfd >= 0)
		(void)close(s->rootfd);
	free(s->layers);
	free(s);
}

const char *storage_name(const struct storage *s)
{
	return s->name[0] == '\0' ? NULL : s->name;
}

/* --- documents ---------------------------------------------------------------------------------- */

int storage_manifest(const struct storage *s, struct blob_input *ret, struct error *err)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s-images/%s/manifest", s->driver, s->image);
	return source_open_file(s->rootfd, path, ret, err);
}

/* A name with other than digits, dots and small letters is kept in base64 behind
 * '=' (images.go, makeBigDataBaseName). */
int storage_config(const struct storage *s, const struct digest *digest, struct blob_input *ret,
		   struct error *err)
{
	char path[256 + 2 * DIGEST_TEXT], text[DIGEST_TEXT], name[2 * DIGEST_TEXT];
	digest_text(digest, text);
	(void)EVP_EncodeBlock((unsigned char *)name, (const unsigned char *)text,
			      (int)strlen(text));
	(void)snprintf(path, sizeof path, "%s-images/%s/=%s", s->driver, s->image, name);
	return source_open_file(s->rootfd, path, ret, err);
}

/* --- layers -------------------------------------------------------------------------------------- */

static int open_content(const struct storage *s, const struct layer *l, struct error *err)
{
	char path[256];
	bool overlay = strcmp(s->driver, "overlay") == 0;
	(void)snprintf(path, sizeof path, overlay ? "overlay/%s/diff" : "vfs/dir/%s", l->id);
	int fd = openat(s->rootfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "%s/%s", s->root, path) : fd;
}

int storage_layer_open(const struct storage *s, struct fetch *f, const struct digest *diff_id,
		       int *ret_fd, uint64_t *ret_id, struct error *err)
{
	char path[256];
	struct blob_input split;
	const struct layer *l = NULL;
	for (size_t i = 0; i < s->layer_count && l == NULL; i++)
		if (s->layers[i].has_diff_id && digest_equal(&s->layers[i].diff_id, diff_id))
			l = &s->layers[i];
	if (l == NULL)
		return error_set(err, ERR_NOT_FOUND, "%s does not hold this layer", s->root);
	cleanup_close int content = open_content(s, l, err);
	if (content < 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s-layers/%s.tar-split.gz", s->driver, l->id);
	if (source_open_file(s->rootfd, path, &split, err) < 0)
		return error_wrap(err, "without its tar-split file the layer cannot be put "
				       "together again (`podman save` can)");
	int r = storage_layer_start(f, split.fd, content, ret_fd, ret_id, err);
	(void)close(split.fd);
	return r;
}
