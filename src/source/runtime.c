#include "source/runtime.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "source/runtime_internal.h"

enum { LIST_TEXT = 240 };

/* --- where they are ------------------------------------------------------------------------ */

static const struct place {
	enum source_kind kind;
	const char *name;
	const char *variable;
	const char *path; /* the system's daemon */
	const char *own; /* below $XDG_RUNTIME_DIR, for a user's own; NULL: none */
	const char *group; /* whose members may connect; NULL: root alone */
} places[] = {
	{ SOURCE_DOCKER, "docker", "DOCKER_HOST", "/var/run/docker.sock", "docker.sock", "docker" },
	{ SOURCE_PODMAN, "podman", "CONTAINER_HOST", "/run/podman/podman.sock",
	  "podman/podman.sock", NULL },
	{ SOURCE_CONTAINERD, "containerd", "CONTAINERD_ADDRESS", "/run/containerd/containerd.sock",
	  NULL, NULL },
	{ SOURCE_CRI, "CRI", "CONTAINER_RUNTIME_ENDPOINT", "/run/containerd/containerd.sock", NULL,
	  NULL },
};

static const struct place *place_of(enum source_kind kind)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (places[i].kind == kind)
			return &places[i];
	return &places[0];
}

const char *runtime_name(enum source_kind kind)
{
	return place_of(kind)->name;
}

static int set_socket(struct runtime *rt, const char *path, struct error *err)
{
	if (strlen(path) >= sizeof rt->socket)
		return error_set(err, ERR_USAGE, "%s is too long for a socket's path", path);
	(void)snprintf(rt->socket, sizeof rt->socket, "%s", path);
	return 0;
}

/* "unix:///run/x.sock", "/run/x.sock". */
static int set_address(struct runtime *rt, const char *address, struct error *err)
{
	static const char scheme[] = "unix://";
	if (strncmp(address, scheme, strlen(scheme)) == 0)
		address += strlen(scheme);
	if (address[0] != '/')
		return error_set(err, ERR_UNSUPPORTED,
				 "%s is %s: only unix sockets (unix:///path) can be asked",
				 rt->variable, address);
	return set_socket(rt, address, err);
}

/* The system's daemon, or the user's own where only that is there. */
static int set_usual(struct runtime *rt, const struct place *place, struct error *err)
{
	char own[sizeof rt->socket];
	const char *dir = getenv("XDG_RUNTIME_DIR");
	if (place->own != NULL && dir != NULL && access(place->path, R_OK | W_OK) < 0 &&
	    (size_t)snprintf(own, sizeof own, "%s/%s", dir, place->own) < sizeof own &&
	    access(own, F_OK) == 0)
		return set_socket(rt, own, err);
	return set_socket(rt, place->path, err);
}

/* Docker keeps its own images there since it can use containerd's store. */
static void set_spaces(struct runtime *rt)
{
	static const char *const usual[RUNTIME_SPACES] = { "default", "k8s.io", "moby" };
	const char *own = getenv("CONTAINERD_NAMESPACE");
	for (size_t i = 0; i < RUNTIME_SPACES; i++)
		(void)snprintf(rt->spaces[i], sizeof rt->spaces[i], "%s", usual[i]);
	if (own != NULL && own[0] != '\0') {
		(void)snprintf(rt->spaces[0], sizeof rt->spaces[0], "%s", own);
		rt->spaces[1][0] = rt->spaces[2][0] = '\0';
	}
}

int runtime_find(enum source_kind kind, struct runtime *ret, struct error *err)
{
	const struct place *place = place_of(kind);
	const char *address = getenv(place->variable);
	struct runtime rt = { .kind = kind, .variable = place->variable };
	set_spaces(&rt);
	if (kind == SOURCE_CRI && address == NULL)
		address = getenv("CONTAINERD_ADDRESS");
	int r = address != NULL && address[0] != '\0' ? set_address(&rt, address, err)
						      : set_usual(&rt, place, err);
	if (r == 0)
		*ret = rt;
	return r;
}

/* --- asking ------------------------------------------------------------------------------------ */

static int cannot_connect(const struct runtime *rt, struct error *err)
{
	const struct place *place = place_of(rt->kind);
	switch (errno) {
	case ENOENT:
		return error_set(err, ERR_NOT_FOUND,
				 "there is no socket %s: is %s running? %s names another",
				 rt->socket, place->name, rt->variable);
	case ECONNREFUSED:
		return error_set(err, ERR_NETWORK, "nobody listens at %s: is %s running?",
				 rt->socket, place->name);
	case EACCES:
	case EPERM:
		return error_set(err, ERR_PERMISSION,
				 "no permission to speak to %s at %s: that is for root%s%s",
				 place->name, rt->socket,
				 place->group != NULL ? " and the group " : "",
				 place->group != NULL ? place->group : "");
	default:
		return error_errno(err, "cannot connect to %s", rt->socket);
	}
}

static int connect_to(const struct runtime *rt, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", rt->socket);
	if (fd < 0)
		return error_errno(err, "socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return cannot_connect(rt, err);
	return fd_take(&fd);
}

/* A name stands in an address: nothing that would lead elsewhere. */
int runtime_check_name(const char *name, struct error *err)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._/:@+-", *p) == NULL)
			return error_set(err, ERR_USAGE, "%s is no name of an image or container",
					 name);
	if (name[0] == '/' || strstr(name, "..") != NULL || strstr(name, "//") != NULL)
		return error_set(err, ERR_USAGE, "%s is no name of an image or container", name);
	return 0;
}

static int wrap(const struct runtime *rt, struct error *err)
{
	return error_wrap(err, "%s at %s", runtime_name(rt->kind), rt->socket);
}

int runtime_ask(struct fetch *f, const struct runtime *rt, enum fetch_kind kind, const char *space,
		const char *target, struct buf *ret, struct error *err)
{
	if (runtime_check_name(target, err) < 0)
		return -1;
	cleanup_close int fd = connect_to(rt, err);
	if (fd < 0)
		return -1;
	struct fetch_question q = { .kind = (int)kind,
				    .space = space,
				    .target = target,
				    .size = FETCH_SIZE_UNKNOWN,
				    .max = ret->max,
				    .fd = fd };
	return fetch_ask(f, &q, ret, err) < 0 ? wrap(rt, err) : 0;
}

bool runtime_next(struct cursor *answer, uint16_t type, struct msg_reader *ret)
{
	struct error ignored = { 0 };
	while (frame_decode(answer, ret, &ignored) > 0)
		if (ret->type == type)
			return true;
	return false;
}

void runtime_text(struct bytes text, char *out, size_t size)
{
	cleanup_buf struct buf clean = buf_max(64 * KIB);
	out[0] = '\0';
	if (text_escape(&clean, bytes_sub(text, 0, size), NULL) == 0)
		(void)snprintf(out, size, "%.*s", (int)clean.n, (const char *)clean.p);
}

bool runtime_list_add(char *list, size_t size, struct bytes name)
{
	char text[160];
	size_t n = strlen(list);
	runtime_text(name, text, sizeof text);
	if (text[0] == '\0')
		return true;
	if (n + strlen(text) + 8 > size) {
		if (n + 8 <= size && (n < 3 || strcmp(list + n - 3, "...") != 0))
			(void)snprintf(list + n, size - n, ", ...");
		return false;
	}
	(void)snprintf(list + n, size - n, "%s%s", n > 0 ? ", " : "", text);
	return true;
}

static void list_images(struct fetch *f, const struct runtime *rt, enum fetch_kind kind,
			const char *space, char list[static LIST_TEXT])
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	struct msg_reader m;
	if (runtime_ask(f, rt, kind, space, "", &answer, NULL) < 0)
		return;
	struct cursor c = cursor_of(buf_view(&answer));
	while (runtime_next(&c, RUNTIME_NAME, &m))
		if (!runtime_list_add(list, LIST_TEXT, msg_get_bytes(&m)))
			break;
}

static int not_there(const struct runtime *rt, const char *name, const char *list,
		     struct error *err)
{
	return error_set(err, ERR_NOT_FOUND, "%s at %s has no image %s; it has: %s",
			 runtime_name(rt->kind), rt->socket, name, list[0] == '\0' ? "none" : list);
}

/* --- containerd and CRI -------------------------------------------------------------------------- */

/* Its digest in one namespace. */
static int image_in_space(struct fetch *f, const struct runtime *rt, const char *space,
			  const char *name, struct runtime_image *ret, struct error *err)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	struct msg_reader m;
	if (runtime_ask(f, rt, FETCH_CONTAINERD_IMAGE, space, name, &answer, err) < 0)
		return -1;
	struct cursor c = cursor_of(buf_view(&answer));
	if (!runtime_next(&c, RUNTIME_IMAGE, &m))
		return error_set(err, ERR_PROTOCOL, "%s: no digest of %s", rt->socket, name);
	*ret = (struct runtime_image){ .runtime = *rt };
	msg_get_digest(&m, &ret->digest);
	(void)snprintf(ret->space, sizeof ret->space, "%s", space);
	(void)snprintf(ret->name, sizeof ret->name, "%s", name);
	return 0;
}

/* containerd knows full names only: "docker.io/library/app:1". */
static bool full_name(const char *name, char *out, size_t size)
{
	char digest[DIGEST_TEXT + 1] = "";
	struct image_reference ref;
	if (image_reference_parse(name, &ref, NULL) < 0)
		return false;
	const char *host = strcmp(ref.host, "registry-1.docker.io") == 0 ? "docker.io" : ref.host;
	if (ref.has_digest) {
		digest[0] = '@';
		digest_text(&ref.digest, digest + 1);
	}
	return (size_t)snprintf(out, size, "%s/%s%s%s%s", host, ref.repository,
				ref.tag[0] != '\0' ? ":" : "", ref.tag, digest) < size;
}

static int containerd_image(struct fetch *f, const struct runtime *rt, const char *name,
			    struct runtime_image *ret, struct error *err)
{
	char full[512], list[LIST_TEXT] = "";
	bool has_full = full_name(name, full, sizeof full) && strcmp(full, name) != 0;
	struct error why = { 0 };
	for (size_t i = 0; i < RUNTIME_SPACES && rt->spaces[i][0] != '\0'; i++) {
		if (image_in_space(f, rt, rt->spaces[i], name, ret, &why) == 0)
			return 0;
		if (why.code == ERR_NOT_FOUND && has_full &&
		    image_in_space(f, rt, rt->spaces[i], full, ret, &why) == 0)
			return 0;
		if (why.code != ERR_NOT_FOUND || access(rt->socket, F_OK) < 0) {
			*err = why;
			return -1;
		}
		list_images(f, rt, FETCH_CONTAINERD_IMAGES, rt->spaces[i], list);
	}
	return not_there(rt, name, list, err);
}

/* CRI tells under which names containerd's plug-in keeps the image; the content
 * lies in the namespace that the plug-in always uses. */
static int cri_image(struct fetch *f, const struct runtime *rt, const char *name,
		     struct runtime_image *ret, struct error *err)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	char text[512], list[LIST_TEXT] = "";
	struct runtime containerd;
	struct msg_reader m;
	if (runtime_find(SOURCE_CONTAINERD, &containerd, err) < 0 ||
	    runtime_ask(f, rt, FETCH_CRI_IMAGE, "", name, &answer, err) < 0)
		return -1;
	if (getenv("CONTAINERD_ADDRESS") == NULL)
		(void)snprintf(containerd.socket, sizeof containerd.socket, "%s", rt->socket);
	struct cursor c = cursor_of(buf_view(&answer));
	bool any = false;
	while (runtime_next(&c, RUNTIME_NAME, &m)) {
		any = true;
		runtime_text(msg_get_bytes(&m), text, sizeof text);
		if (text[0] != '\0' &&
		    image_in_space(f, &containerd, "k8s.io", text, ret, err) == 0)
			return 0;
	}
	if (any)
		return error_wrap(err,
				  "CRI has the image, containerd's content cannot be had "
				  "(of CRI-O, scan containers-storage:%s)",
				  name);
	list_images(f, rt, FETCH_CRI_IMAGES, "", list);
	return not_there(rt, name, list, err);
}

int runtime_image_find(struct fetch *f, const struct runtime *rt, const char *name,
		       struct runtime_image *ret, struct error *err)
{
	return rt->kind == SOURCE_CRI ? cri_image(f, rt, name, ret, err)
				      : containerd_image(f, rt, name, ret, err);
}

/* What was left out when the image was pulled is simply not there. */
static int explain_blob(const struct digest *digest, struct error *err)
{
	char text[DIGEST_TEXT];
	digest_text(digest, text);
	if (err->code == ERR_NOT_FOUND)
		return error_wrap(err,
				  "containerd does not keep %s (another platform's, or thrown "
				  "away after unpacking)",
				  text);
	return -1;
}

int runtime_blob(struct fetch *f, const struct runtime_image *image, const struct digest *digest,
		 uint64_t max, struct buf *ret, struct error *err)
{
	char text[DIGEST_TEXT];
	digest_text(digest, text);
	struct buf body = buf_max(max < ret->max ? max : ret->max);
	if (runtime_ask(f, &image->runtime, FETCH_CONTAINERD_BLOB, image->space, text, &body, err) <
	    0) {
		buf_free(&body);
		return explain_blob(digest, err);
	}
	buf_free(ret);
	*ret = body;
	return 0;
}

int runtime_blob_open(struct fetch *f, const struct runtime_image *image,
		      const struct digest *digest, uint64_t size, int *ret_fd, uint64_t *ret_id,
		      struct error *err)
{
	char text[DIGEST_TEXT];
	digest_text(digest, text);
	cleanup_close int fd = connect_to(&image->runtime, err);
	if (fd < 0)
		return -1;
	struct fetch_question q = { .kind = FETCH_CONTAINERD_BLOB,
				    .space = image->space,
				    .target = text,
				    .size = size,
				    .max = size,
				    .fd = fd };
	return fetch_ask_open(f, &q, ret_fd, ret_id, err);
}

/* --- docker and podman ------------------------------------------------------------------------------ */

int runtime_archive_open(struct fetch *f, const struct runtime *rt, const char *name, int *ret_fd,
			 uint64_t *ret_id, struct error *err)
{
	if (runtime_check_name(name, err) < 0)
		return -1;
	cleanup_close int fd = connect_to(rt, err);
	if (fd < 0)
		return -1;
	struct fetch_question q = { .kind = FETCH_DOCKER_ARCHIVE,
				    .space = "",
				    .target = name,
				    .size = FETCH_SIZE_UNKNOWN,
				    .max = LIMIT_LAYER_RAW_BYTES,
				    .fd = fd };
	return fetch_ask_open(f, &q, ret_fd, ret_id, err);
}

int runtime_archive_missing(struct fetch *f, const struct runtime *rt, const char *name,
			    struct error *err)
{
	char list[LIST_TEXT] = "";
	if (err->code != ERR_NOT_FOUND)
		return wrap(rt, err);
	list_images(f, rt, FETCH_DOCKER_IMAGES, "", list);
	return not_there(rt, name, list, err);
}
